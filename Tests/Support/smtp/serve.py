"""A submission server by aiosmtpd: STARTTLS or TLS, and AUTH. It prints what it is told, but no passwords.

usage: serve.py --port N [--security starttls|tls|none] --certificate PEM --key PEM --user NAME --password TEXT
       [--login-reply "454 Temporary authentication failure"] [--mail-reply "554 Message rejected: …"]
       [--greeting-only] [--no-login]
"""

import argparse
import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--security", choices=["starttls", "tls", "none"], default="starttls")
for name in ["certificate", "key", "user", "password", "login-reply", "mail-reply"]:
    parser.add_argument("--" + name)
parser.add_argument("--greeting-only", action="store_true", help="say nothing after the connection is accepted")
parser.add_argument("--no-login", action="store_true", help="offer no AUTH, as a server for incoming mail does")
options = parser.parse_args()


def tell(*words):
    print(*words, flush=True)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        tell("MAIL", address)
        if options.mail_reply:
            return options.mail_reply
        envelope.mail_from = address
        return "250 Ok"

    async def handle_DATA(self, server, session, envelope):
        tell("DATA", envelope.rcpt_tos, len(envelope.content))
        return "250 Ok 0100018f-aiosmtpd"


def authenticate(server, session, envelope, mechanism, data):
    tell("AUTH", mechanism, data.login.decode())
    if options.login_reply:
        return AuthResult(success=False, handled=False, message=options.login_reply)
    if data.login.decode() == options.user and data.password.decode() == options.password:
        return AuthResult(success=True)
    return AuthResult(success=False, handled=False, message="535 Authentication Credentials Invalid")


context = None
if options.security != "none":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)


def session():
    if options.greeting_only:
        return asyncio.Protocol()
    if options.no_login:
        return SMTP(Handler(), tls_context=context, require_starttls=True, auth_exclude_mechanism=["LOGIN", "PLAIN"])
    if options.security == "starttls":
        return SMTP(Handler(), tls_context=context, require_starttls=True, authenticator=authenticate)
    return SMTP(Handler(), authenticator=authenticate, auth_require_tls=False)


async def main():
    loop = asyncio.get_running_loop()
    # The test's end of standard input closes with the test.
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: ended.set() if not sys.stdin.buffer.read1(1) else None)
    server = await loop.create_server(
        session, "127.0.0.1", options.port, ssl=context if options.security == "tls" else None
    )
    async with server:
        await ended.wait()


asyncio.run(main())
