"""The Lambda runtime loop, against AWS's own for C++, aws-lambda-cpp."""

import pathlib
import statistics
import subprocess
import sys

from measure import Figure

LOOP = pathlib.Path("Benchmarks/lambda-loop/run")


def figures(_, rounds):
    if not LOOP.exists():
        return []
    # It prints a table of its own; the figures are read from the files that it leaves.
    subprocess.run([LOOP, str(rounds)], check=True, stdout=sys.stderr)
    mine, theirs = medians("plain"), medians("peer")
    peer = "aws-lambda-cpp"
    return [
        Figure(title, mine[place] * scale, unit, peer, theirs[place] * scale, theirs[place] / mine[place], goal)
        for title, place, scale, unit, goal in (
            ("runtime loop, one invocation", 1, 1, "us", 1),
            ("  processor time", 2, 1, "us", None),
            ("  exec to first poll", 0, 1e-3, "ms", None),
            ("  peak memory", 3, 1 / 1024, "MB", None),
        )
    ]


def medians(name):
    rows = [line.split() for line in pathlib.Path(f".build/bench/{name}.txt").read_text().splitlines()]
    return [statistics.median(map(float, column)) for column in zip(*rows)]
