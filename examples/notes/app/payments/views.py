"""Payment orders."""

import uuid

from django.conf import settings
from django.http import JsonResponse

from backend.api import body_of, endpoint, refusal

from . import razorpay
from .models import PaymentOrder


def shown(order):
    return {"order_id": order.order_id, "amount": order.amount, "currency": "INR", "mode": order.mode, "status": order.status}


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10_000_000


@endpoint("GET")
def config(request):
    """What a checkout page needs, and whether money is real: {"key_id", "mode": test or live}."""
    return JsonResponse({"key_id": settings.RAZORPAY_KEY_ID, "mode": razorpay.mode()})


@endpoint("POST")
def create_order(request):
    """{"plan_id", "amount" in rupees} → 201 {"order_id", "amount" in paise, "currency", "mode": test or live, "status"}."""
    body = body_of(request) or {}
    if not whole(body.get("plan_id")) or not whole(body.get("amount")):
        return refusal(400, "plan_id and amount are needed, as whole numbers")
    try:
        made = razorpay.create_order(body["amount"] * 100, f"notes-{uuid.uuid4().hex[:12]}")
    except razorpay.PaymentError as error:
        return refusal(502, str(error))
    order = PaymentOrder.objects.create(
        owner=request.user, order_id=made["id"], plan=body["plan_id"], amount=made["amount"], mode=razorpay.mode(), status=made["status"]
    )
    return JsonResponse(shown(order), status=201)


@endpoint("POST")
def cancel_order(request, order_id):
    """Gives an order up. Razorpay knows no such call: an order that nobody pays expires there."""
    order = PaymentOrder.objects.filter(owner=request.user, order_id=order_id).first()
    if order is None:
        return refusal(404, "there is no such order")
    order.status = "cancelled"
    order.save()
    return JsonResponse(shown(order))
