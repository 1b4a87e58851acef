"""What the JSON views share: who asks, the methods they take, the body."""

import functools
import json

from django.http import JsonResponse

from authentication import tokens


def endpoint(*methods, login=True):
    """A view that takes these methods, of a user with an access token unless `login` is false: request.user is set."""

    def decorate(view):
        @functools.wraps(view)
        def checked(request, *args, **kwargs):
            if request.method not in methods:
                return refusal(405, f"{request.method} is not possible here", Allow=", ".join(methods))
            if login:
                scheme, _, token = request.headers.get("Authorization", "").partition(" ")
                request.user = tokens.user_of(token) if scheme == "Bearer" else None
                if request.user is None:
                    return refusal(401, "a valid access token is needed", **{"WWW-Authenticate": "Bearer"})
            return view(request, *args, **kwargs)

        # Tokens travel in a header that no other site can set, so there is nothing for a CSRF token to add.
        checked.csrf_exempt = True
        return checked

    return decorate


def refusal(status, sentence, **headers):
    return JsonResponse({"error": sentence}, status=status, headers=headers)


def body_of(request):
    """The request's JSON object, or None when it is anything else."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def text_in(body, name, longest=200):
    """A text that is not empty under `name`, or None."""
    value = body.get(name) if body else None
    return value.strip() if isinstance(value, str) and 0 < len(value.strip()) <= longest else None
