"""Declare what can be said of products: texts, numbers with a unit, yes or no, and choices."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from torg.catalog import rules
from torg.catalog.events import AttributeChanged, AttributeDeclared
from torg.catalog.model import (
    PLAIN,
    Attribute,
    AttributeCode,
    AttributeInUse,
    AttributeKind,
    AttributeNotFound,
    Choice,
    Words,
)
from torg.catalog.store import tree
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.permissions import Permission

Unit = Annotated[str, Meta(min_length=1, max_length=20, pattern=PLAIN)]
Choices = Annotated[tuple[Choice, ...], Meta(max_length=500)]
Position = Annotated[int, Meta(ge=0, le=100_000)]


class NewAttribute(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute to be declared; a kind and a unit are for good."""

    code: AttributeCode
    kind: AttributeKind
    unit: Unit | None = None
    names: Words
    choices: Choices = ()
    position: Position = 0


class AttributeChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute as it shall be; choices that products use cannot be left out."""

    version: Annotated[int, Meta(ge=1)]
    names: Words
    choices: Choices = ()
    position: Position = 0


async def declare(tx: Transaction, new: NewAttribute, *, by: Actor) -> Attribute:
    """Let products say something that could not be said before."""
    by.must(Permission.catalog_write)
    attribute = Attribute(
        code=new.code,
        kind=new.kind,
        unit=new.unit,
        names=new.names,
        choices=new.choices,
        position=new.position,
    )
    _check(attribute)
    await tree.add_attribute(tx, attribute)
    tx.record(AttributeDeclared(code=attribute.code))
    return attribute


async def change_attribute(tx: Transaction, code: str, wanted: AttributeChange, *, by: Actor) -> Attribute:
    """Rename an attribute or its choices, add choices, take away those that no product has."""
    by.must(Permission.catalog_write)
    attribute = await tree.lock_attribute(tx, code)
    if attribute is None:
        raise AttributeNotFound(attribute=code)
    if attribute.version != wanted.version:
        raise StaleVersion(given=wanted.version, present=attribute.version)
    changed = replace(
        attribute,
        names=wanted.names,
        choices=wanted.choices,
        position=wanted.position,
        version=attribute.version + 1,
    )
    _check(changed)
    gone = {choice.code for choice in attribute.choices} - {choice.code for choice in changed.choices}
    if used := await tree.choices_in_use(tx, code, gone):
        raise AttributeInUse(attribute=code, used=", ".join(sorted(used)))
    await tree.change_attribute(tx, changed)
    tx.record(AttributeChanged(code=code))
    return changed


def _check(attribute: Attribute) -> None:
    wrong = tuple(rules.attribute_problems(attribute))
    if wrong:
        raise Invalid.of(*wrong)
