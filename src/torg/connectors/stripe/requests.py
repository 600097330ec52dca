"""What Stripe is asked for, as its API wants it. Pure.

https://docs.stripe.com/api/checkout/sessions/create and https://docs.stripe.com/api/payment_intents/create
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from torg.connectors.stripe.means import HOLDS, to_stripe
from torg.kernel.i18n import text
from torg.payments import GatewayRefused, Instruction

LOCALES: Final = {"nb": "nb", "sv": "sv", "da": "da", "en": "en", "de": "de", "ja": "ja"}
PAGE_LASTS: Final = timedelta(hours=2)
"""A page ends by itself after that, whatever becomes of us; Stripe wants thirty minutes to a day."""


def page(instruction: Instruction, means: Sequence[str], *, several: bool) -> dict[str, Any]:
    """A hosted page for one amount. What can be set aside is; without `means` Stripe offers all that can."""
    metadata = _metadata(instruction) | {"page": "1"}
    begun = datetime.fromtimestamp((instruction.payment_id.int >> 80) / 1000, UTC)
    intent: dict[str, Any] = {"metadata": metadata}
    asked: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": instruction.payment_id.hex,
        "metadata": metadata,
        "payment_intent_data": intent,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": instruction.amount.currency.lower(),
                    "unit_amount": _amount(instruction),
                    "product_data": {"name": text(instruction.language, "stripe.order")},
                },
            }
        ],
        "success_url": instruction.return_url,
        "cancel_url": instruction.return_url,
        "expires_at": int((begun + PAGE_LASTS).timestamp()),
        "locale": LOCALES.get(instruction.language, "auto"),
    }
    options: dict[str, dict[str, str]] = {}
    if HOLDS.issuperset(means):
        intent["capture_method"] = "manual"
    else:
        options = {one: {"capture_method": "manual"} for one in means if one in HOLDS}
    if means:
        asked["payment_method_types"] = list(means)
    if several and (not means or "card" in means):
        options.setdefault("card", {})["request_multicapture"] = "if_available"
    if options:
        asked["payment_method_options"] = options
    return asked


def intent(instruction: Instruction, means: str, *, several: bool) -> dict[str, Any]:
    """A payment intent that is confirmed at once with a token of this means."""
    asked: dict[str, Any] = {
        "amount": _amount(instruction),
        "currency": instruction.amount.currency.lower(),
        "payment_method": instruction.method,
        "payment_method_types": [means],
        "capture_method": "manual" if means in HOLDS else "automatic",
        "confirm": True,
        "metadata": _metadata(instruction),
        "expand": ["latest_charge"],
    }
    if instruction.return_url:
        asked["return_url"] = instruction.return_url
    if several and means == "card":
        asked["payment_method_options"] = {"card": {"request_multicapture": "if_available"}}
    return asked


def _metadata(instruction: Instruction) -> dict[str, str]:
    return {"order": instruction.order_id.hex, "payment": instruction.payment_id.hex}


def _amount(instruction: Instruction) -> int:
    amount = to_stripe(instruction.amount)
    if amount is None:
        raise GatewayRefused(reason="amount-not-possible")
    return amount
