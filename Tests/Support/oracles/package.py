"""Tells as JSON what a package for Lambda holds: its files, and how the worker in it is linked.

usage: package.py ZIP SYMBOLS, the latter being the file with the worker's symbols.
"""

import json
import struct
import subprocess
import sys
import zipfile

PROGRAM_HEADERS = {2: "DYNAMIC", 3: "INTERP"}


def program_headers(elf):
    """The kinds of the ELF file's segments (System V ABI, "Program Header")."""
    assert elf[:5] == b"\x7fELF\x02", "no 64-bit ELF file"
    offset, size, count = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
    kinds = (struct.unpack_from("<I", elf, offset + i * size)[0] for i in range(count))
    return [PROGRAM_HEADERS.get(kind, str(kind)) for kind in kinds]


archive = zipfile.ZipFile(sys.argv[1])
worker = archive.read("jada-blast-worker")
symbols = subprocess.run(["nm", sys.argv[2]], check=True, capture_output=True, text=True).stdout
json.dump(
    {
        "files": {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()},
        "bootstrap": archive.read("bootstrap").decode(),
        "programHeaders": program_headers(worker),
        "symbols": [line.split()[-1] for line in symbols.splitlines()],
    },
    sys.stdout,
)
