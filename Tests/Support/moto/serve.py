"""Serves moto on loopback until standard input closes."""

import argparse
import os
import sys
import threading

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--single-threaded", action="store_true", help="one request at a time")
parser.add_argument("--check-signatures", action="store_true", help="refuse wrong SigV4 signatures")
arguments = parser.parse_args()

# The user and key that moto's IAM knows once signatures are checked are made before the check begins:
# see --check-signatures in make_credentials below.
if arguments.check_signatures:
    os.environ.setdefault("INITIAL_NO_AUTH_ACTION_COUNT", "3")

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keep-alive, as AWS does


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
application = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def one_at_a_time(environ, start_response):
    """The application behind a lock: connections stay open side by side, requests are atomic."""
    with turn:
        return list(application(environ, start_response))


make_server(
    "127.0.0.1", arguments.port, one_at_a_time if arguments.single_threaded else application, threaded=True
).serve_forever()
