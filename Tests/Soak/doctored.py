"""Records that have been tampered with: the judge must object to each, else its acquittals are worth nothing."""

import copy

import judge
from judge import place_of


def unseen(evidence):
    """What one could do to this evidence without the judge's notice."""
    # Some need mails that the ledger calls accepted; now and then a run has none.
    if len(certain(evidence)) < 2:
        return []
    return [name for name, tamper in TAMPERINGS.items() if not judge.violations(tampered(evidence, tamper))]


def tampered(evidence, tamper):
    evidence = copy.copy(evidence)
    evidence.ledger = copy.copy(evidence.ledger)
    evidence.ledger.results = dict(evidence.ledger.results)
    evidence.ledger.settled = dict(evidence.ledger.settled)
    evidence.mails = list(evidence.mails)
    tamper(evidence)
    return evidence


def accept_twice(evidence):
    evidence.mails.append({**certain(evidence)[0], "messageId": "another"})


def forget_a_mail(evidence):
    evidence.mails.remove(certain(evidence)[0])


def call_it_rejected(evidence):
    place = place_of(certain(evidence)[0])
    evidence.ledger.results[place] = ("rejected", "so they say")
    evidence.ledger.settled["accepted"] -= 1
    evidence.ledger.settled["rejected"] += 1


def lose_a_result(evidence):
    del evidence.ledger.results[place_of(certain(evidence)[0])]
    evidence.ledger.settled["accepted"] -= 1


def count_one_too_many(evidence):
    evidence.ledger.settled["accepted"] += 1


def mix_up_message_ids(evidence):
    first, second = certain(evidence)[:2]
    results = evidence.ledger.results
    one, other = place_of(first), place_of(second)
    results[one], results[other] = results[other], results[one]


def mail_who_must_not(evidence):
    evidence.forbidden = {judge.bare(evidence.mails[0]["to"][0]).lower()}


def send_while_it_is_held(evidence):
    moment = evidence.mails[0]["time"]
    evidence.silences = [*evidence.silences, (moment - 1, moment + 1)]


def doubt_without_a_reason(evidence):
    mail = certain(evidence)[0]
    evidence.ledger.results[place_of(mail)] = ("uncertain", judge.ENDED)
    evidence.ledger.settled["accepted"] -= 1
    evidence.ledger.settled["uncertain"] += 1
    evidence.unclear, evidence.lost_batches = set(), 0


def plan_twice(evidence):
    evidence.ledger.runs = 2


def leave_out_a_row(evidence):
    evidence.rows += 1


TAMPERINGS = {
    tamper.__name__: tamper
    for tamper in (
        accept_twice, forget_a_mail, call_it_rejected, lose_a_result, count_one_too_many, mix_up_message_ids,
        mail_who_must_not, send_while_it_is_held, doubt_without_a_reason, plan_twice, leave_out_a_row,
    )
}  # fmt: skip


def certain(evidence):
    """Mails that the ledger calls accepted, of whom nobody has doubted it."""
    return [
        mail
        for mail in evidence.mails
        if evidence.ledger.results[place_of(mail)][0] == "accepted"
        and judge.bare(mail["to"][0]).lower() not in evidence.resent
    ]
