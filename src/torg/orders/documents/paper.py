"""From a document's facts to paper, in the reader's words. Pure: what is frozen stays, only labels are translated.

What the law wants to stand there, and where it does, is told in docs/documents.md.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from torg.kernel.i18n import words
from torg.kernel.i18n.words import Words
from torg.kernel.money import Money
from torg.kernel.paper import Block, Cell, Column, Fact, Paper, Row, Sum, Table
from torg.orders.documents.model import (
    Document,
    DocumentKind,
    DocumentLine,
    DocumentPayment,
    Facts,
    Issuer,
)
from torg.pricing import Treatment, tax_note

MILLION: Final = 1_000_000
REDUCED_IN_JAPAN: Final = 80_000
LETTER_COUNTRIES: Final = frozenset({"US", "CA", "MX"})
REGISTER_IN_NORWAY: Final = "Foretaksregisteret"
TICK: Final = "□"


def paper_of(document: Document, *, language: str | None = None, copy: bool = False) -> Paper:
    """The document as it is printed; as a copy, or in another language than its own, it says that it is one."""
    said = document.facts
    spoken = words(language or said.language, said.country, said.time_zone)
    is_copy = copy or spoken.language != words(said.language).language
    return Paper(
        language=spoken.language,
        brand=said.seller.legal_name,
        title=spoken.text(_title(said)),
        number=document.number or said.order or "",
        at=said.issued_at,
        page=spoken.text("document.page", page="{page}", pages="{pages}"),
        mark=spoken.text("document.copy") if is_copy else "",
        blocks=tuple(_blocks(said, spoken)),
        facts=tuple(_facts(said, spoken)),
        table=_goods(said, spoken) if said.kind.of_goods else _bought(said, spoken),
        sums=() if said.kind.of_goods else tuple(_sums(said, spoken)),
        more=() if said.kind.of_goods or not said.taxes else (_taxes(said, spoken),),
        notes=tuple(_notes(said, spoken)),
        foot=tuple(_foot(said.seller, spoken)),
        letter=said.country in LETTER_COUNTRIES,
    )


def _title(said: Facts) -> str:
    """The key of what it is called; Singapore's regulations name their invoices' very words."""
    if said.kind is DocumentKind.invoice and said.seller.country == "SG":
        return "document.tax_invoice"
    return f"document.kind.{said.kind.value}"


def _blocks(said: Facts, spoken: Words) -> Iterator[Block]:
    if said.kind is DocumentKind.return_slip:
        yield Block(spoken.text("document.seller"), (said.seller.legal_name, *said.seller.lines))
    if said.kind is not DocumentKind.pick_list and said.buyer.lines:
        yield Block(spoken.text("document.buyer"), said.buyer.lines)
    if said.goods_to is not None and said.kind is not DocumentKind.return_slip:
        yield Block(spoken.text("document.goods_to"), said.goods_to.lines)


def _facts(said: Facts, spoken: Words) -> Iterator[Fact]:
    def fact(name: str, value: str | None) -> Iterator[Fact]:
        if value:
            yield Fact(spoken.text(f"document.{name}"), value)

    yield from fact("date", spoken.date(said.issued_at))
    yield from fact("order", said.order)
    yield from fact("ordered", spoken.date(said.ordered_at) if said.ordered_at else None)
    yield from fact("supplied", spoken.date(said.supplied) if said.supplied else None)
    yield from fact("place", said.place)
    yield from fact("buyer_tax_number", said.buyer.tax_number)
    yield from fact("purchase_order", said.purchase_order)
    if said.terms is not None:
        yield from fact("terms", spoken.text("document.days", count=said.terms.days))
        yield from fact("due_on", spoken.date(said.terms.due_on))
        yield from fact("payment_reference", said.terms.reference)
    if said.corrects and said.corrects_day:
        whole = spoken.text("document.corrected", number=said.corrects, day=said.corrects_day)
        yield from fact("corrects", whole)
    yield from fact("reason", said.reason)


def _goods(said: Facts, spoken: Words) -> Table:
    """What is picked, packed or sent back: how many of what, and room to tick it off."""
    columns = (
        Column(spoken.text("document.done")),
        Column(spoken.text("document.goods"), wide=True),
        Column(spoken.text("document.quantity"), end=True),
    )
    rows = [
        Row((Cell(TICK), _name(line, said, spoken), Cell(spoken.number(line.quantity))))
        for line in said.lines
    ]
    return Table(columns, tuple(rows))


def _bought(said: Facts, spoken: Words) -> Table:
    net_prices = said.kind is DocumentKind.invoice or said.kind is DocumentKind.credit_note
    reduced = any(line.discount for line in said.lines) and not net_prices
    columns = [
        Column(spoken.text("document.goods"), wide=True),
        Column(spoken.text("document.quantity"), end=True),
        Column(spoken.text("document.unit_net" if net_prices else "document.unit"), end=True),
        *([Column(spoken.text("document.discount"), end=True)] if reduced else []),
        Column(spoken.text("document.rate"), end=True),
        Column(spoken.text("document.net"), end=True),
        Column(spoken.text("document.gross"), end=True),
    ]
    rows = []
    for line in said.lines:
        unit = _unit_net(line, said, spoken) if net_prices else spoken.money(Money(line.unit, said.currency))
        rows.append(
            Row(
                (
                    _name(line, said, spoken),
                    Cell(spoken.number(line.quantity)),
                    Cell(unit),
                    *([Cell(_less(line.discount, said, spoken))] if reduced else []),
                    Cell(_rate(line.rate, spoken) if line.rate is not None else ""),
                    Cell(spoken.money(Money(line.net, said.currency))),
                    Cell(spoken.money(Money(line.gross, said.currency))),
                )
            )
        )
    return Table(tuple(columns), tuple(rows))


def _unit_net(line: DocumentLine, said: Facts, spoken: Words) -> str:
    """The price of one without tax and after discounts, to the nearest minor unit."""
    units = max(line.quantity, 1)
    return spoken.money(Money((2 * line.net + units) // (2 * units), said.currency))


def _less(amount: int, said: Facts, spoken: Words) -> str:
    return spoken.money(Money(-amount, said.currency)) if amount else ""


def _name(line: DocumentLine, said: Facts, spoken: Words) -> Cell:
    name = f"{line.name}, {line.detail}" if line.detail else line.name
    if _reduced_in_japan(line, said):
        name += " ※"
    under = [line.sku] if line.sku else []
    under += line.parts
    under += [f"{one.name} {_less(one.amount, said, spoken)}" for one in line.reductions]
    return Cell(name, tuple(under))


def _reduced_in_japan(line: DocumentLine, said: Facts) -> bool:
    return said.country == "JP" and line.rate == REDUCED_IN_JAPAN


def _rate(rate: int, spoken: Words) -> str:
    return spoken.percent(Fraction(rate, MILLION))


def _sums(said: Facts, spoken: Words) -> Iterator[Sum]:
    def one(name: str, amount: int, strong: bool = False) -> Sum:
        return Sum(spoken.text(f"document.{name}"), spoken.money(Money(amount, said.currency)), strong)

    if said.discount and said.kind is not DocumentKind.credit_note:
        yield Sum(spoken.text("document.discounts"), _less(said.discount, said, spoken))
    yield one("sum_net", said.net)
    yield one("sum_tax", said.tax)
    yield one("sum_back" if said.kind is DocumentKind.credit_note else "sum_gross", said.gross, True)
    for paid in said.payments:
        yield Sum(_paid(paid, spoken), spoken.money(Money(paid.amount, said.currency)))
        if paid.rounding:
            yield one("rounding", paid.rounding)
        if paid.given is not None:
            yield one("given", paid.given)
            yield one("change", paid.change)
    if said.due > 0 and said.kind in {DocumentKind.invoice, DocumentKind.confirmation}:
        yield one("due", said.due, True)


def _paid(paid: DocumentPayment, spoken: Words) -> str:
    known = spoken.find(f"document.tender.{paid.tender}")
    tender = spoken.fill(known, {}) if known is not None else paid.tender
    if paid.last_four:
        tender = spoken.text("document.ending", tender=tender, last_four=paid.last_four)
    return spoken.text("document.paid" if paid.taken else "document.set_aside", tender=tender)


def _taxes(said: Facts, spoken: Words) -> Table:
    columns = (
        Column(spoken.text("document.tax_kind"), wide=True),
        Column(spoken.text("document.basis"), end=True),
        Column(spoken.text("document.tax"), end=True),
        Column(spoken.text("document.gross"), end=True),
    )
    rows = [
        Row(
            (
                Cell(f"{one.name} {_rate(one.rate, spoken)}".strip()),
                Cell(spoken.money(Money(one.net, said.currency))),
                Cell(spoken.money(Money(one.tax, said.currency))),
                Cell(spoken.money(Money(one.net + one.tax, said.currency))),
            )
        )
        for one in said.taxes
    ]
    return Table(columns, tuple(rows), spoken.text("document.tax_summary"))


def _notes(said: Facts, spoken: Words) -> Iterator[str]:
    if said.kind is DocumentKind.return_slip:
        yield spoken.text("document.return_how")
    if said.kind.of_goods:
        return
    for treatment in sorted({one.treatment for one in said.taxes}):
        note = tax_note(treatment, spoken.language)
        if note is not None:
            yield note
        elif treatment is Treatment.distance_sale:
            yield spoken.text("document.one_stop_shop", country=spoken.country(said.country))
    if any(_reduced_in_japan(line, said) for line in said.lines):
        yield spoken.text("document.reduced")


def _foot(seller: Issuer, spoken: Words) -> Iterator[str]:
    yield " · ".join((seller.legal_name, *seller.lines))
    numbers = [spoken.text("document.registration", number=seller.registration_number)]
    for number in seller.tax_numbers:
        shown = f"T{number}" if seller.country == "JP" and number.isdigit() and len(number) == 13 else number
        numbers.append(spoken.text("document.tax_number", number=shown))
    if seller.country == "NO":
        numbers.append(REGISTER_IN_NORWAY)
    yield " · ".join(numbers)
