"""Opens every mail of a folder with Python's email package, and tells what a mail reader would see, as a JSON list."""

import json
import pathlib
import sys
from email import policy
from email.parser import BytesParser


def defects(message):
    for part in message.walk():
        yield from map(repr, part.defects)
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                yield f"{name}: {defect!r}"


def seen(file):
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    return {
        "file": file.name,
        "to": message["To"].addresses[0].addr_spec,
        "subject": message["Subject"],
        "messageID": message["Message-ID"],
        "unsubscribe": message["List-Unsubscribe"],
        "types": [part.get_content_type() for part in message.iter_parts()],
        "text": message.get_body(("plain",)).get_content(),
        "html": message.get_body(("html",)).get_content(),
        "defects": list(defects(message)),
    }


print(json.dumps([seen(file) for file in sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))]))
