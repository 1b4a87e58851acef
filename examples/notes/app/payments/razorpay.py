"""The two calls of Razorpay's Orders API that the app needs."""

import base64
import json
import urllib.error
import urllib.request

from django.conf import settings

LIMIT_SECONDS = 5


class PaymentError(Exception):
    """Razorpay refused or did not answer; the text says which."""


def mode():
    """`test` or `live`: Razorpay's key ids say which they are."""
    return "test" if settings.RAZORPAY_KEY_ID.startswith("rzp_test_") else "live"


def create_order(amount, receipt):
    """An order for `amount` paise, as Razorpay describes it: {"id", "amount", "currency", "status", …}."""
    body = json.dumps({"amount": amount, "currency": "INR", "receipt": receipt}).encode()
    key = f"{settings.RAZORPAY_KEY_ID}:{settings.RAZORPAY_KEY_SECRET}".encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {base64.b64encode(key).decode()}"}
    request = urllib.request.Request(f"{settings.RAZORPAY_URL}/v1/orders", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise PaymentError(f"Razorpay answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise PaymentError(f"Razorpay did not answer: {type(error).__name__}") from None
