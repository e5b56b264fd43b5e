"""Packs a folder into a zip whose bytes depend on names, contents and execute bits alone.

usage: make_zip.py FOLDER ZIP
"""

import os
import pathlib
import stat
import sys
import zipfile

folder, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
files = sorted(path for path in folder.rglob("*") if path.is_file())
# bootstrap and worker first: they are what a listing is looked at for.
files.sort(key=lambda path: not os.access(path, os.X_OK))
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in files:
        # The earliest time that the format can tell.
        entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        mode = 0o755 if os.access(path, os.X_OK) else 0o644
        entry.external_attr = (stat.S_IFREG | mode) << 16
        archive.writestr(entry, path.read_bytes())
