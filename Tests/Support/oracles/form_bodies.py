"""Writes forms as Python's own libraries do: a list of {"contentType": text, "body": Base64}.

Reads a list of [name, value] pairs.
"""

import base64
import json
import sys
from urllib.parse import urlencode

import requests
import urllib3

fields = [tuple(field) for field in json.load(sys.stdin)]
bodies = [("application/x-www-form-urlencoded", urlencode(fields).encode())]
for writer in [
    lambda: requests.Request("POST", "http://x/", files=[(name, (None, value)) for name, value in fields]).prepare(),
    lambda: requests.Request("POST", "http://x/", data=fields).prepare(),
]:
    request = writer()
    body = request.body if isinstance(request.body, bytes) else request.body.encode()
    bodies.append((request.headers["Content-Type"], body))
body, kind = urllib3.encode_multipart_formdata(fields, boundary="a'()+_,-./:=?")
bodies.append((kind.replace("a'()+_,-./:=?", "\"a'()+_,-./:=?\""), body))
json.dump([{"contentType": kind, "body": base64.b64encode(body).decode()} for kind, body in bodies], sys.stdout)
