"""The parts of the SES v2 API that jada-blast uses, on loopback, until standard input closes.

Every request is checked against botocore's model of the API, and against the rules of SES that the model does not
hold. What is accepted is recorded. Rate and quota are enforced. Below /_control tests look and meddle:

GET    /_control/mails       accepted mails, oldest first
GET    /_control/state       settings (account.SETTINGS) and statistics
PUT    /_control/state       changes the settings given
POST   /_control/faults      orders a fault (faults.FIELDS)
DELETE /_control/faults      forgets all faults
POST   /_control/reset       forgets everything but the command line
"""

import argparse
import asyncio
import collections
import json
import os
import re
import socket
import struct
import sys
import threading
import time
import traceback
import uuid

import signatures
from account import REGION, Account
from faults import Fault
from model import Refusal, operations

MAX_HEAD = 64 << 10
# SES v2 takes messages of up to 40 MB.
MAX_BODY = 40 << 20
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


class Simulator:
    """What all connections share."""

    def __init__(self, settings):
        self.settings = settings
        self.operations = operations(
            [
                "SendEmail", "GetAccount", "PutSuppressedDestination", "GetSuppressedDestination",
                "ListSuppressedDestinations", "DeleteSuppressedDestination", "GetEmailIdentity",
            ]
        )  # fmt: skip
        self.reset()

    def reset(self):
        self.account = Account(self.settings)
        self.faults = []
        self.requests = collections.Counter()
        self.statuses = collections.Counter()
        self.connections = 0

    def control(self, method, path, body):
        match method, path:
            case "GET", "/_control/mails":
                return {"mails": self.account.mails}
            case "GET", "/_control/state":
                return self.state()
            case "PUT", "/_control/state":
                self.account.configure(body)
                return self.state()
            case "POST", "/_control/faults":
                self.faults.append(Fault(body))
                return {}
            case "DELETE", "/_control/faults":
                self.faults.clear()
                return {}
            case "POST", "/_control/reset":
                self.reset()
                return {}
        raise Refusal("NotFoundException", f"there is no {method} {path}", 404)

    def state(self):
        return {
            "settings": {name: value for name, value in self.account.settings.items() if name != "keys"},
            "suppressed": {
                region: {entry["EmailAddress"]: entry["Reason"] for entry in entries.values()}
                for region, entries in self.account.lists.items()
            },
            "statistics": {
                "requests": self.requests,
                "statuses": {str(status): count for status, count in self.statuses.items()},
                "connections": self.connections,
                "mails": len(self.account.mails),
                "acceptedInBusiestSecond": self.account.accepted.busiest,
                "attemptedInBusiestSecond": self.account.attempted.busiest,
                "faults": [fault.hits for fault in self.faults],
            },
        }

    def operation(self, method, path):
        for operation in self.operations:
            match = operation.path.fullmatch(path) if operation.method == method else None
            if match:
                return operation, match
        raise Refusal("UnknownOperationException", f"the simulator has no operation for {method} {path}", 404)

    def fault(self, operation, recipients, is_reused):
        return next((fault for fault in self.faults if fault.strikes(operation, recipients, is_reused)), None)


class Answer:
    def __init__(self, status, body, headers=""):
        self.status = status
        self.body = body
        self.headers = headers
        # What happens to it on its way.
        self.delay = 0
        self.cut = None

    @classmethod
    def ok(cls, value):
        return cls(200, json.dumps(value).encode())

    @classmethod
    def refusal(cls, code, message, status):
        # The service's front door, which checks credentials, writes Message with a capital.
        key = "Message" if status == 403 else "message"
        return cls(status, json.dumps({"__type": code, key: message}).encode(), f"x-amzn-ErrorType: {code}\r\n")


class HangUp(Exception):
    """The connection ends without an answer, by RST or by FIN."""

    def __init__(self, is_reset):
        self.is_reset = is_reset


class Connection(asyncio.Protocol):
    def __init__(self, simulator):
        self.simulator = simulator
        self.buffer = bytearray()
        self.is_busy = False
        self.served = 0
        # Connections of tests that only look and meddle do not count.
        self.is_counted = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        self.serve()

    def serve(self):
        """Answers the requests that are complete, one after the other."""
        while not self.is_busy and not self.transport.is_closing():
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self.buffer) > MAX_HEAD:
                    self.transport.abort()
                return
            try:
                method, target, headers = head(self.buffer[:end])
                length = int(headers.get("content-length", "0"))
                if "transfer-encoding" in headers or not 0 <= length <= MAX_BODY:
                    raise ValueError("unsupported body")
            except ValueError as error:
                self.send(Answer.refusal("SerializationException", str(error), 400), closes=True)
                return
            if len(self.buffer) < end + 4 + length:
                if headers.pop("expect", "").lower() == "100-continue" and len(self.buffer) == end + 4:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            self.respond(method, target, headers, body)

    def respond(self, method, target, headers, body):
        closes = headers.get("connection", "").lower() == "close"
        try:
            answer = self.answer(method, target, headers, body)
        except Refusal as refusal:
            answer = Answer.refusal(refusal.code, refusal.message, refusal.status)
        except HangUp as hang_up:
            if hang_up.is_reset:
                linger = struct.pack("ii", 1, 0)
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.transport.abort()
            else:
                self.transport.close()
            return
        except Exception:  # a fault of the simulator itself, to be seen in its output
            traceback.print_exc()
            answer = Answer.refusal("InternalFailure", "the simulator has failed", 500)
        self.served += 1
        if answer.delay:
            self.is_busy = True
            asyncio.get_running_loop().call_later(answer.delay, self.send_late, answer, closes)
        else:
            self.send(answer, closes)

    def send_late(self, answer, closes):
        self.is_busy = False
        if not self.transport.is_closing():
            self.send(answer, closes)
            self.serve()

    def send(self, answer, closes):
        self.simulator.statuses[answer.status] += 1
        head = (
            f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Error')}\r\n"
            f"x-amzn-RequestId: {uuid.uuid4()}\r\n{answer.headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + answer.body[: answer.cut])
        if closes or answer.cut is not None:
            self.transport.close()

    def answer(self, method, target, headers, raw_body):
        path, _, query = target.partition("?")
        if path.startswith("/_control/"):
            return Answer.ok(self.simulator.control(method, path, parsed(raw_body)))
        if not self.is_counted:
            self.is_counted = True
            self.simulator.connections += 1
        operation, match = self.simulator.operation(method, path)
        self.simulator.requests[operation.name] += 1
        account = self.simulator.account
        if account.settings["keys"] is not None:
            signatures.check(account.settings["keys"], method, target, headers, raw_body)
        if raw_body and not headers.get("content-type", "application/json").startswith("application/json"):
            raise Refusal("UnsupportedMediaTypeException", "the body must be application/json", 415)
        parameters = operation.parameters(match, query, parsed(raw_body))

        scope = signatures.AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        region = scope[3] if scope else REGION
        recipients = [name for names in parameters.get("Destination", {}).values() for name in names]
        fault = self.simulator.fault(operation.name, recipients, is_reused=self.served > 0)
        if fault and fault.kind in ("error", "reset", "close") and not fault.afterAccepting:
            return self.failed(fault)
        if operation.name == "SendEmail":
            now = time.monotonic()
            output = account.accept(account.checked_mail(parameters, now), now, region)
        else:
            output = getattr(account, re.sub(r"(?<!^)([A-Z])", r"_\1", operation.name).lower())(parameters, region)
        answer = Answer.ok(output)
        return self.failed(fault, answer) if fault else answer

    @staticmethod
    def failed(fault, answer=None):
        match fault.kind:
            case "error":
                return Answer.refusal(*fault.error)
            case "reset" | "close":
                raise HangUp(is_reset=fault.kind == "reset")
            case "slow":
                answer.delay = fault.seconds
            case "malformed":
                answer.body = answer.body[: len(answer.body) // 2]
            case "truncated":
                answer.cut = len(answer.body) // 2
        return answer


def head(text):
    lines = text.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("unknown version of HTTP")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("malformed header")
        headers[name.lower()] = value.strip()
    return method, target, headers


def parsed(body):
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        raise Refusal("SerializationException", "the body is not JSON") from None


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--settings", default="{}", help="JSON, as for PUT /_control/state")
    arguments = parser.parse_args()
    simulator = Simulator(json.loads(arguments.settings))
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(simulator), "127.0.0.1", arguments.port, backlog=1024
    )
    threading.Thread(target=end_with_parent, daemon=True).start()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
