"""The gateway `stripe`: what Torg asks is asked of Stripe with the attempt's id as idempotency key.

On a hosted page the payment is known by its session (`cs_…`), otherwise by its payment intent (`pi_…`). Every answer is
read from Stripe's books as they stand, never added up here.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from torg.connectors.stripe import requests, signature
from torg.connectors.stripe.calls import CODE, Declined, call, client
from torg.connectors.stripe.means import HOSTED, offered, read_means, to_stripe
from torg.connectors.stripe.standings import (
    can_capture_again,
    dispute_of,
    page_standing,
    standing_of,
    state_of,
)
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.money import Money
from torg.payments import (
    Callback,
    Charge,
    GatewayRefused,
    Instruction,
    PaymentState,
    Standing,
    TenderChoice,
    must_be_known,
)
from torg.settings import Settings

PAGE: Final = "cs_"
TOKEN: Final = "pm_"  # noqa: S105  # what their names begin with
WITH_CHARGE: Final = ["latest_charge"]
WITH_INTENT: Final = ["payment_intent.latest_charge"]
AROUND: Final = timedelta(hours=3)
"""How long after a payment was written down Stripe may first have heard of it."""


class StripeGateway:
    """Stripe, behind the port of payments."""

    code = CODE
    choices: tuple[str, ...] = (HOSTED,)
    at_till = False

    def __init__(self, settings: Settings) -> None:
        self._stripe = client(settings.stripe_secret_key, settings.stripe_url)
        self._secrets = settings.stripe_webhook_secret.split()
        self._offer = read_means(settings.stripe_means)
        self._several = settings.stripe_multicapture

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        """A token, the hosted page or a means that is offered in the country; pages need an address to lead back to."""
        if to_stripe(amount) is None:
            message = "Stripe cannot take this amount in this currency."
            raise Invalid.of(FieldProblem("payment.amount", "invalid-value", message))
        if (choice.method or "").startswith(TOKEN):
            return
        means = offered(self._offer, country)
        must_be_known(choice, {HOSTED, *means} if means or not self._offer else ())
        if not choice.return_url:
            raise Invalid.of(FieldProblem("payment.return_url", "required", "This field is required."))

    async def authorise(self, instruction: Instruction) -> Standing:
        """Open a hosted page, or confirm a payment intent with the token that a front end was given."""
        if instruction.method.startswith(TOKEN):
            return await self._confirm(instruction)
        means = [instruction.method] if instruction.method != HOSTED else self._everywhere(instruction)
        asked = requests.page(instruction, means, several=self._several)
        page = await call(
            self._stripe.v1.checkout.sessions.create_async(asked, {"idempotency_key": instruction.key})
        )
        return page_standing(page)

    def _everywhere(self, instruction: Instruction) -> list[str]:
        return offered(self._offer, instruction.country)

    async def _confirm(self, instruction: Instruction) -> Standing:
        means = await call(self._stripe.v1.payment_methods.retrieve_async(instruction.method))
        asked = requests.intent(instruction, means["type"], several=self._several)
        try:
            intent = await call(
                self._stripe.v1.payment_intents.create_async(asked, {"idempotency_key": instruction.key})
            )
        except Declined as no:
            if no.intent is None:
                raise
            return standing_of(no.intent)
        return await self._standing(intent)

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        """Take a part; the rest stays set aside only where the card allows several captures."""
        intent, reference = await self._intent_of(charge)
        if intent is None:
            raise GatewayRefused(reason="not-authorised")
        wanted = self._amount(amount, charge)
        asked: dict[str, Any] = {"amount_to_capture": wanted, "expand": WITH_CHARGE}
        if can_capture_again(intent):
            asked["final_capture"] = wanted >= intent.get("amount_capturable", 0)
        taken = await call(
            self._stripe.v1.payment_intents.capture_async(
                intent["id"], asked, {"idempotency_key": f"capture-{key}"}
            )
        )
        return await self._standing(taken, reference)

    async def void(self, charge: Charge, key: str) -> Standing:
        """Close the page and cancel the payment intent, whichever there is."""
        if charge.reference is None:
            known = await self._search(charge)
            if known is None:
                return _never_arrived(charge)
            charge = known
        reference = str(charge.reference)
        if reference.startswith(PAGE):
            page = await self._page(reference)
            if page["status"] == "open":
                closed = self._stripe.v1.checkout.sessions.expire_async(
                    reference, {"expand": WITH_INTENT}, {"idempotency_key": f"close-{key}"}
                )
                page = await call(closed)
            intent = page.get("payment_intent")
            if intent is None:
                return _voided(page_standing(page))
        else:
            intent = await self._intent(reference)
        if state_of(intent) is PaymentState.captured and intent["status"] != "requires_capture":
            raise GatewayRefused(reason="captured")
        if intent["status"] != "canceled":
            intent = await call(
                self._stripe.v1.payment_intents.cancel_async(
                    intent["id"], {"expand": WITH_CHARGE}, {"idempotency_key": f"void-{key}"}
                )
            )
        return await self._standing(intent, reference)

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        """Give a part back."""
        intent, reference = await self._intent_of(charge)
        if intent is None:
            raise GatewayRefused(reason="not-captured")
        await call(
            self._stripe.v1.refunds.create_async(
                {
                    "payment_intent": intent["id"],
                    "amount": self._amount(amount, charge),
                    "metadata": {"refund": key, "payment": charge.payment_id.hex},
                },
                {"idempotency_key": f"refund-{key}"},
            )
        )
        return await self._standing(await self._intent(intent["id"]), reference)

    async def query(self, charge: Charge) -> Standing | None:
        """How it stands in Stripe's books; None when they do not know it."""
        if charge.reference is None:
            known = await self._search(charge)
            if known is None:
                return None
            charge = known
        reference = str(charge.reference)
        if reference.startswith(PAGE):
            return await self._page_standing(await self._page(reference), told=True)
        return await self._standing(await self._intent(reference), told=True)

    async def parse_callback(
        self, headers: Mapping[str, str], body: bytes, *, at: datetime
    ) -> Callback | None:
        """Check who calls, then look up what the call is about."""
        event = signature.read_event(self._secrets, headers.get(signature.HEADER, ""), body, at)
        about = event.get("data", {}).get("object", {})
        dispute, told = None, about.get("object") == "refund"
        if about.get("object") == "dispute":
            dispute = dispute_of(await call(self._stripe.v1.disputes.retrieve_async(about["id"])))
        if about.get("object") == "checkout.session":
            page = await self._page(about["id"])
            return _about(page, await self._page_standing(page))
        id = about.get("id") if about.get("object") == "payment_intent" else about.get("payment_intent")
        if not isinstance(id, str):
            return None
        intent = await self._intent(id)
        if (intent.get("metadata") or {}).get("page"):
            async for page in self._pages({"payment_intent": id}):
                return _about(page, await self._page_standing(page, told=told), dispute)
        return _about(intent, await self._standing(intent, told=told), dispute)

    def _amount(self, amount: int, charge: Charge) -> int:
        found = to_stripe(Money(amount, charge.amount.currency))
        if found is None:
            raise GatewayRefused(reason="amount-not-possible")
        return found

    async def _intent_of(self, charge: Charge) -> tuple[dict[str, Any] | None, str]:
        reference = str(charge.reference)
        if reference.startswith(PAGE):
            return (await self._page(reference)).get("payment_intent"), reference
        return await self._intent(reference), reference

    async def _intent(self, id: str) -> dict[str, Any]:
        return await call(self._stripe.v1.payment_intents.retrieve_async(id, {"expand": WITH_CHARGE}))

    async def _page(self, id: str) -> dict[str, Any]:
        return await call(self._stripe.v1.checkout.sessions.retrieve_async(id, {"expand": WITH_INTENT}))

    async def _page_standing(self, page: Mapping[str, Any], *, told: bool = False) -> Standing:
        return page_standing(page, await self._refunds(page.get("payment_intent"), told=told))

    async def _standing(
        self, intent: Mapping[str, Any], reference: str | None = None, *, told: bool = False
    ) -> Standing:
        return standing_of(intent, await self._refunds(intent, told=told), reference=reference)

    async def _refunds(self, intent: Mapping[str, Any] | None, *, told: bool = False) -> list[dict[str, Any]]:
        charge = (intent or {}).get("latest_charge")
        # Where a refund has failed after all there may be nothing refunded: whoever asks about that is `told`.
        if intent is None or not isinstance(charge, Mapping) or not (charge.get("amount_refunded") or told):
            return []
        asked = {"payment_intent": intent["id"], "limit": 100}
        return list((await call(self._stripe.v1.refunds.list_async(asked)))["data"])

    async def _search(self, charge: Charge) -> Charge | None:
        """A payment whose first answer was lost, among all of its time."""
        since = datetime.fromtimestamp((charge.payment_id.int >> 80) / 1000, UTC)
        created = {
            "gte": int((since - AROUND).timestamp()),
            "lte": int((since + AROUND).timestamp()),
        }
        async for page in self._pages({"created": created}):
            if (page.get("metadata") or {}).get("payment") == charge.payment_id.hex:
                return Charge(charge.order_id, charge.payment_id, page["id"], charge.amount)
        listed = self._stripe.v1.payment_intents.list_async
        async for intent in _all(listed, {"created": created}):
            metadata = intent.get("metadata") or {}
            if metadata.get("payment") == charge.payment_id.hex and not metadata.get("page"):
                return Charge(charge.order_id, charge.payment_id, intent["id"], charge.amount)
        return None

    def _pages(self, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        expand = ["data.payment_intent.latest_charge"]
        return _all(self._stripe.v1.checkout.sessions.list_async, asked | {"expand": expand})


async def _all(listed: Any, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    after: dict[str, Any] = {}
    while True:
        found = await call(listed(asked | after | {"limit": 100}))
        for each in found["data"]:
            yield each
        if not found.get("has_more"):
            return
        after = {"starting_after": found["data"][-1]["id"]}


def _about(thing: Mapping[str, Any], standing: Standing, dispute: Any = None) -> Callback | None:
    """Whose callback it is; None for what others do with the same account."""
    metadata = thing.get("metadata") or {}
    try:
        return Callback(UUID(metadata["order"]), UUID(metadata["payment"]), standing, dispute)
    except (KeyError, ValueError):
        return None


def _voided(standing: Standing) -> Standing:
    return Standing(state=PaymentState.voided, reference=standing.reference, currency=standing.currency)


def _never_arrived(charge: Charge) -> Standing:
    return Standing(
        state=PaymentState.voided,
        reference=f"none-{charge.payment_id.hex}",
        currency=charge.amount.currency,
    )
