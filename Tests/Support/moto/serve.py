"""Serves moto on loopback until standard input closes."""

import argparse
import io
import json
import os
import sys
import threading

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--single-threaded", action="store_true", help="one request at a time")
parser.add_argument("--check-signatures", action="store_true", help="refuse wrong SigV4 signatures, and what IAM does not allow")
parser.add_argument("--record", action="store_true", help="print what IAM is asked, before it is answered")
parser.add_argument("--bill", metavar="REGION", help="print what DynamoDB would bill for each write there")
arguments = parser.parse_args()
# The server has names of all kinds in tests; none begins with a bucket's.
os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"

from moto import settings  # noqa: E402
from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.iam import iam_backends  # noqa: E402
from moto.iam.access_control import IAMRequestBase  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

from permissions import judge_by_permissions, record_permissions  # noqa: E402
from write_units import bill_writes  # noqa: E402

WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keep-alive, as AWS does


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def make_credentials():
    """Makes a user who may do everything, and its key: the only one that moto then accepts."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-west-2", "tester")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy("tester", "everything", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
    return iam.create_access_key("tester")


def check_path_on_the_wire(application):
    """Lets moto check the path that was signed; its own is decoded, so that odd object keys would never match."""
    wire = threading.local()
    initialize = IAMRequestBase.__init__

    def initialize_with_wire_path(self, *args, **kwargs):
        initialize(self, *args, **kwargs)
        self._path = wire.uri

    IAMRequestBase.__init__ = initialize_with_wire_path

    def keep_wire_path(environ, start_response):
        wire.uri = environ["RAW_URI"]
        return application(environ, start_response)

    return keep_wire_path


if arguments.check_signatures:
    key = make_credentials()
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    # Read by TestServer.issuedKey, before the port accepts connections.
    print(f"ISSUED {key.access_key_id} {key.secret_access_key}", flush=True)

threading.Thread(target=end_with_parent, daemon=True).start()
application = DomainDispatcherApplication(create_backend_app)
if arguments.check_signatures:
    application = judge_by_permissions(check_path_on_the_wire(application))
if arguments.record:
    application = record_permissions(application)
if arguments.bill:
    application = bill_writes(application, arguments.bill)
turn = threading.Lock()


def is_long_poll(environ):
    if not environ.get("HTTP_X_AMZ_TARGET", "").endswith(".ReceiveMessage"):
        return False
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    return json.loads(body).get("WaitTimeSeconds", 0) > 0


def one_at_a_time(environ, start_response):
    """The application behind a lock: connections stay open side by side, requests are atomic.

    Who waits for a message does not keep the others waiting; SQS may deliver a message twice.
    """
    if is_long_poll(environ):
        return application(environ, start_response)
    with turn:
        return list(application(environ, start_response))


make_server(
    "127.0.0.1", arguments.port, one_at_a_time if arguments.single_threaded else application, threaded=True
).serve_forever()
