"""The gateway `terminal`: start, status, cancel and reversal of a payment at a card terminal."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from torg.kernel.database import external
from torg.kernel.money import Money
from torg.payments import (
    Callback,
    CallbackNotGenuine,
    Charge,
    GatewayRefused,
    GatewaySilent,
    Instruction,
    PaymentState,
    Standing,
    TenderChoice,
    must_be_known,
)
from torg.settings import Settings

if TYPE_CHECKING:
    import httpx

CODE: Final = "terminal"
TIMEOUT: Final = 10.0

# The words of the protocol. A sale at a terminal is taken at once: there is nothing to set aside.
STATES: Final = {
    "waiting": PaymentState.pending,
    "approved": PaymentState.captured,
    "declined": PaymentState.declined,
    "cancelled": PaymentState.voided,
}


class Told(Struct, frozen=True):
    """What a driver tells of a payment."""

    id: str
    state: str
    amount: int
    currency: str
    reversed: int = 0
    code: str | None = None


class Refusal(Struct, frozen=True):
    """Why a driver does not do it."""

    code: str


class Terminals:
    """The terminals of all stores, behind one driver."""

    code = CODE
    choices: tuple[str, ...] = ()
    at_till = True

    def __init__(self, settings: Settings) -> None:
        self._url = settings.terminals_url.rstrip("/")
        self._key = settings.terminals_key
        self._terminals = frozenset(settings.terminals.split())

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        """The method is a terminal that is there."""
        must_be_known(choice, self._terminals)

    async def authorise(self, instruction: Instruction) -> Standing:
        """Show the amount on the terminal; it waits for a card."""
        body = {
            "id": instruction.payment_id.hex,
            "terminal": instruction.method,
            "amount": instruction.amount.amount,
            "currency": instruction.amount.currency,
            "language": instruction.language,
        }
        return _standing(await self._told("POST", "/payments", body))

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        """A sale was taken when it was approved."""
        raise GatewayRefused(reason="taken-at-once")

    async def void(self, charge: Charge, key: str) -> Standing:
        """Stop waiting for a card; one that comes now is refused by the terminal."""
        standing = _standing(await self._told("POST", f"/payments/{charge.payment_id.hex}/cancel", {}))
        if standing.state is PaymentState.captured:
            raise GatewayRefused(reason="captured")
        return standing

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        """Reverse a part of what was paid."""
        body = {"key": key, "amount": amount}
        return _standing(await self._told("POST", f"/payments/{charge.payment_id.hex}/reversals", body))

    async def query(self, charge: Charge) -> Standing | None:
        """How it stands at the terminal; None when it never heard of it."""
        answer = await self._ask("GET", f"/payments/{charge.payment_id.hex}")
        return None if answer.status_code == 404 else _standing(_read(answer))

    async def parse_callback(
        self, headers: Mapping[str, str], body: bytes, *, at: datetime
    ) -> Callback | None:
        """A terminal calls nobody: it is asked."""
        raise CallbackNotGenuine()

    async def _told(self, method: str, path: str, body: Mapping[str, Any]) -> Told:
        return _read(await self._ask(method, path, body))

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> "httpx.Response":
        import httpx  # here, since it brings eighty modules along, and a start need not wait for them

        external()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
                answer = await client.request(method, self._url + path, json=body, headers=headers)
        except httpx.HTTPError as lost:
            raise GatewaySilent(gateway=CODE) from lost
        if answer.status_code >= 500 or answer.status_code in {401, 403, 429}:
            raise GatewaySilent(gateway=CODE)
        return answer


def _read(answer: "httpx.Response") -> Told:
    try:
        if answer.status_code >= 400:
            raise GatewayRefused(reason=msgspec.json.decode(answer.content, type=Refusal).code[:100])
        return msgspec.json.decode(answer.content, type=Told)
    except msgspec.MsgspecError as unreadable:
        raise GatewaySilent(gateway=CODE) from unreadable


def _standing(told: Told) -> Standing:
    state = STATES.get(told.state, PaymentState.pending)
    taken = told.amount if state is PaymentState.captured else 0
    return Standing(
        state=state,
        reference=told.id,
        currency=told.currency,
        authorised=taken,
        captured=taken,
        refunded=told.reversed,
        code=told.code,
    )
