"""The account behind the API: quota, suppression list, identities, and the mails it has accepted."""

import collections
import email.utils
import re
import time
import uuid

from model import BadRequest, Refusal

SECONDS_A_DAY = 24 * 60 * 60
MAX_RECIPIENTS = 50
MAX_PAGE_SIZE = 1000
# The Region of settings and requests that name none.
REGION = "us-west-2"
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
# The model's documentation of MessageHeader: name and value together.
MAX_HEADER = 996
# Amazon SES Developer Guide, "Header fields": set by SES itself, and so refused as custom headers of simple content;
# and, of those that may come once only, the ones of mailing lists.
RESERVED_HEADERS = {
    "bcc", "cc", "content-disposition", "content-type", "date", "from", "message-id", "mime-version", "reply-to",
    "return-path", "subject", "to",
}  # fmt: skip
SINGLE_HEADERS = {
    "auto-submitted", "list-archive", "list-help", "list-id", "list-owner", "list-post", "list-subscribe",
    "list-unsubscribe", "list-unsubscribe-post", "precedence", "sender",
}  # fmt: skip
# A domain as DNS has it: IDN must have become punycode before.
DOMAIN = re.compile(r"(?=.{1,255}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")

RATE_MESSAGE = "Maximum sending rate exceeded."
DAILY_MESSAGE = "Daily message quota exceeded."

SETTINGS = {
    "maxSendRate": 1000.0,
    "max24HourSend": -1.0,
    # What was sent before the simulator started.
    "sentLast24Hours": 0.0,
    "sendingEnabled": True,
    "enforcementStatus": "HEALTHY",
    "productionAccessEnabled": True,
    "suppressedReasons": ["BOUNCE", "COMPLAINT"],
    # Name to what GetEmailIdentity answers. With strictIdentities, others must not send.
    "identities": {},
    "strictIdentities": False,
    # None: any name will do.
    "configurationSets": None,
    # Access key id to {"secret", "token" (optional), "expired" (optional)}. None: any signature will do.
    "keys": None,
    "keepsBodies": True,
}


class Window:
    """Counts what happened within the last second, and the most there ever was."""

    def __init__(self):
        self.times = collections.deque()
        self.busiest = 0

    def count(self, now):
        while self.times and self.times[0] <= now - 1:
            self.times.popleft()
        return len(self.times)

    def add(self, now, number):
        self.times.extend([now] * number)
        self.busiest = max(self.busiest, self.count(now))


class Account:
    def __init__(self, settings):
        self.settings = {**SETTINGS, "identities": {}}
        # Region to lower-case address to entry: each Region has a list of its own.
        self.lists = collections.defaultdict(dict)
        self.mails = []
        self.accepted_recipients = 0
        self.accepted = Window()
        self.attempted = Window()
        self.configure(settings)

    def configure(self, settings):
        """Changes the settings given; `suppressed` (address to reason) adds to the suppression list of us-west-2,
        `suppressedIn` (Region to address to reason) to those of others."""
        settings = dict(settings)
        for region, entries in {REGION: settings.pop("suppressed", {}), **settings.pop("suppressedIn", {})}.items():
            for address, reason in entries.items():
                self.suppress(address, reason, region)
        unknown = settings.keys() - SETTINGS.keys()
        if unknown:
            raise BadRequest(f"unknown settings: {sorted(unknown)}")
        self.settings.update(settings)

    def suppress(self, address, reason, region):
        self.lists[region][address.lower()] = {
            "EmailAddress": address, "Reason": reason, "LastUpdateTime": round(time.time(), 3),
        }  # fmt: skip

    # Operations: each takes the input as the model names it, and the Region, and returns the output.

    def get_account(self, _, region):
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": self.settings["enforcementStatus"],
            "ProductionAccessEnabled": self.settings["productionAccessEnabled"],
            "SendQuota": {
                "Max24HourSend": float(self.settings["max24HourSend"]),
                "MaxSendRate": float(self.settings["maxSendRate"]),
                "SentLast24Hours": float(self.sent_last_24_hours),
            },
            "SendingEnabled": self.settings["sendingEnabled"],
            "SuppressionAttributes": {"SuppressedReasons": self.settings["suppressedReasons"]},
        }

    def put_suppressed_destination(self, parameters, region):
        address(parameters["EmailAddress"])
        self.suppress(parameters["EmailAddress"], parameters["Reason"], region)
        return {}

    def get_suppressed_destination(self, parameters, region):
        return {"SuppressedDestination": self.found(parameters["EmailAddress"], region)}

    def delete_suppressed_destination(self, parameters, region):
        self.found(parameters["EmailAddress"], region)
        del self.lists[region][parameters["EmailAddress"].lower()]
        return {}

    def found(self, name, region):
        if name.lower() not in self.lists[region]:
            raise Refusal("NotFoundException", f"Email address {name} does not exist on your suppression list.", 404)
        return self.lists[region][name.lower()]

    def list_suppressed_destinations(self, parameters, region):
        size = parameters.get("PageSize", MAX_PAGE_SIZE)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise BadRequest(f"PageSize must be between 1 and {MAX_PAGE_SIZE}.")
        after = ""
        if "NextToken" in parameters:
            token = parameters["NextToken"]
            if not re.fullmatch(r"(?:[0-9a-f]{2})+", token):
                raise Refusal("InvalidNextTokenException", "The specified request includes an invalid next token.")
            after = bytes.fromhex(token).decode()
        reasons = parameters.get("Reasons", ["BOUNCE", "COMPLAINT"])
        start, end = parameters.get("StartDate", 0), parameters.get("EndDate", float("inf"))
        rest = [
            key
            for key, entry in sorted(self.lists[region].items())
            if key > after and entry["Reason"] in reasons and start <= entry["LastUpdateTime"] <= end
        ]
        page = rest[:size]
        result = {"SuppressedDestinationSummaries": [self.lists[region][key] for key in page]}
        if len(rest) > size:
            result["NextToken"] = page[-1].encode().hex()
        return result

    def get_email_identity(self, parameters, region):
        name = parameters["EmailIdentity"]
        if name not in self.settings["identities"]:
            raise Refusal("NotFoundException", f"Email identity {name} does not exist.", 404)
        return {
            "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
            "VerifiedForSendingStatus": True,
            **self.settings["identities"][name],
        }

    def checked_mail(self, parameters, now):
        """The mail to be accepted, once all the rules of SES hold and rate and quota have room for it."""
        if self.settings["enforcementStatus"] == "SHUTDOWN":
            raise Refusal("AccountSuspendedException", "Your account's ability to send email has been suspended.")
        if not self.settings["sendingEnabled"]:
            raise Refusal("SendingPausedException", "Email sending is disabled for this account.")
        mail = self.mail(parameters)
        self.check_sender(mail["from"])
        name = parameters.get("ConfigurationSetName")
        sets = self.settings["configurationSets"]
        if name is not None and sets is not None and name not in sets:
            raise Refusal("NotFoundException", f"Configuration set <{name}> does not exist.", 404)

        number = len(mail["to"]) + len(mail["cc"]) + len(mail["bcc"])
        self.attempted.add(now, number)
        if 0 <= self.settings["max24HourSend"] < self.sent_last_24_hours + number:
            raise Refusal("TooManyRequestsException", DAILY_MESSAGE, 429)
        if self.accepted.count(now) + number > self.settings["maxSendRate"]:
            raise Refusal("TooManyRequestsException", RATE_MESSAGE, 429)
        return mail

    def accept(self, mail, now, region):
        number = len(mail["to"]) + len(mail["cc"]) + len(mail["bcc"])
        self.accepted.add(now, number)
        self.accepted_recipients += number
        identifier = uuid.uuid4()
        mail["messageId"] = f"010101{int(time.time() * 1000):010x}-{identifier}-000000"
        mail["time"] = time.time()
        # A suppressed mail is accepted and counted, and goes nowhere.
        entries = (self.lists[region].get(bare(name).lower()) for name in mail["to"] + mail["cc"] + mail["bcc"])
        mail["isSuppressed"] = any(entry and entry["Reason"] in self.settings["suppressedReasons"] for entry in entries)
        self.mails.append(mail)
        return {"MessageId": mail["messageId"]}

    @property
    def sent_last_24_hours(self):
        return self.settings["sentLast24Hours"] + self.accepted_recipients

    def check_sender(self, sender):
        name = bare(sender)
        identities = self.settings["identities"]
        identity = identities.get(name) or identities.get(name.rpartition("@")[2])
        verified = identity.get("VerifiedForSendingStatus", True) if identity else not self.settings["strictIdentities"]
        if not verified:
            raise Refusal(
                "MessageRejected",
                f"Email address is not verified. The following identities failed the check in region US-WEST-2: {name}",
            )
        mail_from = (identity or {}).get("MailFromAttributes", {})
        if (
            mail_from.get("BehaviorOnMxFailure") == "REJECT_MESSAGE"
            and mail_from.get("MailFromDomainStatus") != "SUCCESS"
        ):
            raise Refusal("MailFromDomainNotVerifiedException", "The MAIL FROM domain is not verified.")

    def mail(self, parameters):
        content = parameters["Content"]
        if len(content) != 1:
            raise BadRequest("Exactly one of Simple, Raw and Template must be given.")
        if "Simple" not in content:
            raise BadRequest("The simulator takes simple content only.")
        simple = content["Simple"]
        if not simple["Body"]:
            raise BadRequest("The message has neither text nor HTML.")
        subject = simple["Subject"]["Data"]
        if re.search(r"[\r\n]", subject):
            raise BadRequest("Subject contains a line break.")
        headers = simple.get("Headers", [])
        names = [header["Name"].lower() for header in headers]
        for header, name in zip(headers, names):
            if name in RESERVED_HEADERS:
                raise BadRequest(f"Header {header['Name']} is not allowed.")
            if name in SINGLE_HEADERS and names.count(name) > 1:
                raise BadRequest(f"Header {header['Name']} appears more than once.")
            if len(header["Name"]) + len(header["Value"]) > MAX_HEADER:
                raise BadRequest(f"Header {header['Name']} is longer than {MAX_HEADER} characters.")
        tags = parameters.get("EmailTags", [])
        for tag in tags:
            for text in (tag["Name"], tag["Value"]):
                if not TAG.fullmatch(text):
                    raise BadRequest(
                        f"Tag {tag['Name']} may hold only ASCII letters, digits, dashes and underscores, at most 256."
                    )
        if "FromEmailAddress" not in parameters:
            raise BadRequest("The From address is missing.")
        destination = parameters.get("Destination", {})
        mail = {
            "from": address(parameters["FromEmailAddress"]),
            "to": [address(text) for text in destination.get("ToAddresses", [])],
            "cc": [address(text) for text in destination.get("CcAddresses", [])],
            "bcc": [address(text) for text in destination.get("BccAddresses", [])],
            "replyTo": [address(text) for text in parameters.get("ReplyToAddresses", [])],
            "subject": subject,
            "headers": [{"name": header["Name"], "value": header["Value"]} for header in headers],
            "tags": {tag["Name"]: tag["Value"] for tag in tags},
            "configurationSet": parameters.get("ConfigurationSetName"),
        }
        number = len(mail["to"]) + len(mail["cc"]) + len(mail["bcc"])
        if number == 0:
            raise BadRequest("The message has no recipients.")
        if number > MAX_RECIPIENTS:
            raise BadRequest(f"Recipient count exceeds {MAX_RECIPIENTS}.")
        if self.settings["keepsBodies"]:
            for key, part in (("text", "Text"), ("html", "Html")):
                if part in simple["Body"]:
                    mail[key] = simple["Body"][part]["Data"]
        return mail


def bare(text):
    """The address within `Name <address>`."""
    return email.utils.parseaddr(text)[1]


def address(text):
    """The text, if SES takes it for one address, with or without a display name."""
    if not text.isascii():
        raise BadRequest("Addresses must be ASCII: encode the domain by IDNA, the name by RFC 2047.")
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise BadRequest("Local address contains control or whitespace.")
    local, _, domain = bare(text).rpartition("@")
    if not domain:
        raise BadRequest("Missing final '@domain'.")
    if not local or len(local) > 64 or re.search(r'[\s"(),:;<>@[\\\]]', local) and not re.fullmatch(r'"[^"]*"', local):
        raise BadRequest("Local address contains control or whitespace.")
    if not DOMAIN.fullmatch(domain):
        raise BadRequest("Domain contains illegal character.")
    return text
