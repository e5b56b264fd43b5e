"""Opens mails with Python's email package and compares them with what they were made of.

Reads a JSON list of mails from standard input, writes one line for each thing found wrong to standard output.
"""

import json
import re
import sys
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import getaddresses

LONGEST_LINE = 998


def one_line(text):
    """As HeaderText.withoutControls: a run of control characters is one space."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def lines(text):
    """Line ends do not count, nor whether the last line has one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def mailboxes(raw, name):
    """Names and addresses by the older parser: in a name the newer one keeps the blanks between encoded words, which RFC
    2047 section 6.2 says to drop (mended in later versions of Python)."""
    values = BytesParser(policy=policy.compat32).parsebytes(raw).get_all(name, [])
    return [[str(make_header(decode_header(box))), address] for box, address in getaddresses(values)]


def check(mail):
    with open(mail["file"], "rb") as file:
        raw = file.read()
    if any(byte > 126 or (byte < 32 and byte not in b"\t\r\n") for byte in raw):
        yield "not 7-bit clean"
    if re.search(rb"\r(?!\n)|(?<!\r)\n", raw) or not raw.endswith(b"\r\n"):
        yield "a line does not end in CRLF"
    longest = max(map(len, raw.split(b"\r\n")))
    if longest > (LONGEST_LINE if mail["hasLongTokens"] else 78):
        yield f"a line has {longest} characters"
    head = raw.split(b"\r\n\r\n", 1)[0]
    for line in head.split(b"\r\n"):
        if not line.strip():
            yield "a header line is blank"
        if not re.match(rb"[!-9;-~]+:|[ \t]", line):
            yield f"no header line: {line!r}"

    message = BytesParser(policy=policy.default).parsebytes(raw)
    for part in message.walk():
        for defect in part.defects:
            yield f"defect {defect!r}"
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                yield f"{name}: defect {defect!r}: {value!r}"

    def expect(what, found, expected):
        if found != expected:
            yield f"{what} is {found!r}, not {expected!r}"

    def boxes(values):
        return [[one_line(value.get("name") or ""), value["address"]] for value in values]

    yield from expect("Subject", message["Subject"], one_line(mail["subject"]))
    for name, sent in [("From", [mail["from"]]), ("To", [mail["to"]]), ("Reply-To", mail["replyTo"])]:
        yield from expect(name, mailboxes(raw, name), boxes(sent))
        found = message[name].addresses if message[name] else []
        yield from expect(f"{name}'s addresses", [a.addr_spec for a in found], [a["address"] for a in sent])
        names = ["".join(a.display_name.split()) for a in found]
        yield from expect(f"{name}'s names", names, ["".join(name.split()) for name, _ in boxes(sent)])
    yield from expect("Message-ID", message["Message-ID"], f"<{mail['messageID']}>")
    yield from expect("Date", message["Date"].datetime.isoformat(), mail["date"])
    yield from expect("MIME-Version", message["MIME-Version"], "1.0")
    for field in mail["headers"]:
        yield from expect(field["name"], message[field["name"]], field["value"])
    counts = {name.lower(): len(message.get_all(name)) for name in message.keys()}
    for name, count in counts.items():
        if count > 1:
            yield f"{count} fields {name}"

    kinds = [(kind, mail[kind]) for kind in ("text", "html") if mail.get(kind) is not None]
    parts = list(message.iter_parts()) if message.is_multipart() else [message]
    names = {"text": "text/plain", "html": "text/html"}
    yield from expect("parts", [p.get_content_type() for p in parts], [names[kind] for kind, _ in kinds])
    if message.is_multipart():
        yield from expect("type", message.get_content_type(), "multipart/alternative")
        yield from expect("preamble and epilogue", [message.preamble, message.epilogue], [None, ""])
    for part, (kind, text) in zip(parts, kinds):
        yield from expect(kind, lines(part.get_content()), lines(text))


for mail in json.load(sys.stdin):
    for complaint in check(mail):
        print(f"{mail['file']}: {complaint}")
