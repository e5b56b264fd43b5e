"""An HTTP server that misbehaves as the request's path says, and counts what it has seen.

GET /_state?ID answers with what it has seen of requests with that same query; it is not counted itself.
"""

import argparse
import asyncio
import json
import os
import socket
import struct
import sys
import threading


class State:
    accepted = 0
    # Numbers of the connections that are open, each from its first request on.
    open = set()
    requests = []


def end_with_parent():
    """The test holds our standard input: when it ends, so do we."""
    sys.stdin.buffer.read()
    os._exit(0)


class Connection:
    """One client's connection; each scenario is a method named by the request's path."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.number = None

    async def serve(self):
        try:
            while await self.exchange():
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writer.close()
            try:
                await self.writer.wait_closed()
            except ConnectionError:
                pass
            State.open.discard(self.number)

    async def exchange(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        request_line, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = request_line.split(" ")
        headers = [line.split(":", 1) for line in lines]
        self.headers = {name.lower(): value.strip() for name, value in headers}
        scenario = path.split("?")[0].strip("/").split("/")[0].replace("-", "_")
        if scenario == "_state":
            query = path.partition("?")[2]
            requests = [seen for seen in State.requests if seen["path"].partition("?")[2] == query]
            answer = {"open": sorted(State.open), "requests": requests}
            self.answer(json.dumps(answer), extra="Connection: close\r\n")
            return False
        if self.number is None:
            State.accepted += 1
            self.number = State.accepted
            State.open.add(self.number)
        self.seen = {"method": method, "path": path, "connection": self.number, "lines": lines}
        State.requests.append(self.seen)
        if scenario == "early_error":
            self.answer("too much", status="413 Content Too Large", extra="Connection: close\r\n")
            await self.writer.drain()
            await asyncio.sleep(0.2)
            return False
        if scenario == "close_in_body":
            await self.reader.read(1)
            return False
        if scenario == "slow_reader":
            return await self.slow_reader()
        self.body = await self.read_body()
        self.seen["bytes"] = len(self.body)
        return await getattr(self, scenario)(method)

    async def read_body(self):
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                await self.reader.readline()
            await self.reader.readline()
            return body
        return await self.reader.readexactly(int(self.headers.get("content-length", 0)))

    def send(self, text):
        self.writer.write(text.encode("latin-1") if isinstance(text, str) else text)

    def answer(self, body, status="200 OK", extra=""):
        self.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}\r\n{body}")

    def reset(self):
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def forever(self):
        await self.writer.drain()
        # Returns when the client closes.
        await self.reader.read(1)
        return False

    # Scenarios: each returns whether the connection is kept.

    async def ok(self, method):
        if method == "HEAD":
            self.send("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"x\"\r\n\r\n")
        else:
            self.answer("ok")
        return True

    async def echo(self, method):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.body) + self.body)
        return True

    async def ok_then_close(self, method):
        """Promises to keep the connection, and closes it."""
        self.answer("ok")
        return False

    async def accept_then_close(self, method):
        return False

    async def accept_then_reset(self, method):
        self.reset()
        return False

    async def ok_then_reset_next(self, method):
        """The next request on this connection meets a reset, unread: its sender cannot know."""
        self.answer("ok")
        await self.writer.drain()
        self.writer.transport.pause_reading()
        connection = self.writer.get_extra_info("socket")
        while True:
            try:
                if not connection.dup().recv(1, socket.MSG_PEEK):
                    return False
                break
            except BlockingIOError:
                await asyncio.sleep(0.001)
        query = self.seen["path"].partition("?")[2]
        State.requests.append({"path": f"(not read)?{query}", "connection": self.number})
        self.reset()
        return False

    async def reset_after_headers(self, method):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        await self.writer.drain()
        await asyncio.sleep(0.05)
        self.reset()
        return False

    async def slow_headers(self, method):
        return await self.forever()

    async def slow_status_line(self, method):
        self.send("HTTP/1.1 200 OK\r\nX-Half: ")
        return await self.forever()

    async def slow_body(self, method):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        return await self.forever()

    async def truncated(self, method):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        return False

    async def truncated_chunked(self, method):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False

    async def bad_chunk(self, method):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n")
        return False

    async def garbage(self, method):
        self.send("\x16\x03garbage\r\n\r\nmore garbage")
        return False

    async def bad_status(self, method):
        self.send("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")
        return True

    async def many_headers(self, method):
        lines = "".join(f"X-{i}: {'v' * 100}\r\n" for i in range(5000))
        self.answer("ok", extra=lines)
        return True

    async def huge_header(self, method):
        self.answer("ok", extra="X-Huge: " + "v" * 2_000_000 + "\r\n")
        return True

    async def endless_body(self, method):
        self.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            self.send(b"x" * 65536)
            await self.writer.drain()
            self.seen["sent"] = self.seen.get("sent", 0) + 65536

    async def interim(self, method):
        self.send("HTTP/1.1 100 Continue\r\n\r\n")
        self.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
        self.answer("ok", extra="X-Final: yes\r\nX-Twice: 1\r\nx-twice: 2\r\n")
        return True

    async def chunked(self, method):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for chunk in ["one, ", "two, ", "three"]:
            self.send(f"{len(chunk):x}\r\n{chunk}\r\n")
        self.send("0\r\nX-Trailer: late\r\n\r\n")
        return True

    async def redirect(self, method):
        self.answer("", status="302 Found", extra="Location: /ok\r\n")
        return True

    async def slow_reader(self):
        await asyncio.sleep(0.3)
        self.body = await self.read_body()
        self.seen["bytes"] = len(self.body)
        self.answer("ok")
        return True


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = await asyncio.start_server(
        lambda reader, writer: Connection(reader, writer).serve(),
        "127.0.0.1", port, limit=1 << 16, backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
