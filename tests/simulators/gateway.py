"""A payment gateway in memory that does everything a gateway should not: loses requests and answers, keeps people
waiting, and calls back twice, late, in the wrong order or never.

It keeps its own books, so that a test can compare what was really charged with what Torg believes. Callbacks are put
aside (`callbacks`) until the test delivers them.
"""

import random
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.kernel.database import external
from torg.kernel.money import Money
from torg.payments import (
    Callback,
    CallbackNotGenuine,
    Charge,
    FailedRefund,
    GatewayRefused,
    GatewaySilent,
    Instruction,
    PaymentState,
    Standing,
    TenderChoice,
    must_be_known,
)

METHODS = frozenset({"ok", "decline", "delay", "delay_decline", "second_step", "direct", "chaos"})


class Book(Struct):
    """A charge as the gateway has it."""

    reference: str
    order_id: UUID
    payment_id: UUID
    currency: str
    amount: int
    state: PaymentState
    captured: int = 0
    refunded: int = 0
    voided: bool = False
    released: int = 0
    failed: dict[str, int] = {}

    def standing(self) -> Standing:
        holds = self.state in {PaymentState.authorised, PaymentState.captured}
        return Standing(
            state=self.state,
            reference=self.reference,
            currency=self.currency,
            authorised=self.amount if holds else 0,
            captured=self.captured,
            refunded=self.refunded,
            released=self.released,
            refunds_failed=tuple(
                FailedRefund(key, amount, "account-closed") for key, amount in self.failed.items()
            ),
            action_url=f"https://bank.test/{self.reference}"
            if self.state is PaymentState.needs_action
            else None,
            code="no-money" if self.state is PaymentState.declined else None,
        )


class SimulatedGateway:
    """The gateway `sim`. `lose_request` and `lose_answer` are shares of calls that go wrong."""

    code = "sim"
    methods = METHODS
    choices: tuple[str, ...] = ("ok",)
    at_till = False

    def __init__(self, seed: int = 0, *, lose_request: float = 0.0, lose_answer: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.lose_request = lose_request
        self.lose_answer = lose_answer
        self.lose_next_answer = False
        self.lose_next_request = False
        self.books: dict[UUID, Book] = {}
        self.keys: set[str] = set()
        self.callbacks: list[tuple[dict[str, str], bytes]] = []
        self.asked: list[str] = []

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        must_be_known(choice, self.methods)

    async def authorise(self, instruction: Instruction) -> Standing:
        self._arrive("authorise")
        if instruction.payment_id not in self.books:
            book = Book(
                reference=f"sim_{instruction.payment_id.hex}",
                order_id=instruction.order_id,
                payment_id=instruction.payment_id,
                currency=instruction.amount.currency,
                amount=instruction.amount.amount,
                state=self._first_state(instruction.method),
            )
            if book.state is PaymentState.captured:
                book.captured = book.amount
            self.books[instruction.payment_id] = book
        return self._answer(self.books[instruction.payment_id].standing())

    def _first_state(self, method: str) -> PaymentState:
        known = {
            "ok": PaymentState.authorised,
            "direct": PaymentState.captured,
            "decline": PaymentState.declined,
            "delay": PaymentState.pending,
            "delay_decline": PaymentState.pending,
            "second_step": PaymentState.needs_action,
        }
        return known[method] if method in known else self.random.choice(list(known.values()))

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        self._arrive("capture")
        book = self._book(charge)
        if key not in self.keys:
            if book.state not in {PaymentState.authorised, PaymentState.captured}:
                raise GatewayRefused(reason="not-authorised")
            if book.captured + amount > book.amount - book.released:
                raise GatewayRefused(reason="too-much")
            self.keys.add(key)
            book.captured += amount
            book.state = PaymentState.captured
        return self._answer(book.standing())

    async def void(self, charge: Charge, key: str) -> Standing:
        self._arrive("void")
        book = self.books.setdefault(charge.payment_id, _never_arrived(charge))
        if book.state is PaymentState.captured:
            if book.captured == book.amount:
                raise GatewayRefused(reason="captured")
            book.released = book.amount - book.captured
        elif not book.state.failed:
            book.state, book.voided = PaymentState.voided, True
        return self._answer(book.standing())

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        self._arrive("refund")
        book = self._book(charge)
        if key not in self.keys:
            if book.refunded + amount > book.captured:
                raise GatewayRefused(reason="too-much")
            self.keys.add(key)
            book.refunded += amount
        return self._answer(book.standing())

    async def query(self, charge: Charge) -> Standing | None:
        self._arrive("query")
        book = self.books.get(charge.payment_id)
        return book.standing() if book else None

    async def parse_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Callback:
        if headers.get("sim-signature") != "genuine":
            raise CallbackNotGenuine()
        return msgspec.json.decode(body, type=Callback)

    def decide(self, payment_id: UUID, state: PaymentState) -> None:
        """The bank or the customer has decided a charge that was waiting."""
        book = self.books[payment_id]
        if book.state.open:
            book.state = state

    def send_back(self, payment_id: UUID, key: str, amount: int) -> None:
        """The customer's bank sends a refund back that had been carried out."""
        book = self.books[payment_id]
        if key not in book.failed:
            book.failed[key] = amount
            book.refunded -= amount

    def call(self, payment_id: UUID) -> None:
        """Put a callback aside that tells how the charge stands now."""
        book = self.books[payment_id]
        body = msgspec.json.encode(Callback(book.order_id, book.payment_id, book.standing()))
        self.callbacks.append(({"sim-signature": "genuine"}, body))

    def live_money(self) -> int:
        """What is set aside or taken and has not gone back, over all charges."""
        return sum(
            book.amount if book.state is PaymentState.authorised else book.captured - book.refunded
            for book in self.books.values()
            if not book.state.failed
        )

    def _book(self, charge: Charge) -> Book:
        if charge.payment_id not in self.books:
            raise GatewayRefused(reason="unknown")
        return self.books[charge.payment_id]

    def _arrive(self, operation: str) -> None:
        external()
        self.asked.append(operation)
        if self.lose_next_request or self.random.random() < self.lose_request:
            self.lose_next_request = False
            raise GatewaySilent(gateway=self.code)

    def _answer(self, standing: Standing) -> Standing:
        if self.lose_next_answer or self.random.random() < self.lose_answer:
            self.lose_next_answer = False
            raise GatewaySilent(gateway=self.code)
        return standing


def _never_arrived(charge: Charge) -> Book:
    return Book(
        reference=f"sim_{charge.payment_id.hex}",
        order_id=charge.order_id,
        payment_id=charge.payment_id,
        currency=charge.amount.currency,
        amount=charge.amount.amount,
        state=PaymentState.voided,
        voided=True,
    )
