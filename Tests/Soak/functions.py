"""Lambda for one run: the Runtime API that functions poll, and the event source mapping that empties the queue."""

import asyncio
import contextlib
import json
import time
import uuid

import wire

#: A sender needs 19 s before its deadline to begin a batch; what is left above that is what it works.
SHORT_LIFE, LONG_LIFE = 21, 60


class Function:
    """One sandbox: the process in it, and the Runtime API that it polls."""

    def __init__(self, process):
        self.process = process
        self.invocations = asyncio.Queue()
        self.outcomes = {}

    @contextlib.asynccontextmanager
    async def runtime_api(self):
        async with wire.serving(self.serve) as port:
            yield f"127.0.0.1:{port}"

    async def invoke(self, event, seconds):
        """The outcome as (is success, body), or None if the process has ended without one."""
        request = str(uuid.uuid4())
        outcome = self.outcomes[request] = asyncio.get_running_loop().create_future()
        self.invocations.put_nowait((request, event, seconds))
        ending = asyncio.ensure_future(self.process.child.wait())
        await asyncio.wait({outcome, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        return outcome.result() if outcome.done() else None

    async def serve(self, reader, writer):
        while True:
            request = await wire.read_message(reader)
            path = request.start.split(" ")[1]
            if path.endswith("/invocation/next"):
                answer = await self.next_invocation(reader)
            elif path.endswith("/extension/register"):
                answer = wire.answer(200, b"{}", [("Lambda-Extension-Identifier", "soak")])
            elif path.endswith("/event/next"):
                await reader.read()  # until the process ends
                return
            else:
                parts = path.split("/")
                outcome = self.outcomes.get(parts[-2])
                if outcome and not outcome.done():
                    outcome.set_result((parts[-1] == "response", request.body))
                answer = wire.answer(202)
            writer.write(answer.bytes)
            await writer.drain()

    async def next_invocation(self, reader):
        taking = asyncio.ensure_future(self.invocations.get())
        # A process that has died is not given one.
        hanging_up = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({taking, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                raise ConnectionResetError
        finally:
            for task in (taking, hanging_up):
                task.cancel()
        # The connection can be read again only when that has taken effect.
        await asyncio.wait({hanging_up})
        request, event, seconds = taking.result()
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", request),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + seconds) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-west-2:123456789012:function:soak"),
            ("Content-Type", "application/json"),
        ]
        return wire.answer(200, event, headers)


class Queue:
    """The shard queue as Lambda's event source mapping sees it."""

    def __init__(self, cloud, visibility):
        self.client, self.url = cloud.moto.queue, cloud.queue_url
        self.visibility = visibility

    async def receive(self, maximum):
        answer = await asyncio.to_thread(
            self.client.receive_message, QueueUrl=self.url, MaxNumberOfMessages=maximum,
            VisibilityTimeout=self.visibility, AttributeNames=["ApproximateReceiveCount"],
        )  # fmt: skip
        return answer.get("Messages", [])

    async def delete(self, messages):
        # A receipt that a later one has replaced deletes nothing, and need not.
        for message in messages:
            with contextlib.suppress(Exception):
                await asyncio.to_thread(
                    self.client.delete_message, QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"]
                )  # fmt: skip

    async def count(self):
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        answer = await asyncio.to_thread(self.client.get_queue_attributes, QueueUrl=self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


def queue_event(messages):
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": {"ApproximateReceiveCount": message["Attributes"]["ApproximateReceiveCount"]},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-west-2:123456789012:soak",
            "awsRegion": "us-west-2",
        }
        for message in messages
    ]
    return json.dumps({"Records": records}).encode()
