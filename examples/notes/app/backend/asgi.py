"""What Gunicorn imports: HTTP goes to Django, WebSocket to prompts.websocket."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
_http = get_asgi_application()

from prompts import websocket  # noqa: E402  models can be imported only after Django is set up


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await websocket.serve(scope, receive, send)
    else:
        await _http(scope, receive, send)
