"""Rendering a template of 5 KB with 120 variables, against Jinja2."""

import pathlib

from measure import BENCH, PYTHON, Figure, in_turns, run


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / "message.html"
    template.write_text("".join(f"<li>Seat {number:03}: {{{{guest_{number:03}}}}}, welcome!</li>\n" for number in range(120)))

    def microseconds(figures):
        # Processor time: both work on one thread alone.
        return {"each": figures["process_seconds"] / figures["renderings"] * 1e6, "bytes": figures["bytes"]}

    result = in_turns(
        rounds,
        ours=lambda: microseconds(run([BENCH, "render", template])),
        peer=lambda: microseconds(run([PYTHON, "Benchmarks/peers/render.py", template])),
    )
    mine, theirs = result["ours"], result["peer"]
    return [
        Figure("render 120 variables", mine["each"], "us", "Jinja2", theirs["each"], theirs["each"] / mine["each"])
    ]
