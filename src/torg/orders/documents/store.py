"""The tables of documents: SQL in, model out."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.documents.model import Document

COLUMNS = """
order_id, id, kind, cause, series, place, number, corrects, seller, language, currency, net, tax, gross, facts, actor,
issued_at
"""
ADD = (
    "INSERT INTO documents ("  # our own column names
    + COLUMNS
    + ") SELECT "
    + COLUMNS
    + """
FROM jsonb_to_recordset(%(documents)s) AS d (
    order_id uuid, id uuid, kind text, cause text, series text, place bigint, number text, corrects uuid, seller text,
    language text, currency text, net bigint, tax bigint, gross bigint, facts jsonb, actor text, issued_at timestamptz)
ORDER BY order_id, id
"""
)
# The rows of the series are locked in the order of their names, until whoever takes numbers commits or takes none.
TAKE = """
INSERT INTO document_series AS s (series, last)
SELECT series, wanted FROM unnest(%(series)s::text[], %(wanted)s::bigint[]) AS w (series, wanted) ORDER BY series
ON CONFLICT (series) DO UPDATE SET last = s.last + excluded.last
RETURNING s.series, s.last
"""
FIND = "SELECT " + COLUMNS + " FROM documents WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
OF_ORDERS = "SELECT " + COLUMNS + " FROM documents WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, id"  # noqa: S608  # our own column names
NUMBERS_OF = (
    "SELECT order_id, number FROM documents WHERE order_id = ANY(%(order_ids)s) AND number IS NOT NULL"
)
# A series and its documents, also of a series that nothing counts.
SERIES = """
SELECT coalesce(s.series, d.series) AS series, coalesce(max(s.last), 0) AS last, count(d.place) AS documents,
       count(DISTINCT d.place) AS numbers, coalesce(min(d.place), 1) AS lowest, coalesce(max(d.place), 0) AS highest
FROM document_series s FULL JOIN (SELECT series, place FROM documents WHERE series IS NOT NULL) d ON d.series = s.series
GROUP BY 1 ORDER BY 1
"""


class Taken(msgspec.Struct, frozen=True):
    """The last number that a series has given."""

    series: str
    last: int


class Checked(msgspec.Struct, frozen=True):
    """A series: the last number that it gave, and the numbers that stand on its documents."""

    series: str
    last: int
    documents: int
    numbers: int
    lowest: int
    highest: int

    @property
    def whole(self) -> bool:
        """Whether each number from 1 to the last stands on exactly one document."""
        return self.documents == self.numbers == self.last == self.highest and self.lowest == 1

    @property
    def says(self) -> str:
        """In words, for who looks after it."""
        if self.whole:
            return "without gaps"
        return f"{self.last - self.numbers} numbers missing, {self.documents - self.numbers} given twice"


class NumberOf(msgspec.Struct, frozen=True):
    """The number of a document of an order."""

    order_id: UUID
    number: str


async def take(tx: Transaction, series: Sequence[str]) -> dict[str, int]:
    """Take one number for each time that a series is named; the last that each has given, locked until the commit."""
    wanted = sorted(Counter(series).items())
    if not wanted:
        return {}
    taken = await tx.all(
        Taken, TAKE, series=[name for name, _ in wanted], wanted=[count for _, count in wanted]
    )
    return {one.series: one.last for one in taken}


async def add(tx: Transaction, documents: Sequence[Document]) -> None:
    """Write documents down, for ever."""
    if documents:
        await tx.execute(ADD, documents=Jsonb(msgspec.to_builtins(documents)))


async def find(tx: Transaction, order_id: UUID, id: UUID) -> Document | None:
    """One document of an order, or nothing."""
    return await tx.find(Document, FIND, order_id=order_id, id=id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Document]:
    """The documents of these orders, each order's the oldest first."""
    return await tx.all(Document, OF_ORDERS, order_ids=list(order_ids)) if order_ids else []


async def numbers_of(tx: Transaction, order_ids: Sequence[UUID]) -> list[NumberOf]:
    """The numbers of the documents of these orders."""
    return await tx.all(NumberOf, NUMBERS_OF, order_ids=list(order_ids))


async def series(tx: Transaction) -> list[Checked]:
    """All series with the numbers of their documents."""
    return await tx.all(Checked, SERIES)
