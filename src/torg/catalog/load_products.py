"""Bring in many products at once, by SKU: for imports, for what another system sends, and for the practice data.

Each record is one product with its variants. A product that owns one of the record's SKUs is brought to what the record
says, else one is made; variants that the record does not name stay as they are. A record that the rules refuse is
reported and leaves no trace; the others are written together. The same records again change nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict, replace

from torg.catalog import rules
from torg.catalog.change_product import merged
from torg.catalog.create_product import NewProduct, NewVariant, composed
from torg.catalog.events import ProductArchived, ProductPublished
from torg.catalog.faces import wanted_slugs
from torg.catalog.keep import hold, keep, pictured, scopes
from torg.catalog.model import Product, ProductText, Status, Variant, VariantStatus
from torg.catalog.rules import Vocabulary, problem
from torg.catalog.store import products
from torg.catalog.store.products import Change, KnownSku
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.permissions import Permission

MOST_RECORDS = 1_000


class ProductRecord(NewProduct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole product as it is exported and imported; it must name at least one SKU."""

    status: Status = Status.draft


class Outcome(StrEnum):
    """What became of a record."""

    created = "created"
    changed = "changed"
    unchanged = "unchanged"
    refused = "refused"


class Loaded(Struct, frozen=True):
    """What became of one record, by its place among those given; `problems` say why it was refused."""

    record: int
    outcome: Outcome
    product_id: UUID | None = None
    problems: tuple[FieldProblem, ...] = ()


class _Claims(Struct):
    """What is unique over all products, and whose it is: in the database, and by the records so far."""

    products: set[UUID]
    skus: dict[str, UUID]
    gtins: dict[str, UUID]
    slugs: dict[str, UUID]


async def load(tx: Transaction, records: Sequence[ProductRecord], *, by: Actor) -> list[Loaded]:
    """Create or change a product per record, in one transaction; at most `MOST_RECORDS` at once."""
    by.must(Permission.catalog_write)
    if len(records) > MOST_RECORDS:
        raise ValueError(f"at most {MOST_RECORDS} records are loaded at once")
    known = await products.of_skus(tx, {variant.sku for record in records for variant in record.variants})
    ids = sorted({sku.product_id for sku in known.values()})
    await tx.execute(products.LOCK, ids=ids)
    present = await products.load(tx, ids)
    wanted = [_wanted(tx, record, known, present) for record in records]
    words = await hold(tx, [change.after for change in wanted if isinstance(change, Change)])
    claims = await _claims(tx, wanted)
    places, pictures = (
        await scopes(tx),
        await pictured(tx, (c.after for c in wanted if isinstance(c, Change))),
    )
    results: list[Loaded] = []
    keeping: list[Change] = []
    for place, change in enumerate(wanted):
        if isinstance(change, FieldProblem):
            results.append(Loaded(place, Outcome.refused, problems=(change,)))
            continue
        wrong = (
            *rules.product_problems(change.after, words, places, pictures),
            *_clashes(change, claims),
            *_empty(change),
        )
        results.append(_result(place, change, wrong))
        if results[-1].outcome in {Outcome.created, Outcome.changed}:
            keeping.append(change)
            _claim(change.after, claims)
    if keeping:
        await _keep(tx, keeping, words)
    return results


async def _keep(tx: Transaction, changes: Sequence[Change], words: Vocabulary) -> None:
    kept = await keep(tx, changes, words)
    for change, product in zip(changes, kept, strict=True):
        before = change.before.status if change.before else Status.draft
        if product.status is not before and product.status is Status.active:
            tx.record(ProductPublished(product_id=product.id, version=product.version))
        elif product.status is not before and product.status is Status.archived:
            tx.record(ProductArchived(product_id=product.id, version=product.version))


def _wanted(
    tx: Transaction, record: ProductRecord, known: Mapping[str, KnownSku], present: Mapping[UUID, Product]
) -> Change | FieldProblem:
    """The product as the record wants it, beside what it is now."""
    owners = {known[variant.sku].product_id for variant in record.variants if variant.sku in known}
    if not record.variants:
        return problem("variants", "sku-missing")
    if len(owners) > 1:
        return problem("variants", "skus-of-several-products")
    fresh = replace(composed(tx, record), status=record.status)
    if not owners:
        return Change(None, fresh)
    before = present[owners.pop()]
    return Change(before, _brought(before, fresh))


def _brought(before: Product, fresh: Product) -> Product:
    """What stands there, with what the record says in its place."""
    texts: dict[str, ProductText] = {}
    for language, text in fresh.texts.items():
        old = before.texts.get(language)
        texts[language] = replace(text, slug=text.slug or (old.slug if old else None))
    return replace(
        fresh,
        id=before.id,
        image=before.image,
        version=before.version,
        created_at=before.created_at,
        changed_at=before.changed_at,
        texts=merged(before.texts, dict(texts)),
        variants=_variants(before, fresh),
        assortment=tuple(sorted(fresh.assortment, key=lambda listing: listing.scope)),
    )


def _variants(before: Product, fresh: Product) -> tuple[Variant, ...]:
    named = {variant.sku: variant for variant in fresh.variants}
    brought: list[Variant] = []
    for old in before.variants:
        new = named.pop(old.sku, None)
        brought.append(
            old
            if new is None
            else replace(new, id=old.id, image=old.image, position=old.position, components=old.components)
        )
    last = max((variant.position for variant in before.variants), default=-1)
    added = (replace(variant, position=last + 1 + place) for place, variant in enumerate(named.values()))
    return (*brought, *added)


async def _claims(tx: Transaction, wanted: Sequence[Change | FieldProblem]) -> _Claims:
    after = [change.after for change in wanted if isinstance(change, Change)]
    gtins = {variant.gtin for product in after for variant in product.variants if variant.gtin}
    slugs = {text.slug for product in after for text in product.texts.values() if text.slug}
    return _Claims(
        products=set(),
        skus={},
        gtins=await products.owners_of(tx, products.GTIN_OWNERS, gtins),
        slugs=await products.owners_of(tx, products.SLUG_OWNERS, slugs),
    )


def _clashes(change: Change, claims: _Claims) -> Iterator[FieldProblem]:
    """What this product wants and another has, or another record wanted before."""
    product = change.after
    if product.id in claims.products:
        yield problem("variants", "product-twice")
    for place, variant in enumerate(product.variants):
        if claims.skus.get(variant.sku, product.id) != product.id:
            yield problem(f"variants.{place}.sku", "taken")
        if variant.gtin and claims.gtins.get(variant.gtin, variant.id) != variant.id:
            yield problem(f"variants.{place}.gtin", "taken")
    for language, text in product.texts.items():
        if text.slug and claims.slugs.get(text.slug, product.id) != product.id:
            yield problem(f"texts.{language}.slug", "taken")


def _claim(product: Product, claims: _Claims) -> None:
    claims.products.add(product.id)
    claims.skus.update({variant.sku: product.id for variant in product.variants})
    claims.gtins.update({variant.gtin: variant.id for variant in product.variants if variant.gtin})
    claims.slugs.update({slug: product.id for slug in wanted_slugs(product).values()})


def _empty(change: Change) -> Iterator[FieldProblem]:
    if change.after.status is Status.active and not change.after.active_variants():
        yield problem("variants", "nothing-to-sell")


def _result(place: int, change: Change, wrong: tuple[FieldProblem, ...]) -> Loaded:
    if wrong:
        return Loaded(place, Outcome.refused, problems=wrong)
    if change.before is None:
        return Loaded(place, Outcome.created, change.after.id)
    same = _comparable(change.before) == _comparable(change.after)
    return Loaded(place, Outcome.unchanged if same else Outcome.changed, change.after.id)


def _comparable(product: Product) -> dict[str, object]:
    return {**asdict(product), "categories": sorted(product.categories)}


def record_of(product: Product) -> ProductRecord:
    """The product as a record: what an export writes and an import reads."""
    variants = tuple(
        NewVariant(
            sku=variant.sku,
            gtin=variant.gtin,
            options=variant.options,
            weight_g=variant.weight_g,
            length_mm=variant.length_mm,
            width_mm=variant.width_mm,
            height_mm=variant.height_mm,
            release_on=variant.release_on,
            content=variant.content,
            content_unit=variant.content_unit,
        )
        for variant in product.variants
        if variant.status is VariantStatus.active
    )
    return ProductRecord(
        kind=product.kind,
        tax_class=product.tax_class,
        hs_code=product.hs_code,
        origin=product.origin,
        options=product.options,
        attributes=product.attributes,
        rank=product.rank,
        categories=product.categories,
        texts=product.texts,
        variants=variants,
        media=product.media,
        assortment=product.assortment,
        card_amounts=product.card_amounts,
        status=product.status,
    )
