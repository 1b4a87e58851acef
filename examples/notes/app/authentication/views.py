from django.contrib.auth import authenticate
from django.http import JsonResponse

from backend.api import body_of, endpoint, refusal, text_in

from . import tokens


@endpoint("POST", login=False)
def login(request):
    """{"email", "password"} → {"access", "refresh"}."""
    body = body_of(request)
    email, password = text_in(body, "email"), text_in(body, "password")
    if email is None or password is None:
        return refusal(400, "email and password are needed")
    user = authenticate(request, username=email, password=password)
    return JsonResponse(tokens.tokens_for(user)) if user else refusal(401, "e-mail address or password is wrong")
