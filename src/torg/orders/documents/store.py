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
# Where a series has fewer documents than it has given numbers, or one number twice.
GAPS = """
SELECT s.series, s.last, count(d.place) AS documents, count(DISTINCT d.place) AS numbers,
       coalesce(max(d.place), 0) AS highest
FROM document_series s LEFT JOIN documents d ON d.series = s.series
GROUP BY s.series, s.last
HAVING s.last <> count(d.place) OR s.last <> count(DISTINCT d.place) OR s.last <> coalesce(max(d.place), 0)
ORDER BY s.series
"""


class Taken(msgspec.Struct, frozen=True):
    """The last number that a series has given."""

    series: str
    last: int


class Gap(msgspec.Struct, frozen=True):
    """A series whose documents are not one for every number."""

    series: str
    last: int
    documents: int
    numbers: int
    highest: int


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


async def gaps(tx: Transaction) -> list[Gap]:
    """Series that do not have exactly one document for every number that they gave."""
    return await tx.all(Gap, GAPS)
