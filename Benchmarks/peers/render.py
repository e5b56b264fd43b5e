"""The peer: Jinja2, which compiles a template to Python bytecode. Prints its figures as one JSON object.

usage: render.py TEMPLATE
"""

import json
import pathlib
import re
import sys
import time

from jinja2 import Environment

ROUNDS = 5_000


def main():
    source = pathlib.Path(sys.argv[1]).read_text()
    names = list(dict.fromkeys(re.findall(r"{{(\w+)}}", source)))
    template = Environment(autoescape=True).from_string(source)
    values = {name: f"Julio & Kathy of {name}" for name in names}
    started, used = time.monotonic(), time.process_time()
    size = 0
    for _ in range(ROUNDS):
        size += len(template.render(values).encode())
    print(
        json.dumps(
            {
                "renderings": ROUNDS,
                "bytes": size // ROUNDS,
                "variables": len(names),
                "wall_seconds": time.monotonic() - started,
                "process_seconds": time.process_time() - used,
            }
        )
    )


main()
