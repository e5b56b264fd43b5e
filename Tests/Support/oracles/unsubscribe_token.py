"""Seals unsubscribe tokens as UnsubscribeKeys describes it, with Python's hmac and the AES of the package cryptography.

Reads one JSON object: {"secret": text, "subscribers": [[campaign, address], …]}; writes a list of tokens.
"""

import base64
import hmac
import json
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def mac(key, message):
    return hmac.new(key, message, "sha256").digest()


def seal(secret, campaign, address):
    authentication, encryption = (
        mac(secret, f"jada-blast unsubscribe {purpose}".encode()) for purpose in ("authentication", "encryption")
    )
    text = f"{campaign}\n{address}".encode()
    code = mac(authentication, b"\x01" + text)[:16]
    encryptor = Cipher(algorithms.AES(encryption), modes.CTR(code)).encryptor()
    token = b"\x01" + code + encryptor.update(text) + encryptor.finalize()
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


task = json.load(sys.stdin)
json.dump([seal(task["secret"].encode(), *subscriber) for subscriber in task["subscribers"]], sys.stdout)
