"""Planning a list of a million rows, against Python's csv and set on the same file."""

import os
import pathlib
import shutil

from make_list import write_campaign
from measure import BENCH, PYTHON, Figure, in_turns, run


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    recipients = write_campaign(folder, 1_000_000)
    state, peer_output = folder / "state", folder / "peer.jsonl"

    def ours():
        shutil.rmtree(state, ignore_errors=True)
        # A plan ends by bringing the whole file system to the disk: what the peer wrote is none of its business.
        os.sync()
        return run([BENCH, "plan", folder])

    def peer():
        peer_output.unlink(missing_ok=True)
        os.sync()
        return run([PYTHON, "Benchmarks/peers/plan.py", recipients, peer_output])

    result = in_turns(rounds, ours=ours, peer=peer)
    mine, theirs = result["ours"], result["peer"]
    for count in ("rows", "recipients", "duplicate", "invalid"):
        if mine[count] != theirs[count]:
            raise SystemExit(f"planning: {mine[count]} {count} here, {theirs[count]} at the peer: no fair comparison")
    name = "Python csv+set"
    return [
        Figure(
            "plan 1,000,000 rows", mine["wall_seconds"], "s", name, theirs["wall_seconds"],
            theirs["wall_seconds"] / mine["wall_seconds"], goal=6,
        ),
        Figure(
            "  processor time", mine["cpu_seconds"], "s", name, theirs["cpu_seconds"],
            theirs["cpu_seconds"] / mine["cpu_seconds"],
        ),
        Figure(
            "  peak memory", mine["peak_bytes"] / 2**20, "MB", name, theirs["peak_bytes"] / 2**20, goal=64,
            is_ceiling=True,
        ),
    ]  # fmt: skip
