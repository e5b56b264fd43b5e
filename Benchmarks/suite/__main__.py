"""Measures speed and memory beside peers, in turns, and prints one table."""

import argparse
import dataclasses
import json
import pathlib
import shutil
import sys
import tempfile

import feedback
import planning
import rendering
import runtime
import scale
import sending
import start

PARTS = {
    "planning": planning,
    "sending": sending,
    "scale": scale,
    "feedback": feedback,
    "rendering": rendering,
    "runtime": runtime,
    "start": start,
}


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which to run: {', '.join(PARTS)}; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs; medians count")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    for name in options.parts:
        if name not in PARTS:
            parser.error(f"there is no part '{name}'")

    folder = pathlib.Path(tempfile.mkdtemp(prefix="jada-blast-bench-"))
    try:
        figures = []
        for name in options.parts or PARTS:
            print(name, file=sys.stderr)
            figures += PARTS[name].figures(folder / name, options.rounds)
    finally:
        shutil.rmtree(folder)
    if options.json:
        print(json.dumps([dataclasses.asdict(one) | {"is_met": one.is_met} for one in figures], indent=2))
    else:
        print(table(figures))
    # A missed goal is a figure to look at, not an error: on a busy machine there is no honest pass or fail.


def table(figures):
    rows = [("figure", "jada-blast", "peer", "", "ratio", "goal", "")]
    for one in figures:
        rows.append(
            (
                one.title,
                f"{number(one.ours)} {one.unit}",
                "" if one.theirs is None else f"{number(one.theirs)} {one.unit}",
                one.peer,
                "" if one.ratio is None else f"{number(one.ratio)}x",
                "" if one.goal is None else f"{'at most' if one.is_ceiling else 'at least'} {number(one.goal)}",
                "" if one.is_met is None else "met" if one.is_met else "missed",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


main()
