"""Makes random requests, signs them with botocore, and writes one JSON object a line.

The seed is fixed: every run makes the same requests. A request is told both as its parts, before any encoding, and as
the URL that goes over the wire, so that the encoding is compared as well as the signature.
"""

import argparse
import datetime
import json
import random
import sys
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--count", type=int, default=2500)
parser.add_argument("--seed", type=int, default=20150830)
arguments = parser.parse_args()
chance = random.Random(arguments.seed)

ODD = [" ", "+", "~", "%", "%2F", "%20", "%zz", "&", "=", "?", "#", ":", ";", ",", "@", "!", "$", "'", "(", ")", "*", "[",
       "]", "\\", '"', "<", ">", "^", "`", "{", "|", "}", "\t", "\u0001", "é", "ሴ", "e\u0301", "日本", "🚢", "-", "_", "."]
PLAIN = "abcxyzABCXYZ0189-_.~"
HEADERS = ["Content-Type", "X-Amz-Target", "x-amz-meta-color", "X-AMZ-META-COLOR", "My-Header1", "my-header2", "Range",
           "If-Match", "x-amz-acl", "User-Agent", "X-Amzn-Trace-Id", "Connection", "Expect-Ct", "A", "zz-top"]
VALUES = ["value", " a", "b ", "  two  spaces  ", "tab\tand  space", '"a   b   c"', "", "x,y", "ÿ", "héllo ሴ", "a;b=c"]


def word(longest=8):
    pieces = []
    for _ in range(chance.randint(0, longest)):
        pieces.append(chance.choice(ODD) if chance.random() < 0.35 else chance.choice(PLAIN))
    return "".join(pieces)


def segment():
    kind = chance.random()
    if kind < 0.12:
        return ""
    if kind < 0.20:
        return "."
    if kind < 0.28:
        return ".."
    return word()


def request(number):
    is_s3 = number % 2 == 1
    query = [(word(5) or "k", chance.choice(["", word(5), word(1)])) for _ in range(chance.choice([0, 0, 1, 2, 3, 5]))]
    if query and chance.random() < 0.4:
        query.append((query[0][0], word(3)))  # the same name twice
    if chance.random() < 0.2:
        query += [("Param", "b"), ("Param-3", "a"), ("param", "A"), ("Param", "")]
    headers = [(chance.choice(HEADERS), chance.choice(VALUES)) for _ in range(chance.choice([0, 0, 1, 2, 4]))]
    segments = [segment() for _ in range(chance.choice([0, 1, 1, 2, 3, 6]))]
    # Some paths come encoded in another way than ours: the signer takes what is on the wire.
    raw_path = chance.choice(["/a%2fb", "/a+b", "/%7Eme", "/a%2520b", "//x/./y/../z//", "/a%2e%2e/b", "/a:b@c", "/"])
    return {
        "isS3": is_s3,
        "method": chance.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "isSecure": chance.random() < 0.8,
        "host": chance.choice(["example.amazonaws.com", "127.0.0.1:5000", "bucket.s3.us-west-2.amazonaws.com"]),
        "segments": segments,
        "rawPath": raw_path if chance.random() < 0.15 else None,
        "query": query,
        "headers": headers,
        "body": chance.choice(["", "", "{}", word(40), "x" * chance.randint(1, 9000)]),
        "accessKey": "AKIDEXAMPLE",
        "secretKey": chance.choice(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", word(30) + "s"]),
        "token": chance.choice([None, None, "AQoDYXdzEPT//////////wEXAMPLE==", "t" * 900]),
        "region": chance.choice(["us-east-1", "us-west-2", "cn-north-1"]),
        "service": "s3" if is_s3 else chance.choice(["ses", "dynamodb", "sqs", "scheduler"]),
        "time": chance.randint(0, 4_000_000_000),
    }


def sign(case):
    path = case["rawPath"] or ("/" + "/".join(quote(s, safe="-_.~") for s in case["segments"]))
    url = f"{'https' if case['isSecure'] else 'http'}://{case['host']}{path}"
    query = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in case["query"])
    wire = AWSRequest(
        method=case["method"], url=url + ("?" + query if query else ""), data=case["body"].encode())
    for name, value in case["headers"]:
        wire.headers.add_header(name, value)
    signer_class = botocore.auth.S3SigV4Auth if case["isS3"] else botocore.auth.SigV4Auth
    credentials = Credentials(case["accessKey"], case["secretKey"], case["token"])
    signer = signer_class(credentials, case["service"], case["region"])
    canonical_request = signer.canonical_request

    def keep_canonical_request(request):
        case["canonicalRequest"] = canonical_request(request)
        return case["canonicalRequest"]

    signer.canonical_request = keep_canonical_request
    moment = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        signer.add_auth(wire)
    case["path"] = path
    case["authorization"] = wire.headers["Authorization"]
    return case


for number in range(arguments.count):
    sys.stdout.write(json.dumps(sign(request(number))) + "\n")
