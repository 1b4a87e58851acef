#!/usr/bin/env python3
"""Razorpay's Orders API, as far as notes uses it, for machines that cannot reach Razorpay.

    razorpay_stub.py [--bind ADDRESS] [--port PORT] [--key-id ID]     the key secret from RAZORPAY_KEY_SECRET

Follows the published contract (https://razorpay.com/docs/api/orders/): basic authentication with key id and secret;
    POST /v1/orders       {"amount": paise, "currency", "receipt"?, "notes"?} → 200, the order
    GET  /v1/orders/:id   → 200, the order
and errors as {"error": {"code", "description"}}. Prints `listening on ADDRESS:PORT` when it is ready.
"""

import argparse
import base64
import hmac
import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Refused(Exception):
    def __init__(self, status, description):
        super().__init__(description)
        self.status = status


def new_order(body):
    amount, currency = body.get("amount"), body.get("currency")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 100:
        raise Refused(400, "Order amount less than minimum amount allowed")
    if not isinstance(currency, str) or len(currency) != 3:
        raise Refused(400, "The currency field is required.")
    return {
        "id": f"order_{secrets.token_hex(7)}", "entity": "order", "amount": amount, "amount_paid": 0, "amount_due": amount,
        "currency": currency, "receipt": body.get("receipt"), "offer_id": None, "status": "created", "attempts": 0,
        "notes": body.get("notes") or [], "created_at": int(time.time()),
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        # Read in any case: what is left of a body would be taken for the connection's next request.
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, body = 200, self.order(text)
        except Refused as refused:
            status, body = refused.status, {"error": {"code": "BAD_REQUEST_ERROR", "description": str(refused)}}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def order(self, text):
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self.server.authorization):
            raise Refused(401, "Authentication failed")
        orders = self.server.orders
        if self.command == "POST" and self.path == "/v1/orders":
            try:
                body = json.loads(text)
            except ValueError:
                body = None
            if not isinstance(body, dict):
                raise Refused(400, "The request body is not valid JSON")
            order = new_order(body)
            orders[order["id"]] = order
            return order
        number = self.path.removeprefix("/v1/orders/")
        if self.command == "GET" and number in orders:
            return orders[number]
        raise Refused(400 if self.path.startswith("/v1/orders/") else 404, "The id provided does not exist")

    def log_message(self, *_):
        """Nothing: what is asked here belongs to the app's log."""


def main():
    parser = argparse.ArgumentParser(description="Razorpay's Orders API for machines without a network.")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=0, type=int, help="0: any free one")
    parser.add_argument("--key-id", default="rzp_test_notes")
    options = parser.parse_args()
    secret = os.environ.get("RAZORPAY_KEY_SECRET", "notes-razorpay-test-secret")
    server = ThreadingHTTPServer((options.bind, options.port), Handler)
    server.orders = {}
    server.authorization = b"Basic " + base64.b64encode(f"{options.key_id}:{secret}".encode())
    print(f"listening on {options.bind}:{server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
