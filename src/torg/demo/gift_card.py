"""The practice retailer's gift card: worth what its buyer chooses, in every market, sent by mail to whom it is for.

It stands apart from the goods, since it is money: it has no stock, is in no campaign, and nobody bought one in the year
behind. Tills do not list it, since it is mailed.
"""

import asyncio
import io
from typing import Final

from torg.catalog import (
    CardAmounts,
    Kind,
    Listing,
    NewVariant,
    Picture,
    ProductRecord,
    ProductText,
    Status,
    all_variants,
    load,
)
from torg.demo.catalog import DemoIsWrong, gtin
from torg.demo.drawing import CREAM, Sketch, lit, mixed
from torg.demo.markets import CHANNELS
from torg.demo.pictures import COLOURS, WALL
from torg.demo.prices import ASKING, SINCE
from torg.kernel import files
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.files import FileStore
from torg.kernel.money import Money, exponent
from torg.markets import ChannelKind
from torg.pricing import NewPrice, load_prices
from torg.settings import Settings

SKU: Final = "GAV-KORT"
TEXTS: Final = {
    "nb": ProductText(
        "Gavekort",
        "Velg beløpet, skriv en hilsen og bestem dagen: koden kommer på e-post. Gjelder i alle butikker.",
    ),
    "sv": ProductText(
        "Presentkort",
        "Välj beloppet, skriv en hälsning och bestäm dagen: koden kommer per e-post. Gäller i alla butiker.",
    ),
    "da": ProductText(
        "Gavekort",
        "Vælg beløbet, skriv en hilsen og bestem dagen: koden kommer på e-mail. Gælder i alle butikker.",
    ),
    "en": ProductText(
        "Gift card",
        "Choose the amount, write a greeting and set the day: the code comes by e-mail. Good in all stores.",
    ),
    "de": ProductText(
        "Gutschein",
        "Betrag wählen, Gruß schreiben, Tag bestimmen: Der Code kommt per E-Mail. Gilt in allen Läden.",
    ),
    "ja": ProductText(
        "ギフトカード",
        "金額を選び、メッセージを書いて、送る日を決めるだけ。コードはメールで届きます。全店舗で使えます。",
    ),
}
# What is proposed, and between which amounts its buyer chooses, in whole units of the currency.
AMOUNTS: Final = {
    "NOK": (500, 100, 10_000),
    "SEK": (500, 100, 10_000),
    "DKK": (400, 50, 7_500),
    "EUR": (50, 10, 1_000),
    "GBP": (50, 10, 1_000),
    "USD": (50, 10, 1_000),
    "JPY": (5_000, 1_000, 100_000),
    "SGD": (50, 10, 1_000),
}


async def fill(database: Database, settings: Settings, *, picture_width: int) -> None:
    """Make the gift card with its picture, amounts and prices, if it is missing."""
    if any(variant.sku == SKU for variant in await database.read(all_variants)):
        return
    content = await asyncio.to_thread(_drawn, picture_width)
    picture = await files.keep(database, FileStore.of(settings), content, by=SYSTEM)
    await database.run(lambda tx: _make(tx, picture.name))


async def _make(tx: Transaction, picture: str) -> None:
    record = ProductRecord(
        status=Status.active,
        kind=Kind.gift_card,
        tax_class="voucher",
        rank=40,
        texts=TEXTS,
        variants=(NewVariant(sku=SKU, gtin=gtin(SKU), weight_g=0),),
        media=(Picture(picture, {language: text.name for language, text in TEXTS.items()}),),
        assortment=(
            *(Listing(f"market:{asking.market}", listed=True) for asking in ASKING),
            *(
                Listing(f"channel:{one.code}", listed=False)
                for one in CHANNELS
                if one.kind is ChannelKind.till
            ),
        ),
        card_amounts=tuple(
            CardAmounts(currency, _minor(currency, least), _minor(currency, most))
            for currency, (_, least, most) in AMOUNTS.items()
        ),
    )
    (loaded,) = await load(tx, [record], by=SYSTEM)
    if loaded.problems:
        raise DemoIsWrong((SKU, loaded.problems))
    variant = next(one for one in await all_variants(tx) if one.sku == SKU)
    for asking in ASKING:
        price = Money(_minor(asking.currency, AMOUNTS[asking.currency][0]), asking.currency)
        proposed = NewPrice(variant.variant_id, price, valid_from=SINCE)
        await load_prices(tx, asking.market.lower(), [proposed], by=SYSTEM)


def _minor(currency: str, whole: int) -> int:
    minor: int = whole * 10 ** exponent(currency)
    return minor


def _drawn(width: int) -> bytes:
    """A card with a ribbon around it, lying."""
    tint, ribbon = COLOURS["pine"], COLOURS["red"]
    sketch = Sketch(mixed(WALL, tint, 0.1), width)
    sketch.shadow(50, 76, 80)
    sketch.box(12, 28, 88, 76, tint, "flat", 4)
    sketch.box(28, 28, 35, 76, ribbon, "flat", 0)
    sketch.disc(25, 50, 7, 4.6, lit(ribbon, 0.86))
    sketch.disc(38, 50, 7, 4.6, lit(ribbon, 0.86))
    sketch.disc(31.5, 50, 3.4, 3.4, lit(ribbon, 1.1))
    for row, end in ((60, 80), (66, 70)):
        sketch.line([(46, row), (end, row)], 1.4, mixed(tint, CREAM, 0.7))
    sketch.gleam([(46, 34), (82, 34)], 1.6, 60)
    buffer = io.BytesIO()
    sketch.finished().save(buffer, "JPEG", quality=96, subsampling=0)
    return buffer.getvalue()
