"""Makes the root folder of a machine that has nothing but a package for Lambda, as Lambda unpacks it.

usage: make.py ZIP EMULATOR NAMESERVER AUTHORITY FOLDER [--old-userland]
There is a static shell, which `bootstrap` needs, and the Runtime Interface Emulator, which is static, too.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

package, emulator, nameserver, authority, folder = sys.argv[1:6]
root = pathlib.Path(folder)

# Shared libraries of a userland with glibc 2.26, such as Amazon Linux 2: whoever loads one of them ends at once.
OLD_LIBRARIES = [
    "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0",
    "libresolv.so.2", "libnss_files.so.2", "libnss_dns.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libcurl.so.4",
    "libssl.so.10", "libcrypto.so.10", "libz.so.1", "libjansson.so.4", "libexpat.so.1", "libidn2.so.0",
]  # fmt: skip
OLD_LIBRARY = """
const char *gnu_get_libc_version(void) { return "2.26"; }
__attribute__((constructor)) static void refuse(void) { __builtin_trap(); }
"""


def write(path, text, mode=0o644):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


for name in ("proc", "dev", "tmp", "bin", "etc", "var/task"):
    (root / name).mkdir(parents=True)
shutil.copy("/bin/busybox", root / "bin/sh")
shutil.copy(emulator, root / "emulator")
shutil.copy(authority, root / "etc/authority.pem")
write("etc/resolv.conf", f"nameserver {nameserver}\n")
# What Lambda gives the smallest function. The limit is on what a process may write to, stacks and heaps.
write("function", '#!/bin/sh\nulimit -d 131072\nexec /var/task/bootstrap "$@"\n', 0o755)

with zipfile.ZipFile(package) as archive:
    for entry in archive.infolist():
        path = archive.extract(entry, root / "var/task")
        os.chmod(path, entry.external_attr >> 16)

if "--old-userland" in sys.argv:
    write("etc/nsswitch.conf", "passwd: files sss\nhosts: files dns myhostname\nservices: files sss\n")
    write("etc/hosts", "127.0.0.1 localhost\n")
    (root / "lib64").mkdir()
    library = root / "lib64" / OLD_LIBRARIES[0]
    compiler = ["clang", "-x", "c", "-", "-shared", "-fPIC", "-nostdlib", "-o", str(library)]
    subprocess.run(compiler, input=OLD_LIBRARY, text=True, check=True)
    for name in OLD_LIBRARIES[1:]:
        shutil.copy(library, root / "lib64" / name)
    for link in ("lib", "usr/lib64", "usr/lib"):
        (root / link).parent.mkdir(exist_ok=True)
        os.symlink("/lib64", root / link)
