"""Signs messages as SNS does ("Verifying the signatures of Amazon SNS messages"), with the package cryptography.

Reads {"age": days since the certificate's beginning, of two, "messages": [object without Signature, …]}; writes
{"certificate": PEM, "messages": [JSON text, …]}.
"""

import base64
import datetime
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

FIELDS = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}
FIELDS["UnsubscribeConfirmation"] = FIELDS["SubscriptionConfirmation"]
DIGESTS = {"1": hashes.SHA1, "2": hashes.SHA256}


def certify(key, age):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=age)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def sign(key, message):
    text = "".join(f"{name}\n{message[name]}\n" for name in FIELDS[message["Type"]] if name in message)
    digest = DIGESTS[message["SignatureVersion"]]()
    signature = key.sign(text.encode(), padding.PKCS1v15(), digest)
    return json.dumps({**message, "Signature": base64.b64encode(signature).decode()})


task = json.load(sys.stdin)
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
json.dump(
    {"certificate": certify(key, task["age"]), "messages": [sign(key, message) for message in task["messages"]]},
    sys.stdout,
)
