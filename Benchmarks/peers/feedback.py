"""The peer: a script that reads SES's events out of SQS batches and keeps a row for each recipient and kind, each batch in one
transaction that reaches the disk. Counts events, and adds bounced addresses to a list. Prints its figures as one JSON object;
`bare_seconds` is what SQLite alone takes, for rows that are ready: the ceiling.

usage: feedback.py FOLDER DATABASE
"""

import json
import pathlib
import sqlite3
import sys
import time

KINDS = {"Send": "sent", "Delivery": "delivered", "Bounce": "bounces"}


def rows_of(batch):
    for record in json.loads(batch)["Records"]:
        detail = json.loads(record["body"])["detail"]
        tags = {name: values[0] for name, values in detail["mail"]["tags"].items()}
        run, recipient = f"{tags['campaign']}#{tags['occurrence']}", f"{tags['batch']}-{tags['recipient']}"
        yield run, recipient, KINDS[detail["eventType"]], detail["mail"]["destination"][0]


def main():
    folder, file = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(f"{file}{suffix}").unlink(missing_ok=True)
    batches = [path.read_bytes() for path in folder.iterdir()]
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE event (run TEXT, recipient TEXT, kind TEXT, PRIMARY KEY (run, recipient, kind)) WITHOUT ROWID"
    )
    database.execute("CREATE TABLE suppression (address TEXT PRIMARY KEY) WITHOUT ROWID")
    started, used, bare = time.monotonic(), time.process_time(), 0
    for batch in batches:
        rows = list(rows_of(batch))
        began = time.monotonic()
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", [row[:3] for row in rows])
        bounced = [(row[3],) for row in rows if row[2] == "bounces"]
        database.executemany("INSERT OR IGNORE INTO suppression VALUES (?)", bounced)
        database.execute("COMMIT")
        bare += time.monotonic() - began
    figures = {"wall_seconds": time.monotonic() - started, "bare_seconds": bare, "process_seconds": time.process_time() - used}
    counts = dict(database.execute("SELECT kind, count(*) FROM event GROUP BY kind"))
    figures |= {kind: counts.get(kind, 0) for kind in KINDS.values()} | {"events": sum(counts.values())}
    print(json.dumps(figures))


main()
