"""Reads what a run has left behind without the code under test: SQLite's file, the table's items, the plan's shards."""

import json
import sqlite3
import time
from dataclasses import dataclass, field

COUNTS = ["accepted", "rejected", "suppressed", "invalid", "duplicate", "excluded", "uncertain"]
LETTERS = {"A": "accepted", "a": "accepted", "r": "rejected", "u": "uncertain", "d": "dropped", "s": "suppressed"}


@dataclass
class Ledger:
    """A run as the ledger holds it."""

    #: How many runs there are in all.
    runs: int
    rows: int
    recipients: int
    shards: int
    batch_size: int
    plan_prefix: str
    control: str
    reason: str
    #: Outcomes decided while planning, and those that senders have counted.
    at_plan: dict
    settled: dict
    #: (shard, batch, position) to (outcome, detail).
    results: dict = field(default_factory=dict)

    @property
    def is_finished(self):
        return sum(self.settled.values()) >= self.recipients


def read_sqlite(file, campaign):
    """None if there is no run yet."""
    if not file.exists():
        return None
    database = sqlite3.connect(file, timeout=30)
    database.row_factory = sqlite3.Row
    try:
        runs = database.execute("SELECT * FROM run WHERE campaign = ?", [campaign]).fetchall()
        if not runs:
            return None
        run = runs[0]
        ledger = Ledger(
            runs=len(runs),
            rows=run["row_count"],
            plan_prefix=run["plan_prefix"],
            at_plan={name: run[f"planned_{name}"] for name in ("invalid", "duplicate", "excluded", "suppressed")},
            settled={name: run[name] for name in ("accepted", "rejected", "suppressed", "uncertain")},
            **{name: run[name] for name in ("recipients", "shards", "batch_size", "control", "reason")},
        )
        rows = database.execute(
            "SELECT shard, number, position, outcome, detail FROM result WHERE run = ?", [run["id"]]
        )
        for shard, number, position, outcome, detail in rows:
            ledger.results[shard, number, position] = (outcome, detail)
        return ledger
    except sqlite3.OperationalError as error:
        # The first process is just making the tables.
        if "no such table" in str(error):
            return None
        raise
    finally:
        database.close()


def suppress_in_sqlite(file, address):
    database = sqlite3.connect(file, timeout=30)
    with database:
        database.execute("INSERT INTO suppression VALUES (?, 'unsubscribe', 'soak', 1780000000000)", [address])
    database.close()


def end_leases_in_sqlite(file, is_meant):
    """Lets the leases of claims run out, as if the time had passed, whose worker's name is meant."""
    database = sqlite3.connect(file, timeout=30)
    with database:
        for shard, number, worker in database.execute(
            "SELECT shard, number, worker FROM batch WHERE state IN ('claimed', 'abandoned') AND lease_ends > 1"
        ).fetchall():
            if is_meant(worker):
                database.execute(
                    "UPDATE batch SET lease_ends = 1 WHERE shard = ? AND number = ? AND worker = ?",
                    [shard, number, worker],
                )
    database.close()


def hurry_pace_in_sqlite(file):
    """Makes what is known of the account's quota a minute old, and the delays of the queue a second long."""
    now = int(time.time() * 1000)
    database = sqlite3.connect(file, timeout=30)
    with database:
        database.execute("UPDATE pace SET read_at = min(read_at, ?), asked_at = min(asked_at, ?)", [now - 60_000] * 2)
        # What is in a hand has a process.
        database.execute(
            "UPDATE message SET visible_at = ? WHERE process IS NULL AND visible_at > ?", [now + 1000, now + 2000]
        )
    database.close()


def read_table(cloud, run_id):
    """None if there is no run yet."""
    items = cloud.items(f"RUN#{run_id}")
    run = next((item for item in items if item["sk"]["S"] == "RUN"), None)
    if run is None:
        return None

    def number(item, name):
        return int(item[name]["N"]) if name in item else 0

    counters = [item for item in items if item["sk"]["S"].startswith("RUN")]
    ledger = Ledger(
        runs=len(cloud.items("RUNS")),
        plan_prefix=run["plan_prefix"]["S"],
        control=run["control"]["S"],
        reason=run["reason"].get("S", ""),
        at_plan={name: number(run, f"planned_{name}") for name in COUNTS},
        settled={name: sum(number(item, f"settled_{name}") for item in counters) for name in COUNTS},
        **{name: number(run, name) for name in ("rows", "recipients", "shards", "batch_size")},
    )
    for item in items:
        kind, *place = item["sk"]["S"].split("#")
        if kind == "BATCH":
            shard, batch = map(int, place)
            for settlement in item.get("results", {"L": []})["L"]:
                for position, result in records(settlement["B"]):
                    if result is None:
                        ledger.results.pop((shard, batch, position), None)
                    else:
                        ledger.results[shard, batch, position] = result
    return ledger


def records(data):
    """Decodes the results of one settlement, the format that ResultRecords.swift describes; None withdraws one."""
    if data[0] != 1:
        raise ValueError(f"results of format {data[0]}")
    at = 7
    while at < len(data):
        position, letter = int.from_bytes(data[at : at + 2]), chr(data[at + 2])
        at += 3
        if letter == "w":
            yield position, None
            continue
        if letter == "A":
            digits, last = data[at : at + 24].hex(), int.from_bytes(data[at + 24 : at + 27])
            at += 27
            ends = [0, 16, 24, 28, 32, 36, 48]
            groups = [digits[start:end] for start, end in zip(ends, ends[1:])]
            detail = "-".join([*groups, f"{last:06}"])
        else:
            length = int.from_bytes(data[at : at + 2])
            detail = data[at + 2 : at + 2 + length].decode()
            at += 2 + length
        yield position, (LETTERS[letter], detail)


def planned_addresses(ledger, read):
    """(shard, batch, position) to the address, by the plan's shards.

    `read` gives the bytes of an object.
    """
    places = {}
    for shard in range(ledger.shards):
        lines = read(f"{ledger.plan_prefix}shards/{shard}.jsonl").splitlines()
        for index, line in enumerate(lines):
            batch, position = divmod(index, ledger.batch_size)
            places[shard, batch, position] = json.loads(line)["to"].lower()
    return places
