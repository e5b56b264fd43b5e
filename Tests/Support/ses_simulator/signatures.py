"""Checks SigV4 signatures with botocore's own signer."""

import datetime
import hmac
import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from model import Refusal

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([a-z0-9-]+)/ses/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
TOLERATED_SKEW = datetime.timedelta(minutes=5)


def refusal(code, message):
    return Refusal(code, message, 403)


def check(keys, method, target, headers, body):
    """Raises Refusal unless the request is signed with one of `keys`."""
    if "authorization" not in headers:
        raise refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    match = AUTHORIZATION.fullmatch(headers["authorization"])
    if not match:
        raise refusal("IncompleteSignatureException", "The Authorization header is not SigV4's for the service ses.")
    access_key, day, region, signed_headers, signature = match.groups()
    key = keys.get(access_key)
    if not key or key.get("token") != headers.get("x-amz-security-token"):
        raise refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    if key.get("expired"):
        raise refusal("ExpiredTokenException", "The security token included in the request is expired")
    signed = signed_headers.split(";")
    date = headers.get("x-amz-date", "")
    if not {"host", "x-amz-date"} <= set(signed) or not date.startswith(day):
        raise refusal("IncompleteSignatureException", "host and x-amz-date must be signed.")
    time = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs(datetime.datetime.now(datetime.timezone.utc) - time) > TOLERATED_SKEW:
        raise refusal("InvalidSignatureException", f"Signature expired: {date} is too far from the current time.")

    request = botocore.awsrequest.AWSRequest(
        method=method, url=f"http://{headers['host']}{target}", data=body,
        headers={name: headers.get(name, "") for name in signed},
    )  # fmt: skip
    request.context["timestamp"] = date
    credentials = botocore.credentials.Credentials(access_key, key["secret"])
    signer = botocore.auth.SigV4Auth(credentials, "ses", region)
    string_to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    if not hmac.compare_digest(signer.signature(string_to_sign, request), signature):
        raise refusal(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        )
