"""Longer and longer lists, planned and sent by one process: time must grow with them, and memory must not."""

import pathlib
import shutil

from make_list import write_campaign
from measure import BENCH, Figure, in_turns, run
from sending import message
from server import nginx

PLANNED = (10_000, 100_000, 1_000_000)
SENT = (10_000, 100_000)
MEGABYTES = 64


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    lists = {rows: folder / str(rows) for rows in PLANNED}
    for rows, place in lists.items():
        write_campaign(place, rows, message())

    def once(rows, *command):
        shutil.rmtree(lists[rows] / "state", ignore_errors=True)
        return run([BENCH, *command])

    with nginx(folder / "nginx") as (plain, _, certificate):
        sides = {f"plan {rows:,} rows": lambda rows=rows: once(rows, "plan", lists[rows]) for rows in PLANNED}
        sides |= {
            f"plan and send {rows:,} rows": lambda rows=rows: once(rows, "send", plain, lists[rows], certificate)
            for rows in SENT
        }
        results = in_turns(rounds, **sides)
    found = []
    for title, result in results.items():
        recipients = result.get("mails") or result["recipients"]
        found += [
            Figure(title, result["wall_seconds"] / recipients * 1e6, "us a recipient"),
            Figure(
                "  peak memory", result["peak_bytes"] / 2**20, "MB", goal=MEGABYTES, is_ceiling=True
            ),
        ]  # fmt: skip
    return found
