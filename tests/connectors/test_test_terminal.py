"""The test terminal: a till waits for a card that somebody plays on a page."""

import pytest
from msgspec.structs import replace
from tests.orders.conftest import Till, refused
from tests.orders.conftest import retailer as retailer
from tests.orders.conftest import till as till
from tests.orders.crediting import CASHIER

from torg import orders
from torg.connectors.test_gateway import TestTerminal, plugged_in
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.orders import Completion, OrderState, Placement
from torg.payments import Gateways, PaymentDeclined, PaymentState, Tender, TenderChoice
from torg.settings import Settings


@pytest.mark.parametrize("decision", [PaymentState.authorised, PaymentState.declined])
async def test_a_till_learns_what_became_of_a_card_at_the_terminal(
    till: Till, decision: PaymentState
) -> None:
    terminal = TestTerminal(till.settings, till.database)
    gateways = Gateways(terminal)
    cart = await till.shop.cart(await till.shop.product(), channel="till-oslo", by=CASHIER)

    async def complete(name: str = "test-terminal") -> Placement:
        choice = TenderChoice(Tender.gateway, "terminal", name)
        asked = Completion(Money(cart.totals.gross, cart.currency), (choice,))
        return await orders.complete(till.database, gateways, cart.id, asked, by=CASHIER)

    assert isinstance(await refused(complete("counter-9")), Invalid)
    waits = await complete()
    (payment,) = waits.payments
    assert (waits.order.state, payment.state) == (OrderState.pending, PaymentState.needs_action)
    reference = terminal.reference_of(payment.id)
    assert str(payment.action_url).endswith(f"/test-gateway/{reference}")
    await terminal.decide(reference, decision, calls=1)
    if decision is PaymentState.declined:
        assert isinstance(await refused(complete()), PaymentDeclined)
    else:
        assert (await complete()).order.state is OrderState.placed
    asked = "SELECT count(*) FROM outbox WHERE type LIKE 'test_gateway%%' AND key = %(key)s"
    assert await till.database.read(lambda tx: tx.one(int, asked, key=reference)) == 0


async def test_it_gives_way_to_real_terminals_and_is_in_no_live_installation(
    settings: Settings, database: Database
) -> None:
    def codes(there: Settings) -> list[str]:
        return [one.code for one in plugged_in(there, database)]

    assert codes(settings) == ["test", "terminal"]
    assert codes(replace(settings, terminals_url="http://127.0.0.1:1", terminals="one")) == ["test"]
    assert codes(replace(settings, environment="live")) == []
