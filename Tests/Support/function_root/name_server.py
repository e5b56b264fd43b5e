"""A DNS server (RFC 1035) on loopback for names that end in one suffix: their address is 127.0.0.1, other names do not exist.

Prints each name that it is asked for. It answers on port 53 of ADDRESS, and listens on PORT to tell that it does. Ends with
its standard input.
"""

import argparse
import os
import socket
import struct
import sys
import threading

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--address", required=True)
parser.add_argument("--suffix", required=True)
parser.add_argument("--port", type=int, required=True)
arguments = parser.parse_args()

A, NO_ERROR, NO_SUCH_NAME = 1, 0, 3


def answer(query):
    end, labels = 12, []
    while query[end]:
        labels.append(query[end + 1 : end + 1 + query[end]].decode())
        end += 1 + query[end]
    question = query[12 : end + 5]
    name, kind = ".".join(labels), struct.unpack_from("!H", query, end + 1)[0]
    print(name, flush=True)
    is_known = name.lower().endswith(arguments.suffix)
    record = b"\xc0\x0c" + struct.pack("!HHIH", A, 1, 60, 4) + bytes([127, 0, 0, 1]) if is_known and kind == A else b""
    # An answer, authoritative, recursion wanted and available.
    flags = 0x8580 | (NO_ERROR if is_known else NO_SUCH_NAME)
    return query[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0) + question + record


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind((arguments.address, 53))
listener = socket.create_server(("127.0.0.1", arguments.port))
threading.Thread(target=end_with_parent, daemon=True).start()
while True:
    query, sender = names.recvfrom(4096)
    names.sendto(answer(query), sender)
