"""A table, a bucket and a queue on moto for one run, and the ways to them, on which things go wrong."""

import asyncio
import contextlib
import json
import pathlib
import random
import re
import socket
import subprocess
import sys
import time
import uuid

import boto3
import wire
from botocore.config import Config

REGION = "us-west-2"
SERVE = pathlib.Path(__file__).parent.parent / "Support/moto/serve.py"
#: Time in the queue runs faster: no message waits longer, nor is in hand.
LONGEST_DELAY, LONGEST_VISIBILITY = 1, 2
#: Instead of a long poll, which would keep all others waiting.
POLL_SECONDS = 0.3
WRITES = {"PutItem", "UpdateItem", "TransactWriteItems"}
FIELDS = {
    # throttled: refused before anything is done; error: the same by a 500; conflict: another transaction was faster;
    # reset: RST before anything is done; lost: done, and RST instead of the answer; malformed: done, half an answer;
    # twice: done twice, the second answer; slow: answered after `seconds`.
    "kind": None,
    "service": None,
    "operation": None,
    "seconds": 0.0,
    "count": 1,
    "skip": 0,
    "probability": 1.0,
}


class Moto:
    """One moto, one request at a time: its conditional writes are not atomic otherwise."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, SERVE, "--port", str(self.port), "--single-threaded"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                break
            if self.process.poll() is not None:
                raise SystemExit("moto did not start")
            time.sleep(0.05)
        # No retries and no pauses: between harness and moto nothing goes wrong.
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50)
        self.table, self.bucket, self.queue = (
            boto3.client(
                name, region_name=REGION, endpoint_url=self.url, config=config,
                aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret",
            )
            for name in ("dynamodb", "s3", "sqs")
        )  # fmt: skip

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Fault:
    def __init__(self, fields):
        self.__dict__.update(FIELDS | fields)
        self.hits = 0

    def strikes(self, service, operation):
        if service != self.service or self.operation not in (None, operation) or self.hits >= self.count:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if random.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Cloud:
    """What template.yaml makes."""

    def __init__(self, moto, scenario):
        self.moto = moto
        self.name = f"soak-{uuid.uuid4()}"
        self.faults = [Fault(fields) for fields in scenario.cloud_faults]
        self.copies = scenario.copies
        self.lost_messages = scenario.lost_messages
        self.is_planned = False
        #: Whether anything is to go wrong.
        self.is_troubled = True

    @property
    def strikes(self):
        return sum(fault.hits for fault in self.faults)

    def create(self):
        self.moto.bucket.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )  # fmt: skip
        self.moto.table.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        self.queue_url = self.moto.queue.create_queue(QueueName=self.name)["QueueUrl"]

    def delete(self):
        self.moto.table.delete_table(TableName=self.name)
        self.moto.queue.delete_queue(QueueUrl=self.queue_url)

    def environment(self, endpoint):
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "JADA_BLAST_BUCKET": self.name,
            "JADA_BLAST_TABLE": self.name,
            "JADA_BLAST_QUEUE_URL": self.queue_url,
        }

    def upload(self, folder, campaign):
        for file in folder.iterdir():
            self.moto.bucket.put_object(
                Bucket=self.name, Key=f"campaigns/{campaign}/{file.name}", Body=file.read_bytes()
            )  # fmt: skip

    def read(self, key):
        return self.moto.bucket.get_object(Bucket=self.name, Key=key)["Body"].read()

    def items(self, partition):
        pages = self.moto.table.get_paginator("query").paginate(
            TableName=self.name, ConsistentRead=True, KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )  # fmt: skip
        return [item for page in pages for item in page["Items"]]

    def suppress(self, address, digit):
        texts = {"pk": f"SUPPRESSION#{digit}", "sk": address, "reason": "unsubscribe", "source": "soak"}
        item = {key: {"S": value} for key, value in texts.items()}
        self.moto.table.put_item(TableName=self.name, Item={**item, "at": {"N": "1780000000000"}})

    def end_leases(self, run, is_meant):
        """Lets the leases of claims run out, as if the time had passed, whose worker's name is meant."""
        for item in self.items(f"RUN#{run}"):
            if not item["sk"]["S"].startswith("BATCH#") or item["state"]["S"] not in ("claimed", "abandoned"):
                continue
            if int(item["lease_ends"]["N"]) <= 1 or not is_meant(item["worker"]["S"]):
                continue
            with contextlib.suppress(self.moto.table.exceptions.ConditionalCheckFailedException):
                self.moto.table.update_item(
                    TableName=self.name, Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET lease_ends = :past",
                    ConditionExpression="attempt = :attempt AND lease_ends = :lease_ends",
                    ExpressionAttributeValues={
                        ":past": {"N": "1"}, ":attempt": item["attempt"], ":lease_ends": item["lease_ends"],
                    },
                )  # fmt: skip

    def age_pace(self):
        """Makes what is known of the account's quota a minute old."""
        past = {":past": {"N": str(int((time.time() - 60) * 1000))}}
        with contextlib.suppress(self.moto.table.exceptions.ConditionalCheckFailedException):
            self.moto.table.update_item(
                TableName=self.name, Key={"pk": {"S": f"PACE#{REGION}"}, "sk": {"S": "PACE"}},
                UpdateExpression="SET allowance.read_at = :past, asked_at = :past",
                ConditionExpression="allowance.read_at > :past", ExpressionAttributeValues=past,
            )  # fmt: skip

    @contextlib.asynccontextmanager
    async def endpoint(self, process):
        """Yields a URL of all services for one process."""
        async with wire.serving(lambda reader, writer: self.serve(process, reader, writer)) as port:
            yield f"http://127.0.0.1:{port}"

    async def serve(self, process, reader, writer):
        while True:
            answer = await self.answer(process, await wire.read_message(reader))
            if answer is None:
                writer.transport.abort()
                return
            writer.write(answer.bytes)
            await writer.drain()

    async def answer(self, process, request):
        """None is a reset."""
        scope = re.search(r"/([a-z0-9]+)/aws4_request", request.header("authorization") or "")
        service = scope.group(1) if scope else None
        operation = (request.header("x-amz-target") or "").rpartition(".")[2]
        is_write = operation in WRITES
        if is_write and process.reach("write asked for"):
            return None
        fault = None
        if self.is_troubled:
            fault = next((fault for fault in self.faults if fault.strikes(service, operation)), None)
        kind = fault.kind if fault else None
        if kind == "reset":
            return None
        if kind in REFUSALS:
            return REFUSALS[kind](service)
        if operation == "SendMessageBatch":
            self.change_messages(request)
            if self.lost_messages:
                self.lost_messages -= 1
                return sent(request)
            for _ in range(self.copies - 1):
                await self.forward(request)
        if operation in ("ReceiveMessage", "ChangeMessageVisibilityBatch"):
            self.shorten_visibility(request)
        if kind == "twice":
            await self.forward(request)
        answer = await self.forward(request)
        if operation == "ReceiveMessage" and not json.loads(answer.body).get("Messages"):
            await asyncio.sleep(POLL_SECONDS)
        # A run's own item is written once, when it is planned.
        if operation == "TransactWriteItems" and b'"planned_at"' in request.body:
            self.is_planned = True
        if is_write and process.reach("write done"):
            return None
        if kind == "lost":
            return None
        if kind == "slow":
            await asyncio.sleep(fault.seconds)
        if kind == "malformed":
            answer.body = answer.body[: len(answer.body) // 2]
        return answer

    async def forward(self, request):
        # Moto closes its connections as it likes.
        reader, writer = await asyncio.open_connection("127.0.0.1", self.moto.port, limit=32 << 20)
        try:
            writer.write(request.bytes)
            return await wire.read_message(reader, has_body=not request.start.startswith("HEAD"))
        finally:
            writer.close()

    @staticmethod
    def shorten_visibility(request):
        body = json.loads(request.body)
        for entry in body.get("Entries", [body]):
            entry["VisibilityTimeout"] = min(entry.get("VisibilityTimeout", LONGEST_VISIBILITY), LONGEST_VISIBILITY)
        body.pop("WaitTimeSeconds", None)
        request.body = json.dumps(body).encode()

    @staticmethod
    def change_messages(request):
        body = json.loads(request.body)
        for entry in body["Entries"]:
            entry["DelaySeconds"] = min(entry.get("DelaySeconds", 0), LONGEST_DELAY)
        request.body = json.dumps(body).encode()


def sent(request):
    """The queue's word that it has taken messages."""
    entries = json.loads(request.body)["Entries"]
    word = {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": "0" * 32}
    return json_answer(200, {"Successful": [{"Id": entry["Id"], **word} for entry in entries]})


def json_answer(status, body):
    return wire.answer(status, json.dumps(body).encode(), [("Content-Type", "application/x-amz-json-1.0")])


def refusal(service, status, code):
    if service == "s3":
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Reduce your request rate.</Message></Error>"
        return wire.answer(status, body.encode(), [("Content-Type", "application/xml")])
    return json_answer(status, {"__type": f"com.amazonaws.{service}#{code}", "message": "to order"})


def conflict(_):
    # One reason for each item; a batch's settlement has two.
    reasons = [{"Code": "TransactionConflict", "Message": "to order"}, {"Code": "None"}]
    body = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "message": "to order"}
    return json_answer(400, body | {"CancellationReasons": reasons})


REFUSALS = {
    "throttled": lambda service: (
        refusal(service, 503, "SlowDown")
        if service == "s3"
        else refusal(service, 400, "ProvisionedThroughputExceededException")
    ),
    "error": lambda service: refusal(service, 500, "InternalServerError"),
    "conflict": conflict,
}
