"""Gives the answers of scripts one after the other, and records each request.

`PUT /__script/ID` sets a script, a JSON list of answers for requests beneath `/ID`; its last answer is repeated. An answer
has `status`, `headers`, `body`, and may say `"dateOffset": seconds` (a Date header so far from the clock), `"delay":
seconds`, or `"reset": true` (read the request, then close the connection). `GET /__recorded/ID` lists the requests so far.
"""

import argparse
import email.utils
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
arguments = parser.parse_args()
scripts = {}
recorded = {}
turn = threading.Lock()


class Server(ThreadingHTTPServer):
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        _, script, rest = (self.path + "/").split("/", 2)
        rest = "/" + rest[:-1]
        if script == "__script":
            with turn:
                scripts[rest[1:]], recorded[rest[1:]] = json.loads(body), []
            return self.reply({})
        if script == "__recorded":
            return self.reply({"body": json.dumps(recorded[rest[1:]])})
        with turn:
            requests = recorded[script]
            answer = scripts[script][min(len(requests), len(scripts[script]) - 1)]
            requests.append(
                {
                    "method": self.command,
                    "path": rest,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": body.decode("latin-1"),
                }
            )
        self.reply(answer)

    def reply(self, answer):
        time.sleep(answer.get("delay", 0))
        if answer.get("reset"):
            self.close_connection = True
            return
        body = answer.get("body", "").encode()
        self.send_response_only(answer.get("status", 200))
        if "dateOffset" in answer:
            self.send_header("Date", email.utils.formatdate(time.time() + answer["dateOffset"], usegmt=True))
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
Server(("127.0.0.1", arguments.port), Handler).serve_forever()
