"""Serves one object as S3 does, and cuts the connection after every few bytes of its body.

The path's last part says what happens: `whole`, `cut` (each answer breaks off after 1000 bytes), `silent` (from the second
answer on, each breaks off before the first byte), `replaced` (the object changes after the first answer), `stalled` (each
answer stays open after 1000 bytes, without another one), `dead` (from the second answer on, before the first byte). Ends
with its standard input.
"""

import argparse
import os
import re
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
arguments = parser.parse_args()
content = bytes(index * 7 % 251 for index in range(4500))
answers = {}
turn = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        mode = self.path.rsplit("/", 1)[-1]
        with turn:
            answers[self.path] = answers.get(self.path, 0) + 1
            number = answers[self.path]
        etag = '"two"' if mode == "replaced" and number > 1 else '"one"'
        if self.headers.get("If-Match") not in (None, etag):
            return self.head(412, b"")
        offset = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-")).group(1))
        rest = content[offset:]
        self.send_response(206 if offset else 200)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if mode == "whole":
            return self.wfile.write(rest)
        self.wfile.write(rest[: 0 if mode in ("silent", "dead") and number > 1 else 1000])
        self.wfile.flush()
        self.close_connection = True
        if mode in ("stalled", "dead") and len(rest) > 1000:
            self.rfile.read()  # until the client gives up
            return
        self.connection.shutdown(socket.SHUT_RDWR)

    def head(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()
