"""Passes requests on to another server and loses the answer to each request the first time it is made.

The server behind acts on the request; the client sees its connection close. A request that comes again, as a client's retry
does, is passed on again and answered. Ends with its standard input.
"""

import argparse
import http.client
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--behind", type=int, required=True, help="port of the server behind")
arguments = parser.parse_args()
seen = set()
turn = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = (self.headers.get("X-Amz-Target"), body)
        with turn:
            is_first = request not in seen
            seen.add(request)
            behind = http.client.HTTPConnection("127.0.0.1", arguments.behind)
            behind.request("POST", self.path, body, dict(self.headers.items()))
            answer = behind.getresponse()
            content = answer.read()
            behind.close()
        if is_first:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()
