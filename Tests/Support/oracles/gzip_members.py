"""Compresses each line of standard input, hexadecimal, into a gzip member, and writes them all as hexadecimal."""

import gzip
import sys

print(b"".join(gzip.compress(bytes.fromhex(line)) for line in sys.stdin).hex())
