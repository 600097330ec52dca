"""Calls to Stripe end in an answer, in a sure no (`GatewayRefused`), or in that nobody knows (`GatewaySilent`).

Nothing of a call or its answer is logged but Stripe's word for what went wrong.
"""

from collections.abc import Awaitable
from typing import Any, Final

import stripe
import structlog

from torg.kernel.database import external
from torg.payments import GatewayRefused, GatewaySilent

log = structlog.get_logger(__name__)

CODE: Final = "stripe"
TIMEOUT: Final = 15.0
# Somebody else is at it under the same key, or too many at once: nothing is known of the outcome.
NOT_NOW: Final = frozenset({409, 429})


def client(secret_key: str, url: str) -> stripe.StripeClient:
    """A client that never blocks and never repeats by itself: who claimed the attempt does."""
    return stripe.StripeClient(
        secret_key,
        http_client=stripe.HTTPXClient(timeout=TIMEOUT),
        max_network_retries=0,
        base_addresses={"api": url},
    )


async def call(answer: Awaitable[Any]) -> dict[str, Any]:
    """The answer of a call as plain data."""
    external()
    try:
        found: dict[str, Any] = (await answer).to_dict()
        return found
    except stripe.CardError as no:
        raise Declined(no) from no
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as no:
        if no.http_status in NOT_NOW:
            raise GatewaySilent(gateway=CODE) from no
        log.warning("stripe refused", code=no.code, param=getattr(no, "param", None))
        raise GatewayRefused(reason=_word(no)) from no
    except stripe.StripeError as unknown:
        log.warning("stripe is not answering", code=unknown.code, status=unknown.http_status)
        raise GatewaySilent(gateway=CODE) from unknown


class Declined(GatewayRefused):
    """A card was declined; the payment intent knows why."""

    def __init__(self, error: stripe.CardError) -> None:
        super().__init__(reason=_word(error))
        told = (error.json_body or {}).get("error") or {}
        self.intent: dict[str, Any] | None = told.get("payment_intent")


def _word(error: stripe.StripeError) -> str:
    body = (error.json_body or {}).get("error") or {}
    return str(body.get("decline_code") or error.code or "invalid-request")[:100]
