"""Categories and attributes: what products refer to, and what must not vanish under them."""

import asyncio

import pytest
from tests.catalog.conftest import new_mug, published_mug

from torg.catalog import (
    AttributeChange,
    AttributeKind,
    CategoryChange,
    CategoryText,
    Choice,
    NewAttribute,
    NewCategory,
    change_attribute,
    change_category,
    create,
    create_category,
    declare,
    remove_category,
    search,
)
from torg.catalog.model import (
    AttributeExists,
    AttributeInUse,
    AttributeNotFound,
    CategoryExists,
    CategoryInCycle,
    CategoryNotEmpty,
    CategoryNotFound,
    NothingToRead,
    SlugTaken,
    TreeTooDeep,
)
from torg.catalog.reactions import SUBSCRIPTIONS
from torg.catalog.store import tree
from torg.kernel.access import SYSTEM, VISITOR, SignInNeeded
from torg.kernel.drain import drain
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id


def _code():
    return f"c-{new_id().hex[-10:]}"


async def _grow(tx, parent=None, name="Things", **given):
    return await create_category(
        tx, NewCategory(code=_code(), parent=parent, texts={"en": CategoryText(name)}, **given), by=SYSTEM
    )


async def _shown(tx, web, category):
    tx.database.forget("catalog.vocabulary")
    page = await search(tx, channel=web, language="en", category=category, limit=100)
    return {card.product_id for card in page.items}


async def test_a_product_stands_on_the_shelves_of_all_categories_above_it(places, database, web):
    top, below, other = [await database.run(lambda tx: _grow(tx)) for _ in range(3)]
    below = await database.run(
        lambda tx: change_category(tx, below.id, CategoryChange(version=1, parent=top.code), by=SYSTEM)
    )
    mug = await database.run(lambda tx: published_mug(tx, categories=(below.code,)))
    async with database.transaction() as tx:
        for category, expected in ((top, {mug.id}), (below, {mug.id}), (other, set())):
            assert await _shown(tx, web, category.code) == expected
    moved = CategoryChange(version=2, parent=other.code)
    await database.run(lambda tx: change_category(tx, below.id, moved, by=SYSTEM))
    async with database.transaction() as tx:
        for category, expected in ((top, set()), (below, {mug.id}), (other, {mug.id})):
            assert await _shown(tx, web, category.code) == expected


async def test_a_category_is_found_by_code_id_and_address(places, database, web):
    category = await database.run(lambda tx: _grow(tx, name="Blå kanner"))
    mug = await database.run(lambda tx: published_mug(tx, categories=(category.code,)))
    database.forget("catalog.vocabulary")
    for name in (category.code, f"cat_{category.id.hex}", "bla-kanner"):
        page = await database.read(
            lambda tx, name=name: search(tx, channel=web, language="nb", category=name)
        )
        assert [card.product_id for card in page.items] == [mug.id]
    with pytest.raises(CategoryNotFound):
        await database.read(lambda tx: search(tx, channel=web, language="nb", category="nowhere"))


async def test_a_category_cannot_be_moved_below_itself(places, tx):
    top = await _grow(tx)
    middle = await _grow(tx, top.code)
    leaf = await _grow(tx, middle.code)
    for parent in (top, middle, leaf):
        with pytest.raises(CategoryInCycle):
            await change_category(tx, top.id, CategoryChange(version=1, parent=parent.code), by=SYSTEM)
    known = await tree.categories(tx)
    assert [known[category.code].path for category in (top, middle, leaf)] == [
        top.path,
        middle.path,
        leaf.path,
    ]


async def test_two_moves_at_once_cannot_make_a_circle(places, database):
    one, two = [await database.run(lambda tx: _grow(tx)) for _ in range(2)]

    async def move(category, parent):
        wanted = CategoryChange(version=1, parent=parent.code)
        return await database.run(lambda tx: change_category(tx, category.id, wanted, by=SYSTEM))

    results = await asyncio.gather(move(one, two), move(two, one), return_exceptions=True)
    assert sum(isinstance(result, CategoryInCycle) for result in results) == 1
    known = await database.read(tree.categories)
    for category in known.values():
        above = [other for other in known.values() if category.path.startswith(other.path)]
        assert category.path == "".join(
            f"{other.id.hex}/" for other in sorted(above, key=lambda c: len(c.path))
        )


async def test_the_tree_stays_shallow(places, tx):
    parent = None
    for _ in range(6):
        parent = await _grow(tx, parent.code if parent else None)
    assert parent is not None
    with pytest.raises(TreeTooDeep):
        await _grow(tx, parent.code)
    top = await _grow(tx)
    child = await _grow(tx, top.code)
    with pytest.raises(TreeTooDeep):
        await change_category(tx, top.id, CategoryChange(version=1, parent=parent.code), by=SYSTEM)
    assert (await tree.categories(tx))[child.code].path == child.path


async def test_a_category_that_holds_something_cannot_be_removed(places, tx):
    top = await _grow(tx)
    child = await _grow(tx, top.code)
    with pytest.raises(CategoryNotEmpty):
        await remove_category(tx, top.id, 1, by=SYSTEM)
    await create(tx, new_mug(categories=(child.code,)), by=SYSTEM)
    with pytest.raises(CategoryNotEmpty):
        await remove_category(tx, child.id, 1, by=SYSTEM)
    empty = await _grow(tx)
    with pytest.raises(StaleVersion):
        await remove_category(tx, empty.id, 2, by=SYSTEM)
    await remove_category(tx, empty.id, 1, by=SYSTEM)
    assert set(await tree.categories(tx)) >= {top.code, child.code}
    assert empty.code not in await tree.categories(tx)


async def test_a_category_removed_while_a_product_takes_it_leaves_no_loose_end(places, database):
    for _ in range(5):
        category = await database.run(lambda tx: _grow(tx))
        results = await asyncio.gather(
            database.run(lambda tx, c=category: create(tx, new_mug(categories=(c.code,)), by=SYSTEM)),
            database.run(lambda tx, c=category: remove_category(tx, c.id, 1, by=SYSTEM)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, BaseException) for result in results) == 1, results


async def test_codes_and_addresses_of_categories_are_unique(places, tx):
    first = await _grow(tx, name="Lamps")
    second = await _grow(tx, name="Lamps")
    assert first.texts["en"].slug == "lamps"
    assert second.texts["en"].slug == second.code
    async with tx.savepoint():
        with pytest.raises(SlugTaken):
            wanted = CategoryChange(version=1, texts={"en": CategoryText("Lamps", slug="lamps")})
            await change_category(tx, second.id, wanted, by=SYSTEM)
    with pytest.raises(CategoryExists):
        await create_category(tx, NewCategory(code=first.code, texts={"en": CategoryText("x")}), by=SYSTEM)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (CategoryChange(version=2, position=4), StaleVersion),
        (CategoryChange(version=1, parent="nowhere"), CategoryNotFound),
        (CategoryChange(version=1, texts={"en": None}), NothingToRead),
        (CategoryChange(version=1, texts={"xx": CategoryText("?")}), Invalid),
    ],
)
async def test_a_wrong_change_of_a_category_changes_nothing(places, tx, wanted, error):
    category = await _grow(tx)
    with pytest.raises(error):
        await change_category(tx, category.id, wanted, by=SYSTEM)
    assert (await tree.categories(tx))[category.code] == category
    with pytest.raises(SignInNeeded):
        await change_category(tx, category.id, CategoryChange(version=1, position=3), by=VISITOR)


async def test_products_are_found_by_the_new_name_of_their_category(places, database, web):
    category = await database.run(lambda tx: _grow(tx, name="Zebrathings"))
    mug = await database.run(lambda tx: published_mug(tx, categories=(category.code,)))

    async def found(query):
        page = await database.read(lambda tx: search(tx, channel=web, language="en", query=query))
        return [card.product_id for card in page.items]

    assert await found("zebrathings") == [mug.id]
    wanted = CategoryChange(version=1, texts={"en": CategoryText("Giraffegoods")})
    await database.run(lambda tx: change_category(tx, category.id, wanted, by=SYSTEM))
    await drain(database, SUBSCRIPTIONS)
    assert await found("giraffegoods") == [mug.id]
    assert await found("zebrathings") == []


async def test_products_are_found_by_the_new_name_of_their_colour(places, database, web):
    code = f"a{new_id().hex[-8:]}"
    new = NewAttribute(
        code=code,
        kind=AttributeKind.choice,
        names={"en": "Finish"},
        choices=(Choice("matt", {"en": "Quollish"}),),
    )
    await database.run(lambda tx: declare(tx, new, by=SYSTEM))
    mug = await database.run(lambda tx: published_mug(tx, attributes={code: "matt"}))
    wanted = AttributeChange(
        version=1, names={"en": "Finish"}, choices=(Choice("matt", {"en": "Wombatish"}),)
    )
    await database.run(lambda tx: change_attribute(tx, code, wanted, by=SYSTEM))
    await drain(database, SUBSCRIPTIONS)
    page = await database.read(lambda tx: search(tx, channel=web, language="en", query="wombatish"))
    assert [card.product_id for card in page.items] == [mug.id]


async def test_a_choice_that_products_have_cannot_be_taken_away(places, tx):
    await create(tx, new_mug(), by=SYSTEM)
    colour = (await tree.attributes(tx))["colour"]
    fewer = AttributeChange(
        version=colour.version,
        names=colour.names,
        choices=tuple(c for c in colour.choices if c.code == "green"),
    )
    with pytest.raises(AttributeInUse) as refused:
        await change_attribute(tx, "colour", fewer, by=SYSTEM)
    assert refused.value.facts["used"] == "blue, red"
    without_green = AttributeChange(
        version=colour.version,
        names=colour.names,
        choices=tuple(c for c in colour.choices if c.code != "green"),
    )
    changed = await change_attribute(tx, "colour", without_green, by=SYSTEM)
    assert changed.version == colour.version + 1
    with pytest.raises(StaleVersion):
        await change_attribute(tx, "colour", without_green, by=SYSTEM)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"names": {}}, "names", "text-missing"),
        ({"names": {"xx": "?"}}, "names.xx", "unknown-language"),
        (
            {"kind": AttributeKind.number, "choices": (Choice("a", {"en": "A"}),)},
            "choices",
            "attribute-takes",
        ),
        ({"unit": "ml"}, "unit", "attribute-takes"),
        ({"choices": (Choice("a", {"en": "A"}), Choice("a", {"en": "B"}))}, "choices.1.code", "twice"),
        ({"choices": (Choice("a", {}),)}, "choices.0.names", "text-missing"),
    ],
)
async def test_a_wrong_attribute_is_not_declared(places, tx, given, field, code):
    fields = {"code": "wrong_one", "kind": AttributeKind.choice, "names": {"en": "Wrong"}, **given}
    with pytest.raises(Invalid) as refused:
        await declare(tx, NewAttribute(**fields), by=SYSTEM)
    assert (field, code) in {(found.field, found.code) for found in refused.value.problems}
    assert "wrong_one" not in await tree.attributes(tx)


async def test_an_attribute_is_declared_once(places, tx):
    with pytest.raises(AttributeExists):
        await declare(tx, NewAttribute(code="colour", kind=AttributeKind.text, names={"en": "x"}), by=SYSTEM)
    with pytest.raises(AttributeNotFound):
        await change_attribute(tx, "no_such", AttributeChange(version=1, names={"en": "x"}), by=SYSTEM)
    with pytest.raises(SignInNeeded):
        await declare(tx, NewAttribute(code="mine", kind=AttributeKind.text, names={"en": "x"}), by=VISITOR)
