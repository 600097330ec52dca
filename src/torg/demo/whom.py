"""Whom the practice retailer has other prices for: members, a company, who takes many; what it paid and what is
recommended. The company buys on invoice as well.

All of it in Norway. Entered once, after the customers; what is there already, changed by hand or not, stays as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from torg.catalog import VariantFacts, all_variants
from torg.customers import (
    CustomerGroup,
    NewCompany,
    add_company,
    add_group,
    by_email,
    known_groups,
    put_membership,
)
from torg.demo.named import NAMED
from torg.demo.prices import ASKING, CAMPAIGN, CAMPAIGN_OFF, SINCE, asked, in_campaign, in_kroner
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.payments import InvoiceAccount, put_invoice_terms
from torg.pricing import NewPrice, PriceKind, PriceList, add_price_list, load_prices

NORWAY: Final = ASKING[0]
MEMBERS: Final = CustomerGroup("members", "Torg members")
MEMBERS_OFF: Final = 10
COMPANY_OFF: Final = 15
DAYS: Final = 30
CREDIT_LIMIT: Final = 50_000_00
"""On invoice: to be paid in so many days, and so many øre at once."""
MANY: Final = ((3, 10), (10, 30))
"""From so many filters on, so many per cent less."""
HALF_A_KRONE: Final = 50
COST: Final = 55
RECOMMENDED: Final = 115


async def fill(tx: Transaction) -> None:
    """Enter groups, the company and their prices, if they are missing."""
    if MEMBERS.code in await known_groups(tx):
        return
    variants = await all_variants(tx)
    kari, buyer = [await by_email(tx, one.email) for one in NAMED[:2]]
    await add_group(tx, MEMBERS, by=SYSTEM)
    new = NewCompany("Fjordkafé AS", org_number=buyer.org_number if buyer else None)
    company = await add_company(tx, new, by=SYSTEM)
    terms = InvoiceAccount(company.id, NORWAY.currency, DAYS, CREDIT_LIMIT)
    await put_invoice_terms(tx, terms, version=0, by=SYSTEM)
    if kari is not None and buyer is not None:
        await put_membership(tx, kari.customer_id, [MEMBERS.code], None, by=SYSTEM)
        await put_membership(tx, buyer.customer_id, [], company.id, by=SYSTEM)
    coffee = [variant for variant in variants if variant.sku.startswith("KAF")]
    members = _list("no-members", "Norge, medlemmer", customer_group=MEMBERS.code)
    agreed = _list("no-fjordkafe", "Norge, Fjordkafé", company=company.id)
    cost = _list("no-cost", "Norge, innkjøp", kind=PriceKind.cost, tax_included=False)
    recommended = _list("no-recommended", "Norge, veiledende", kind=PriceKind.recommended)
    for prices in (members, agreed, cost, recommended):
        await add_price_list(tx, prices, by=SYSTEM)
    await load_prices(tx, members.code, list(_less(coffee, MEMBERS_OFF)), by=SYSTEM)
    await load_prices(tx, agreed.code, list(_less(coffee, COMPANY_OFF)), by=SYSTEM)
    # A fifth of what is asked is tax, or somewhat less; so cost stays below it for every class of tax.
    await load_prices(tx, cost.code, list(_share(variants, lambda whole: whole * COST)), by=SYSTEM)
    tents = [variant for variant in variants if variant.sku.startswith("TEL")]
    await load_prices(
        tx,
        recommended.code,
        list(_share(tents, lambda whole: asked(NORWAY, whole * RECOMMENDED // 100))),
        by=SYSTEM,
    )
    await load_prices(tx, "no", list(_many(variants)), by=SYSTEM)


def _list(code: str, name: str, **given: object) -> PriceList:
    fields = {"currency": NORWAY.currency, "tax_included": True, "market": NORWAY.market, **given}
    return PriceList(code=code, name=name, **fields)  # type: ignore[arg-type]  # fields of the list by name


def _less(variants: Sequence[VariantFacts], off: int) -> Iterator[NewPrice]:
    """So many per cent less; in a campaign that goes further, what everybody pays."""
    for variant, whole in in_kroner(variants):
        theirs = asked(NORWAY, whole * (100 - off) // 100)
        yield NewPrice(variant.variant_id, Money(theirs, NORWAY.currency), valid_from=SINCE)
        campaign = asked(NORWAY, whole * (100 - CAMPAIGN_OFF) // 100)
        if in_campaign(variant.sku) and campaign < theirs:
            money = Money(campaign, NORWAY.currency)
            yield NewPrice(variant.variant_id, money, valid_from=CAMPAIGN[0], valid_to=CAMPAIGN[1])


def _share(variants: Sequence[VariantFacts], amount: Callable[[int], int]) -> Iterator[NewPrice]:
    for variant, whole in in_kroner(variants):
        yield NewPrice(variant.variant_id, Money(amount(whole), NORWAY.currency), valid_from=SINCE)


def _many(variants: Sequence[VariantFacts]) -> Iterator[NewPrice]:
    filters = [variant for variant in variants if variant.sku.startswith("FIL")]
    for variant, whole in in_kroner(filters):
        for quantity, off in MANY:
            less = asked(NORWAY, whole) * (100 - off) // 100
            money = Money(less // HALF_A_KRONE * HALF_A_KRONE, NORWAY.currency)
            yield NewPrice(variant.variant_id, money, valid_from=SINCE, from_quantity=quantity)
