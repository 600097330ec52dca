"""What a bundle is made of: variants that are moved, none of them a bundle itself."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from torg.catalog.model import BundleInBundle, Component, Kind, Product
from torg.catalog.rules import problem
from torg.catalog.store import products
from torg.catalog.store.products import Composed
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import UnknownId, parse

MOST_COMPONENTS: Final = 50


class ComponentWish(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a variant in one bundle."""

    variant: Annotated[str, Meta(max_length=40, description="`var_` and 32 hexadecimal digits.")]
    quantity: Annotated[int, Meta(ge=1, le=1_000)]


Wishes = Annotated[
    tuple[ComponentWish, ...],
    Meta(max_length=MOST_COMPONENTS, description="What it is a bundle of; empty: it is none."),
]


async def composed(
    tx: Transaction, product: Product, variant_id: UUID, wanted: Sequence[ComponentWish]
) -> tuple[Component, ...]:
    """The components as they are kept. They and the bundle stay locked, so of two bundles that would be in each other
    the second is refused.
    """
    given = [_id(wish) for wish in wanted]
    known = {
        one.id: one
        for one in await products.lock_variants(tx, {variant_id, *(id for id in given if id is not None)})
    }
    wrong = list(_wrong(product, given, known)) if wanted else []
    if wrong:
        raise Invalid.of(*wrong)
    ids = [id for id in given if id is not None]
    within = {known[id].sku for id in ids if id == variant_id or known[id].components}
    if wanted:
        within |= set(await products.bundles_with(tx, variant_id))
    if within:
        raise BundleInBundle(skus=", ".join(sorted(within)))
    return tuple(Component(id, wish.quantity) for id, wish in zip(ids, wanted, strict=True))


def _id(wish: ComponentWish) -> UUID | None:
    try:
        return parse("var", wish.variant)
    except UnknownId:
        return None


def _wrong(
    product: Product, ids: Sequence[UUID | None], known: dict[UUID, Composed]
) -> Iterator[FieldProblem]:
    if product.kind is not Kind.physical:
        yield problem("components", "component-not-physical")
    for place, id in enumerate(ids):
        field = f"components.{place}.variant"
        if id is None or id not in known:
            yield problem(field, "variant-unknown")
        elif known[id].kind is not Kind.physical:
            yield problem(field, "component-not-physical")
        elif id in ids[:place]:
            yield problem(field, "twice")
