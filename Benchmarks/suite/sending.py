"""Sending mails of 6 KB to nginx, against boto3, and against wrk as the ceiling of what a client could do."""

import json
import pathlib
import resource
import subprocess

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from measure import BENCH, PYTHON, Figure, in_turns, run
from server import nginx

OURS, PEER = 40_000, 3_000
IN_FLIGHT = 64
WRK_SECONDS = 3


def figures(folder, rounds):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    html = folder / "message.html"
    html.write_text(message())
    found = []
    with nginx(folder / "nginx") as (plain, secure, certificate):
        for title, url in (("plain", plain), ("TLS", secure)):
            script = folder / f"{title}.lua"
            script.write_text(wrk_script(url, html.read_text()))
            result = in_turns(
                rounds,
                ours=lambda: rate(run([BENCH, "send", url, OURS, IN_FLIGHT, html, certificate])),
                peer=lambda: rate(run([PYTHON, "Benchmarks/peers/send.py", url, PEER, html, certificate])),
                ceiling=lambda: wrk(url, script),
            )
            found += rows(title, result["ours"], result["peer"], result["ceiling"])
    return found


def rows(title, ours, peer, ceiling):
    name, top = "boto3, 32 threads", "wrk, pre-signed"
    return [
        Figure(
            f"send 6 KB mails, {title}", ours["rate"], "/s", name, peer["rate"], ours["rate"] / peer["rate"], goal=8
        ),
        Figure(f"  ratio to the ceiling, {title}", ours["rate"], "/s", top, ceiling["rate"], ours["rate"] / ceiling["rate"]),
        Figure(
            f"  processor time per 1,000, {title}", ours["cost"], "s", name, peer["cost"], peer["cost"] / ours["cost"]
        ),
    ]  # fmt: skip


def rate(figures):
    return {
        "rate": figures["mails"] / figures["wall_seconds"],
        "cost": figures["process_seconds"] / figures["mails"] * 1000,
    }


def message():
    """HTML that makes a SendEmail body of about 6 KB."""
    paragraph = '<p style="margin:0 0 16px">Still crazy after all these years: cast off with us, "Kodachrome" & all.</p>\n'
    return "<!doctype html>\n<body>\n" + paragraph * 50 + "</body>\n"


def wrk_script(url, html):
    """One request with a valid signature, sent over and over: no work on the client's side but to write it."""
    body = json.dumps(
        {
            "FromEmailAddress": "JADA Sailing <crew@example.com>",
            "Destination": {"ToAddresses": ["guest@example.org"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Aboard, guest", "Charset": "UTF-8"},
                    "Body": {"Html": {"Data": html, "Charset": "UTF-8"}},
                }
            },
            "EmailTags": [{"Name": "campaign", "Value": "bench"}],
            "ConfigurationSetName": "jada",
        }
    )
    request = AWSRequest(
        "POST", url + "/v2/email/outbound-emails", headers={"Content-Type": "application/json"}, data=body
    )
    SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "ses", "us-west-2").add_auth(request)
    headers = "".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in request.headers.items())
    return f'wrk.method = "POST"\nwrk.path = "/v2/email/outbound-emails"\nwrk.body = [==[{body}]==]\n{headers}' + REPORT


REPORT = """
done = function(summary)
    local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    io.write(string.format('\\nrequests=%d microseconds=%d failed=%d\\n', summary.requests, summary.duration, failed))
end
"""


def wrk(url, script):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(
        ["wrk", "-t1", f"-c{IN_FLIGHT}", f"-d{WRK_SECONDS}s", "-s", script, url],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = dict(word.split("=") for word in output.splitlines()[-1].split())
    requests, failed = int(counts["requests"]), int(counts["failed"])
    if failed:
        raise SystemExit(f"wrk: {failed} requests failed")
    return {
        "rate": requests / int(counts["microseconds"]) * 1e6,
        "cost": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / requests * 1000,
    }
