"""The practice retailer's goods: coffee, kitchen and outdoors, with texts in six languages and drawn pictures.

Some goods stand written out in `goods/*.toml`; the others are members of the families in `goods/families`. Variants are
spanned by the options. Everything follows from those files: SKUs, GTINs (of the range that is kept for use within a
company), prices in Norway, pictures. Filling again changes nothing.
"""

import asyncio
import hashlib
import io
import os
import re
import tomllib
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, timedelta
from functools import cache
from itertools import product as combinations
from multiprocessing import get_context
from typing import Final

from stdnum import ean

from torg.catalog import (
    AttributeKind,
    CategoryText,
    Choice,
    ComponentWish,
    ContentUnit,
    Kind,
    Listing,
    NewAttribute,
    NewCategory,
    NewSynonym,
    NewVariant,
    Outcome,
    Picture,
    ProductRecord,
    ProductText,
    Status,
    VariantChange,
    add_synonym,
    all_synonyms,
    all_variants,
    change_variant,
    create_category,
    declare,
    load,
    vocabulary,
)
from torg.demo.families import GOODS, Goods, members, ore
from torg.demo.pictures import Look, drawn
from torg.demo.size import Size
from torg.kernel import files, lifeline
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.files import FileStore
from torg.kernel.i18n import LANGUAGES
from torg.kernel.ids import public
from torg.settings import Settings

SHELVES: Final = ("coffee", "brewing", "kitchen", "outdoor")
MARKETS: Final = ("NO", "SE", "DK", "DE", "GB", "US", "JP", "SG")
AT_ONCE: Final = 16
WORTH_PROCESSES: Final = 200
"""From so many pictures on, starting processes to draw them saves time."""
PACK: Final = re.compile(r"(\d+)(k?g)")
WITHIN_THE_COMPANY: Final = "20"  # GTINs that begin so are never given out to anybody


class DemoIsWrong(AssertionError):
    """The goods' files and the catalogue's rules disagree: a defect of the files."""


async def fill(
    database: Database, settings: Settings, *, size: Size = Size.whole, picture_width: int = 640
) -> None:
    """Make the goods that are missing, with their pictures; drawing them is most of the work."""
    await database.run(_declare)
    await database.run(_say_the_same)
    known = {variant.sku for variant in await database.read(all_variants)}
    missing = [goods for goods in all_goods(size) if not known.issuperset(sku for sku, _ in variants(goods))]
    if not missing:
        return
    pictures = await _pictures(database, FileStore.of(settings), missing, picture_width)
    today = database.clock.now().date()
    records = [record(goods, pictures, today) for goods in missing]
    bundles = {goods["sku"]: goods["inside"] for goods in missing if "inside" in goods}
    await database.run(lambda tx: _load(tx, records, bundles))


async def _load(tx: Transaction, records: list[ProductRecord], bundles: dict[str, dict[str, int]]) -> None:
    """Make the goods, and bundles of those that are some."""
    loaded = await load(tx, records, by=SYSTEM)
    refused = [result for result in loaded if result.outcome is Outcome.refused]
    if refused:
        raise DemoIsWrong([(records[result.record].variants[0].sku, result.problems) for result in refused])
    known = {one.sku: one for one in await all_variants(tx)} if bundles else {}
    for sku, inside in bundles.items():
        components = tuple(ComponentWish(public("var", known[s].variant_id), n) for s, n in inside.items())
        as_made = VariantChange(version=1, components=components)
        await change_variant(tx, known[sku].product_id, known[sku].variant_id, as_made, by=SYSTEM)


@cache
def _file(name: str) -> Goods:
    return tomllib.loads((GOODS / f"{name}.toml").read_text(encoding="utf-8"))


def all_goods(size: Size = Size.whole) -> list[Goods]:
    """Every product: those that are written out, and in the whole world also the members of families."""
    written = [goods for shelf in SHELVES for goods in _file(shelf)["product"]]
    return written if size is Size.small else [*written, *members()]


@cache
def prices() -> dict[str, int]:
    """What the members of families cost in Norway, by SKU, in øre with tax; before any market's rounding."""
    return {sku: ore(goods, options) for goods in members() for sku, options in variants(goods)}


async def _declare(tx: Transaction) -> None:
    known = await vocabulary(tx)
    for place, attribute in enumerate(_file("words")["attribute"]):
        if attribute["code"] not in known.attributes:
            await declare(tx, _attribute(attribute, place), by=SYSTEM)
    for place, category in enumerate(_file("words")["category"]):
        if category["code"] not in known.categories:
            await create_category(tx, _category(category, place), by=SYSTEM)


async def _say_the_same(tx: Transaction) -> None:
    if await all_synonyms(tx):
        return
    told = _file("synonyms")
    for language in LANGUAGES:
        for words in (group[language] for group in told["synonym"] if language in group):
            await add_synonym(tx, NewSynonym(language=language, words=tuple(words)), by=SYSTEM)
        for *words, meant in (group[language] for group in told["one_way"]):
            one_way = NewSynonym(language=language, words=tuple(words), means=(meant,))
            await add_synonym(tx, one_way, by=SYSTEM)


def _attribute(given: Goods, place: int) -> NewAttribute:
    return NewAttribute(
        code=given["code"],
        kind=AttributeKind(given["kind"]),
        unit=given.get("unit"),
        names=given["names"],
        choices=tuple(Choice(choice["code"], _named(choice)) for choice in given.get("choices", ())),
        position=place,
    )


def _named(choice: Goods) -> dict[str, str]:
    return {language: str(choice.get(language, choice.get("all", ""))) for language in LANGUAGES}


def _category(given: Goods, place: int) -> NewCategory:
    texts = {language: CategoryText(*given[language]) for language in LANGUAGES}
    return NewCategory(code=given["code"], parent=given.get("parent"), position=place, texts=texts)


def variants(goods: Goods) -> Iterator[tuple[str, dict[str, str]]]:
    """SKU and options of each variant: `KOP-FJO-BLUE-350ML` is the blue mug."""
    values: dict[str, list[str]] = goods["values"]
    for chosen in combinations(*values.values()):
        yield (
            "-".join((goods["sku"], *(code.upper() for code in chosen))),
            dict(zip(values, chosen, strict=True)),
        )


def grams(goods: Goods, options: dict[str, str]) -> int:
    """The weight of a variant: one for all, or one for each value of the option that makes the difference."""
    weights: list[int] = goods["grams"]
    for option, values in goods["values"].items():
        if option not in {"colour", "grind"} and len(values) == len(weights):
            return int(weights[values.index(options[option])])
    return weights[0]


def content(options: dict[str, str]) -> tuple[int, ContentUnit] | tuple[None, None]:
    """How much is in a pack, where the goods are sold by weight or by number.

    >>> content({"pack": "1kg", "grind": "beans"}), content({"count": "40"}), content({"colour": "blue"})
    ((1000, <ContentUnit.g: 'g'>), (40, <ContentUnit.piece: 'piece'>), (None, None))
    """
    if "count" in options:
        return int(options["count"]), ContentUnit.piece
    packed = PACK.fullmatch(options.get("pack", ""))
    if packed is None:
        return None, None
    return int(packed[1]) * (1_000 if packed[2] == "kg" else 1), ContentUnit.g


def gtin(sku: str) -> str:
    """The thirteen digits of an article; they follow from its SKU, so that other goods may come and go."""
    number = int.from_bytes(hashlib.sha256(sku.encode()).digest()[:8]) % 10**10
    body = f"{WITHIN_THE_COMPANY}{number:010d}"
    return f"{body}{ean.calc_check_digit(body)}"


def record(goods: Goods, files_of: dict[Look, str], today: date) -> ProductRecord:
    """The product as the catalogue takes it in; some of its variants may come out some days after `today`."""
    out_in = {sku: today + timedelta(days=days) for sku, days in goods.get("out_in", {}).items()}
    attributes = dict(goods["attributes"])
    attributes.update({code: goods[code] for code in ("taste", "care") if code in goods})
    length, width, height = goods.get("size", (None, None, None))
    return ProductRecord(
        status=Status.active,
        kind=Kind(goods.get("kind", "physical")),
        tax_class=goods.get("tax_class", "standard"),
        hs_code=goods.get("hs_code"),
        origin=goods.get("origin"),
        options=tuple(goods["values"]),
        attributes=attributes,
        rank=goods["rank"],
        categories=(goods["category"], *goods.get("also", ())),
        texts={language: ProductText(*goods[language]) for language in LANGUAGES},
        variants=tuple(
            NewVariant(
                sku=sku,
                gtin=gtin(sku),
                options=options,
                weight_g=grams(goods, options),
                length_mm=length,
                width_mm=width,
                height_mm=height,
                content=content(options)[0],
                content_unit=content(options)[1],
                release_on=out_in.get(sku),
            )
            for sku, options in variants(goods)
        ),
        media=tuple(_media(goods, files_of)),
        assortment=tuple(_assortment(goods)),
    )


def _assortment(goods: Goods) -> Iterator[Listing]:
    for market in goods.get("markets", MARKETS):
        yield Listing(f"market:{market}", True, goods.get("from"), goods.get("until"))
    for channel in goods.get("hidden", ()):
        yield Listing(f"channel:{channel}", listed=False)


def look_of(goods: Goods, colour: str) -> Look:
    """How the goods look in one of their colours, or, without any, in a tint of their own."""
    stretch = goods.get("stretch", (1.0, 1.0))
    return Look(goods["shape"], colour or goods.get("tint", "blue"), goods.get("variation", 0), stretch)


def colours_of(goods: Goods) -> list[str]:
    """The colours that goods come in, or one without a name."""
    colours: list[str] = goods["values"].get("colour", [""])
    return colours


def _media(goods: Goods, files_of: dict[Look, str]) -> Iterator[Picture]:
    for colour in colours_of(goods):
        alt = {language: _alt(goods, colour, language) for language in LANGUAGES}
        yield Picture(files_of[look_of(goods, colour)], alt, {"colour": colour} if colour else {})


async def _pictures(
    database: Database, store: FileStore, missing: list[Goods], width: int
) -> dict[Look, str]:
    """The file of every look, drawn beside the event loop and kept as any upload is."""
    gate = asyncio.Semaphore(AT_ONCE)
    wanted = {look_of(goods, colour) for goods in missing for colour in colours_of(goods)}
    ordered = sorted(wanted, key=lambda look: (look.colour, look.shape, look.variation, look.stretch))
    loop = asyncio.get_running_loop()
    with _painters(len(ordered)) as painters:

        async def one(look: Look) -> tuple[Look, str]:
            async with gate:
                content = await loop.run_in_executor(painters, _drawn, look, width)
                kept = await files.keep(database, store, content, by=SYSTEM)
            return look, kept.name

        return dict(await asyncio.gather(*(one(look) for look in ordered)))


def _painters(pictures: int) -> Executor:
    """Drawing is work for Python, so many pictures are drawn in processes of their own, which end with this one."""
    if pictures < WORTH_PROCESSES:
        return ThreadPoolExecutor(AT_ONCE)
    return ProcessPoolExecutor(
        os.cpu_count() or 1,
        mp_context=get_context("spawn"),
        initializer=lifeline.die_with,
        initargs=(os.getpid(),),
    )


def _drawn(look: Look, width: int) -> bytes:
    buffer = io.BytesIO()
    drawn(look, width).save(buffer, "JPEG", quality=96, subsampling=0)
    return buffer.getvalue()


def _alt(goods: Goods, colour: str, language: str) -> str:
    name = goods[language][0]
    return f"{name}, {_colours()[colour][language]}" if colour else name


@cache
def _colours() -> dict[str, dict[str, str]]:
    (colour,) = (given for given in _file("words")["attribute"] if given["code"] == "colour")
    return {choice["code"]: _named(choice) for choice in colour["choices"]}


__all__ = ["all_goods", "colours_of", "fill", "look_of", "prices", "variants"]
