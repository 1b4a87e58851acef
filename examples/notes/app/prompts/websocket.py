"""`/ws/prompts/`: a user's line to the prompts. Without a valid access token the handshake is refused.

The token comes as `?token=` or in the Authorization header. After {"type": "ready", "user", "version"} every text is
answered with {"type": "echo", "text"}, and `count` with {"type": "count", "prompts": number}.
"""

import json
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from authentication import tokens

from .models import Prompt


async def serve(scope, receive, send):
    await receive()  # websocket.connect
    user = await in_thread(tokens.user_of, token_of(scope)) if scope["path"] == "/ws/prompts/" else None
    if user is None:
        await send({"type": "websocket.close", "code": 4401})
        return
    await send({"type": "websocket.accept"})
    await say(send, {"type": "ready", "user": user.email, "version": settings.RELEASE["version"]})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text") or ""
        if text == "count":
            await say(send, {"type": "count", "prompts": await in_thread(count_of, user)})
        else:
            await say(send, {"type": "echo", "text": text})


def token_of(scope):
    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    header = dict(scope["headers"]).get(b"authorization", b"").decode("ascii", "replace")
    return query.get("token", [header.removeprefix("Bearer ")])[0]


def count_of(user):
    return Prompt.objects.filter(owner=user).count()


async def say(send, message):
    await send({"type": "websocket.send", "text": json.dumps(message)})


@sync_to_async
def in_thread(work, *args):
    # Outside a request nothing else closes a connection that has ended meanwhile.
    close_old_connections()
    try:
        return work(*args)
    finally:
        close_old_connections()
