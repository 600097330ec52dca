"""What has fallen to its reorder point is listed with how many to order; what is on its way counts."""

import pytest
from tests.inventory.conftest import make_locations, stock_up

from torg.inventory.reorder import due_for_reorder, set_reorder
from torg.inventory.supplies import Wanted, order_goods
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid


async def test_what_has_fallen_to_its_point_is_to_be_ordered(tx: Transaction) -> None:
    await make_locations(tx, "shelf")
    low, high = await stock_up(tx, shelf=3), await stock_up(tx, shelf=4)
    for variant in (low, high):
        await set_reorder(tx, variant, "shelf", point=3, to=10, by=SYSTEM)
    (due,) = (await due_for_reorder(tx, location="shelf", by=SYSTEM)).items
    assert (due.variant_id, due.suggested) == (low, 7)
    await order_goods(tx, "shelf", [Wanted(low, 1)], supplier="S", by=SYSTEM)
    assert (await due_for_reorder(tx, location="shelf", by=SYSTEM)).items == []


async def test_filling_up_to_less_than_the_point_is_refused(tx: Transaction) -> None:
    variant = await stock_up(tx, a=3)
    for point, to in ((5, 4), (1, 0)):
        with pytest.raises(Invalid):
            await set_reorder(tx, variant, "a", point=point, to=to, by=SYSTEM)
