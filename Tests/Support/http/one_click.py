"""Follows an unsubscribe link as mail services, scanners and people do (RFC 8058), with Python's urllib and requests and with
curl. Fails where an answer is not as the RFC asks for.

usage: one_click.py LINK scanner|urllib|multipart|curl|undo
"""

import http.cookiejar
import subprocess
import sys
import urllib.parse
import urllib.request

import requests

link, way = sys.argv[1:]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, file, code, *rest):
        raise SystemExit(f"redirected: {code}")


cookies = http.cookiejar.CookieJar()
opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor(cookies))


def post(fields):
    return opener.open(link, urllib.parse.urlencode(fields).encode(), timeout=20)


match way:
    case "scanner":
        for _ in range(2):
            answer = opener.open(link, timeout=20)
            assert answer.status == 200, answer.status
            assert 'value="unsubscribe"' in answer.read().decode()
        assert requests.head(link, timeout=20).status_code == 405
    case "urllib":
        answer = post({"List-Unsubscribe": "One-Click"})
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain"), answer.headers
    case "multipart":
        answer = requests.post(
            link, files={"List-Unsubscribe": (None, "One-Click")}, allow_redirects=False, timeout=20
        )
        assert answer.status_code == 200, answer
    case "curl":
        for option in (["--data", "List-Unsubscribe=One-Click"], ["--form", "List-Unsubscribe=One-Click"]):
            command = ["curl", "--silent", "--max-time", "20", "--write-out", "%{http_code} %{num_redirects}"]
            told = subprocess.run([*command, *option, link], capture_output=True, text=True, check=True).stdout
            assert told == "You are unsubscribed.\n200 0", told
    case "undo":
        assert 'value="undo"' in post({"action": "unsubscribe"}).read().decode()
        assert "You are subscribed again" in post({"action": "undo"}).read().decode()
assert not list(cookies), "a cookie was set"
