"""Promotions for segments, groups and known customers: in carts and in lists alike, and for nobody else."""

from uuid import UUID

import httpx
import pytest
from tests.carts.conftest import Shop
from tests.carts.test_prices_for_whom import her_cart
from tests.customers.test_account import someone
from tests.kernel.people import bearer, header

from torg.customers import (
    Customer,
    CustomerGroup,
    Segment,
    add_group,
    add_segment,
    change_members,
    put_membership,
)
from torg.kernel.access import SYSTEM, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id
from torg.promotions import (
    Fact,
    Goods,
    Is,
    KnownCustomer,
    PercentOff,
    Promotion,
    create_promotion,
    disable_promotion,
)


def _rule(mug: UUID, condition: Is | KnownCustomer) -> Promotion:
    goods = Goods(variants=(f"var_{mug.hex}",))
    return Promotion(
        key=f"p-{new_id().hex[-12:]}",
        names={"en": "For you"},
        effects=(PercentOff(100_000, goods),),
        conditions=(condition,),
    )


@pytest.mark.parametrize("whom", ["segment", "group", "known"])
async def test_who_a_promotion_is_for_has_it_in_her_cart_and_sees_it_in_lists(
    retailer: Shop, client: httpx.AsyncClient, whom: str
) -> None:
    mug = await retailer.product(price=100_00)
    code = f"x-{new_id().hex[-10:]}"

    async def hers(tx: Transaction) -> tuple[Customer, Promotion]:
        kari = await someone(tx)
        condition: Is | KnownCustomer = KnownCustomer()
        if whom == "segment":
            await add_segment(tx, Segment(code, "Lapsed"), by=SYSTEM)
            await change_members(tx, code, [kari.customer_id], [], by=SYSTEM)
            condition = Is(Fact.segment, (code,))
        if whom == "group":
            await add_group(tx, CustomerGroup(code, "Members"), by=SYSTEM)
            await put_membership(tx, kari.customer_id, [code], None, by=SYSTEM)
            condition = Is(Fact.group, (code,))
        rule = _rule(mug, condition)
        await create_promotion(tx, rule, by=SYSTEM)
        return kari, rule

    kari, rule = await retailer.database.run(hers)
    assert (await her_cart(retailer, kari, mug)).totals.discount == 10_00
    assert (await retailer.cart(mug)).totals.discount == 0
    token = (await bearer(retailer.database, ActorKind.customer, kari.customer_id)).token

    async def listed(headers: dict[str, str]) -> tuple[dict, httpx.Headers]:
        page = await client.get("/api/v1/channels/web-no/products?limit=100", headers=headers)
        found = {one["id"]: one for product in page.json()["items"] for one in product["variants"]}
        return found[f"var_{mug.hex}"], page.headers

    seen, headers = await listed(header(token))
    assert seen["offer"]["price"]["amount"] == 90_00
    assert headers["cache-control"].startswith("private")
    assert "offer" not in (await listed({}))[0]
    await retailer.database.run(lambda tx: disable_promotion(tx, rule.key, version=None, by=SYSTEM))


async def test_a_promotion_for_a_segment_that_does_not_exist_is_refused(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    rule = _rule(mug, Is(Fact.segment, ("nobody-there",)))
    with pytest.raises(Invalid) as refused:
        await retailer.database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))
    assert [one.field for one in refused.value.problems] == ["conditions.0.any_of.0"]
