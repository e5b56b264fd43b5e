"""HTTP/1.1 as far as the harness's own small servers need it."""

import asyncio
import contextlib


class Message:
    """A request or an answer, read whole."""

    def __init__(self, start, headers, body):
        self.start = start
        #: Names as they came, with their values, in order.
        self.headers = headers
        self.body = body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def bytes(self):
        headers = [
            (name, value)
            for name, value in self.headers
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "expect")
        ]
        # Answers without a body have the length of one: to HEAD, or none at all.
        length = self.header("content-length") if not self.body else len(self.body)
        headers.append(("Content-Length", length or 0))
        head = "\r\n".join([self.start, *(f"{name}: {value}" for name, value in headers)])
        return head.encode("latin-1") + b"\r\n\r\n" + self.body


async def read_message(reader, has_body=True):
    """The next message; raises IncompleteReadError or ConnectionError where there is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = []
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    message = Message(head[0], headers, b"")
    if not has_body:
        return message
    if (message.header("transfer-encoding") or "").lower() == "chunked":
        while size := int(await reader.readline(), 16):
            message.body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        message.body = await reader.readexactly(int(message.header("content-length") or 0))
    return message


def answer(status, body=b"", headers=()):
    return Message(f"HTTP/1.1 {status} Answer", list(headers), body)


@contextlib.asynccontextmanager
async def serving(handle):
    """Serves connections by `await handle(reader, writer)` on a free loopback port, which is yielded."""

    connections = set()

    async def serve(reader, writer):
        connections.add(asyncio.current_task())
        try:
            await handle(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            connections.discard(asyncio.current_task())
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=32 << 20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(connections):
            connection.cancel()
