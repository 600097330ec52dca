"""Check the whole file before anything is written: what it holds, what must be refused, and that nothing gets lost."""

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from torg.connectors.online_retail.book import TOLD_EVERY, Book, Line, pence, read
from torg.connectors.online_retail.match import Matches, Purchases
from torg.connectors.online_retail.model import COLUMNS, VOUCHER
from torg.connectors.online_retail.sort import Document, sort
from torg.imports import Progress, Refusal, fingerprint, open_table


class Goods(Struct):
    """What the file says of one code: how often it was called what, and sold at which price, and when last so."""

    names: Counter[str] = field(default_factory=Counter)
    prices: Counter[int] = field(default_factory=Counter)
    last: dict[int, datetime] = field(default_factory=dict)

    def hear(self, line: Line) -> None:
        """Take note of a line of these goods."""
        if line.name:
            self.names[line.name] += 1 if line.price else 0
        if line.price > 0 and line.quantity > 0:
            self.prices[line.price] += 1
            self.last[line.price] = max(line.at, self.last.get(line.price, line.at))

    def name(self, code: str) -> str:
        """What it is mostly called where it has a price; its code when nobody says."""
        return max(self.names, key=lambda name: (self.names[name], name), default=code)

    def price(self) -> int | None:
        """The price in pence at which it was sold most often, of several the latest; None when it never had one."""
        whole = [price for price in self.prices if pence(price)]
        best = max(whole, key=lambda price: (self.prices[price], self.last[price], price), default=None)
        return None if best is None else pence(best)


class Checked(Struct):
    """A file that can be brought in: its lines by invoice, its goods and customers, which return is of which order."""

    fingerprint: str
    book: Book
    order: "array[int]"
    starts: "array[int]"
    goods: dict[str, Goods]
    customers: dict[int, datetime]
    matches: Matches
    refusals: list[Refusal]
    imported: int
    total_file: int
    total_imported: int
    total_refused: int

    def document(self, place: int) -> Document:
        """The invoice at this place, in the order of the file."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.order)
        return sort([self.book.line(at) for at in self.order[self.starts[place] : end]])

    @property
    def documents(self) -> int:
        """How many invoices there are."""
        return len(self.starts)

    def lines_of(self, place: int) -> int:
        """How many lines the invoice at this place has."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.order)
        return end - self.starts[place]

    @property
    def rounding(self) -> int:
        """What rounding each line for itself makes over the file."""
        return self.total_file - self.total_imported - self.total_refused


def vouchers(code: str) -> bool:
    """Whether this is a gift voucher, which is not sold on as goods."""
    return code.startswith(VOUCHER)


def check(path: Path, latest: datetime, progress: Progress) -> Checked:
    """Read and check a file; `Damaged` when it cannot be used as a whole."""
    mark = fingerprint(path)
    book = read(open_table(path, COLUMNS), latest, progress)
    order, starts = book.sorted_by_document()
    checked = Checked(mark, book, order, starts, {}, {}, Matches(), [], 0, 0, 0, 0)
    purchases = Purchases(book)
    exact = 0
    seen = 0
    for place in range(checked.documents):
        document = checked.document(place)
        for line, column, reason in document.refused:
            book.refuse(line.line, [(column, reason, "")], line.amount)
        for line in _taken(document):
            exact += line.amount
            checked.imported += 1
            checked.total_imported += pence(line.amount)
        _hear(checked, document)
        purchases.hear(place, document)
        if (seen + checked.lines_of(place)) // TOLD_EVERY > seen // TOLD_EVERY:
            progress("checking lines", seen, len(book))
        seen += checked.lines_of(place)
    checked.matches = purchases.match()
    checked.refusals = sorted(book.refusals, key=lambda refusal: refusal.line)
    checked.total_refused = pence(book.refused_amount)
    checked.total_file = pence(exact + book.refused_amount)
    return checked


def _taken(document: Document) -> Iterator[Line]:
    yield from document.sold
    yield from document.returned
    yield from document.charges
    for _, line in document.entries:
        yield line


def _hear(checked: Checked, document: Document) -> None:
    for line in (*document.sold, *document.returned):
        checked.goods.setdefault(line.code, Goods()).hear(line)
    if document.customer:
        first = checked.customers.get(document.customer, document.at)
        checked.customers[document.customer] = min(first, document.at)
