#!/usr/bin/python3
"""An SMTP server for tests, on loopback: each mail that it takes becomes FOLDER/NNNN.eml, and its envelope FOLDER/NNNN.json.
usage: smtp_sink.py PORT FOLDER [--tls CERT KEY] [--smtps] [--login USER PASSWORD]
Recipients named reject, old, full, relay and busy are answered with 550 in two forms, 552 after the mail, 554 and 451; hang after a minute. A
sender named stranger is refused."""
import argparse, asyncio, glob, itertools, json, os, ssl
from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("folder")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--smtps", action="store_true")
parser.add_argument("--login", nargs=2)
args = parser.parse_args()
numbers = itertools.count(len(glob.glob(os.path.join(args.folder, "*.eml"))) + 1)  # it may have been stopped meanwhile


class Sink:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger@"):
            return "553 5.7.1 not one of our senders"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "reject":
            return "550 5.1.1 no such user here"
        if name == "relay":
            return "554 5.7.1 Relay access denied"
        if name == "old":
            return "550 unknown user"
        if name == "hang":
            await asyncio.sleep(60)
        if name == "busy":
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(address.startswith("full@") for address in envelope.rcpt_tos):
            return "552 5.2.2 this mailbox is full"
        base = os.path.join(args.folder, f"{next(numbers):04d}")
        tls = session.ssl is not None or args.smtps
        with open(base + ".json", "w") as file:
            json.dump({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": tls, "login": bool(session.authenticated)}, file)
        with open(base + ".tmp", "wb") as file:
            file.write(envelope.content)
        os.rename(base + ".tmp", base + ".eml")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == args.login[0].encode() and data.password == args.login[1].encode()
    return AuthResult(success=good, handled=good)


async def main():
    context = None
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.tls)
    more = {}
    if args.login:
        more = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": bool(context) and not args.smtps}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Sink(), hostname="sink.test", tls_context=None if args.smtps else context, **more),
        "127.0.0.1", args.port, ssl=context if args.smtps else None)
    print("listens", flush=True)
    await server.serve_forever()


asyncio.run(main())
