"""Ids in events look outside as they do in the API."""

from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec

from torg import app
from torg.kernel.events import KINDS
from torg.kernel.feed import describe
from torg.kernel.outward import PREFIXES, outward

INSIDE_ONLY = {"request_id"}  # names nothing that the API shows


def holds_uuid(kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType, tuple, list):
        return any(holds_uuid(part) for part in get_args(kind))
    return kind is UUID


def test_every_id_in_an_event_has_a_prefix_outside() -> None:
    assert app.SUBSCRIPTIONS  # all of Torg is loaded
    nameless = [
        f"{type}.{field.name}"
        for type, event in KINDS.items()
        for field in msgspec.structs.fields(event)
        if event.__module__.startswith("torg.")  # other tests make events of their own
        and holds_uuid(field.type)
        and field.name not in {*PREFIXES, *INSIDE_ONLY}
    ]
    assert nameless == []


def test_ids_are_shown_with_their_prefixes_wherever_they_stand() -> None:
    order, line = UUID(int=1), UUID(int=2)
    told = {
        "order_id": str(order),
        "lines": [str(line)],
        "moved": [{"line_id": str(line), "name": str(line)}],
    }
    assert outward(told) == {
        "order_id": f"ord_{order.hex}",
        "lines": [f"lin_{line.hex}"],
        "moved": [{"line_id": f"lin_{line.hex}", "name": str(line)}],
    }


def test_what_is_no_id_stays_as_it_is() -> None:
    told = {
        "order_id": None,
        "customer_id": "somebody",
        "lines": 3,
        "total": {"amount": 5, "currency": "NOK"},
    }
    assert outward(told) == told


def test_the_description_of_a_type_shows_the_same_ids() -> None:
    schemas = {one.type: one.schema for one in describe()}
    disabled = schemas["webhook.disabled"]["$defs"]["WebhookDisabled"]["properties"]["endpoint_id"]
    assert disabled == {"type": "string", "pattern": "^whk_[0-9a-f]{32}$"}
    assert "uuid" not in str(schemas["webhook.disabled"])
