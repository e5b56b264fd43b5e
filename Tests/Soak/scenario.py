"""What a seed decides of a run: where its state lies, who works on it, and what goes wrong."""

import random
from dataclasses import dataclass, field

SQLITE, DYNAMODB = "SQLite", "DynamoDB"

#: How a run is worked on, and where its state lies.
KINDS = {
    "SQLite, invoke": (SQLITE, "invoke"),
    "SQLite, handlers": (SQLITE, "handlers"),
    "SQLite, daemon": (SQLITE, "daemon"),
    "DynamoDB, invoke --aws": (DYNAMODB, "invoke"),
    "DynamoDB, functions": (DYNAMODB, "functions"),
    "DynamoDB, daemon --aws": (DYNAMODB, "daemon"),
}
TROUBLES = ["kills", "faults", "kills and faults"]

#: Recipients a shard.
SHARD_SIZE = 5000
#: Shards that a daemon works on at once.
DAEMON_SHARDS = 4
#: One run in so many has two shards.
LARGE = 50
#: An account's rate, in mails a second, where the rate is not to hold anything up.
FAST = 2000
#: A run that is held would last so many seconds at the whole rate, of which senders use half.
SHORTEST_HELD_RUN = 4
#: SES's errors that stop sending.
STOP_ERRORS = [
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException",
    "LimitExceededException",
]  # fmt: skip

#: Moments at which a process can be killed; beside them, after so many seconds.
ON_MAIL = ["mail asked for", "mail accepted"]
ON_WRITE = ["write asked for", "write done"]


@dataclass
class KillOrder:
    """Ends a process by SIGKILL, or lets it stand still while its leases run out."""

    #: One of ON_MAIL and ON_WRITE, or None for a time.
    moment: str | None
    #: After so many moments of that kind.
    skip: int = 0
    seconds: float = 0
    stalls: bool = False


@dataclass
class Hold:
    """Holds the run for a while, or ends it."""

    #: "pause", "stop" (an error of SES's), "quota" (for 24 hours) or "cancel".
    kind: str
    #: After so many mails.
    after: int
    #: For how long, once it is done.
    seconds: float
    #: SES's error that stops sending.
    code: str = ""
    #: Mails that the quota still has room for.
    more: int = 0


@dataclass
class Scenario:
    seed: int
    kind: str
    trouble: str
    recipients: int
    batch_size: int
    #: Mails that a process has in flight at once.
    concurrency: int
    workers: int = 4
    schedulers: int = 2
    kills: list[KillOrder] = field(default_factory=list)
    #: Fields of the SES simulator's faults.
    mail_faults: list[dict] = field(default_factory=list)
    #: Connections to SES that are reset before anything is read.
    connection_resets: int = 0
    #: cloud.Fault's fields.
    cloud_faults: list[dict] = field(default_factory=list)
    #: How often each message gets into the queue.
    copies: int = 1
    #: Messages that get lost on their way into the queue.
    lost_messages: int = 0
    #: How long a message in hand stays invisible to others.
    visibility: int = 2
    #: Kills while uncertain recipients are mailed again; None: nobody decides about them.
    kills_of_resolve: list[KillOrder] | None = None
    #: In order.
    holds: list[Hold] = field(default_factory=list)

    @property
    def rate(self):
        """Mails a second of the account: a run that is held lasts long enough for it."""
        return max(self.recipients / SHORTEST_HELD_RUN, 10) if self.holds else FAST

    @property
    def backing(self):
        return KINDS[self.kind][0]

    @property
    def way(self):
        return KINDS[self.kind][1]

    @property
    def batches_in_hand(self):
        """Of one worker at once: a batch of each shard message that it works on."""
        return DAEMON_SHARDS if self.way == "daemon" else self.shards

    @property
    def shards(self):
        return -(-self.recipients // SHARD_SIZE)


def scenario(seed, kinds=tuple(KINDS)):
    """Neighbouring seeds go through all kinds and troubles."""
    choice = random.Random(seed)
    kind = kinds[seed % len(kinds)]
    trouble = TROUBLES[seed // len(kinds) % len(TROUBLES)]
    result = Scenario(
        seed,
        kind,
        trouble,
        recipients=choice.randint(SHARD_SIZE + 1, SHARD_SIZE + 200) if seed % LARGE == 0 else choice.randint(60, 200),
        batch_size=choice.choice([5, 10, 20, 50]),
        concurrency=choice.choice([2, 8, 64]),
    )
    if "kills" in trouble:
        result.kills = [kill_order(choice, result) for _ in range(choice.randint(2, 10))]
    if "faults" in trouble:
        result.mail_faults = choice.sample(MAIL_FAULTS, choice.randint(1, 4))
        result.mail_faults = [dict(fault(choice)) for fault in result.mail_faults]
        result.connection_resets = choice.choice([0, 0, 1, 3])
        if result.backing == DYNAMODB:
            chosen = choice.sample(CLOUD_FAULTS, choice.randint(1, 4))
            result.cloud_faults = [dict(fault(choice)) for fault in chosen]
    if choice.random() < 0.6:
        result.kills_of_resolve = [kill_order(choice, result) for _ in range(choice.choice([0, 1, 2]))]
    if result.backing == DYNAMODB and result.way != "invoke":
        result.copies = choice.choice([1, 1, 3])
    if result.way == "functions":
        result.lost_messages = choice.choice([0, 0, 1])
        result.visibility = choice.choice([0, 1, 2])
    if choice.random() < 0.4:
        result.holds = holds(choice, result)
    return result


def holds(choice, scenario):
    """A few, of which a quota is one at most, since it takes a minute; a cancel is the last."""
    kinds = [choice.choice(["pause", "stop"]) for _ in range(choice.randint(0, 2))]
    if choice.random() < 0.2:
        kinds.insert(choice.randrange(len(kinds) + 1), "quota")
    if not kinds or choice.random() < 0.3:
        kinds.append("cancel")
    moments = sorted(choice.randrange(scenario.recipients * 4 // 5) for _ in kinds)
    return [
        Hold(
            kind, after, seconds=choice.choice([choice.uniform(0, 2), choice.uniform(0, 16)]),
            code=choice.choice(STOP_ERRORS), more=choice.randrange(10),
        )
        for kind, after in zip(kinds, moments)
    ]  # fmt: skip


def kill_order(choice, scenario):
    moments = ON_MAIL + [None] + (ON_WRITE if scenario.backing == DYNAMODB else [])
    moment = choice.choice(moments)
    skip = choice.randrange(scenario.recipients // 4 if moment in ON_MAIL else 10)
    return KillOrder(moment, skip, seconds=choice.uniform(0, 1.5), stalls=choice.random() < 0.15)


def often(choice, fields):
    """The fault strikes now and then."""
    return {**fields, "probability": choice.uniform(0.02, 0.15), "count": choice.randint(2, 15)}


def storm(choice, fields):
    """The fault strikes many times in a row."""
    return {**fields, "skip": choice.randrange(80), "count": choice.randint(3, 30)}


def flip(choice):
    return choice.random() < 0.5


MAIL_FAULTS = [
    lambda choice: storm(choice, {"kind": "error", "code": "TooManyRequestsException"}),
    lambda choice: often(choice, {"kind": "error", "code": "ServiceUnavailable", "afterAccepting": flip(choice)}),
    lambda choice: storm(choice, {"kind": "error", "afterAccepting": flip(choice)}),
    lambda choice: often(choice, {"kind": "reset", "afterAccepting": flip(choice)}),
    lambda choice: often(choice, {"kind": "close", "afterAccepting": flip(choice)}),
    lambda choice: often(choice, {"kind": "reset", "afterAccepting": True, "onlyReusedConnections": True}),
    lambda choice: often(choice, {"kind": "slow", "seconds": choice.uniform(0.1, 2)}),
    lambda choice: often(choice, {"kind": "malformed"}),
    lambda choice: often(choice, {"kind": "truncated"}),
    lambda choice: {"kind": "error", "code": "MessageRejected", "address": r"[05]@", "count": choice.randint(1, 9)},
    lambda choice: {"kind": "error", "code": choice.choice(["TooManyRequestsException", "ServiceUnavailable"]),
                    "operation": "GetAccount", "skip": choice.randrange(3), "count": choice.randint(1, 2)},
]  # fmt: skip

CLOUD_FAULTS = [
    lambda choice: often(choice, {"service": "dynamodb", "kind": "throttled"}),
    lambda choice: often(choice, {"service": "dynamodb", "kind": "error"}),
    lambda choice: often(choice, {"service": "dynamodb", "kind": "lost"}),
    lambda choice: often(choice, {"service": "dynamodb", "kind": "reset"}),
    lambda choice: often(choice, {"service": "dynamodb", "kind": "malformed"}),
    # The second time a conditional write fails its condition.
    lambda choice: often(choice, {"service": "dynamodb", "kind": "twice"}),
    lambda choice: often(choice, {"service": "dynamodb", "operation": "TransactWriteItems", "kind": "conflict"}),
    lambda choice: often(choice, {"service": "dynamodb", "kind": "slow", "seconds": choice.uniform(0.1, 1)}),
    lambda choice: often(choice, {"service": "s3", "kind": "throttled"}),
    lambda choice: often(choice, {"service": "s3", "kind": "lost"}),
    lambda choice: often(choice, {"service": "sqs", "kind": "error"}),
    lambda choice: often(choice, {"service": "sqs", "kind": "lost"}),
]
