"""Which bills and credit notes an order lacks, so that all of them add up to what it costs. Pure.

A bill is a receipt, or an invoice where a company buys. The first is due when everything is paid, or when goods leave,
whichever is first. What came back is credited return by return; whatever else the order has become since (changed,
cancelled) is billed or credited as the difference. When nothing has changed, nothing is lacking.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.i18n import words
from torg.orders.balance import balance
from torg.orders.documents.freeze import Known, deliveries, facts, goods, whole
from torg.orders.documents.model import (
    BILLS,
    Document,
    DocumentKind,
    DocumentLine,
    DocumentTax,
    Draft,
)
from torg.orders.model import OrderState
from torg.orders.returns import Return
from torg.payments import Tender
from torg.pricing import Amounts, Treatment, share

FIRST: Final = "sale"
DELIVERY_BACK: Final = "delivery"
FEE: Final = "fee"
Rate: TypeAlias = tuple[str, int, Treatment]


class Standing(Struct):
    """What documents say so far of one line: units and amounts."""

    quantity: int = 0
    net: int = 0
    tax: int = 0
    gross: int = 0

    def add(self, line: DocumentLine, sign: int) -> None:
        """Count a line in, or out again."""
        self.quantity += sign * line.quantity
        self.net += sign * line.net
        self.tax += sign * line.tax
        self.gross += sign * line.gross


def lacking(known: Known, issued: Sequence[Document]) -> list[Draft]:
    """The bills and credit notes that have to be issued now, in the order of their numbers."""
    money = [one for one in issued if one.kind in BILLS or one.kind is DocumentKind.credit_note]
    if not money:
        return [_bill(known)] if _is_due(known) else []
    first = next(one for one in money if one.kind in BILLS)
    done = {one.cause for one in money}
    drafts = [
        _credit(known, one, first)
        for one in known.returns
        if one.state.counts and one.gross and f"return:{one.id}" not in done
    ]
    return [*drafts, *_differences(known, money, first)]


def _is_due(known: Known) -> bool:
    order = known.order
    if order.state is not OrderState.placed or order.source is not None:
        return False
    stands = balance(order, known.lines, known.payments, known.returns)
    return stands.captured >= order.gross or any(line.gone for line in known.lines)


def bill_kind(known: Known) -> DocumentKind:
    """An invoice for a company, and for whoever pays later; a receipt for everybody else."""
    later = any(one.tender is Tender.invoice and not one.state.failed for one in known.payments)
    return DocumentKind.invoice if known.order.business is not None or later else DocumentKind.receipt


def _bill(known: Known) -> Draft:
    kind = bill_kind(known)
    return Draft(order_id=known.order.order_id, kind=kind, cause=FIRST, facts=whole(known, kind))


def _credit(known: Known, made: Return, first: Document) -> Draft:
    """What was paid for what came back, with the delivery that is given back, less the fee that is kept."""
    lines = [*_returned(known, made)]
    if made.delivery:
        name = next((one.name for one in known.order.deliveries if one.gross), DELIVERY_BACK)
        lines.append(_beside(DELIVERY_BACK, name, made.delivery, made.delivery_tax))
    if made.fee:
        name = words(known.order.language).text("document.fee")
        lines.append(_beside(FEE, name, -made.fee, -made.fee_tax))
    return _taking_back(known, first, f"return:{made.id}", tuple(lines), made.reason)


def _beside(key: str, name: str, gross: int, tax: int) -> DocumentLine:
    return DocumentLine(key=key, name=name, quantity=1, unit=gross, net=gross - tax, tax=tax, gross=gross)


def _returned(known: Known, made: Return) -> Iterator[DocumentLine]:
    bought = {line.id: line for line in known.lines}
    for one in made.lines:
        line = bought.get(one.line_id) if one.line_id else None
        like = goods(line, known.order) if line is not None else None
        yield DocumentLine(
            key=f"line:{one.line_id or one.id}",
            sku=one.sku,
            name=one.name,
            detail=like.detail if like else "",
            quantity=one.quantity,
            unit=0,
            tax_name=like.tax_name if like else "",
            rate=like.rate if like else None,
            treatment=like.treatment if like else Treatment.domestic,
            net=one.net,
            tax=one.tax,
            gross=one.gross,
        )


def _taking_back(
    known: Known, first: Document, cause: str, lines: tuple[DocumentLine, ...], reason: str | None
) -> Draft:
    zone = ZoneInfo(known.order.time_zone)
    return Draft(
        order_id=known.order.order_id,
        kind=DocumentKind.credit_note,
        cause=cause,
        corrects=first.id,
        facts=facts(
            known,
            DocumentKind.credit_note,
            lines=lines,
            taxes=taxes_of(known, lines),
            corrects=first.number,
            corrects_day=first.issued_at.astimezone(zone).date(),
            reason=reason,
        ),
    )


def _differences(known: Known, money: Sequence[Document], first: Document) -> Iterator[Draft]:
    said, cause = _said(money), f"change:{len(money)}"
    now = (*(goods(each, known.order) for each in known.lines), *deliveries(known.order))
    wanted = {line.key: line for line in now}
    costs = known.order.state is OrderState.placed
    more: list[DocumentLine] = []
    less: list[DocumentLine] = []
    for key in dict.fromkeys([*wanted, *said]):
        stands, line = said.get(key, Standing()), wanted.get(key)
        target = line if line is not None and costs else None
        part = _difference(stands, target, line or _like(money, key))
        (more if part.gross > 0 or (part.gross == 0 and part.quantity > 0) else less).append(part)
    less = [_positive(part) for part in less if part.gross or part.net or part.tax]
    more = [part for part in more if part.gross or part.net or part.tax]
    if less:
        yield _taking_back(known, first, cause, tuple(less), known.order.reason)
    if more:
        kind = bill_kind(known)
        yield Draft(
            order_id=known.order.order_id,
            kind=kind,
            cause=cause,
            facts=facts(known, kind, lines=tuple(more), taxes=taxes_of(known, more)),
        )


def _said(money: Iterable[Document]) -> dict[str, Standing]:
    """What bills say line by line, less what credit notes took back, but for those of returns: the order's own lines
    stay as they were when goods come back."""
    found: dict[str, Standing] = defaultdict(Standing)
    for one in money:
        if not one.cause.startswith("return:"):
            for line in one.facts.lines:
                found[line.key].add(line, -1 if one.kind is DocumentKind.credit_note else 1)
    return found


def _like(money: Iterable[Document], key: str) -> DocumentLine:
    return next(line for one in money for line in one.facts.lines if line.key == key)


def _difference(stands: Standing, target: DocumentLine | None, like: DocumentLine) -> DocumentLine:
    there = Standing()
    if target is not None:
        there.add(target, 1)
    return replace(
        like,
        quantity=there.quantity - stands.quantity,
        discount=0,
        reductions=(),
        net=there.net - stands.net,
        tax=there.tax - stands.tax,
        gross=there.gross - stands.gross,
    )


def _positive(line: DocumentLine) -> DocumentLine:
    return replace(line, quantity=abs(line.quantity), net=-line.net, tax=-line.tax, gross=-line.gross)


def taxes_of(known: Known, lines: Iterable[DocumentLine]) -> tuple[DocumentTax, ...]:
    """The tax of lines by rate and treatment; that of deliveries is of the rates of what they bring."""
    sums: dict[Rate, Amounts] = defaultdict(Amounts)
    delivered = Amounts()
    for line in lines:
        if line.rate is None:
            delivered += Amounts(line.net, line.tax)
        else:
            sums[line.tax_name, line.rate, line.treatment] += Amounts(line.net, line.tax)
    for rate, part in _spread(known, delivered):
        sums[rate] += part
    return tuple(
        DocumentTax(*rate, part.net, part.tax) for rate, part in sorted(sums.items()) if part.net or part.tax
    )


def _spread(known: Known, delivered: Amounts) -> Iterator[tuple[Rate, Amounts]]:
    """An amount for delivery over the rates of the order's deliveries, as they share what delivery costs in all."""
    of_delivery: dict[Rate, Amounts] = {
        (one.name, one.rate, one.treatment): Amounts(one.net, one.tax) for one in known.order.taxes
    }
    for line in known.lines:
        rate = (line.tax_name, line.tax_rate, line.treatment)
        of_delivery[rate] = of_delivery.get(rate, Amounts()) - Amounts(line.net, line.tax)
    every = sum(of_delivery.values(), Amounts())
    if delivered == every:
        yield from of_delivery.items()
        return
    left, weight = delivered, every.gross
    rates = sorted(of_delivery.items(), key=lambda one: one[1].net)
    for rate, part in rates[:-1]:
        mine = share(left, part.gross, weight) if 0 < part.gross <= weight else Amounts()
        left, weight = left - mine, weight - part.gross
        yield rate, mine
    if rates:
        yield rates[-1][0], left
