"""The one way in which products are written: every use case decides what a product shall be, and hands it here.

In one transaction: the rules are checked, addresses found, pictures chosen, the difference written, the projections
brought up to date, and the events told.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import asdict, replace

from torg.catalog import rules
from torg.catalog.events import ProductChanged, ProductCreated, VariantCreated
from torg.catalog.faces import all_wanted, distinct, faces_of, wanted_slugs
from torg.catalog.model import Product, SlugTaken
from torg.catalog.rules import Vocabulary
from torg.catalog.store import products, projections, tree
from torg.catalog.store.products import Change
from torg.kernel import files
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.events import Event
from torg.markets import load_atlas

UNTOLD = {"version", "changed_at", "image"}


async def vocabulary(tx: Transaction) -> Vocabulary:
    """What products may refer to, as it stands in this transaction."""
    return Vocabulary(attributes=await tree.attributes(tx), categories=await tree.categories(tx))


async def scopes(tx: Transaction) -> frozenset[str]:
    """Every market and channel that a product can be offered in."""
    known = await load_atlas(tx)
    markets = (f"market:{market}" for market in known.markets)
    return frozenset(markets) | frozenset(f"channel:{channel}" for channel in known.channels)


async def keep_one(tx: Transaction, before: Product | None, after: Product) -> Product:
    """Check and write one product."""
    words = await hold(tx, [after])
    known = await pictured(tx, [after])
    wrong = tuple(rules.product_problems(after, words, await scopes(tx), known))
    if wrong:
        raise Invalid.of(*wrong)
    return (await keep(tx, [Change(before, after)], words))[0]


async def pictured(tx: Transaction, wanted: Iterable[Product]) -> frozenset[str]:
    """Those of the files that the products would show which are kept."""
    return frozenset(await files.find(tx, (picture.file for product in wanted for picture in product.media)))


async def hold(tx: Transaction, wanted: Sequence[Product]) -> Vocabulary:
    """The vocabulary, in which what these products refer to stays as it is until the transaction ends."""
    attributes = {code for product in wanted for code in (*product.attributes, *product.options)}
    await tree.hold(
        tx, sorted(attributes), sorted({code for product in wanted for code in product.categories})
    )
    return await vocabulary(tx)


async def keep(tx: Transaction, changes: Sequence[Change], words: Vocabulary) -> list[Product]:
    """Write products that the rules have passed, with all that is derived from them."""
    depicted = [Change(change.before, _depicted(change.after, tx)) for change in changes]
    addressed = await _addressed(tx, depicted)
    await products.save(tx, addressed)
    ids = sorted(change.after.id for change in addressed)
    await projections.place(tx, ids)
    if shelved := [
        c.after.id for c in addressed if c.before is None or _shelving(c.before) != _shelving(c.after)
    ]:
        await projections.shelve(tx, shelved)
    await projections.show(tx, [face for change in addressed for face in faces_of(change.after, words)])
    for change in addressed:
        tx.record(*_events(change))
    return [change.after for change in addressed]


def _shelving(product: Product) -> tuple[object, ...]:
    return product.status, product.rank, sorted(product.categories)


def _depicted(product: Product, tx: Transaction) -> Product:
    """With the picture of each variant chosen, and as a new version."""
    return replace(
        product,
        image=product.media[0].file if product.media else None,
        variants=tuple(replace(v, image=rules.picture_of(product.media, v)) for v in product.variants),
        version=product.version + 1,
        changed_at=tx.now,
    )


async def _addressed(tx: Transaction, changes: Sequence[Change]) -> list[Change]:
    """With an address for every text; a wish that is another product's gives way to a longer one."""
    wanted = all_wanted(change.after for change in changes)
    taken = await products.owners_of(tx, products.SLUG_OWNERS, wanted)
    done = []
    for change in changes:
        product, slugs = change.after, wanted_slugs(change.after)
        for language, slug in slugs.items():
            if taken.setdefault(slug, product.id) != product.id:
                if product.texts[language].slug:
                    raise SlugTaken(slug=slug)
                slugs[language] = distinct(slug, product.id)
        texts = {language: replace(text, slug=slugs[language]) for language, text in product.texts.items()}
        done.append(Change(change.before, replace(product, texts=texts)))
    return done


def _events(change: Change) -> Iterator[Event]:
    before, after = change.before, change.after
    if before is None:
        yield ProductCreated(product_id=after.id, version=after.version)
    else:
        old = asdict(before)
        changed = tuple(
            name for name, value in asdict(after).items() if value != old[name] and name not in UNTOLD
        )
        yield ProductChanged(product_id=after.id, version=after.version, changed=changed)
    known = {variant.id for variant in before.variants} if before else set()
    for variant in after.variants:
        if variant.id not in known:
            yield VariantCreated(product_id=after.id, variant_id=variant.id, sku=variant.sku)
