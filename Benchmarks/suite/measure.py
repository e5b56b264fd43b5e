"""Runs programs in turns and keeps the medians of what they report."""

import json
import resource
import statistics
import subprocess
import sys
from dataclasses import dataclass

BENCH = ".build/release/jada-blast-bench"
PYTHON = sys.executable


@dataclass
class Figure:
    """One line of the table."""

    title: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    #: How many times as good as the peer we are; None where there is no peer.
    ratio: float | None = None
    #: What ``ratio``, or ``ours`` where there is none, is held to.
    goal: float | None = None
    #: Whether less is better, where ``ours`` itself is held to the goal.
    is_ceiling: bool = False

    @property
    def is_met(self):
        if self.goal is None:
            return None
        value = self.ours if self.ratio is None else self.ratio
        return value <= self.goal if self.is_ceiling else value >= self.goal


def run(command, **options):
    """Runs a program that prints its figures as one JSON object; its processor time is added as ``cpu_seconds``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = json.loads(result.stdout)
    figures["cpu_seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return figures


def in_turns(rounds, **sides):
    """Calls each side once a round, so that all meet the same weather; returns the median of each figure."""
    results = {name: [] for name in sides}
    for number in range(rounds):
        for name, side in sides.items():
            print(f"  round {number + 1} of {rounds}: {name}", file=sys.stderr)
            results[name].append(side())
    return {
        name: {key: statistics.median(one[key] for one in all) for key in all[0]} for name, all in results.items()
    }
