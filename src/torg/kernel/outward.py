"""Facts as the outside sees them: the ids in an event's payload get the prefixes that they have in the API.

Inside, an event holds plain UUIDs, so that handlers need not parse; outside, `order_id` must be what `GET /orders/…`
takes. What a field's id names is told by the field's name, which is the same in all events.
"""

from typing import Any
from uuid import UUID

from torg.kernel import ids

PREFIXES = {
    "account_id": "gft",
    "address_id": "adr",
    "bulk_id": "blk",
    "cart_id": "crt",
    "category_id": "cat",
    "change_id": "och",
    "claim_id": "clm",
    "company_id": "com",
    "count_id": "cnt",
    "customer_id": "cus",
    "customers_in": "cus",
    "customers_out": "cus",
    "document_id": "doc",
    "endpoint_id": "whk",
    "fulfilment_id": "ful",
    "into": "crt",
    "key_id": "key",
    "line_id": "lin",
    "lines": "lin",
    "mail_id": "mai",
    "media_id": "med",
    "order_id": "ord",
    "parcel_id": "par",
    "payment_id": "pay",
    "pool": "pol",
    "product_id": "prd",
    "refund_id": "ref",
    "rejection_id": "rej",
    "return_id": "ret",
    "session_id": "ses",
    "shipment_id": "shp",
    "shortfall_id": "sho",
    "staff_id": "stf",
    "supply_id": "sup",
    "variant_id": "var",
    "variants": "var",
    "quote_id": "quo",
    "withdrawal_id": "wdr",
}


def outward(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with its ids as the API shows them.

    >>> outward({"order_id": "01980000-0000-7000-8000-000000000001", "lines": [], "total": 5})
    {'order_id': 'ord_01980000000070008000000000000001', 'lines': [], 'total': 5}
    """
    return {name: _shown(value, PREFIXES.get(name)) for name, value in payload.items()}


def _shown(value: Any, prefix: str | None) -> Any:
    if isinstance(value, dict):
        return outward(value)
    if isinstance(value, list):
        return [_shown(one, prefix) for one in value]
    if prefix is not None and isinstance(value, str) and _is_uuid(value):
        return ids.public(prefix, UUID(value))
    return value


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def outward_schema(schema: Any) -> Any:
    """The JSON Schema of a payload with the same change."""
    if isinstance(schema, list):
        return [outward_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: outward_schema(part) for name, part in schema.items()}
    for name, part in changed.get("properties", {}).items():
        if name in PREFIXES:
            changed["properties"][name] = _prefixed(part, PREFIXES[name])
    return changed


def _prefixed(part: Any, prefix: str) -> Any:
    if isinstance(part, list):
        return [_prefixed(one, prefix) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "uuid":
        return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$"}
    return {name: _prefixed(inner, prefix) for name, inner in part.items()}
