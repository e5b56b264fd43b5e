"""Plays Lambda's Runtime API from a script, and records every request, until standard input closes.

The script is JSON: {"invocations": [ANSWER...], "outcomes": [ANSWER...], "extension": ANSWER}. An ANSWER is
{"status": 200, "headers": {...}, "body": "...", "repeat": N, "fill": BYTES} or {"drop": true}, which closes the
connection without one. Polls beyond the script wait for ever; outcomes beyond it are answered with 202.
In a header's value, {now+N} stands for the time N milliseconds from then.

GET /requests?count=N answers with the recorded requests as soon as there are N of them.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import sys
import threading
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--script", required=True)
arguments = parser.parse_args()

script = json.loads(arguments.script)


def steps(name):
    return [step for step in script.get(name, []) for _ in range(step.get("repeat", 1))]


invocations = iter(steps("invocations"))
outcomes = iter(steps("outcomes"))
records = []
recorded = asyncio.Condition()


def header(value):
    return re.sub(r"\{now([+-]\d+)\}", lambda m: str(int(time.time() * 1000) + int(m[1])), value)


def answer_bytes(step):
    body = step.get("body", "").encode() + b"x" * step.get("fill", 0)
    lines = [f"HTTP/1.1 {step.get('status', 200)} Answer", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {header(value)}" for name, value in step.get("headers", {}).items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return method, path, headers, body


async def step_for(method, path):
    if path.endswith("/invocation/next"):
        return next(invocations, None)
    if path.endswith("/extension/register"):
        return script.get("extension", {"headers": {"Lambda-Extension-Identifier": "fixture-extension"}})
    if path.endswith("/extension/event/next"):
        return None
    return next(outcomes, {"status": 202})


async def serve(reader, writer):
    try:
        while True:
            method, path, headers, body = await read_request(reader)
            if path.startswith("/requests?count="):
                async with recorded:
                    await recorded.wait_for(lambda: len(records) >= int(path.partition("=")[2]))
                writer.write(answer_bytes({"body": json.dumps(records)}))
                continue
            record = {"method": method, "path": path, "headers": headers, "body": base64.b64encode(body).decode()}
            async with recorded:
                records.append(record)
                recorded.notify_all()
            step = await step_for(method, path)
            if step is None:
                await reader.read()  # until the client gives up
                return
            if step.get("drop"):
                return
            writer.write(answer_bytes(step))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


async def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = await asyncio.start_server(serve, "127.0.0.1", arguments.port, limit=32 << 20)
    await server.serve_forever()


asyncio.run(main())
