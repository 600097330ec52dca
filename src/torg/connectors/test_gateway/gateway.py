"""A payment gateway that behaves as it is told, for the demo, practice and tests; never in a live installation.

It stands for somebody else's computer: it keeps books of its own and is reached only through the port, outside every
transaction of Torg. Its books are in the database, so it survives restarts and serves several processes.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from torg.connectors.test_gateway import store
from torg.connectors.test_gateway.events import ChargeChanged
from torg.connectors.test_gateway.model import BEGIN, CODE, Behaviour, TestCharge, UnknownCharge
from torg.connectors.test_gateway.signature import HEADER, derive, genuine, sign
from torg.kernel.database import TALLY, Database, Transaction, external
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

T = TypeVar("T")


class Told(Struct, frozen=True):
    """The body of a callback."""

    order_id: UUID
    payment_id: UUID
    standing: Standing


class NotInLive(RuntimeError):
    """Somebody tried to take payments through the test gateway in a live installation."""


class TestGateway:
    """The gateway `test`; see `Behaviour` for its methods."""

    __test__ = False  # not a test, whatever its name begins with

    code = CODE
    methods = frozenset(behaviour.value for behaviour in Behaviour if behaviour is not Behaviour.terminal)
    choices: tuple[str, ...] = (Behaviour.ok.value, Behaviour.second_step.value, Behaviour.decline.value)
    at_till = False

    def __init__(
        self, settings: Settings, database: Database, *, transport: "httpx.AsyncBaseTransport | None" = None
    ) -> None:
        if settings.environment == "live":
            raise NotInLive("the test gateway moves no real money")
        self.origin = settings.origin
        self.transport = transport
        self._database = database
        self._names = derive(settings.secret, "references")
        self._key = derive(settings.secret, "callbacks")

    def reference_of(self, payment_id: UUID) -> str:
        """The gateway's own name for a payment; nobody can guess it from the payment's id."""
        return "tgw_" + hmac.new(self._names, payment_id.bytes, "sha256").hexdigest()[:32]

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        """Every method is one of the behaviours."""
        must_be_known(choice, self.methods)

    async def authorise(self, instruction: Instruction) -> Standing:
        """Do what the method says; the same payment again gets the same answer."""
        behaviour = Behaviour(instruction.method)
        begin = BEGIN[behaviour]
        new = TestCharge(
            reference=self.reference_of(instruction.payment_id),
            order_id=instruction.order_id,
            payment_id=instruction.payment_id,
            method=behaviour,
            state=begin.state,
            code=begin.code,
            currency=instruction.amount.currency,
            amount=instruction.amount.amount,
            captured=0,
            refunded=0,
            return_url=instruction.return_url,
            language=instruction.language,
        )

        async def work(tx: Transaction) -> TestCharge | None:
            if await store.open_charge(tx, new):
                if begin.later is not None:
                    tx.record(ChargeChanged(reference=new.reference, later=begin.later, calls=begin.calls))
                return None
            return await store.find(tx, new.reference)

        known = await self._run(work)
        if known is not None:
            return known.standing(self.origin)
        if behaviour is Behaviour.timeout_after_charge:
            raise GatewaySilent(gateway=CODE)
        return new.standing(self.origin, begin.answered)

    async def capture(self, charge: Charge, amount: int, key: str) -> Standing:
        """Take a part of what was set aside."""

        def take(known: TestCharge) -> TestCharge:
            if known.method is Behaviour.capture_refused:
                raise GatewayRefused(reason="capture-refused")
            holds = known.state in {PaymentState.authorised, PaymentState.captured}
            if not holds or known.captured + amount > known.amount - known.released:
                raise GatewayRefused(reason="not-capturable")
            return replace(known, state=PaymentState.captured, captured=known.captured + amount)

        return await self._once(charge, "capture", amount, key, take)

    async def void(self, charge: Charge, key: str) -> Standing:
        """Let go, of what is left where a part was taken; a charge that has not arrived yet is refused when it does."""

        def let_go(known: TestCharge) -> TestCharge:
            if known.state is PaymentState.captured and known.captured == known.amount:
                raise GatewayRefused(reason="already-captured")
            if known.state is PaymentState.captured:
                return replace(known, released=known.amount - known.captured)
            return replace(known, state=PaymentState.voided) if not known.state.failed else known

        async def work(tx: Transaction) -> None:
            await store.open_charge(tx, self._never_arrived(charge))

        await self._run(work)
        return await self._once(charge, "void", charge.amount.amount, key, let_go)

    async def refund(self, charge: Charge, amount: int, key: str) -> Standing:
        """Give back a part of what was taken."""

        def give_back(known: TestCharge) -> TestCharge:
            if known.refunded + amount > known.captured:
                raise GatewayRefused(reason="not-refundable")
            return replace(known, refunded=known.refunded + amount)

        return await self._once(charge, "refund", amount, key, give_back)

    async def query(self, charge: Charge) -> Standing | None:
        """How the charge stands; None when it never arrived."""
        known = await self.look_up(self.reference_of(charge.payment_id))
        return known.standing(self.origin) if known else None

    async def parse_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Callback:
        """Read a callback of ours."""
        if not genuine(self._key, headers.get(HEADER, ""), body, at):
            raise CallbackNotGenuine()
        try:
            told = msgspec.json.decode(body, type=Told)
        except msgspec.MsgspecError as malformed:
            raise CallbackNotGenuine() from malformed
        return Callback(told.order_id, told.payment_id, told.standing)

    async def look_up(self, reference: str) -> TestCharge | None:
        """A charge in the books."""
        return await self._run(lambda tx: store.find(tx, reference))

    async def decide(self, reference: str, state: PaymentState, *, calls: int = 0) -> TestCharge:
        """Decide a charge that waits (once), and call back so many times; the charge as it stands."""
        code = "rejected" if state is PaymentState.declined else None

        async def work(tx: Transaction) -> TestCharge | None:
            settled = await store.settle(tx, reference, state, code)
            known = await store.find(tx, reference)
            if (
                settled and calls and known and known.method is not Behaviour.terminal
            ):  # a terminal calls nobody
                tx.record(ChargeChanged(reference=reference, later=None, calls=calls))
            return known

        known = await self._run(work)
        if known is None:
            raise UnknownCharge()
        return known

    async def call_back(self, reference: str, at: datetime) -> None:
        """Tell Torg over HTTP how a charge stands; raises when Torg did not take it."""
        import httpx  # here, since it brings eighty modules along, and a start need not wait for them

        external()
        known = await self.look_up(reference)
        if known is None:
            return
        body = msgspec.json.encode(Told(known.order_id, known.payment_id, known.standing(self.origin)))
        async with httpx.AsyncClient(transport=self.transport, timeout=20.0) as client:
            answer = await client.post(
                f"{self.origin}/api/v1/gateways/{CODE}/callback",
                content=body,
                headers={HEADER: sign(self._key, body, at), "Content-Type": "application/json"},
            )
        answer.raise_for_status()

    async def _once(
        self,
        charge: Charge,
        operation: str,
        amount: int,
        key: str,
        change: Callable[[TestCharge], TestCharge],
    ) -> Standing:
        reference = self.reference_of(charge.payment_id)

        async def work(tx: Transaction) -> TestCharge:
            known, new = await tx.together(
                store.find(tx, reference, lock=True),
                store.do_once(tx, store.Done(reference, key, operation, amount)),
            )
            if known is None:
                raise GatewayRefused(reason="unknown-charge")
            if new:
                known = change(known)
                store.save(tx, known)
            return known

        return (await self._run(work)).standing(self.origin)

    async def _run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        external()
        tally = TALLY.set(None)  # another computer's statements are not counted as ours
        try:
            return await self._database.run(work, actor="test-gateway", repeatable=True)
        finally:
            TALLY.reset(tally)

    def _never_arrived(self, charge: Charge) -> TestCharge:
        return TestCharge(
            reference=self.reference_of(charge.payment_id),
            order_id=charge.order_id,
            payment_id=charge.payment_id,
            method=Behaviour.decline,
            state=PaymentState.voided,
            code=None,
            currency=charge.amount.currency,
            amount=charge.amount.amount,
            captured=0,
            refunded=0,
            return_url=None,
            language="en",
        )
