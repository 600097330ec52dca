"""Five hundred generated orders: what documents say adds up to what the orders cost, to the minor unit."""

import html as entities
import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import pypdfium2  # type: ignore[import-untyped]  # the package has no types
import pytest
from msgspec.structs import replace
from tests.orders.generated import NAMES, random_order
from tests.orders.test_balance import returned

from torg.kernel.i18n import LANGUAGES, words
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.kernel.paper import Paper, html, pdf
from torg.orders.documents.freeze import Known, facts
from torg.orders.documents.issue import _document
from torg.orders.documents.model import Document, DocumentKind, DocumentLine, DocumentTax, Draft
from torg.orders.documents.paper import paper_of
from torg.orders.documents.settle import lacking
from torg.orders.model import OrderState
from torg.payments import Tender
from torg.pricing import Amounts, Treatment, share

ORDERS = 500


def issued(drafts: Iterable[Draft]) -> list[Document]:
    return [
        _document(draft, f"{draft.facts.seller.code}:R:2026", place, "test")
        for place, draft in enumerate(drafts, 1)
    ]


def bare(text: str) -> str:
    return "".join(text.replace("\ufffe", "").replace("\u200b", "").split())


def said_by_html(page: str) -> str:
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", page, flags=re.S)
    return bare(entities.unescape(re.sub(r"<[^>]+>", "", body)))


def said_by_pdf(content: bytes) -> str:
    file = pypdfium2.PdfDocument(content)
    return "".join(bare(page.get_textpage().get_text_range()) for page in file)


def rates(taxes: Iterable[DocumentTax]) -> dict[tuple[str, int, str], Amounts]:
    found: dict[tuple[str, int, str], Amounts] = {}
    for one in taxes:
        key = (one.name, one.rate, one.treatment.value)
        found[key] = found.get(key, Amounts()) + Amounts(one.net, one.tax)
    return found


@pytest.mark.parametrize("first", range(0, ORDERS, 100))
async def test_documents_add_up_and_html_and_pdf_say_the_same(first: int) -> None:
    kinds: Counter[DocumentKind] = Counter()
    for seed in range(first, first + 100):
        known = random_order(seed)
        (bill,) = issued(lacking(known, ()))
        kinds[bill.kind] += 1
        adds_up(known, bill)
        paper = paper_of(bill)
        shows_the_amounts(known, paper)
        page, file = said_by_html(html(paper)), said_by_pdf(await pdf(paper))
        for text in paper.texts():
            assert bare(text) in page, (seed, text)
            assert bare(text) in file, (seed, text)
    assert kinds[DocumentKind.invoice] and kinds[DocumentKind.receipt]


def adds_up(known: Known, bill: Document) -> None:
    order, said = known.order, bill.facts
    assert (bill.net, bill.tax, bill.gross) == (order.net, order.tax, order.gross)
    by_key = {line.key: line for line in said.lines}
    for line in known.lines:
        same = by_key[f"line:{line.id}"]
        assert (same.quantity, same.net, same.tax, same.gross) == (
            line.quantity,
            line.net,
            line.tax,
            line.gross,
        )
    assert sum(one.gross for one in said.lines if one.sku is None) == order.delivery
    assert rates(said.taxes) == {
        (one.name, one.rate, one.treatment.value): Amounts(one.net, one.tax) for one in order.taxes
    }
    assert sum(one.net for one in said.taxes) == order.net
    assert sum(one.tax for one in said.taxes) == order.tax
    assert sum(one.amount for one in said.payments) == order.gross and said.due == 0


def shows_the_amounts(known: Known, paper: Paper) -> None:
    spoken = words(known.order.language, known.order.country, known.order.time_zone)
    shown = {one.label: one.value for one in paper.sums}
    wanted = {"sum_net": known.order.net, "sum_tax": known.order.tax, "sum_gross": known.order.gross}
    for label, amount in wanted.items():
        assert shown[spoken.text(f"document.{label}")] == spoken.money(Money(amount, known.order.currency))


def test_a_cancelled_order_is_credited_rate_by_rate() -> None:
    for seed in range(ORDERS):
        known = random_order(seed)
        if not known.order.gross:
            continue
        (bill,) = issued(lacking(known, ()))
        gone = replace(known, order=replace(known.order, state=OrderState.cancelled))
        (note,) = issued(lacking(gone, [bill]))
        assert note.kind is DocumentKind.credit_note and note.corrects == bill.id
        assert (note.net, note.tax, note.gross) == (bill.net, bill.tax, bill.gross)
        paid_for = {key: part for key, part in rates(bill.facts.taxes).items() if part.gross}
        assert rates(note.facts.taxes) == paid_for, seed
        assert lacking(gone, [bill, note]) == []


def test_what_comes_back_unit_by_unit_is_credited_to_nothing() -> None:
    for seed in range(ORDERS):
        known = random_order(seed)
        documents = issued(lacking(known, ()))
        for line in known.lines:
            left = Amounts(line.net, line.tax)
            for units in range(line.quantity, 0, -1):
                part = share(left, 1, units)
                left -= part
                back = replace(returned((line.id, 1, part)), id=new_id())
                known = replace(known, returns=[*known.returns, back])
        notes = issued(lacking(known, documents))
        assert lacking(known, [*documents, *notes]) == []
        goods = sum(line.gross for line in known.lines)
        assert sum(one.gross for one in notes) == goods
        assert documents[0].gross - sum(one.gross for one in notes) == known.order.delivery


def test_a_change_is_billed_or_credited_as_the_difference() -> None:
    for seed in range(ORDERS):
        known = random_order(seed)
        documents = issued(lacking(known, ()))
        (line, *others) = known.lines
        if not others or not line.gross or not others[0].gross:
            continue
        less = replace(
            known.order,
            net=known.order.net - line.net,
            tax=known.order.tax - line.tax,
            gross=known.order.gross - line.gross,
            version=2,
        )
        (note,) = issued(lacking(replace(known, order=less, lines=others), documents))
        assert (note.kind, note.gross) == (DocumentKind.credit_note, line.gross)
        back = issued(lacking(known, [*documents, note]))
        assert [one.gross for one in back] == [line.gross]
        assert back[0].kind is documents[0].kind
        assert lacking(known, [*documents, note, *back]) == []


def test_nothing_is_billed_before_money_or_goods_have_moved() -> None:
    known = random_order(3)
    assert known.order.gross
    unpaid = replace(known, payments=())
    assert lacking(unpaid, ()) == []
    left = replace(unpaid, lines=[replace(line, gone=1) for line in known.lines])
    (draft,) = lacking(left, ())
    assert draft.facts.due == known.order.gross


LISTS = (DocumentKind.packing_list, DocumentKind.pick_list, DocumentKind.return_slip)
SCRIPTS = ("김철수", "محمد علي", "Ærlig 😀 Nøst")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lists_of_goods_are_set_over_pages_with_all_their_texts(language: str) -> None:
    known = random_order(14)
    lines = tuple(
        DocumentLine(key=f"line:{place}", sku=f"SKU-{place}", name=NAMES[place % len(NAMES)], quantity=place)
        for place in range(1, 71)
    )
    for kind in LISTS:
        said = facts(known, kind, lines=lines, place="Lager Oslo")
        draft = Draft(order_id=known.order.order_id, kind=kind, cause="x", facts=said)
        paper = paper_of(_document(draft, None, None, "test"), language=language)
        page, content = said_by_html(html(paper)), await pdf(paper)
        file = said_by_pdf(content)
        assert len(pypdfium2.PdfDocument(content)) > 2
        for text in paper.texts():
            assert bare(text) in page and bare(text) in file, (kind, text)


async def test_a_name_in_a_script_that_the_fonts_lack_has_its_receipt() -> None:
    known = random_order(3)
    for name in SCRIPTS:
        order = replace(known.order, name=name, address=None, billing=None)
        (bill,) = issued(lacking(replace(known, order=order), ()))
        file = said_by_pdf(await pdf(paper_of(bill)))
        assert bare(known.order.number or "") in file


def test_japans_tax_is_rounded_once_for_each_rate_of_an_invoice() -> None:
    seen = 0
    for seed in range(ORDERS):
        known = random_order(seed)
        if known.order.country != "JP":
            continue
        seen += 1
        (bill,) = issued(lacking(known, ()))
        for one in (tax for tax in bill.facts.taxes if tax.rate):
            # Half a yen to either side of the exact tax of all that has this rate.
            exact = Fraction(one.rate, 1_000_000 + one.rate) * (one.net + one.tax)
            added = Fraction(one.rate, 1_000_000) * one.net
            assert min(abs(one.tax - exact), abs(one.tax - added)) <= Fraction(1, 2), (seed, one)
        assert sum(one.tax for one in bill.facts.taxes) == bill.tax == sum(x.tax for x in bill.facts.lines)
        numbers = "".join(paper_of(bill).foot)
        assert re.search(r"T\d{13}", numbers), numbers
    assert seen > 20


def test_an_invoice_of_singapore_calls_itself_so() -> None:
    known = next(one for one in map(random_order, range(ORDERS)) if one.order.business and one.order.gross)
    (bill,) = issued(lacking(known, ()))
    assert bill.kind is DocumentKind.invoice
    said = replace(bill.facts, seller=replace(bill.facts.seller, country="SG"))
    for language in LANGUAGES:
        assert "Tax invoice" in paper_of(replace(bill, facts=said), language=language).title
        assert "Tax invoice" not in paper_of(bill, language=language).title


def test_the_generated_orders_are_of_every_kind() -> None:
    made = [random_order(seed) for seed in range(ORDERS)]
    lines = [line for one in made for line in one.lines]
    paid = [payment for one in made for payment in one.payments]
    assert {one.order.currency for one in made} >= {"JPY", "KWD", "EUR", "NOK"}
    assert {line.treatment for line in lines} >= {Treatment.reverse_charge, Treatment.export}
    assert {line.tax_included for line in lines} == {True, False}
    assert {payment.tender for payment in paid} == {Tender.gateway, Tender.gift_card, Tender.cash}
    assert any(payment.rounding and payment.given for payment in paid)
    assert any(line.kind == "gift_card" for line in lines) and any(line.components for line in lines)
