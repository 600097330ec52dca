"""What the practice retailer's year is made of, without a database: the same every time, and as it was chosen."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from torg.customers import normalise_phone, wrong_fields
from torg.demo.calendar import Calendar
from torg.demo.customers import COUNT, MARKETS, ONLINE_ONLY, STORE_ONLY, people
from torg.demo.history import SHELVES, ZONES, Goods, Sale, year
from torg.demo.stores import STORES
from torg.markets import ChannelKind, state
from torg.orders import Intent

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOODS = {market: [Goods(f"{s}-{n}", s) for s in SHELVES for n in range(40)] for market in ZONES}
SOME = 600


def sales(now: datetime = NOON, count: int = SOME) -> list[Sale]:
    return list(year(people(count), people(20, called="guest"), GOODS, Calendar(now, STORES)))


def timeless(sale: Sale) -> tuple[Any, ...]:
    ways = {line.way for line in sale.lines}
    steps = [(touch.channel, touch.device) for touch in sale.journey]
    return sale.number, sale.channel, sale.store, sale.method, ways, steps, sale.cancelled_after, sale.back_in


def test_the_same_seeds_make_the_same_people_and_the_same_year() -> None:
    assert people(SOME) == people(SOME)
    assert sales() == sales()


def test_on_another_day_everything_but_times_and_goods_is_the_same() -> None:
    def decided(found: list[Sale]) -> dict[int, tuple[Any, ...]]:
        return {sale.number: timeless(sale) for sale in found}

    assert decided(sales(NOON + timedelta(days=100))) == decided(sales())


def test_exactly_the_chosen_shares_of_customers_use_one_kind_of_channel() -> None:
    found = people(COUNT)
    one = Counter(person.kinds for person in found if not person.several)
    assert one[(ChannelKind.till,)] == STORE_ONLY * COUNT
    assert one[(ChannelKind.web,)] + one[(ChannelKind.app,)] == pytest.approx(ONLINE_ONLY * COUNT)
    assert len({person.email for person in found}) == COUNT
    homes = Counter(person.market for person in found)
    for market, share in MARKETS.items():
        assert homes[market] / COUNT == pytest.approx(share, abs=0.02)


def test_every_customer_lives_at_an_address_of_her_country_and_has_a_phone_of_the_films_or_none() -> None:
    for person in people(COUNT)[::7]:
        assert wrong_fields(person.address) == ()
        assert person.address.country == person.market
        assert person.email.endswith("@customers.example") and person.email.isascii()
        assert person.phone is None or normalise_phone(person.phone) == person.phone


def test_who_uses_several_kinds_of_channels_does_so_in_the_year_and_nobody_else() -> None:
    kinds: dict[str, set[str]] = {}
    for sale in sales():
        if sale.person is not None:
            kinds.setdefault(sale.person.email, set()).update(
                "till" if touch.channel.startswith("till-") else touch.channel[:-3] for touch in sale.journey
            )
    for person in people(SOME):
        assert (len(kinds[person.email]) > 1) is person.several


def test_nothing_is_sold_in_a_store_that_is_closed() -> None:
    stores = {store.code: store for store in STORES}
    for sale in sales():
        if sale.kind is ChannelKind.till:
            assert sale.store is not None
            assert state(stores[sale.store], sale.at).open, (sale.store, sale.at)


def test_journeys_go_forward_and_end_with_the_purchase_in_its_channel() -> None:
    for sale in sales():
        times = [touch.at for touch in sale.journey]
        assert times == sorted(times)
        assert (times[-1], sale.journey[-1].channel) == (sale.at, sale.channel)


def test_what_is_picked_up_or_carried_out_is_so_in_a_store_of_the_market() -> None:
    where = {store.code: store.market for store in STORES}
    for sale in sales():
        if any(line.way in {Intent.pick_up, Intent.carry_out} for line in sale.lines):
            assert where[sale.store or ""] == sale.market


@pytest.mark.parametrize("hour", [0, 3, 12, 23])
def test_the_year_ends_before_it_is_filled_in_at_whatever_hour(hour: int) -> None:
    now = NOON.replace(hour=hour)
    calendar = Calendar(now, STORES)
    assert len(calendar.days) == 365
    for store in STORES:
        end = datetime.combine(calendar.days[-1], datetime.max.time(), ZoneInfo(store.time_zone))
        assert end < now
