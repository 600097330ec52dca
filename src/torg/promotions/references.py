"""Whether everything that a promotion refers to is there: goods, places, groups, and the promotions of its coupons."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from torg.catalog import Vocabulary, known_products, known_variants, words_of
from torg.customers import known_groups, known_segments
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import UnknownId, parse
from torg.markets import load_atlas
from torg.promotions.check import validate
from torg.promotions.model import Fact, FreeGift, NextCoupon, Promotion, Selection
from torg.promotions.store import kept
from torg.promotions.words import UnknownPromotion

MESSAGES: Final = {
    "code-form": "A code is made of the letters A to Z, digits and single hyphens.",
    "code-taken": "This code is in use already.",
    "code-without-need": "A promotion that has codes needs one; set `needs_code`.",
    "coupon-without-code": "A coupon is a code, so its promotion must need one.",
    "unknown-attribute": "There is no such attribute.",
    "unknown-category": "There is no such category.",
    "unknown-product": "There is no such product.",
    "unknown-promotion": "There is no such promotion.",
    "unknown-variant": "There is no such variant.",
}
TENDERS: Final = frozenset({"cash", "gateway", "gift_card", "store_credit", "invoice"})
Found: TypeAlias = Iterator[tuple[str, str]]


async def problems(tx: Transaction, rule: Promotion) -> list[FieldProblem]:
    """Everything that is wrong with a promotion, and everything that it refers to and that is not there."""
    atlas = await load_atlas(tx)
    facts: Mapping[Fact, Collection[str]] = {
        Fact.channel: atlas.channels,
        Fact.market: atlas.markets,
        Fact.store: atlas.stores,
        Fact.group: await known_groups(tx),
        Fact.segment: await known_segments(tx),
        Fact.payment: TENDERS,
    }
    missing = [*await _goods(tx, rule), *await _coupons(tx, rule)]
    return [*validate(rule, facts), *(problem(field, code) for field, code in missing)]


def problem(field: str, code: str) -> FieldProblem:
    """One wrong field, with the English sentence of its code."""
    return FieldProblem(field=field, code=code, message=MESSAGES[code])


async def _goods(tx: Transaction, rule: Promotion) -> list[tuple[str, str]]:
    selections = list(_selections("", rule))
    variants = [(f"{at}.variants.{n}", one) for at, each in selections for n, one in enumerate(each.variants)]
    variants += [
        (f"effects.{index}.variants.{n}", one)
        for index, effect in enumerate(rule.effects)
        if isinstance(effect, FreeGift)
        for n, one in enumerate(effect.variants)
    ]
    products = [(f"{at}.products.{n}", one) for at, each in selections for n, one in enumerate(each.products)]
    known = await known_variants(tx, list(_ids("var", variants)))
    there = await known_products(tx, list(_ids("prd", products)))
    words = await words_of(tx.database)
    return [
        *((at, "unknown-variant") for at, one in variants if _id("var", one) not in known),
        *((at, "unknown-product") for at, one in products if _id("prd", one) not in there),
        *_words(selections, words),
    ]


def _words(selections: list[tuple[str, Selection]], words: Vocabulary) -> Found:
    for at, selection in selections:
        for index, category in enumerate(selection.categories):
            if category not in words.categories:
                yield f"{at}.categories.{index}", "unknown-category"
        for attribute in selection.attributes:
            if attribute not in words.attributes:
                yield f"{at}.attributes.{attribute}", "unknown-attribute"


async def _coupons(tx: Transaction, rule: Promotion) -> list[tuple[str, str]]:
    found = []
    for index, effect in enumerate(rule.effects):
        if not isinstance(effect, NextCoupon):
            continue
        try:
            other = (
                rule if effect.promotion == rule.key else (await kept.promotion(tx, effect.promotion)).rule
            )
        except UnknownPromotion:
            found.append((f"effects.{index}.promotion", "unknown-promotion"))
        else:
            if not other.needs_code:
                found.append((f"effects.{index}.promotion", "coupon-without-code"))
    return found


def _selections(field: str, part: Struct) -> Iterator[tuple[str, Selection]]:
    """Every selection of goods in a part of the rule, with where it stands."""
    for name in part.__struct_fields__:
        value, at = getattr(part, name), f"{field}.{name}" if field else name
        for place, one in enumerate(value) if isinstance(value, tuple) else ():
            if isinstance(one, Struct):
                yield from _selections(f"{at}.{place}", one)
        if isinstance(value, Selection):
            yield at, value
        if isinstance(value, Struct):
            yield from _selections(at, value)


def _ids(prefix: str, names: Collection[tuple[str, str]]) -> Iterator[UUID]:
    for _, name in names:
        id = _id(prefix, name)
        if id is not None:
            yield id


def _id(prefix: str, name: str) -> UUID | None:
    try:
        return parse(prefix, name)
    except UnknownId:
        return None
