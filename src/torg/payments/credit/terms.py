"""How long gift cards last: as each market says, and never shorter than the law of its place that we know of.

Where nobody has said anything they last for ever.
"""

import calendar
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.markets import Market, load_atlas
from torg.payments.credit import store
from torg.payments.credit.model import GiftCardTerms, TermsForbidden, TermsTooShort
from torg.permissions import Permission

FILE: Final = Path(__file__).with_name("laws.toml")


class Law(Struct, frozen=True, kw_only=True):
    """What a country, or a region of it, lets nobody fall short of."""

    country: str
    region: str | None = None
    months: int = 0
    never: bool = False
    law: str


@cache
def laws() -> tuple[Law, ...]:
    """The rules that we know of, those of regions first."""
    return tuple(msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8"))["laws"], list[Law]))


def law_of(country: str, region: str | None) -> Law | None:
    """The rule that holds at a place."""
    fitting = [law for law in laws() if law.country == country and law.region in {None, region}]
    return min(fitting, key=lambda law: law.region is None, default=None)


def must_be_lawful(market: Market, months: int | None) -> None:
    """Refuse terms that the law of one of the market's countries forbids."""
    if months is None:
        return
    for country in market.countries:
        law = law_of(country, market.region if country == market.country else None)
        if law is not None and law.never:
            raise TermsForbidden(market=market.code)
        if law is not None and months < law.months:
            raise TermsTooShort(market=market.code, months=law.months)


def end_of(terms: GiftCardTerms, at: datetime) -> datetime | None:
    """When a card that is issued now runs out: on the same day so many months later; None is never.

    >>> end_of(GiftCardTerms("NO", 13), datetime(2026, 1, 31, 12)).date().isoformat()
    '2027-02-28'
    """
    if terms.months is None:
        return None
    years, month = divmod(at.month - 1 + terms.months, 12)
    year = at.year + years
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


async def set_terms(
    tx: Transaction, market: str, months: int | None, *, version: int | None, by: Actor
) -> GiftCardTerms:
    """Say how many months the gift cards last that are issued in a market from now on; None is for ever.

    Cards that are out keep what they were issued with.
    """
    by.must(Permission.credit_change)
    must_be_lawful((await load_atlas(tx)).market(market), months)
    before = await store.terms(tx, market)
    after = await store.set_terms(tx, market, months, version)
    if after is None:
        raise StaleVersion(given=version, present=before.version)
    await audit.write(tx, by, "gift_card_terms.set", market, before=before.months, now=months)
    return after


async def all_terms(tx: Transaction, *, by: Actor) -> list[GiftCardTerms]:
    """What every market has said."""
    by.must(Permission.credit_read, anywhere=True)
    said = {terms.market: terms for terms in await store.all_terms(tx)}
    return [said.get(code, GiftCardTerms(code)) for code in sorted((await load_atlas(tx)).markets)]
