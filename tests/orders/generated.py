"""Orders as they might be: several rates, discounts, deliveries, gift cards, bundles; added up by pricing."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace
from tests.orders.test_rules import ORDER

from torg.carts import Adjustment, Business
from torg.catalog import Inside
from torg.customers import Address
from torg.demo.markets import MARKETS, SELLERS
from torg.demo.stores import LOCATIONS, STORES
from torg.markets import Atlas
from torg.orders.documents.freeze import Known
from torg.orders.model import Intent, Order, OrderDelivery, OrderLine, OrderPromotion, OrderState, OrderTax
from torg.payments import Payment, PaymentState, Tender
from torg.pricing import Discount, PricedDelivery, PricedLine, Totals, Treatment, totals

NOW = datetime(2026, 12, 1, 9, 30, 15, 123_456, tzinfo=UTC)
ATLAS = Atlas(
    sellers={one.code: one for one in SELLERS},
    markets={one.code: one for one in MARKETS},
    locations={one.code: one for one in LOCATIONS},
    stores={one.code: one for one in STORES},
    channels={},
)
WHERE = {
    "NO": ("NOK", "nb", "torg-nordic", "Europe/Oslo", (250_000, 150_000, 0)),
    "SE": ("SEK", "sv", "torg-se", "Europe/Stockholm", (250_000, 120_000, 60_000)),
    "DK": ("DKK", "da", "torg-se", "Europe/Copenhagen", (250_000,)),
    "DE": ("EUR", "de", "torg-de", "Europe/Berlin", (190_000, 70_000)),
    "GB": ("GBP", "en", "torg-de", "Europe/London", (200_000, 0)),
    "JP": ("JPY", "ja", "torg-jp", "Asia/Tokyo", (100_000, 80_000)),
    "KW": ("KWD", "en", "torg-de", "Asia/Kuwait", (50_000, 0)),
}
NAMES = (
    "Emaljekrus med håndmalt kant i blått og hvitt, ekstra stort til kakao, suppe og lange turer i fjellet",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenhalterung",
    "琺瑯マグカップ（藍色）",
    "Kaffe",
    '<b>Cup & "saucer" #1</b> _$*\\',
)


def random_order(seed: int) -> Known:
    """An order that is the same for the same seed, paid in full."""
    rng = random.Random(seed)
    country = rng.choice(list(WHERE))
    currency, *_, rates = WHERE[country]
    untaxed = rng.random() < 0.08
    included = rng.random() < 0.85
    untaxed_as = rng.choice((Treatment.export, Treatment.reverse_charge))
    treatment = untaxed_as if untaxed else Treatment.domestic
    goods = [
        PricedLine(
            rng.randint(1, 12),
            rng.randint(0, 250_000),
            0 if untaxed else rng.choice(rates),
            "VAT",
            included,
            treatment,
        )
        for _ in range(rng.choice([1, 1, 2, 3, 5, 8]))
    ]
    charges = [
        PricedDelivery(rng.randint(0, 9_900), 0 if untaxed else rates[0], "VAT", included, True, treatment)
        for _ in range(rng.choice([0, 1, 1, 2]))
    ]
    off = tuple(rng.randint(0, line.quantity * line.unit) if rng.random() < 0.4 else 0 for line in goods)
    added = totals(currency, goods, charges, [Discount("sale", off)])
    order = _order(rng, seed, country, added, charges)
    lines = [_line(rng, place, goods[place], added) for place in range(len(goods))]
    return Known(order, lines, _paid(rng, order), (), ATLAS, NOW + timedelta(minutes=seed))


def _order(
    rng: random.Random, seed: int, country: str, added: Totals, charges: list[PricedDelivery]
) -> Order:
    currency, language, seller, zone, _ = WHERE[country]
    business = rng.random() < 0.2
    return replace(
        ORDER,
        order_id=UUID(int=seed + 1),
        number=f"{country}-{seed:06d}",
        state=OrderState.placed,
        market=country,
        seller=seller,
        country=country,
        language=language,
        time_zone=zone,
        currency=currency,
        name=rng.choice(
            ("Kari Nordmann", "山田 太郎", "Dr. Maximilian Freiherr von und zu Hohenstein-Langenburg")
        ),
        business=Business("Fjord & Søn ApS") if business else None,
        address=Address(country="NO", name="Kari", street="Storgata 1", city="Oslo", postal_code="0155"),
        deliveries=tuple(
            OrderDelivery(Intent.ship, f"way-{place}", "Standard", None, each.net, each.tax, each.gross)
            for place, each in enumerate(added.delivery)
        ),
        promotions=(OrderPromotion(promotion="sale", version=1, name="Sommersalg <20 %>"),),
        net=added.net,
        tax=added.tax,
        gross=added.gross,
        discount=added.discount,
        delivery=sum(each.gross for each in added.delivery),
        taxes=tuple(OrderTax(t.name, t.rate, t.net, t.tax, t.treatment) for t in added.taxes),
        units=1,
        placed_at=NOW,
    )


def _line(rng: random.Random, place: int, priced: PricedLine, added: Totals) -> OrderLine:
    total = added.lines[place]
    bundle = rng.random() < 0.15
    return OrderLine(
        id=UUID(int=place + 1),
        position=place,
        product_id=UUID(int=7),
        variant_id=UUID(int=8),
        sku=f"SKU-{place}",
        name=rng.choice(NAMES),
        options=rng.choice(("", "blå, 0,35 l")),
        image=None,
        kind="gift_card" if rng.random() < 0.05 else "physical",
        weight_g=1,
        intent=Intent.ship,
        store=None,
        note=None,
        quantity=priced.quantity,
        unit=priced.unit,
        tax_included=priced.tax_included,
        tax_rate=total.tax_rate,
        tax_name=total.tax_name,
        treatment=total.treatment,
        discount=total.discount,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
        components=(Inside(UUID(int=9), "PART", "Part", 2),) if bundle else (),
        adjustments=(Adjustment("sale", total.discount, priced.quantity),) if total.discount else (),
    )


def _paid(rng: random.Random, order: Order) -> list[Payment]:
    card = rng.randint(0, order.gross) if rng.random() < 0.3 else 0
    rest = rng.choice((Tender.gateway, Tender.gateway, Tender.cash))
    parts = [(Tender.gift_card, card), (rest, order.gross - card)]
    return [
        Payment(
            order_id=order.order_id,
            id=UUID(int=place + 1),
            tender=tender,
            gateway="sim",
            method="AB12",
            state=PaymentState.captured,
            currency=order.currency,
            amount=amount,
            channel=order.channel,
            store=None,
            language=order.language,
            return_url=None,
            expires_at=None,
            created_at=NOW,
            updated_at=NOW,
            authorised=amount,
            capture_claimed=amount,
            captured=amount,
            rounding=-(amount % 5) if tender is Tender.cash else 0,
            given=amount + 1_000 if tender is Tender.cash else None,
        )
        for place, (tender, amount) in enumerate(parts)
        if amount
    ]
