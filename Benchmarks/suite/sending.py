"""Sending mails of 6 KB to nginx, against boto3, and against the least that a sender in C has to do."""

import json
import pathlib
import shutil
import subprocess

from make_list import write_campaign
from measure import BENCH, PYTHON, Figure, in_turns, run
from server import nginx

ROWS, BOTO3_MAILS, BARE_MAILS = 40_000, 3_000, 40_000
BARE = pathlib.Path(".build/bench/send")


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    write_campaign(folder, ROWS, message())
    state, html, body = folder / "state", folder / "message.html", folder / "body.json"
    html.write_text(message().replace("{{name}}", "Ann Simon").replace("{{seat}}", "12A"))
    body.write_text(request(html.read_text()))
    compile_bare()

    def ours(url, certificate):
        shutil.rmtree(state, ignore_errors=True)
        return rate(run([BENCH, "send", url, folder, certificate]))

    found = []
    with nginx(folder / "nginx") as (plain, secure, certificate):
        for title, url in (("plain", plain), ("TLS", secure)):
            result = in_turns(
                rounds,
                ours=lambda: ours(url, certificate),
                bare=lambda: rate(run([BARE, url, BARE_MAILS, body, certificate])),
                boto3=lambda: rate(run([PYTHON, "Benchmarks/peers/send.py", url, BOTO3_MAILS, html, certificate])),
            )
            found += rows(title, result["ours"], result["bare"], result["boto3"])
    return found


def rows(title, ours, bare, boto3):
    return [
        Figure(
            f"send 6 KB mails, {title}", ours["rate"], "/s", "boto3, 32 threads", boto3["rate"],
            ours["rate"] / boto3["rate"], goal=20,
        ),
        Figure(
            f"  beside the bare loop, {title}", ours["rate"], "/s", "C, only signs and posts", bare["rate"],
            ours["rate"] / bare["rate"], goal=0.6,
        ),
        Figure(
            f"  processor time per 1,000, {title}", ours["cost"], "s", "boto3, 32 threads", boto3["cost"],
            boto3["cost"] / ours["cost"], goal=12,
        ),
        Figure(
            f"  beside the bare loop, {title}", ours["cost"], "s", "C, only signs and posts", bare["cost"],
            bare["cost"] / ours["cost"],
        ),
    ]  # fmt: skip


def rate(figures):
    return {
        "rate": figures["mails"] / figures["wall_seconds"],
        "cost": figures["process_seconds"] / figures["mails"] * 1000,
    }


def compile_bare():
    BARE.parent.mkdir(parents=True, exist_ok=True)
    compiler = shutil.which("clang") or "cc"
    subprocess.run([compiler, "-O2", "-o", BARE, "Benchmarks/peers/send.c", "-lcurl", "-lcrypto"], check=True)


def message():
    """HTML that makes a SendEmail body of about 6 KB."""
    paragraph = '<p style="margin:0 0 16px">Still crazy after all these years: cast off with us, "Kodachrome" & all.</p>\n'
    return "<!doctype html>\n<body>\n<p>{{name}}, your seat is {{seat}}.</p>\n" + paragraph * 48 + "</body>\n"


def request(html):
    """What our own SendEmail looks like, as the bare loop posts it: `00000000` becomes the recipient's number."""
    link = "https://unsubscribe-url-is-not-configured.invalid/?t=" + "a" * 77
    return json.dumps(
        {
            "FromEmailAddress": "crew@example.com",
            "Destination": {"ToAddresses": ["guest00000000@example.org"]},
            "Content": {
                "Simple": {
                    "Subject": {"Charset": "UTF-8", "Data": "Aboard, Ann Simon"},
                    "Body": {"Html": {"Charset": "UTF-8", "Data": html}},
                    "Headers": [
                        {"Name": "List-Unsubscribe", "Value": f"<{link}>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                }
            },
            "EmailTags": [
                {"Name": "batch", "Value": "0-00"}, {"Name": "campaign", "Value": "bench"},
                {"Name": "occurrence", "Value": "MTc4MDMyNjAwMDAwMA"}, {"Name": "recipient", "Value": "12"},
            ],
        },
        separators=(",", ":"),
    )  # fmt: skip
