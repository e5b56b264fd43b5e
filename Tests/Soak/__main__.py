"""Kills and disturbs real workers, run after run, and judges each run by what the SES simulator has accepted.

A run is decided by its seed, but for the races between its processes. Exits with 1 if a run has broken a promise.
"""

import argparse
import asyncio
import collections
import pathlib
import shutil
import signal
import sys
import tempfile
import traceback

from cloud import Moto
from play import Play, Result
from scenario import KINDS, TROUBLES, scenario

HEADINGS = [
    "kind of run", "trouble", "runs", "kills", "faults", "held", "mails accepted", "uncertain", "mailed again",
    "runs in violation",
]  # fmt: skip
ADDED = ["kills", "faults", "holds", "accepted", "uncertain", "resent"]
#: Violations of one run that are told.
MOST_TOLD = 10


def main():
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one has the next")
    parser.add_argument("--jobs", type=int, default=6, help="runs at once: most of a run is waiting")
    parser.add_argument("--build", default=".build/debug", help="folder of the executables")
    options = parser.parse_args()
    results = asyncio.run(soak(options))
    print(table(results))
    average = sum(result.seconds for result in results) / max(len(results), 1)
    print(f"\n{len(results)} runs from seed {options.seed} on, {average:.1f} s each, {options.jobs} at once")
    sys.exit(len(results) < options.runs or any(result.violations for result in results))


async def soak(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jada-blast-soak-"))
    moto = Moto()
    turns = asyncio.Semaphore(options.jobs)
    results = []

    async def run(seed):
        async with turns:
            place = folder / str(seed)
            try:
                result = await Play(scenario(seed), moto, options.build, place).play()
            except asyncio.CancelledError:
                shutil.rmtree(place, ignore_errors=True)
                raise
            except Exception:
                result = Result(scenario(seed), violations=[f"the harness has failed: {traceback.format_exc()}"])
            results.append(result)
            if result.violations:
                tell(result, place)
            else:
                shutil.rmtree(place)
            if sys.stderr.isatty() or len(results) % 10 == 0:
                print(f"{len(results)} of {options.runs} runs", file=sys.stderr)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    try:
        async with asyncio.TaskGroup() as group:
            for seed in range(options.seed, options.seed + options.runs):
                group.create_task(run(seed))
    except asyncio.CancelledError:
        print("interrupted", file=sys.stderr)
    finally:
        moto.stop()
        if not any(folder.iterdir()):
            folder.rmdir()
    return results


def tell(result, place):
    seed = result.scenario.seed
    print(f"\nseed {seed} ({result.scenario.kind}, {result.scenario.trouble}): make soak RUNS=1 SEED={seed}")
    print(f"  its state is in {place}")
    for violation in result.violations[:MOST_TOLD]:
        print(f"  {violation}")
    if len(result.violations) > MOST_TOLD:
        print(f"  and {len(result.violations) - MOST_TOLD} more", flush=True)


def table(results):
    """Markdown, a line for each kind of run and trouble."""
    lines = [HEADINGS, ["---"] * 2 + ["---:"] * (len(HEADINGS) - 2)]
    groups = collections.defaultdict(list)
    for result in results:
        groups[result.scenario.kind, result.scenario.trouble].append(result)
    for key in ((kind, trouble) for kind in KINDS for trouble in TROUBLES):
        if key in groups:
            lines.append([*key, *totals(groups[key])])
    lines.append(["all", "", *totals(results)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def totals(results):
    columns = [
        len(results),
        *(sum(getattr(result, name) for result in results) for name in ADDED),
        sum(bool(result.violations) for result in results),
    ]
    return [f"{number:,}" for number in columns]


main()
