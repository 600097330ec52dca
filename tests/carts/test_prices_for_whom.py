"""A cart asks what its customer pays for as many as she takes: groups, companies, quantities, stores."""

from uuid import UUID

from tests.carts.conftest import Shop
from tests.customers.test_account import herself, someone

from torg.carts import Cart, LineChange, LineWish, change_line, create, load
from torg.customers import (
    Customer,
    CustomerGroup,
    NewCompany,
    add_company,
    add_group,
    put_membership,
)
from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Tally, Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.pricing import NewPrice, PriceList, add_price_list, set_prices


async def member(retailer: Shop, variant: UUID, amount: int, *, company: bool = False) -> Customer:
    """A customer whose group or company has a price of its own for the variant."""
    code = f"g-{new_id().hex[-12:]}"

    async def work(tx: Transaction) -> Customer:
        kari = await someone(tx)
        list_of = PriceList(code, "Theirs", "NOK", True, market="NO")
        if company:
            owner = await add_company(tx, NewCompany("Fjord AS"), by=SYSTEM)
            list_of = PriceList(code, "Theirs", "NOK", True, market="NO", company=owner.id)
            await put_membership(tx, kari.customer_id, [], owner.id, by=SYSTEM)
        else:
            await add_group(tx, CustomerGroup(code, "Members"), by=SYSTEM)
            list_of = PriceList(code, "Theirs", "NOK", True, market="NO", customer_group=code)
            await put_membership(tx, kari.customer_id, [code], None, by=SYSTEM)
        await add_price_list(tx, list_of, by=SYSTEM)
        await set_prices(tx, code, [NewPrice(variant, Money(amount, "NOK"), tx.now)], by=SYSTEM)
        return kari

    made = await retailer.database.run(work)
    retailer.database.forget("pricing.lists")
    return made


async def her_cart(retailer: Shop, customer: Customer, *variants: UUID) -> Cart:
    begun = await retailer.database.run(
        lambda tx: create(
            tx,
            channel="web-no",
            by=herself(customer),
            language="en",
            lines=[LineWish(variant) for variant in variants],
        )
    )
    return begun.cart


def units(cart: Cart) -> list[int | None]:
    return [line.quote.unit if line.quote else None for line in cart.lines]


async def test_a_member_pays_the_price_of_her_group_and_others_do_not(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    kari = await member(retailer, mug, 80_00)
    assert units(await her_cart(retailer, kari, mug)) == [80_00]
    assert units(await retailer.cart(mug)) == [100_00]
    stranger = await retailer.database.run(someone)
    assert units(await her_cart(retailer, stranger, mug)) == [100_00]


async def test_who_buys_for_a_company_pays_its_price_and_the_trace_says_so(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    kari = await member(retailer, mug, 70_00, company=True)
    cart = await her_cart(retailer, kari, mug)
    assert units(cart) == [70_00]
    assert cart.lines[0].quote is not None
    assert [step.code for step in cart.lines[0].quote.trace][:3] == [
        "price",
        "price-for-company",
        "price-passed-over",
    ]


async def test_many_of_a_variant_over_several_lines_cost_what_many_cost(retailer: Shop) -> None:
    gas = await retailer.product(price=100_00)
    many = NewPrice(gas, Money(90_00, "NOK"), None, from_quantity=5)
    await retailer.database.run(lambda tx: set_prices(tx, "no", [many], by=SYSTEM))
    cart = await retailer.cart(gas)
    assert units(cart) == [100_00]
    cart = await retailer.add(cart, gas, 3, note="for the cabin")
    line = cart.lines[-1].id
    assert set(units(cart)) == {100_00}
    cart = await retailer.run(
        lambda tx: change_line(tx, cart.id, line, LineChange(quantity=4), by=retailer.visitor(cart))
    )
    assert set(units(cart)) == {90_00}
    assert sum(line.quantity for line in cart.lines) == 5
    assert cart.totals.gross == 5 * 90_00
    quote = cart.lines[0].quote
    assert quote is not None and [(b.from_quantity, b.unit) for b in quote.breaks] == [(5, 90_00)]


async def test_a_till_asks_what_its_store_asks_and_the_web_does_not(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    code = f"s-{new_id().hex[-12:]}"

    async def work(tx: Transaction) -> None:
        list_of = PriceList(code, "Oslo", "NOK", True, market="NO", store="oslo")
        await add_price_list(tx, list_of, by=SYSTEM)
        await set_prices(tx, code, [NewPrice(mug, Money(95_00, "NOK"), tx.now)], by=SYSTEM)

    await retailer.database.run(work)
    assert units(await retailer.cart(mug, channel="till-oslo", by=SYSTEM)) == [95_00]
    assert units(await retailer.cart(mug)) == [100_00]


async def test_who_she_is_costs_a_statement_only_where_prices_are_for_somebody(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    kari = await member(retailer, mug, 80_00)
    hers, another = await her_cart(retailer, kari, mug), await retailer.cart(mug)
    asked = []
    for cart in (hers, another):
        tally = Tally()
        token = TALLY.set(tally)
        await retailer.database.read(lambda tx, id=cart.id: load(tx, id, by=SYSTEM))  # type: ignore[misc]  # bound
        TALLY.reset(token)
        asked.append(tally.statements)
    assert asked[0] == asked[1] + 1
