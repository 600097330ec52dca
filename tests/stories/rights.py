"""What the rights matrix is made of: who calls, what is called with which sample, and what the call must answer."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
from litestar.datastructures import UploadFile
from msgspec import Struct
from tests.kernel.people import add_key, add_staff, bearer, header

from torg.demo import named, people
from torg.kernel import ids
from torg.kernel.access import ActorKind
from torg.kernel.access.model import Assignment, Staff
from torg.kernel.database import Database, Transaction
from torg.kernel.openapi import Route
from torg.permissions import Permission

ELSEWHERE = "elsewhere"
# What belongs to no store or channel: a right that is held anywhere will do. A customer is one for all channels.
ANYWHERE = frozenset(
    {
        "GET /api/v1/catalog/attributes",
        "GET /api/v1/catalog/categories",
        "GET /api/v1/catalog/products",
        "GET /api/v1/catalog/synonyms",
        "GET /api/v1/catalog/unanswered",
        "GET /api/v1/catalog/products/{product_id}",
        "GET /api/v1/carriers",
        "GET /api/v1/channels",
        "GET /api/v1/content",
        "GET /api/v1/content/{code}",
        "GET /api/v1/content/{code}/versions",
        "GET /api/v1/companies",
        "GET /api/v1/companies/{company_id}",
        "GET /api/v1/companies/{company_id}/customers",
        "GET /api/v1/companies/{company_id}/invoice-accounts",
        "GET /api/v1/credit/terms",
        "GET /api/v1/customer-groups",
        "GET /api/v1/customer-groups/{code}/customers",
        "GET /api/v1/customers",
        "GET /api/v1/customers/{customer_id}",
        "GET /api/v1/customers/{customer_id}/addresses",
        "GET /api/v1/customers/{customer_id}/credit",
        "GET /api/v1/customers/{customer_id}/credit/entries",
        "GET /api/v1/customers/{customer_id}/membership",
        "GET /api/v1/customers/{customer_id}/preferences",
        "GET /api/v1/customers/{customer_id}/segments",
        "GET /api/v1/delivery-methods",
        "GET /api/v1/delivery-rates",
        "GET /api/v1/gift-cards",
        "GET /api/v1/gift-cards/{gift_card_id}",
        "GET /api/v1/gift-cards/{gift_card_id}/entries",
        "GET /api/v1/locations",
        "GET /api/v1/markets",
        "GET /api/v1/permissions",
        "GET /api/v1/price-lists",
        "GET /api/v1/price-lists/{code}",
        "GET /api/v1/price-lists/{code}/bulks",
        "GET /api/v1/price-lists/{code}/bulks/{bulk_id}",
        "GET /api/v1/price-lists/{code}/prices",
        "GET /api/v1/price-lists/{code}/scheduled",
        "GET /api/v1/promotions",
        "GET /api/v1/return-policies",
        "GET /api/v1/returnable",
        "GET /api/v1/roles",
        "GET /api/v1/segments",
        "GET /api/v1/segments/{code}/customers",
        "GET /api/v1/sellers",
        "GET /api/v1/tax-rates",
        "PATCH /api/v1/customers/{customer_id}",
        "PATCH /api/v1/customers/{customer_id}/addresses/{address_id}",
        "PATCH /api/v1/customers/{customer_id}/preferences",
        "POST /api/v1/customers",
        "POST /api/v1/customers/{customer_id}/addresses",
        "POST /api/v1/files",
        "POST /api/v1/promotions/try",
        "DELETE /api/v1/customers/{customer_id}/addresses/{address_id}",
    }
)
# Lists that show each caller only what is in her own places: a key for another store sees nothing of the others.
NARROWED = frozenset(
    {
        "GET /api/v1/api-keys",
        "GET /api/v1/claims",
        "GET /api/v1/fulfilments",
        "GET /api/v1/fulfilments/to-fetch",
        "GET /api/v1/orders",
        "GET /api/v1/parcels/troubles",
        "GET /api/v1/quotes",
        "GET /api/v1/returns",
        "GET /api/v1/shortfalls",
        "GET /api/v1/orders/{order_id}/payments",
        "GET /api/v1/staff",
        "GET /api/v1/stock/buffers/{channel}",
        "GET /api/v1/stock/counts",
        "GET /api/v1/orders/{order_id}/routings",
        "GET /api/v1/stock/levels",
        "GET /api/v1/stock/places",
        "GET /api/v1/stock/reorder",
        "GET /api/v1/stock/supplies",
    }
)
REFUSED = {401, 403}

# How often somebody has tried is remembered on purpose, of those who are refused above all.
TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'throttles' ORDER BY relname
"""


class Caller(Struct, frozen=True):
    """Somebody who calls: what she sends along, and which permissions she holds, everywhere or only elsewhere."""

    name: str
    headers: dict[str, str]
    kind: ActorKind
    permissions: frozenset[str] = frozenset()
    elsewhere: bool = False

    def holds(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions


async def callers(database: Database) -> list[Caller]:
    """A visitor, a customer, staff of every role of the demo, a key without rights, a key for one other store."""

    async def with_role(tx: Transaction, code: str) -> Staff:
        staff = await add_staff(tx)
        insert = "INSERT INTO role_assignments (id, staff_id, role) VALUES (%(id)s, %(staff)s, %(role)s)"
        await tx.execute(insert, id=ids.new_id(), staff=staff.id, role=code)
        return staff

    found = [Caller("visitor", {}, ActorKind.visitor)]
    email = named.NAMED[1].email
    customer = await database.read(
        lambda tx: tx.one(UUID, "SELECT customer_id FROM email_claims WHERE email = %(e)s", e=email)
    )
    opened = await bearer(database, ActorKind.customer, customer)
    found.append(Caller("customer", header(opened.token), ActorKind.customer))
    for role in people.ROLES:
        staff = await database.run(lambda tx, code=role.code: with_role(tx, code))  # type: ignore[misc]  # bound on purpose
        opened = await bearer(database, ActorKind.staff, staff.id)
        found.append(Caller(role.code, header(opened.token), ActorKind.staff, frozenset(role.permissions)))
    # A key must hold something; this word opens nothing but its own routes.
    key = await database.run(lambda tx: add_key(tx, "events:read", stores=(ELSEWHERE,)))
    found.append(Caller("key without rights", header(key.secret), ActorKind.api_key))
    everything = tuple(str(word) for word in Permission)
    key = await database.run(lambda tx: add_key(tx, *everything, stores=(ELSEWHERE,)))
    found.append(
        Caller("key for another store", header(key.secret), ActorKind.api_key, frozenset(everything), True)
    )
    return found


def must_be_refused(caller: Caller, route: Route, anywhere: frozenset[str]) -> bool | None:
    """Whether this caller must be refused here; None when that depends on more than her rights."""
    permission = route.permission
    if permission == "public":
        return False
    if permission == "customer":
        return caller.kind is not ActorKind.customer
    if permission == "staff":
        return caller.kind is not ActorKind.staff
    if permission == "signed-in":
        return caller.kind not in {ActorKind.customer, ActorKind.staff}
    if permission == "cart-token":
        # Nobody here has the token; staff may have a right of their own to carts and orders.
        return None if caller.permissions else True
    if caller.elsewhere:
        return f"{route.method} {route.path}" not in anywhere
    return not caller.holds(permission)


class Fingerprints:
    """The whole database in one value, to see whether anything at all has changed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statement = ""

    async def take(self) -> dict[str, str]:
        async def work(tx: Transaction) -> list[dict[str, Any]]:
            if not self.statement:
                tables = await tx.all(str, TABLES)
                part = (
                    "SELECT '{0}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS sum"
                    " FROM {0} t"
                )
                self.statement = " UNION ALL ".join(part.format(table) for table in tables)
            return await tx.all(dict, self.statement)

        return {row["name"]: row["sum"] for row in await self.database.read(work)}


class Samples:
    """Things of the practice retailer to call about, by the part of the path in front of their place."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self.fields: dict[str, Any] = {}
        self.query: dict[str, str] = {}

    def path(self, route: Route) -> str:
        """The route's path with something that exists in every place; made up where the world has no such thing."""
        filled: list[str] = []
        for part in route.path.split("/"):
            if part.startswith("{"):
                name = part.strip("{}").partition(":")[0]
                filled.append(self.of.get(f"{filled[-1]}/{name}") or self.of.get(filled[-1]) or self.of[name])
            else:
                filled.append(part)
        return "/".join(filled)

    def body(self, route: Route) -> dict[str, Any]:
        """What to send: a body that is well-formed, so that the rights decide and not the form."""
        kind = route.body
        if kind is None:
            return {}
        if "multipart" in route.media:
            return {"files": {"file": ("a.png", PNG, "image/png")}}
        return {"json": sample(msgspec.inspect.type_info(kind), "", self.fields)}


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "0500017a5eab3f0000000049454e44ae426082"
)
CANDIDATES = (
    "oslo",
    "NO",
    "NOK",
    "a",
    "A",
    "aa",
    "nb",
    "orders:read",
    "0",
    "12345678",
    "2026-11-22",
    "10:00",
    "a@example.com",
    "https://example.com/hook",
    "order.placed",
)


def sample(kind: Any, name: str, given: dict[str, Any]) -> Any:
    """The smallest value that msgspec takes for this type; fields of these names get what is given for them."""
    inspect = msgspec.inspect
    if name in given:
        return given[name]
    if isinstance(kind, inspect.Metadata):
        return sample(kind.type, name, given)
    if isinstance(kind, inspect.StructType):
        required = [field for field in kind.fields if field.required or field.encode_name in given]
        return {field.encode_name: sample(field.type, field.encode_name, given) for field in required}
    if isinstance(kind, inspect.UnionType):
        return sample(next(t for t in kind.types if not isinstance(t, inspect.NoneType)), name, given)
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.EnumType):
        return next(iter(kind.cls)).value
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType):
        return [sample(kind.item_type, name, given) for _ in range(kind.min_length or 0)]
    if isinstance(kind, inspect.DictType):
        key = sample(kind.key_type, "", given)
        return {key: sample(kind.value_type, name, given)} if kind.min_length else {}
    if isinstance(kind, inspect.IntType):
        return next(
            v for v in (kind.ge, (kind.gt or 0) + 1 if kind.gt is not None else None, 1) if v is not None
        )
    if isinstance(kind, inspect.StrType):
        return _text(kind)
    if isinstance(kind, inspect.BoolType):
        return False
    if isinstance(kind, inspect.DateTimeType):
        return "2026-12-24T12:00:00Z"
    if isinstance(kind, inspect.DateType):
        return "2026-12-24"
    if isinstance(kind, inspect.TimeType):
        return "10:00:00"
    if isinstance(kind, inspect.CustomType) and kind.cls is UploadFile:
        return None
    if isinstance(kind, inspect.AnyType | inspect.NoneType):
        return None
    raise NotImplementedError(f"teach the rights matrix a sample of {kind} ({name})")


def _text(kind: Any) -> str:
    longest = kind.max_length or 10_000
    for text in CANDIDATES:
        fits = (kind.min_length or 0) <= len(text) <= longest
        if fits and (kind.pattern is None or re.search(kind.pattern, text)):
            return text
    if kind.pattern is None:
        return "a" * (kind.min_length or 1)
    raise NotImplementedError(f"teach the rights matrix a text for {kind.pattern}")


async def listed(client: httpx.AsyncClient, headers: dict[str, str], path: str) -> dict[str, Any]:
    """The first thing of a list."""
    answer = await client.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    found = answer.json()
    items = found["items"] if isinstance(found, dict) else found
    assert items, f"the practice retailer has nothing under {path}"
    first: dict[str, Any] = items[0]
    return first


def lines(found: dict[str, list[str]]) -> Iterator[str]:
    """What went wrong, readable."""
    for place, problems in found.items():
        yield f"{place}: " + "; ".join(problems)


__all__ = ["ELSEWHERE", "REFUSED", "Assignment", "Caller", "Fingerprints", "Samples", "callers", "lines"]
