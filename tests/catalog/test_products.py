"""Products, variants and what is unique about them, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.catalog.conftest import new_mug, published_mug

from torg.catalog import (
    AddedVariant,
    Listing,
    NewVariant,
    Picture,
    ProductChange,
    ProductText,
    Status,
    VariantChange,
    add_variant,
    archive,
    archive_variant,
    change,
    change_variant,
    create,
    product,
    publish,
    restore_variant,
    sellables,
)
from torg.catalog.model import (
    CombinationTaken,
    GtinTaken,
    NothingToRead,
    NothingToSell,
    OptionsInUse,
    ProductNotFound,
    SkuTaken,
    SlugTaken,
    StatusMoveRefused,
)
from torg.catalog.store import products
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.errors import Conflict, Invalid, StaleVersion
from torg.kernel.ids import new_id, public

CLERK = Actor(ActorKind.staff, id="stf_1", grants=(Grant(frozenset({"catalog:read"})),))
LOCAL = Actor(
    ActorKind.staff, id="stf_2", grants=(Grant(frozenset({"catalog:write"}), channels=frozenset({"web-no"})),)
)


async def _count(tx, table="products"):
    return await tx.one(int, f"SELECT count(*) FROM {table}")


async def test_what_is_created_is_read_back(places, tx):
    made = await create(tx, new_mug(hs_code="691110", origin="NO", rank=7), by=SYSTEM)
    found = (await products.load(tx, [made.id]))[made.id]
    assert found == made
    assert made.version == 1
    assert made.status is Status.draft
    assert [event.type for event in tx.recorded] == ["product.created", "variant.created", "variant.created"]


@pytest.mark.parametrize(
    ("actor", "error"), [(VISITOR, SignInNeeded), (CLERK, RightMissing), (LOCAL, RightMissing)]
)
async def test_who_may_not_write_the_catalogue_changes_nothing(places, tx, actor, error):
    before = await _count(tx)
    with pytest.raises(error):
        await create(tx, new_mug(), by=actor)
    assert await _count(tx) == before
    made = await create(tx, new_mug(), by=SYSTEM)
    for refused in (
        lambda: change(tx, made.id, ProductChange(version=1, rank=2), by=actor),
        lambda: publish(tx, made.id, 1, by=actor),
        lambda: archive(tx, made.id, 1, by=actor),
        lambda: add_variant(tx, made.id, AddedVariant(sku="X", version=1), by=actor),
        lambda: archive_variant(tx, made.id, made.variants[0].id, 1, by=actor),
        lambda: restore_variant(tx, made.id, made.variants[0].id, 1, by=actor),
        lambda: change_variant(tx, made.id, made.variants[0].id, VariantChange(version=1), by=actor),
    ):
        with pytest.raises(error):
            await refused()
    assert (await products.load(tx, [made.id]))[made.id] == made


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(places, tx):
    before = await _count(tx)
    bad = new_mug(
        origin="QQ", categories=("nowhere",), attributes={"volume": "x"}, assortment=(Listing("market:ZZ"),)
    )
    with pytest.raises(Invalid) as refused:
        await create(tx, bad, by=SYSTEM)
    assert {found.field for found in refused.value.problems} == {
        "origin", "categories.0", "attributes.volume", "assortment.0.scope",
    }  # fmt: skip
    assert await _count(tx) == before


async def test_a_change_replaces_what_is_given_and_leaves_the_rest(places, tx):
    made = await create(tx, new_mug(attributes={"volume": 350, "dishwasher": True}), by=SYSTEM)
    wanted = ProductChange(
        version=1,
        rank=9,
        attributes={"volume": None, "care": {"nb": "Vask for hånd."}},
        texts={"en": None, "sv": ProductText("Kaffekopp på svenska")},
    )
    after = await change(tx, made.id, wanted, by=SYSTEM)
    assert after.rank == 9
    assert after.attributes == {"dishwasher": True, "care": {"nb": "Vask for hånd."}}
    assert set(after.texts) == {"nb", "sv"}
    assert after.variants == made.variants
    assert after.version == 2
    assert (await products.load(tx, [made.id]))[made.id] == after


async def test_a_change_of_an_old_version_changes_nothing(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    after = await change(tx, made.id, ProductChange(version=1, rank=1), by=SYSTEM)
    with pytest.raises(StaleVersion):
        await change(tx, made.id, ProductChange(version=1, rank=2), by=SYSTEM)
    with pytest.raises(StaleVersion):
        await publish(tx, made.id, 1, by=SYSTEM)
    assert (await products.load(tx, [made.id]))[made.id] == after


async def test_two_changes_at_once_do_not_both_win(database, places):
    made = await database.run(lambda tx: create(tx, new_mug(), by=SYSTEM))

    async def rank(number):
        return await database.run(
            lambda tx: change(tx, made.id, ProductChange(version=1, rank=number), by=SYSTEM)
        )

    results = await asyncio.gather(*(rank(number) for number in range(1, 9)), return_exceptions=True)
    winners = [result for result in results if not isinstance(result, BaseException)]
    assert len(winners) == 1
    assert all(isinstance(result, StaleVersion) for result in results if result is not winners[0])
    found = await database.read(lambda tx: products.load(tx, [made.id]))
    assert found[made.id].rank == winners[0].rank


async def test_an_unknown_product_is_not_found(places, tx, web):
    with pytest.raises(ProductNotFound):
        await change(tx, new_id(), ProductChange(version=1), by=SYSTEM)
    for name in (
        public("prd", new_id()),
        "no-such-product",
        "prd_zz",
        "'; DROP TABLE products; --",
        "x" * 5000,
    ):
        with pytest.raises(ProductNotFound):
            await product(tx, channel=web, language="nb", slug_or_id=name)


async def test_a_published_product_is_shown_and_an_archived_one_is_not(places, tx, web):
    made = await create(tx, new_mug(), by=SYSTEM)
    name = public("prd", made.id)
    with pytest.raises(ProductNotFound):
        await product(tx, channel=web, language="nb", slug_or_id=name)
    active = await publish(tx, made.id, 1, by=SYSTEM)
    shown = await product(tx, channel=web, language="nb", slug_or_id=name)
    assert shown.name == made.texts["nb"].name
    assert shown.language == "nb"
    archived = await archive(tx, made.id, active.version, by=SYSTEM)
    with pytest.raises(ProductNotFound):
        await product(tx, channel=web, language="nb", slug_or_id=name)
    assert not await sellables(tx, channel=web, language="nb", variant_ids=[v.id for v in made.variants])
    again = await publish(tx, made.id, archived.version, by=SYSTEM)
    assert again.status is Status.active


async def test_a_status_moves_only_where_it_may(places, tx):
    active = await published_mug(tx)
    with pytest.raises(StatusMoveRefused):
        await publish(tx, active.id, active.version, by=SYSTEM)
    empty = await create(tx, new_mug(variants=()), by=SYSTEM)
    with pytest.raises(NothingToSell):
        await publish(tx, empty.id, 1, by=SYSTEM)
    assert (await products.load(tx, [empty.id]))[empty.id] == empty


async def test_the_last_text_and_the_last_variant_stay(places, tx):
    active = await published_mug(tx)
    with pytest.raises(NothingToRead):
        await change(
            tx, active.id, ProductChange(version=active.version, texts={"nb": None, "en": None}), by=SYSTEM
        )
    one = await archive_variant(tx, active.id, active.variants[0].id, active.version, by=SYSTEM)
    with pytest.raises(NothingToSell):
        await archive_variant(tx, active.id, active.variants[1].id, one.version, by=SYSTEM)
    assert [variant.status.value for variant in one.variants] == ["archived", "active"]


async def test_options_cannot_change_under_active_variants(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    with pytest.raises(OptionsInUse):
        await change(tx, made.id, ProductChange(version=1, options=("colour", "size")), by=SYSTEM)
    assert (await products.load(tx, [made.id]))[made.id] == made


async def test_a_variant_is_added_changed_archived_and_restored(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    sku = f"CUP-{new_id().hex[-8:]}"
    added = await add_variant(
        tx, made.id, AddedVariant(version=1, sku=sku, options={"colour": "green"}, weight_g=1), by=SYSTEM
    )
    variant = added.variants[-1]
    assert (variant.sku, variant.position) == (sku, 2)
    changed = await change_variant(
        tx,
        made.id,
        variant.id,
        VariantChange(version=2, gtin="2000000000015", weight_g=5, length_mm=90),
        by=SYSTEM,
    )
    assert changed.variants[-1].gtin == "2000000000015"
    gone = await archive_variant(tx, made.id, variant.id, 3, by=SYSTEM)
    replaced = await add_variant(
        tx, made.id, AddedVariant(version=4, sku=f"{sku}-2", options={"colour": "green"}), by=SYSTEM
    )
    assert len(replaced.active_variants()) == 3
    with pytest.raises(Invalid):
        await restore_variant(tx, made.id, variant.id, 5, by=SYSTEM)
    assert gone.variants[-1].status.value == "archived"


async def test_a_sku_a_gtin_and_an_address_belong_to_one_thing(database, places):
    gtin = "4006381333931"
    first = new_mug()
    owned = replace(first, variants=(replace(first.variants[0], gtin=gtin), first.variants[1]))
    made = await database.run(lambda tx: create(tx, owned, by=SYSTEM))
    before = await database.read(_count)
    other = new_mug()
    same_sku = replace(other, variants=(replace(other.variants[0], sku=made.variants[1].sku),))
    same_gtin = replace(other, variants=(replace(other.variants[0], gtin=gtin),))
    same_slug = replace(other, texts={"en": ProductText("x", slug=made.texts["en"].slug)})
    for new, error, fact in (
        (same_sku, SkuTaken, made.variants[1].sku),
        (same_gtin, GtinTaken, gtin),
        (same_slug, SlugTaken, made.texts["en"].slug),
    ):
        with pytest.raises(error) as refused:
            await database.run(lambda tx, new=new: create(tx, new, by=SYSTEM))
        assert fact in refused.value.facts.values()
    assert await database.read(_count) == before


async def test_a_duplicate_sku_at_once_is_made_once(database, places):
    wanted = new_mug()

    async def make():
        return await database.run(lambda tx: create(tx, wanted, by=SYSTEM))

    before = await database.read(_count)
    results = await asyncio.gather(*(make() for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, BaseException)), results
    assert await database.read(_count) == before + 1


async def test_the_same_combination_at_once_is_added_once(database, places):
    made = await database.run(lambda tx: create(tx, new_mug(), by=SYSTEM))

    async def add(number):
        new = AddedVariant(version=1, sku=f"N-{made.id.hex[-8:]}-{number}", options={"colour": "green"})
        return await database.run(lambda tx: add_variant(tx, made.id, new, by=SYSTEM))

    results = await asyncio.gather(*(add(number) for number in range(6)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    found = (await database.read(lambda tx: products.load(tx, [made.id])))[made.id]
    assert len(found.variants) == 3


async def test_the_database_itself_keeps_combinations_apart(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    twin = replace(
        made, variants=(*made.variants, replace(made.variants[0], id=new_id(), sku="TWIN-1")), version=2
    )
    with pytest.raises(CombinationTaken):
        async with tx.savepoint():
            await products.save(tx, [products.Change(made, twin)])


async def test_a_name_that_is_in_use_gets_an_address_of_its_own(places, tx):
    same = {"en": ProductText("Enamel mug"), "ja": ProductText("ホーローマグ")}
    one = await create(tx, new_mug(texts=same), by=SYSTEM)
    two = await create(tx, new_mug(texts=same), by=SYSTEM)
    assert one.texts["en"].slug == one.texts["ja"].slug == "enamel-mug"
    assert two.texts["en"].slug == f"enamel-mug-{two.id.hex[-8:]}"


async def test_an_old_address_still_finds_the_product(places, tx, web):
    active = await published_mug(tx)
    old = active.texts["en"].slug
    mark = active.id.hex[-8:]
    wanted = ProductChange(version=active.version, texts={"en": ProductText("Other", slug=f"other-{mark}")})
    await change(tx, active.id, wanted, by=SYSTEM)
    assert old is not None
    shown = await product(tx, channel=web, language="en", slug_or_id=old)
    assert shown.product_id == active.id
    assert shown.slug == f"other-{mark}"
    with pytest.raises(SlugTaken):
        await create(tx, new_mug(texts={"en": ProductText("Thief", slug=old)}), by=SYSTEM)


async def test_a_rename_keeps_the_address(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    after = await change(
        tx, made.id, ProductChange(version=1, texts={"en": ProductText("New name")}), by=SYSTEM
    )
    assert after.texts["en"].slug == made.texts["en"].slug


async def test_variants_get_the_picture_of_their_colour(places, pictures, tx):
    both, red, _ = pictures
    media = (Picture(both), Picture(red, {"nb": "Rød kopp"}, {"colour": "red"}))
    made = await create(tx, new_mug(media=media), by=SYSTEM)
    assert made.image == both
    assert [variant.image for variant in made.variants] == [both, red]
    after = await change(tx, made.id, ProductChange(version=1, media=()), by=SYSTEM)
    assert after.image is None
    assert [variant.image for variant in after.variants] == [None, None]


async def test_a_picture_that_is_not_kept_is_refused(places, tx):
    made = await create(tx, new_mug(), by=SYSTEM)
    lost = Picture("d" * 64 + ".jpg")
    with pytest.raises(Invalid) as refused:
        await change(tx, made.id, ProductChange(version=1, media=(lost,)), by=SYSTEM)
    assert [found.code for found in refused.value.problems] == ["file-unknown"]
    assert (await products.load(tx, [made.id]))[made.id] == made


async def test_the_assortment_says_where_and_when(places, tx, clock):
    web, app, sweden = (places.channel(code) for code in ("web-no", "app-no", "web-se"))
    later = tx.now + timedelta(hours=1)
    active = await published_mug(
        tx,
        assortment=(
            Listing("market:NO"),
            Listing("channel:app-no", listed=False),
            Listing("market:SE", from_at=later, until_at=later + timedelta(hours=1)),
        ),
    )
    ids = [variant.id for variant in active.variants]

    async def sold(channel):
        return bool(await sellables(tx, channel=channel, language="nb", variant_ids=ids))

    assert [await sold(channel) for channel in (web, app, sweden)] == [True, False, False]
    tx.now = later
    assert [await sold(channel) for channel in (web, app, sweden)] == [True, False, True]
    tx.now = later + timedelta(hours=1)
    assert [await sold(channel) for channel in (web, app, sweden)] == [True, False, False]
    gone = await sellables(tx, channel=sweden, language="nb", variant_ids=ids, unpublished=True)
    assert {(row.published, row.name) for row in gone} == {(False, active.texts["nb"].name)}


async def test_sellables_are_found_by_sku_in_the_readers_language(places, tx, web):
    active = await published_mug(tx)
    (found,) = await sellables(tx, channel=web, language="sv", skus=[active.variants[1].sku, "NO-SUCH"])
    assert (found.name, found.options) == (active.texts["en"].name, "red")
    (found,) = await sellables(tx, channel=web, language="nn", skus=[active.variants[1].sku])
    assert (found.name, found.options) == (active.texts["nb"].name, "red (nb)")


async def test_an_archived_variant_is_not_sold(places, tx, web):
    active = await published_mug(tx)
    after = await archive_variant(tx, active.id, active.variants[0].id, active.version, by=SYSTEM)
    found = await sellables(tx, channel=web, language="nb", variant_ids=[v.id for v in after.variants])
    assert [row.variant_id for row in found] == [active.variants[1].id]
    shown = await product(tx, channel=web, language="nb", slug_or_id=public("prd", active.id))
    assert [row.sellable.variant_id for row in shown.variants] == [active.variants[1].id]


async def test_numbers_of_attributes_come_back_as_they_were_given(places, tx):
    for number in (0, 350, 0.5, 1.25, -3, 10**12):
        made = await create(tx, new_mug(attributes={"volume": number}), by=SYSTEM)
        assert (await products.load(tx, [made.id]))[made.id].attributes == {"volume": number}


def test_a_new_variant_names_a_sku():
    with pytest.raises(TypeError):
        NewVariant(options={})  # type: ignore[call-arg]  # what is tested
