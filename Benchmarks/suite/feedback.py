"""Taking in SES's events, a thousand at once, against a script that keeps one row an event in SQLite."""

import pathlib
import shutil

from make_list import write_campaign
from measure import BENCH, PYTHON, Figure, in_turns, run

ROWS = 20_000


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    write_campaign(folder, ROWS)

    def ours():
        for name in ("state", "events"):
            shutil.rmtree(folder / name, ignore_errors=True)
        return run([BENCH, "feedback", folder])

    def peer():
        # The events of our turn just before.
        return run([PYTHON, "Benchmarks/peers/feedback.py", folder / "events", folder / "peer.sqlite"])

    result = in_turns(rounds, ours=ours, peer=peer)
    mine, theirs = result["ours"], result["peer"]
    for count in ("events", "sent", "delivered", "bounces"):
        if mine[count] != theirs[count]:
            raise SystemExit(f"feedback: {mine[count]} {count} here, {theirs[count]} at the peer: no fair comparison")

    def rate(figures, time):
        return figures["events"] / figures[time]

    bare, script = "bare rows into SQLite", "Python json+sqlite3"
    return [
        Figure(
            "events taken in", rate(mine, "wall_seconds"), "/s", bare, rate(theirs, "bare_seconds"),
            rate(mine, "wall_seconds") / rate(theirs, "bare_seconds"),
        ),
        Figure(
            "  with JSON read", rate(mine, "wall_seconds"), "/s", script, rate(theirs, "wall_seconds"),
            rate(mine, "wall_seconds") / rate(theirs, "wall_seconds"),
        ),
        Figure(
            "  processor time an event", mine["process_seconds"] / mine["events"] * 1e6, "us", script,
            theirs["process_seconds"] / theirs["events"] * 1e6,
            theirs["process_seconds"] / theirs["events"] / (mine["process_seconds"] / mine["events"]),
        ),
        Figure("  peak memory", mine["peak_bytes"] / 2**20, "MB"),
    ]  # fmt: skip
