"""The whole file, checked, in little memory: a number per value instead of an object per line."""

from array import array
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from msgspec import Struct

from torg.connectors.online_retail import parse
from torg.connectors.online_retail.model import COLUMNS
from torg.connectors.online_retail.parse import MICRO, Unusable
from torg.imports import Damaged, Progress, Refusal, Row, Table

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
PENNY: Final = MICRO // 100
LONGEST_GIVEN: Final = 80
READERS: Final[tuple[Callable[[str | None], object], ...]] = (
    parse.invoice,
    parse.code,
    parse.name,
    parse.quantity,
    parse.moment,
    parse.price,
    parse.customer,
    parse.country,
)
TOLD_EVERY: Final = 20_000


class Interned(Generic[T]):
    """Each value once, under a number."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, value: T) -> int:
        """The value's number."""
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = len(self.values)
            self.values.append(value)
        return found


class Line(Struct, frozen=True):
    """One line, taken out of the book."""

    line: int
    invoice: str
    code: str
    name: str
    quantity: int
    at: datetime
    price: int
    customer: int
    country: str

    @property
    def amount(self) -> int:
        """What it comes to in millionths of a pound, exactly; below zero when it gives back."""
        return self.quantity * self.price


class Book:
    """Every line that can be read, by its place; and those that cannot, with what they would have come to."""

    def __init__(self) -> None:
        self.numbers = array("l")
        self.invoices: Interned[str] = Interned()
        self.codes: Interned[str] = Interned()
        self.names: Interned[str] = Interned()
        self.countries: Interned[str] = Interned()
        self._columns = tuple(array("q") for _ in COLUMNS)
        self.refusals: list[Refusal] = []
        self.refused_amount = 0
        self.lines = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, row: Row, latest: datetime) -> None:
        """Read a line into the book, or note why it cannot be."""
        self.lines += 1
        line, texts = row
        if texts is None:
            self.refuse(line, [("", f"does not have {len(COLUMNS)} values", "")], 0)
            return
        values: list[object] = []
        wrong: list[tuple[str, str, str]] = []
        for column, reader, text in zip(COLUMNS, READERS, texts, strict=True):
            try:
                values.append(reader(text))
            except Unusable as reason:
                values.append(None)
                wrong.append((column.name, str(reason), text or ""))
        invoice, code, name, quantity, at, price, customer, country = values
        if isinstance(at, datetime) and at > latest:
            wrong.append(("InvoiceDate", "lies in the future", texts[4] or ""))
        if wrong:
            amount = quantity * price if isinstance(quantity, int) and isinstance(price, int) else 0
            self.refuse(line, wrong, amount)
            return
        self._keep(line, invoice, code, name, quantity, at, price, customer, country)

    def _keep(self, line: int, *values: object) -> None:
        invoice, code, name, quantity, at, price, customer, country = values
        assert isinstance(at, datetime)
        numbers = (
            self.invoices.number(str(invoice)),
            self.codes.number(str(code)),
            self.names.number(str(name)),
            quantity,
            (at - EPOCH) // SECOND,
            price,
            customer,
            self.countries.number(str(country)),
        )
        self.numbers.append(line)
        for column, number in zip(self._columns, numbers, strict=True):
            column.append(number)  # type: ignore[arg-type]  # every one is a whole number

    def refuse(self, line: int, wrong: Iterable[tuple[str, str, str]], amount: int) -> None:
        """Note that a line is not taken, why, and what it would have come to."""
        told = list(wrong)
        self.refusals.append(
            Refusal(
                line,
                "; ".join(field for field, _, _ in told),
                "; ".join(f"{field} {reason}".strip() for field, reason, _ in told),
                "; ".join(given[:LONGEST_GIVEN] for _, _, given in told),
            )
        )
        self.refused_amount += amount

    def line(self, place: int) -> Line:
        """The line at a place."""
        invoice, code, name, quantity, at, price, customer, country = (
            column[place] for column in self._columns
        )
        return Line(
            self.numbers[place],
            self.invoices.values[invoice],
            self.codes.values[code],
            self.names.values[name],
            quantity,
            EPOCH + at * SECOND,
            price,
            customer,
            self.countries.values[country],
        )

    def given_back(self) -> set[tuple[int, str, int]]:
        """The customers, codes and prices of lines that give goods back to somebody known."""
        _, codes, _, quantities, _, prices, customers, _ = self._columns
        return {
            (customers[place], self.codes.values[codes[place]], prices[place])
            for place, quantity in enumerate(quantities)
            if quantity < 0 and customers[place]
        }

    def sorted_by_document(self) -> "tuple[array[int], array[int]]":
        """The places of all lines, those of one invoice together, the invoices in the order in which they begin in the
        file; and where in that each invoice begins.
        """
        invoices = self._columns[0]
        order = array("l", sorted(range(len(self)), key=invoices.__getitem__))
        starts = array(
            "l", (p for p in range(len(order)) if not p or invoices[order[p]] != invoices[order[p - 1]])
        )
        return order, starts


def read(table: Table, latest: datetime, progress: Progress) -> Book:
    """The book of a file; `Damaged` when the file was cut off in its last line, or most of it cannot be read."""
    book = Book()
    for row in table.rows():
        book.add(row, latest)
        if book.lines % TOLD_EVERY == 0:
            progress("reading lines", book.lines, 0)
    if not book.lines:
        raise Damaged("the file has a header and no lines")
    last = book.refusals[-1] if book.refusals else None
    if last is not None and last.line == table.cut_off:
        raise Damaged(f"line {last.line} ends in the middle ({last.reason}): the file was cut off")
    if 2 * len(book.refusals) > book.lines:
        first = book.refusals[0]
        raise Damaged(
            f"{len(book.refusals)} of {book.lines} lines cannot be used, so these are not the columns of this source;"
            f" line {first.line}: {first.reason}"
        )
    return book


def pence(amount: int) -> int:
    """Millionths of a pound in pence, rounded half away from zero."""
    whole, rest = divmod(abs(amount), PENNY)
    rounded = whole + (2 * rest >= PENNY)
    return -rounded if amount < 0 else rounded
