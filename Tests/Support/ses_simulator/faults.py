"""Faults to order: what goes wrong, how often, and for whom."""

import random
import re

from model import BadRequest

# Code to status and message, for what the service itself may answer with.
ERRORS = {
    "TooManyRequestsException": (429, "Maximum sending rate exceeded."),
    "LimitExceededException": (400, "There are too many instances of the specified resource type."),
    "AccountSuspendedException": (400, "Your account's ability to send email has been suspended."),
    "SendingPausedException": (400, "Email sending is disabled for this account."),
    "MailFromDomainNotVerifiedException": (400, "The MAIL FROM domain is not verified."),
    "NotFoundException": (404, "The resource does not exist."),
    "MessageRejected": (400, "The message contains invalid content."),
    "BadRequestException": (400, "The input is invalid."),
    "InternalServiceErrorException": (500, "An internal error occurred."),
    "ServiceUnavailable": (503, "The service is unavailable."),
    "ExpiredTokenException": (403, "The security token included in the request is expired"),
    "AccessDeniedException": (403, "User is not authorized to perform: ses:SendEmail"),
    "UnrecognizedClientException": (403, "The security token included in the request is invalid."),
}
KINDS = {"error", "reset", "close", "slow", "malformed", "truncated"}
FIELDS = {
    # error: answer with `code` (and `status`, `message`); reset: RST; close: FIN, both without an answer;
    # slow: answer after `seconds`; malformed: 200 with broken JSON; truncated: an answer cut off in its body.
    "kind": None,
    "code": "InternalServiceErrorException",
    "status": None,
    "message": None,
    "seconds": 1.0,
    # Whether the mail is accepted before the fault strikes. malformed and truncated come after accepting.
    "afterAccepting": False,
    # How many times, after how many matching requests; None: without end.
    "count": 1,
    "skip": 0,
    "probability": 1.0,
    # A regular expression that a recipient must match.
    "address": None,
    # Only where the connection has served a request before.
    "onlyReusedConnections": False,
    "operation": "SendEmail",
}  # fmt: skip


class Fault:
    def __init__(self, fields):
        unknown = fields.keys() - FIELDS.keys()
        if unknown:
            raise BadRequest(f"unknown fields of a fault: {sorted(unknown)}")
        self.fields = {**FIELDS, **{name: value for name, value in fields.items() if value is not None}}
        if "count" in fields:
            self.fields["count"] = fields["count"]
        if self.fields["kind"] not in KINDS:
            raise BadRequest(f"a fault's kind is one of {sorted(KINDS)}")
        self.pattern = re.compile(self.fields["address"]) if self.fields["address"] else None
        self.hits = 0

    def __getattr__(self, name):
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def error(self):
        status, message = ERRORS.get(self.code, (500, "An error occurred."))
        return self.code, self.message or message, self.status or status

    def strikes(self, operation, recipients, is_reused):
        if operation != self.operation or (self.onlyReusedConnections and not is_reused):
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        if self.pattern and not any(self.pattern.search(recipient) for recipient in recipients):
            return False
        if self.fields["skip"] > 0:
            self.fields["skip"] -= 1
            return False
        if random.random() >= self.probability:
            return False
        self.hits += 1
        return True
