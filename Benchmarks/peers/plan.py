"""The peer: what a script would do with csv and set. Prints its figures as one JSON object.

usage: peer.py RECIPIENTS OUTPUT
"""

import csv
import json
import resource
import sys
import time


def main():
    started = time.monotonic()
    rows = recipients = duplicate = invalid = 0
    seen = set()
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
    with (
        open(sys.argv[1], encoding="utf-8", newline="") as source,
        open(sys.argv[2], "w", encoding="utf-8") as target,
    ):
        reader = csv.reader(source)
        header = next(reader)
        email, name, seat = (header.index(column) for column in ("email", "name", "seat"))
        for row in reader:
            rows += 1
            address = row[email].strip().lower()
            local, at, domain = address.partition("@")
            if not local or "." not in domain or "@" in domain or " " in address or "<" in address:
                invalid += 1
            elif address in seen:
                duplicate += 1
            else:
                seen.add(address)
                recipients += 1
                target.write(encode({"line": reader.line_num, "to": address, "values": [row[name], row[seat]]}) + "\n")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "rows": rows,
                "recipients": recipients,
                "duplicate": duplicate,
                "invalid": invalid,
                "wall_seconds": time.monotonic() - started,
                "process_seconds": usage.ru_utime + usage.ru_stime,
                "peak_bytes": usage.ru_maxrss * 1024,
            }
        )
    )


main()
