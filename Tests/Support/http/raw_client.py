"""Sends bytes over a connection of its own, piece by piece, and prints what comes back until the other side closes.

Reads {"port", "pieces": [text, …], "pause": seconds between pieces, "ends": whether it closes its own side afterwards}.
"""

import json
import socket
import sys
import time

task = json.load(sys.stdin)
with socket.create_connection(("127.0.0.1", task["port"]), timeout=30) as connection:
    try:
        for piece in task["pieces"]:
            connection.sendall(piece.encode("latin-1"))
            time.sleep(task["pause"])
        if task["ends"]:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        # Closed meanwhile: what was answered is read all the same.
        pass
    answer = b""
    try:
        while data := connection.recv(65536):
            answer += data
    except ConnectionResetError:
        answer += b"<reset>"
sys.stdout.write(answer.decode("latin-1"))
