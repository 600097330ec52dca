"""Where the stores are and when they are open."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from litestar import Response
from msgspec import Struct

from torg.kernel import i18n
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read
from torg.markets import Opening, OpenState, SpecialDay, Store, UnknownStore, spans, state
from torg.surfaces.shop import structured
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.ways import LONGEST, nearest

WEEK: Final = 7
PostalCode = Annotated[str, QueryParameter(max_length=200)]


class StoreSeen(Struct, frozen=True):
    """A store with how it stands at this moment, as the clock on its wall shows it."""

    code: str
    name: str
    lines: tuple[str, ...]
    phone: str | None
    email: str | None
    open: bool
    until: datetime | None
    zone: str


class DaySeen(Struct, frozen=True):
    """A day of the coming week with its hours; none is closed."""

    day: date
    hours: tuple[Opening, ...]
    reason: str


@read("/{front:str}/{language:str}/stores", permission=Open.public, summary="Stores", include_in_schema=False)
async def stores(call: Call, postal_code: PostalCode = "") -> Response[Any]:
    """The stores of the market, those near a postal code first."""

    async def page(at: Front) -> Response[Any]:
        found = nearest(at.shop.atlas.stores_of(at.shop.market.code), postal_code)
        return await show(
            call,
            at,
            "stores",
            Way("stores", abroad=True),
            stores=near(call, at, postal_code),
            postal_code=postal_code[:LONGEST],
            told=[structured.store(call, at, store) for store in found],
        )

    return await within(call, page)


@read(
    "/{front:str}/{language:str}/stores/{store:str}",
    permission=Open.public,
    summary="A store",
    include_in_schema=False,
)
async def store(call: Call, store: FromPath[str]) -> Response[Any]:
    """A store, with the hours of the coming week."""
    return await within(call, lambda at: _store(call, at, store))


async def _store(call: Calling, at: Front, code: str) -> Response[Any]:
    found = at.shop.atlas.store(code)
    if found.market != at.shop.market.code:
        raise UnknownStore(store=code[:80])
    now = call.database.clock.now()
    return await show(
        call,
        at,
        "store",
        Way(f"stores/{found.code}"),
        store=_seen(at, found, now),
        week=list(_week(at, found, now)),
        told=[structured.store(call, at, found)],
    )


def near(call: Calling, at: Front, postal_code: str) -> list[StoreSeen]:
    """The stores of the market, the nearest to a postal code first."""
    now = call.database.clock.now()
    found = nearest(at.shop.atlas.stores_of(at.shop.market.code), postal_code)
    return [_seen(at, store, now) for store in found]


def _seen(at: Front, store: Store, now: datetime) -> StoreSeen:
    found: OpenState = state(store, now)
    site = store.address
    lines = (*site.lines, " ".join(part for part in (site.postal_code, site.city) if part))
    if site.country == "JP":
        lines = (f"〒{site.postal_code}", site.city + "".join(site.lines))
    return StoreSeen(
        code=store.code,
        name=store.called(at.language),
        lines=lines,
        phone=store.phone,
        email=store.email,
        open=found.open,
        until=found.until,
        zone=store.time_zone,
    )


def _week(at: Front, store: Store, now: datetime) -> Iterator[DaySeen]:
    zone = ZoneInfo(store.time_zone)
    today = now.astimezone(zone).date()
    midnight = datetime(today.year, today.month, today.day, tzinfo=zone)
    open_spans = list(spans(store, midnight, WEEK))
    special: dict[str, SpecialDay] = {day.date: day for day in store.special_days}
    words = i18n.words(at.language, at.shop.market.country, store.time_zone)
    for day in (today + timedelta(days=offset) for offset in range(WEEK)):
        hours = tuple(
            Opening(words.time(opens), words.time(closes))
            for opens, closes in open_spans
            if opens.astimezone(zone).date() == day
        )
        known = special.get(day.isoformat())
        reason = known.reason.get(at.language, "") if known else ""
        yield DaySeen(day, hours, reason)


ROUTES: list[Any] = [stores, store]
