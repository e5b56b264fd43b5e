"""Says whether a run has kept its promises: what the mail service has accepted, held against what the ledger says."""

import collections
from dataclasses import dataclass, field

from mail_service import bare

#: The reason of those whom a lost worker had in hand.
ENDED = "the sender ended before it recorded"


@dataclass
class Evidence:
    """All that is known of a run that is over."""

    #: ledgers.Ledger
    ledger: object
    #: (shard, batch, position) to the planned address.
    places: dict
    #: Mails that the service accepted: address, tags and message id.
    mails: list
    #: Outcome to the number of rows, for what planning decides.
    expected_at_plan: dict
    rows: int
    #: Addresses that must not get a mail.
    forbidden: set
    #: Addresses for whose mail the sender got no clear answer.
    unclear: set
    #: Batches that workers may have had in hand which have been killed or have outlived their leases.
    lost_batches: int
    #: Connections that were reset before anything was read.
    resets: int
    #: Whether a person has ended it: the rest gets no mail.
    is_cancelled: bool = False
    #: From when until when it was held, so that no mail may have been accepted; seconds since 1970.
    silences: list = field(default_factory=list)
    #: Who was to be mailed again, by decision of a person, and how often that was decided.
    resent: set = field(default_factory=set)
    decisions: int = 0


def violations(evidence):
    """What is wrong, a sentence each; an empty list acquits."""
    return [*on_mails(evidence), *on_results(evidence), *on_counts(evidence), *on_uncertain(evidence)]


def place_of(mail):
    """(shard, batch, position), by the mail's tags."""
    shard, batch = map(int, mail["tags"]["batch"].split("-"))
    return shard, batch, int(mail["tags"]["recipient"])


def on_mails(evidence):
    """At most once, to nobody who must not, and never called unsent."""
    results = evidence.ledger.results
    addresses = [bare(mail["to"][0]).lower() for mail in evidence.mails]
    ids = collections.defaultdict(set)
    for address, mail in zip(addresses, evidence.mails):
        ids[address].add(mail["messageId"])
    for address, times in collections.Counter(addresses).items():
        if times > 1 + (evidence.decisions if address in evidence.resent else 0):
            yield f"{address} was accepted {times} times"
    for mail in evidence.mails:
        if any(begin < mail["time"] < end for begin, end in evidence.silences):
            yield f"{mail['to'][0]} was accepted while the run was held"
    for address in sorted(evidence.forbidden.intersection(addresses)):
        yield f"{address} is suppressed and was accepted"
    for address, mail in zip(addresses, evidence.mails):
        place = place_of(mail)
        if evidence.places.get(place) != address:
            yield f"the mail to {address} bears the tags of {place}, planned for {evidence.places.get(place)}"
        outcome, detail = results.get(place, ("without a result", ""))
        if outcome not in ("accepted", "uncertain"):
            yield f"{address} was accepted, and the ledger says {outcome} {detail}"
        if outcome == "accepted" and detail not in ids[address]:
            yield f"{address} was accepted as {mail['messageId']}, and the ledger says {detail}"


def on_results(evidence):
    """Everybody has an outcome, and nobody is called accepted who was not."""
    accepted = {mail["messageId"] for mail in evidence.mails}
    results = evidence.ledger.results
    for place, address in evidence.places.items():
        if place not in results and not evidence.is_cancelled:
            yield f"{address} at {place} has no outcome"
    for place, (outcome, detail) in results.items():
        if place not in evidence.places:
            yield f"there is a result {outcome} at {place}, where nobody was planned"
        if outcome == "accepted" and detail not in accepted:
            yield f"{evidence.places.get(place)} is accepted in the ledger as {detail}, which the service does not know"


def on_counts(evidence):
    """The counters say what the results say, and add up to the rows."""
    ledger = evidence.ledger
    if ledger.runs != 1:
        yield f"there are {ledger.runs} runs"
    if ledger.rows != evidence.rows:
        yield f"the list has {evidence.rows} rows, and the ledger {ledger.rows}"
    tally = collections.Counter(outcome for outcome, _ in ledger.results.values())
    tally["uncertain"] += tally.pop("dropped", 0)
    counted = +collections.Counter(ledger.settled)
    if +tally != counted:
        yield f"the results come to {dict(+tally)}, and the counters say {dict(counted)}"
    at_plan = +collections.Counter(ledger.at_plan)
    if at_plan != +collections.Counter(evidence.expected_at_plan):
        yield f"planning should set aside {evidence.expected_at_plan}, and the ledger says {dict(at_plan)}"
    rest = sum(place not in ledger.results for place in evidence.places) if evidence.is_cancelled else 0
    total = sum(counted.values()) + sum(at_plan.values()) + rest
    if total != ledger.rows:
        yield f"the counters add up to {total} of {ledger.rows} rows"
    if ledger.recipients != len(evidence.places):
        yield f"the ledger has {ledger.recipients} recipients, and the plan {len(evidence.places)}"


def on_uncertain(evidence):
    """Nobody is uncertain without a reason: a worker that was lost, or an answer that told nothing."""
    lost, unexplained = set(), []
    for place, (outcome, detail) in evidence.ledger.results.items():
        if outcome != "uncertain" or evidence.places.get(place) in evidence.unclear:
            continue
        if detail.startswith(ENDED):
            lost.add(place[:2])
        else:
            unexplained.append(f"{evidence.places.get(place)} ({detail})")
    if len(lost) > evidence.lost_batches:
        yield f"{evidence.lost_batches} batches can have been lost, and the batches {sorted(lost)} are uncertain"
    # A reset connection may have carried a mail that nobody has read.
    if len(unexplained) > evidence.resets:
        yield f"uncertain without a reason: {', '.join(unexplained)}"
