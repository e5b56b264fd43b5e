"""Plays one scenario with the real executables, and has it judged."""

import asyncio
import contextlib
import hashlib
import json
import os
import pathlib
import random
import signal
import time
from dataclasses import dataclass, field

import doctored
import judge
import ledgers
from campaign import CAMPAIGN, Campaign
from cloud import REGION, Cloud
from functions import LONG_LIFE, SHORT_LIFE, Function, Queue, queue_event
from holds import Holds
from mail_service import MailService
from processes import Process
from scenario import DYNAMODB

#: A run in which nothing has changed for so long has lost somebody.
LONGEST_SECONDS = 300
#: How long nobody may hold the shard before that is called a loss.
STRANDED_SECONDS = 4
LOOK_SECONDS = 0.3
#: The shortest that may be set. The harness lets the leases of the dead run out as soon as they are dead.
LEASE_SECONDS = 30
ENDINGS = {0, 74, 75}
#: A service cannot be reached.
UNAVAILABLE = 69


@dataclass
class Result:
    scenario: object
    kills: int = 0
    faults: int = 0
    accepted: int = 0
    uncertain: int = 0
    #: How often it was held by a person, SES or the quota.
    holds: int = 0
    #: Who was uncertain and was to be mailed again.
    resent: int = 0
    seconds: float = 0
    violations: list = field(default_factory=list)
    evidence: object = None


class Play:
    def __init__(self, scenario, moto, build, folder):
        self.scenario, self.moto, self.build, self.folder = scenario, moto, pathlib.Path(build).absolute(), folder
        self.choice = random.Random(f"play {scenario.seed}")
        self.campaign = Campaign(folder / "library/campaigns" / CAMPAIGN, scenario, self.choice)
        self.state = folder / "state"
        occurrence = f"{self.campaign.due}Z" if scenario.way == "daemon" else f"soak-{scenario.seed}"
        self.run_id = f"{CAMPAIGN}#{occurrence}"
        self.event = folder / "event.json"
        self.event.write_text(
            json.dumps(
                {
                    "version": "0", "id": f"soak-{scenario.seed}", "detail-type": "Campaign Trigger",
                    "source": "jada.blast", "account": "123456789012", "time": "2026-05-28T17:00:00Z",
                    "region": REGION, "resources": [], "detail": {"campaign": CAMPAIGN},
                }
            )
        )  # fmt: skip
        self.service = MailService(scenario, self.campaign.suppressed)
        self.cloud = None
        self.kills = list(scenario.kills)
        self.processes = []
        self.over = asyncio.Event()
        self.complaints = []
        #: As it was last seen.
        self.ledger, self.looks = None, 0
        self.holds = Holds(self)
        self.resent, self.decisions = set(), 0

    async def play(self):
        start = time.monotonic()
        if self.scenario.backing == DYNAMODB:
            self.cloud = Cloud(self.moto, self.scenario)
            await asyncio.to_thread(self.cloud.create)
            await asyncio.to_thread(self.cloud.upload, self.campaign.folder, CAMPAIGN)
            self.service.is_planned = lambda: self.cloud.is_planned
        else:
            self.service.is_planned = lambda: ledgers.read_sqlite(self.state / "state.sqlite", CAMPAIGN) is not None
        ways = {"invoke": self.invoke, "handlers": self.handlers, "functions": self.functions, "daemon": self.daemon}
        await self.work(in_parallel([ways[self.scenario.way](), self.holds.carry_out()]))
        if self.holds.is_cancelled:
            await self.tell_the_dead()
        result = await self.judge()
        if not result.violations:
            await self.confirm(result)
        may_resolve = self.scenario.kills_of_resolve is not None and not self.holds.is_cancelled
        if not result.violations and result.uncertain and may_resolve:
            await self.work(self.resolve(result.evidence))
            result = await self.judge()
        if self.cloud:
            await asyncio.to_thread(self.cloud.delete)
        result.seconds = time.monotonic() - start
        return result

    async def work(self, way):
        """Lets processes work until the run is over, and ends what is left of them."""
        watch, work = asyncio.create_task(self.watch()), asyncio.create_task(way)
        try:
            await asyncio.wait({watch, work}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
            else:
                work.result()
        finally:
            for task in (watch, work):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
            await self.end_all()

    # MARK: How it is worked on

    async def invoke(self):
        """Whole command lines that plan and send, several at once."""

        async def slot(number):
            await asyncio.sleep(self.choice.uniform(0, 0.4) if number >= self.scenario.schedulers else 0)
            while not self.over.is_set():
                if await self.command(f"invoke-{number}", "invoke", self.event, "--json") in (0, 74):
                    return
                await asyncio.sleep(0.1)

        await in_parallel(slot(number) for number in range(self.scenario.workers))

    async def handlers(self):
        """Schedulers, then senders, each a command line for one event."""

        async def schedule(number):
            name = f"scheduler-{number}"
            while await self.command(name, "invoke", self.event, "--handler", "scheduler") != 0:
                await asyncio.sleep(0.1)

        async def send(number):
            while not self.over.is_set():
                event = self.folder / f"shard-{number}.json"
                event.write_bytes(queue_event([self.shard_message()]))
                await self.command(f"sender-{number}", "invoke", event, "--handler", "sender")

        await in_parallel(schedule(number) for number in range(self.scenario.schedulers))
        self.unsubscribe_leaver()
        await in_parallel(send(number) for number in range(self.scenario.workers))

    async def functions(self):
        """The Lambdas' worker behind Runtime APIs, fed from the queue."""
        event = self.event.read_bytes()

        async def schedule():
            while True:
                async with self.function("scheduler") as function:
                    outcome = await function.invoke(event, LONG_LIFE)
                    if outcome and outcome[0]:
                        return

        await in_parallel(schedule() for _ in range(self.scenario.schedulers))
        self.unsubscribe_leaver()
        queue = Queue(self.cloud, self.scenario.visibility)
        under_way = 0
        last_seen = time.monotonic()

        async def send():
            nonlocal under_way, last_seen
            while not self.over.is_set():
                async with self.function("sender") as function:
                    while not self.over.is_set():
                        messages = await queue.receive(self.choice.randint(1, 3))
                        if not messages:
                            await asyncio.sleep(0.1)
                            continue
                        under_way += 1
                        seconds = self.choice.choice([SHORT_LIFE, LONG_LIFE])
                        outcome = await function.invoke(queue_event(messages), seconds)
                        under_way -= 1
                        last_seen = time.monotonic()
                        if outcome is None:
                            break
                        is_success, body = outcome
                        failed = json.loads(body)["batchItemFailures"] if is_success else messages
                        failed = {each.get("itemIdentifier") or each["MessageId"] for each in failed}
                        done = [message for message in messages if message["MessageId"] not in failed]
                        # Now and then Lambda's own deletion is lost.
                        if self.choice.random() < 0.9:
                            await queue.delete(done)

        async def mind_the_queue():
            nonlocal last_seen
            while not self.over.is_set():
                await asyncio.sleep(LOOK_SECONDS)
                if under_way or self.holds.is_active or await queue.count():
                    last_seen = time.monotonic()
                elif time.monotonic() - last_seen > STRANDED_SECONDS:
                    if not self.scenario.lost_messages:
                        self.complaints.append("the run is not over, and no message is left of it")
                        self.over.set()
                        return
                    # What a person does: name the campaign once more.
                    await schedule()
                    last_seen = time.monotonic()

        await in_parallel([*(send() for _ in range(self.scenario.workers)), mind_the_queue()])

    async def daemon(self):
        """Daemons that find the campaign due and send it, until they are told to end."""

        async def keep(number):
            while not self.over.is_set():
                await self.command(f"daemon-{number}", "daemon", "--tick", "1", ends_when_over=True)

        await in_parallel(keep(number) for number in range(self.scenario.workers - 1))

    async def resolve(self, evidence):
        """Those who are uncertain are mailed again: two persons decide at once, or one whose command is killed."""
        self.resent = {
            evidence.places[place] for place, (outcome, _) in evidence.ledger.results.items() if outcome == "uncertain"
        }  # fmt: skip
        self.kills = list(self.scenario.kills_of_resolve)
        arguments = ["resolve", self.run_id, "--resend", "--yes", "--json"]
        self.decisions = 1
        if self.kills:
            while await self.command("resolve", *arguments) < 0:
                self.decisions += 1
        else:
            await in_parallel(self.command("resolve", *arguments) for _ in range(2))
        while await self.command("again", "invoke", self.event, "--json") not in (0, 74):
            await asyncio.sleep(0.1)

    async def tell_the_dead(self):
        """Of a cancelled run nobody looks after the batches of senders that have died, until somebody asks how it stands."""
        await asyncio.to_thread(self.end_leases)
        await self.persist("status", "status", self.run_id)

    # MARK: Processes

    async def persist(self, name, *arguments):
        """Gives a command again until it has come to an end of its own, and reached the ledger."""
        while await self.command(name, *arguments) not in (0, 74, 75):
            await asyncio.sleep(0.1)

    def complain(self, text):
        self.complaints.append(text)
        self.over.set()

    async def command(self, name, *arguments, ends_when_over=False):
        """Runs a command line to its end, however that comes; returns its exit status."""
        local = ["--library", self.folder / "library", "--state", self.state, "--mailer", "ses"]
        places = ["--aws"] if self.cloud else local
        process = self.new_process(name)
        async with self.endpoints(process) as environment:
            await process.start([self.build / "jada-blast", *arguments, *places], environment, self.folder)
            if ends_when_over:
                ending = asyncio.ensure_future(process.child.wait())
                over = asyncio.ensure_future(self.over.wait())
                await asyncio.wait({ending, over}, return_when=asyncio.FIRST_COMPLETED)
                over.cancel()
                if ending.done() and not process.was_killed:
                    self.complaints.append(f"{name} has ended by itself")
                process.signal(signal.SIGTERM)
            status = await process.end()
        if ends_when_over:
            allowed = {0, -signal.SIGTERM}  # the latter before it has begun to work
        else:
            allowed = ENDINGS | ({UNAVAILABLE} if self.scenario.trouble != "kills" else set())
        if not process.was_killed and status not in allowed:
            self.complaints.append(f"{name} ended with {status}: {tail(process.errors)}")
            self.over.set()
        return status

    @contextlib.asynccontextmanager
    async def function(self, handler):
        process = self.new_process(handler)
        function = Function(process)
        async with self.endpoints(process) as environment, function.runtime_api() as authority:
            environment |= {
                "AWS_LAMBDA_RUNTIME_API": authority, "_HANDLER": handler,
                "AWS_LAMBDA_LOG_STREAM_NAME": process.name, "LAMBDA_TASK_ROOT": str(self.folder),
            }  # fmt: skip
            await process.start([self.build / "jada-blast-worker"], environment, self.folder)
            try:
                yield function
            finally:
                status = process.child.returncode
                process.kill()
                await process.end()
                if status is not None and not process.was_killed:
                    self.complaints.append(f"{process.name} ended with {status}: {tail(process.output)}")

    def new_process(self, name):
        order = self.kills.pop() if self.kills and self.choice.random() < 0.8 else None
        process = Process(f"{name}-{len(self.processes)}", order)
        self.processes.append(process)
        return process

    @contextlib.asynccontextmanager
    async def endpoints(self, process):
        """Yields the environment of a process that has ways of its own to the services."""
        async with contextlib.AsyncExitStack() as stack:
            environment = {
                "PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(self.folder),
                "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL_SESV2": await stack.enter_async_context(self.service.endpoint(process)),
                "JADA_BLAST_UNSUBSCRIBE_URL": "https://unsubscribe.example/u?t={token}",
                "JADA_BLAST_UNSUBSCRIBE_KEY": "0123456789abcdef0123456789abcdef",
                "JADA_BLAST_CONCURRENCY": str(self.scenario.concurrency),
                "JADA_BLAST_LEASE_SECONDS": str(LEASE_SECONDS),
                # Slots last as long as a busy machine may need to use them.
                "JADA_BLAST_HEADROOM": "0.5",
            }  # fmt: skip
            if self.cloud:
                environment |= self.cloud.environment(await stack.enter_async_context(self.cloud.endpoint(process)))
            yield environment

    async def end_all(self):
        for process in self.processes:
            if process.child and process.child.returncode is None:
                process.kill()
                process.was_killed = True
                await process.end()
        await self.service.rest()

    # MARK: State

    def read_ledger(self):
        if self.cloud:
            return ledgers.read_table(self.cloud, self.run_id)
        return ledgers.read_sqlite(self.state / "state.sqlite", CAMPAIGN)

    def end_leases(self):
        # SQLite knows at once which processes are dead.
        lost = [process for process in self.processes if process.stands or (self.cloud and process.was_killed)]
        if not lost:
            return

        def is_meant(worker):
            return any(process.is_worker(worker) for process in lost)

        if self.cloud:
            self.cloud.end_leases(self.run_id, is_meant)
        else:
            ledgers.end_leases_in_sqlite(self.state / "state.sqlite", is_meant)

    async def watch(self):
        """Sees when the run is over, and lets the leases of the lost run out. Returns when it is in a bad way."""
        settled, changed = None, time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            ledger = await asyncio.to_thread(self.read_ledger)
            self.ledger = ledger
            self.looks += 1
            if self.holds.is_active or settled != (ledger and ledger.settled):
                settled, changed = ledger and ledger.settled, time.monotonic()
            if time.monotonic() - changed > LONGEST_SECONDS:
                self.complaints.append(f"nothing has changed for {LONGEST_SECONDS} seconds")
                return
            if ledger is None:
                continue
            if ledger.control not in {"running", *self.holds.allowed} and not self.holds.is_active:
                self.complaints.append(f"the run is {ledger.control}: {ledger.reason}")
                return
            if self.holds.hurries_pace:
                await asyncio.to_thread(self.hurry_pace)
            if ledger.is_finished:
                self.over.set()
            await asyncio.to_thread(self.end_leases)

    def hurry_pace(self):
        """As if a quota had been read a minute ago, and what waits for it had waited long enough."""
        if self.cloud:
            self.cloud.age_pace()
        else:
            ledgers.hurry_pace_in_sqlite(self.state / "state.sqlite")

    def shard_message(self):
        body = json.dumps({"run": self.run_id, "shard": self.choice.randrange(self.scenario.shards), "firstBatch": 0})
        return {
            "MessageId": str(self.choice.random()), "ReceiptHandle": "none", "Body": body,
            "Attributes": {"ApproximateReceiveCount": "1"},
        }  # fmt: skip

    def unsubscribe_leaver(self):
        """One more leaves between plan and sending."""
        self.campaign.forbidden.add(self.campaign.leaver)
        if self.cloud:
            digit = hashlib.sha256(self.campaign.leaver.encode()).hexdigest()[0]
            self.cloud.suppress(self.campaign.leaver, digit)
        else:
            ledgers.suppress_in_sqlite(self.state / "state.sqlite", self.campaign.leaver)

    # MARK: The end

    async def judge(self):
        result = Result(self.scenario, violations=list(self.complaints))
        result.kills = sum(process.is_lost for process in self.processes)
        result.holds = self.holds.done
        result.faults = self.service.strikes + (self.cloud.strikes if self.cloud else 0)
        ledger = await asyncio.to_thread(self.read_ledger)
        if ledger is None:
            result.violations.append("there is no run")
            return result
        read = self.cloud.read if self.cloud else lambda key: (self.state / key).read_bytes()
        result.evidence = judge.Evidence(
            ledger=ledger,
            places=ledgers.planned_addresses(ledger, read),
            mails=self.service.account.mails,
            expected_at_plan=self.campaign.set_aside,
            rows=self.campaign.rows,
            forbidden=self.campaign.forbidden,
            unclear=self.service.unclear,
            lost_batches=result.kills * self.scenario.batches_in_hand,
            resets=self.service.resets_made,
            is_cancelled=self.holds.is_cancelled,
            silences=self.holds.silences,
            resent=self.resent,
            decisions=self.decisions,
        )
        result.accepted = len(self.service.account.mails)
        result.uncertain = ledger.settled["uncertain"]
        result.resent = len(self.resent)
        result.violations += judge.violations(result.evidence)
        if not result.violations:
            result.violations += [f"the judge does not see it: {name}" for name in doctored.unseen(result.evidence)]
        return result

    async def confirm(self, result):
        """The same event once more, without trouble: it tells what the ledger holds, and sends nothing."""
        self.kills.clear()
        self.service.end_trouble()
        if self.cloud:
            self.cloud.is_troubled = False
        mails = len(self.service.account.mails)
        status = await self.command("confirm", "invoke", self.event, "--json")
        ledger = result.evidence.ledger
        text = self.processes[-1].output.read_text()
        expected = {name: ledger.settled.get(name, 0) + ledger.at_plan.get(name, 0) for name in ledgers.COUNTS}
        expected["rows"] = ledger.rows
        # Cancelled when nobody was left to be mailed, it has ended all the same.
        is_cut_off = self.holds.is_cancelled and not ledger.is_finished
        ending = 75 if is_cut_off else 74 if expected["uncertain"] else 0
        if status != ending or json.loads(text)["counts"] != expected:
            result.violations.append(f"invoked again it ends with {status} and tells {text}, expected {expected}")
        if len(self.service.account.mails) != mails:
            result.violations.append("invoked again it sends again")


async def in_parallel(tasks):
    """All to their end; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task)


def tail(file):
    return file.read_text(errors="replace")[-2000:].strip()
