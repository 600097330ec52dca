"""The tree of categories: grown, renamed, moved, pruned; whoever changes its shape holds all of it."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from torg.catalog import rules
from torg.catalog.change_product import merged
from torg.catalog.events import CategoryChanged, CategoryCreated, CategoryMoved, CategoryRemoved
from torg.catalog.model import (
    Category,
    CategoryInCycle,
    CategoryNotEmpty,
    CategoryNotFound,
    CategoryText,
    Code,
    Language,
    NothingToRead,
    TreeTooDeep,
)
from torg.catalog.slugs import slug_of
from torg.catalog.store import projections, tree
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id, public
from torg.permissions import Permission

DEEPEST = 6

Place = Annotated[int, Meta(ge=0, le=100_000, description="Lower stands earlier among its neighbours.")]


class NewCategory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category to be made, below another (by code) or at the top."""

    code: Code
    parent: Code | None = None
    position: Place = 0
    texts: Annotated[dict[Language, CategoryText], Meta(min_length=1, max_length=50)]


class CategoryChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; texts given as null are taken away, a parent given as null moves it to the top."""

    version: Annotated[int, Meta(ge=1)]
    position: Place | UnsetType = UNSET
    texts: Annotated[dict[Language, CategoryText | None], Meta(max_length=50)] | UnsetType = UNSET
    parent: Code | UnsetType | None = UNSET


async def create_category(tx: Transaction, new: NewCategory, *, by: Actor) -> Category:
    """Let products be found under one more heading."""
    by.must(Permission.catalog_write)
    await tree.lock_tree(tx)
    known = await tree.categories(tx)
    parent = _find(known, new.parent) if new.parent else None
    id = new_id()
    category = Category(
        id=id,
        code=new.code,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else ''}{id.hex}/",
        position=new.position,
        texts=new.texts,
        version=1,
    )
    if rules.depth(category) > DEEPEST:
        raise TreeTooDeep(most=DEEPEST)
    category = await _addressed(tx, category)
    await tree.add_category(tx, category)
    tx.record(CategoryCreated(category_id=id, code=category.code))
    return category


async def change_category(tx: Transaction, id: UUID, wanted: CategoryChange, *, by: Actor) -> Category:
    """Rename a category, place it elsewhere among its neighbours, or hang it with all below it elsewhere."""
    by.must(Permission.catalog_write)
    await tree.lock_tree(tx)
    known = await tree.categories(tx)
    category = _by_id(known, id)
    if category.version != wanted.version:
        raise StaleVersion(given=wanted.version, present=category.version)
    if wanted.position is not UNSET or wanted.texts is not UNSET:
        category = await _change(tx, category, wanted)
    if wanted.parent is not UNSET:
        category = await _move(tx, category, _find(known, wanted.parent) if wanted.parent else None, known)
    return category


async def _change(tx: Transaction, category: Category, wanted: CategoryChange) -> Category:
    texts = category.texts if wanted.texts is UNSET else merged(category.texts, wanted.texts)
    if not texts:
        raise NothingToRead()
    known = category.texts
    kept = {
        language: replace(text, slug=text.slug or known[language].slug if language in known else text.slug)
        for language, text in texts.items()
    }
    changed = replace(
        category,
        position=category.position if wanted.position is UNSET else wanted.position,
        texts=kept,
        version=category.version + 1,
    )
    changed = await _addressed(tx, changed)
    await tree.change_category(tx, changed)
    tx.record(CategoryChanged(category_id=category.id, code=category.code))
    return changed


async def _move(
    tx: Transaction, category: Category, parent: Category | None, known: dict[str, Category]
) -> Category:
    if (parent.id if parent else None) == category.parent_id:
        return category
    if parent and rules.below(parent, category):
        raise CategoryInCycle(category=category.code)
    deepest = max(rules.depth(other) for other in known.values() if rules.below(other, category))
    if deepest - rules.depth(category) + 1 + (rules.depth(parent) if parent else 0) > DEEPEST:
        raise TreeTooDeep(most=DEEPEST)
    path = f"{parent.path if parent else ''}{category.id.hex}/"
    moved = replace(
        category, parent_id=parent.id if parent else None, path=path, version=category.version + 1
    )
    await tree.move_category(tx, category, parent_id=moved.parent_id, path=path)
    await projections.shelve_below(tx, path)
    tx.record(CategoryMoved(category_id=category.id, code=category.code))
    return moved


async def remove_category(tx: Transaction, id: UUID, version: int, *, by: Actor) -> None:
    """Take an empty category away."""
    by.must(Permission.catalog_write)
    await tree.lock_tree(tx)
    category = _by_id(await tree.categories(tx), id)
    if category.version != version:
        raise StaleVersion(given=version, present=category.version)
    if await tree.holds(tx, id):
        raise CategoryNotEmpty(category=category.code)
    await tree.remove_category(tx, id)
    tx.record(CategoryRemoved(category_id=id, code=category.code))


def _find(known: dict[str, Category], code: str) -> Category:
    if code not in known:
        raise CategoryNotFound(category=code)
    return known[code]


def _by_id(known: dict[str, Category], id: UUID) -> Category:
    for category in known.values():
        if category.id == id:
            return category
    raise CategoryNotFound(category=public("cat", id))


async def _addressed(tx: Transaction, category: Category) -> Category:
    """With an address for every text: its own, else one made of its name, else the code when that is taken."""
    wrong = tuple(rules.languages_problems("texts", category.texts))
    if wrong:
        raise Invalid.of(*wrong)
    made = {language: slug_of(text.name, language) for language, text in category.texts.items()}
    taken = await tree.foreign_slugs(
        tx, category.id, [slug for slug in (*made.values(), category.code) if slug]
    )
    spare = category.code if category.code not in taken else f"{category.code}-{category.id.hex[-8:]}"
    free = {language: slug if slug and slug not in taken else spare for language, slug in made.items()}
    texts = {
        language: replace(text, slug=text.slug or free[language]) for language, text in category.texts.items()
    }
    return replace(category, texts=texts)
