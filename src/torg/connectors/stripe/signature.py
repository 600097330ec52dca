"""Whether a callback comes from Stripe: its signature over time and body, under a secret that is good now."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import stripe

from torg.payments import CallbackNotGenuine

HEADER: Final = "stripe-signature"
OLDEST: Final = timedelta(minutes=5)


def read_event(secrets: Sequence[str], header: str, body: bytes, at: datetime) -> dict[str, Any]:
    """The event in a callback; `CallbackNotGenuine` when it is not signed, or more than five minutes old (or early)."""
    if not any(_signed(secret, header, body) for secret in secrets):
        raise CallbackNotGenuine()
    sent = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    if abs(at.timestamp() - sent) > OLDEST.total_seconds():
        raise CallbackNotGenuine()
    event = json.loads(body)
    if not isinstance(event, dict) or event.get("object") != "event":
        raise CallbackNotGenuine()
    return event


def _signed(secret: str, header: str, body: bytes) -> bool:
    try:
        # The age is judged by our own clock, above.
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
