"""Python's json module as an oracle for ours. Texts travel as hexadecimal, one a line.

random     writes 1,500 random JSON texts
canonical  reads texts and writes the value of each in canonical form, or "-" where Python, held to our rules
           (integers of 64 bits, finite doubles, no key twice, no U+0000 in a key), refuses it
"""

import json
import math
import random
import struct
import sys


def string():
    alphabet = "aZ09 \"\\/\b\f\n\r\t\0\x1f\x7fé€\u2028\ufffd😀"
    return "".join(random.choice(alphabet) for _ in range(random.choice([0, 1, 3, 8, 40])))


def number():
    match random.randrange(6):
        case 0:
            return random.randrange(-(2**63), 2**63)
        case 1:
            return random.randrange(-1000, 1000)
        case 2:
            return random.random()
        case 3:
            return random.choice([0.0, -0.0, 1e16, 1e-5, 5e-324, 1.7976931348623157e308, 2.0**53])
        case _:
            (value,) = struct.unpack("<d", random.randbytes(8))
            return value if math.isfinite(value) else 1.5


def value(depth=0):
    match random.randrange(4 if depth > 5 else 8):
        case 0:
            return random.choice([None, True, False])
        case 1:
            return number()
        case 2 | 3:
            return string()
        case 4 | 5:
            return [value(depth + 1) for _ in range(random.randrange(5))]
        case _:
            return {string().replace("\0", ""): value(depth + 1) for _ in range(random.randrange(5))}


def integer(text):
    result = int(text)
    if not -(2**63) <= result < 2**63:
        raise ValueError("out of range")
    return result


def real(text):
    result = float(text)
    if math.isinf(result):
        raise ValueError("out of range")
    return result


def constant(text):
    raise ValueError("not JSON")


def members(pairs):
    result = dict(pairs)
    if len(result) != len(pairs) or any("\0" in key for key in result):
        raise ValueError("key refused")
    return result


def canonical(text):
    result = json.loads(
        text.decode(), parse_int=integer, parse_float=real, parse_constant=constant, object_pairs_hook=members
    )
    return json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


if sys.argv[1] == "random":
    random.seed(20260601)
    for _ in range(1500):
        print(json.dumps(value(), ensure_ascii=random.random() < 0.5).encode().hex())
else:
    for line in sys.stdin:
        try:
            output = canonical(bytes.fromhex(line))
        except ValueError:
            output = b"-"
        sys.stdout.buffer.write(output + b"\n")
