"""Judges JSON documents, one a line on standard input, by the schema named: writes "good", or "bad" and why, a line each."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for line in sys.stdin:
    faults = [f"{fault.json_path}: {fault.message[:120]}" for fault in validator.iter_errors(json.loads(line))]
    print("bad\t" + "; ".join(faults) if faults else "good")
