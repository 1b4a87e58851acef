"""Access and refresh tokens: JSON Web Tokens, signed with the app's secret key."""

from datetime import datetime, timedelta, timezone

import jwt
from django.conf import settings

from .models import CustomUser

LIFETIMES = {"access": timedelta(hours=1), "refresh": timedelta(days=1)}


def tokens_for(user):
    """{"access": token, "refresh": token}"""
    now = datetime.now(timezone.utc)
    return {
        kind: jwt.encode({"sub": str(user.pk), "kind": kind, "exp": now + lifetime}, settings.SECRET_KEY, "HS256")
        for kind, lifetime in LIFETIMES.items()
    }


def user_of(token):
    """The active user an access token was made for, or None."""
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, ["HS256"], options={"require": ["exp", "sub", "kind"]})
    except jwt.InvalidTokenError:
        return None
    if claims["kind"] != "access":
        return None
    return CustomUser.objects.filter(pk=claims["sub"], is_active=True).first()
