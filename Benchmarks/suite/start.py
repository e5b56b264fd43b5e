"""Cold start: the package as Lambda starts it, beside a trivial function on AWS's own runtime for C++."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import zipfile

import boto3
from measure import Figure
from server import free_ports, wait_until_open

LOOP = pathlib.Path("Benchmarks/lambda-loop/run")
SUPPORT = pathlib.Path("Tests/Support")
PACKAGE = pathlib.Path("build/jada-blast.zip")
REGION = "us-west-2"
CAMPAIGN = "start"
PEER = "aws-lambda-cpp"


def figures(folder, rounds):
    # One run is too short to tell anything.
    rounds *= 4
    subprocess.run(["make", "package"], check=True, stdout=sys.stderr)
    subprocess.run([LOOP, "0"], check=True, stdout=sys.stderr)
    with zipfile.ZipFile(PACKAGE) as package:
        package.extractall(folder / "task")
    bootstrap, worker = folder / "task/bootstrap", folder / "task/jada-blast-worker"
    for program in (bootstrap, worker):
        program.chmod(0o755)
    with deployed(folder) as (environment, plan):
        sender = environment | {"_HANDLER": "sender", "LAMBDA_TASK_ROOT": str(folder / "task")}
        sides = {name: [] for name in ("peer", "ours", "bare")}
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", file=sys.stderr)
            # The second invocation, of a run of its own, tells what is of the start and what is of the services.
            events = [plan(f"{number}-{place}") for place in ("cold", "warm")]
            sides["peer"].append(start(folder, [".build/bench/peer"], {"_HANDLER": "echo"}, [{}, {}]))
            sides["ours"].append(start(folder, ["/bin/sh", str(bootstrap)], sender, events))
            sides["bare"].append(start(folder, [str(worker)], sender, None))
    peer, ours, bare = (
        {key: statistics.median(one[key] for one in side) for key in side[0]} for side in sides.values()
    )

    def against(title, key, mine, goal=None):
        return Figure(title, mine[key], "ms", PEER, peer[key], peer[key] / mine[key], goal)

    return [
        against("cold start, exec of the worker to first poll", "poll", bare, goal=2),
        against("  through the shell of bootstrap", "poll", ours),
        against("  exec to first outcome: a shard of one mail; an echo", "outcome", ours),
        Figure("  the same shard's invocation, cold", ours["cold"], "ms"),
        Figure("  and warm", ours["warm"], "ms"),
        Figure("  peak memory", ours["memory"], "MB", PEER, peer["memory"], peer["memory"] / ours["memory"]),
    ]


def start(folder, command, environment, events):
    """Starts a program once, and lets it handle the events; its times in milliseconds."""
    invocations = len(events or [])
    for number, event in enumerate(events or []):
        (folder / str(number)).write_text(json.dumps(event))
    result = subprocess.run(
        [".build/bench/server", str(invocations), *command], stdout=subprocess.PIPE, text=True, check=True,
        env=environment | {"PATH": os.environ["PATH"], "EVENTS": str(folder)},
    )  # fmt: skip
    poll, warm, _, memory, outcome = map(float, result.stdout.split())
    times = {"poll": poll / 1e3, "memory": memory / 1024}
    if events:
        times |= {"outcome": outcome / 1e3, "cold": (outcome - poll) / 1e3, "warm": warm / 1e3}
    return times


@contextlib.contextmanager
def deployed(folder):
    """Yields the environment of a function with services on loopback, and what plans a run of one mail.

    The latter returns the event with the run's only message.
    """
    with contextlib.ExitStack() as stack:
        moto = stack.enter_context(serving(SUPPORT / "moto/serve.py", "--single-threaded"))
        simulator = stack.enter_context(
            serving(SUPPORT / "ses_simulator/ses_simulator.py", "--settings", json.dumps({"maxSendRate": 1000}))
        )  # fmt: skip
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        s3, sqs, dynamodb = (session.client(name, endpoint_url=moto) for name in ("s3", "sqs", "dynamodb"))
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
        dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        queue = sqs.create_queue(QueueName="shards")["QueueUrl"]
        metadata = {
            "id": CAMPAIGN,
            "name": "Start",
            "subject": "Aboard",
            "from": {"name": "JADA Sailing", "email": "crew@queenofsandiego.com"},
            "text": "message.txt",
            "recipients": "recipients.csv",
        }
        files = {
            "campaign.json": json.dumps(metadata),
            "message.txt": "Welcome aboard.\n{{unsubscribe_url}}\n",
            "recipients.csv": "email\nann@example.org\n",
        }
        for name, text in files.items():
            s3.put_object(Bucket="bucket", Key=f"campaigns/{CAMPAIGN}/{name}", Body=text.encode())
        environment = {
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_SESV2": simulator,
            "AWS_LAMBDA_FUNCTION_NAME": "jada-blast-sender",
            "AWS_LAMBDA_LOG_LEVEL": "ERROR",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "JADA_BLAST_BUCKET": "bucket",
            "JADA_BLAST_TABLE": "table",
            "JADA_BLAST_QUEUE_URL": queue,
            "JADA_BLAST_UNSUBSCRIBE_URL": "https://unsubscribe.example/u?t={token}",
            "JADA_BLAST_UNSUBSCRIBE_KEY": "0123456789abcdef0123456789abcdef",
        }

        def plan(occurrence):
            scheduler = environment | {"_HANDLER": "scheduler"}
            worker = str(folder / "task/jada-blast-worker")
            start(folder, [worker], scheduler, [{"campaign": CAMPAIGN, "occurrence": occurrence}])
            message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            record = {"eventSource": "aws:sqs", "messageId": message["MessageId"], "body": message["Body"]}
            return {"Records": [record]}

        yield environment, plan


@contextlib.contextmanager
def serving(script, *arguments):
    """One of the tests' servers, which ends when its standard input closes; yields its URL."""
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [sys.executable, script, "--port", str(port), *arguments], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until_open(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stdin.close()
        server.wait()
