"""A real SMTP server (aiosmtpd) on loopback. First line out: its port; then a line of JSON for each mail that it took."""
import argparse
import asyncio
import json
import ssl
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("--cert")
options.add_argument("--key")
options.add_argument("--implicit", action="store_true", help="TLS from the first byte")
options.add_argument("--user")
options.add_argument("--password")
options.add_argument("--refuse", help="a recipient that is not known here")
options.add_argument("--stall", action="store_true", help="never answer for a mail")
given = options.parse_args()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == given.refuse:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if given.stall:
            await asyncio.Event().wait()
        mail = message_from_bytes(envelope.content, policy=policy.default)
        read = {
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "headers": {name.lower(): str(value) for name, value in mail.items()},
            "text": mail.get_content().replace("\r\n", "\n"), "type": mail.get_content_type(), "tls": session.ssl is not None or given.implicit, "login": session.auth_data,
        }
        print(json.dumps(read), flush=True)
        return "250 2.0.0 taken"


def login(server, session, envelope, mechanism, data):
    good = (data.login.decode(), data.password.decode()) == (given.user, given.password)
    return AuthResult(success=good, handled=True, auth_data=data.login.decode()) if good else AuthResult(success=False, handled=False)


async def main():
    context = None
    if given.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.cert, given.key)
    starttls = None if given.implicit else context
    loop = asyncio.get_running_loop()

    def serve():
        more = {"authenticator": login, "auth_required": True, "auth_require_tls": not given.implicit} if given.user else {}
        return SMTP(Handler(), hostname="mail.test", tls_context=starttls, require_starttls=starttls is not None, **more)

    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=context if given.implicit else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
