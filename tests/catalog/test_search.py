"""What a shop's visitor finds, in each language, and what she must not find."""

from datetime import timedelta

import pytest
from tests.catalog.conftest import new_mug, published_mug

from torg.catalog import (
    Listing,
    NewVariant,
    ProductChange,
    ProductText,
    change,
    create,
    search,
)
from torg.kernel.access import SYSTEM
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id


async def _found(tx, channel, query=None, language="nb", **given):
    """What is found as it was asked."""
    page = await search(tx, channel=channel, language=language, query=query, limit=100, **given)
    return [] if page.corrected else [card.product_id for card in page.items]


def _texts(**names):
    return {language: ProductText(name, description) for language, (name, description) in names.items()}


@pytest.mark.parametrize(
    ("language", "name", "description", "queries"),
    [
        ("nb", "Kaffekvern", "Maler bønnene jevnt, også på hytta.", ["KAFFEKVERNER", "kaffekv", "bønne", "hytte"]),
        ("sv", "Kaffekvarn", "Maler bönorna jämnt, även i stugan.", ["kaffekvarnar", "kaffekv", "böna", "stugor"]),
        ("da", "Kaffekværn", "Maler bønnerne jævnt, også i sommerhuset.", ["kaffekværnen", "kaffekv", "bønne", "jævn"]),
        ("en", "Organic coffee grinder", "Grinds the beans evenly.", ["grinders", "organi", "coffee grind", "bean"]),
        ("de", "Kaffeemühle", "Mahlt die Bohnen gleichmäßig.", ["kaffeemühlen", "kaffeem", "bohne", "gleichmässig"]),
        ("ja", "手挽きコーヒーミル", "豆を均一に挽けます。", ["コーヒーミル", "ミル", "手挽き", "均一", "豆", "ｺｰﾋｰ"]),
    ],
)  # fmt: skip
async def test_words_are_found_in_their_forms_and_unfinished(
    places, tx, web, language, name, description, queries
):
    product = await published_mug(tx, texts=_texts(**{language: (name, description)}))
    for query in queries:
        assert product.id in await _found(tx, web, query, language), query
    assert await _found(tx, web, "qwertyzxcv", language) == []


async def test_a_name_weighs_more_than_a_description(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    aside = await published_mug(tx, texts=_texts(nb=("Kanne", f"Passer til {mark} og mye annet.")))
    named = await published_mug(tx, texts=_texts(nb=(f"Stor {mark}", "En kanne.")))
    later = await published_mug(tx, texts=_texts(nb=("Kopp", f"Passer til {mark}.")))
    found = await _found(tx, web, mark)
    assert found[0] == named.id
    assert set(found) == {aside.id, named.id, later.id}


async def test_all_words_must_be_found_and_which_were_left_out_is_told(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    product = await published_mug(tx, texts=_texts(nb=(f"Rød {mark}", "Til kaffe.")))
    assert await _found(tx, web, f"rød {mark}") == [product.id]
    assert await _found(tx, web, f"{mark} til kaffe") == [product.id]
    page = await search(tx, channel=web, language="nb", query=f"gul {mark}")
    assert [card.product_id for card in page.items] == [product.id]
    assert (page.corrected, page.left_out) == (mark, ("gul",))
    assert (await search(tx, channel=web, language="nb", query="gul qwertyzxcv")).items == []


async def test_a_sku_or_a_gtin_is_found_exactly_and_first(places, tx, web):
    sku = f"Z.{new_id().hex[-8:].upper()}/1"
    product = await published_mug(tx, options=(), variants=(NewVariant(sku=sku, gtin="4006381333931"),))
    assert await _found(tx, web, f" {sku} ") == [product.id]
    assert (await _found(tx, web, "4006381333931"))[0] == product.id


async def test_colours_attributes_and_categories_are_found_in_the_readers_words(places, tx, web):
    product = await published_mug(tx, attributes={"care": {"nb": "Tåler stekovn"}})
    for query in ("red nb", "stekovn", "avdeling cups"):
        assert product.id in await _found(tx, web, query)
    assert product.id not in await _found(tx, web, "red nb", "en")


async def test_what_is_not_translated_is_found_by_what_is_shown(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    product = await published_mug(tx, texts=_texts(en=(f"Camp {mark} stoves", "For tents.")))
    assert await _found(tx, web, f"{mark} stoves", "nb") == [product.id]


@pytest.mark.parametrize(
    "query",
    [
        "'", "\\", "a & b | !c", ":*", "(((", "<->", "!", "%_%", "\x00", "' OR 1=1 --", "😀", "og i på", "…", "=nb",
        "a" * 5000, "ord " * 500,
    ],
)  # fmt: skip
async def test_no_question_is_an_error(places, tx, web, query):
    await published_mug(tx)
    for language in ("nb", "en", "ja"):
        await _found(tx, web, query, language)


async def test_the_mark_of_a_language_cannot_be_asked_for(places, tx, web):
    await published_mug(tx)
    assert await _found(tx, web, "=ja") == []


async def test_a_listing_runs_from_high_rank_to_low_and_from_new_to_old(places, tx, web):
    made = [await published_mug(tx, rank=rank) for rank in (500_001, 500_003, 500_003, 500_002)]
    expected = [made[2].id, made[1].id, made[3].id, made[0].id]
    assert (await _found(tx, web))[:4] == expected
    assert (await _found(tx, web, category="cups"))[:4] == expected
    assert (await _found(tx, web, category="kitchen"))[:4] == expected


async def test_pages_follow_each_other_without_gap_or_repetition(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    made = {(await published_mug(tx, texts=_texts(nb=(f"{mark} {n}", "")), rank=n // 3)).id for n in range(7)}
    for given in ({"query": mark}, {"category": "cups"}, {}):
        seen, cursor = [], None
        while True:
            page = await search(tx, channel=web, language="nb", cursor=cursor, limit=2, **given)
            assert len(page.items) <= 2
            seen += [card.product_id for card in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert len(seen) == len(set(seen))
        assert made <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WzEsIDJd", "e30", "a" * 300])
async def test_a_cursor_that_was_not_given_out_is_refused(places, tx, web, cursor):
    with pytest.raises(Invalid):
        await _found(tx, web, cursor=cursor)


async def test_nothing_unpublished_is_found(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    texts = _texts(nb=(f"Kopp {mark}", ""))
    draft = new_mug(texts=texts)
    await create(tx, draft, by=SYSTEM)
    hour = timedelta(hours=1)
    for assortment in (
        (),
        (Listing("market:SE"),),
        (Listing("market:NO"), Listing("channel:web-no", listed=False)),
        (Listing("market:NO", from_at=tx.now + hour),),
        (Listing("market:NO", until_at=tx.now),),
        (Listing("channel:app-no"),),
        (Listing("market:NO"), Listing("channel:web-no", until_at=tx.now - hour)),
    ):
        await published_mug(tx, texts=texts, assortment=assortment)
    shown = await published_mug(
        tx, texts=texts, assortment=(Listing("market:NO", listed=False), Listing("channel:web-no"))
    )
    assert await _found(tx, web, mark) == [shown.id]
    listed = await _found(tx, web, category="cups")
    assert shown.id in listed
    everything = await _found(tx, web)
    assert shown.id in everything
    for ids in (listed, everything):
        assert len(ids) == len(set(ids))
        names = await search(tx, channel=web, language="nb", limit=100)
        assert sum(mark in card.name for card in names.items) == 1


async def test_a_search_stays_within_its_category(places, tx, web):
    mark = f"zq{new_id().hex[-8:]}"
    texts = _texts(nb=(f"Kopp {mark}", ""))
    inside = await published_mug(tx, texts=texts)
    outside = await published_mug(tx, texts=texts, categories=("outdoor",))
    assert await _found(tx, web, mark, category="kitchen") == [inside.id]
    assert await _found(tx, web, mark, category="outdoor") == [outside.id]


async def test_a_new_name_is_found_at_once_and_the_old_one_no_more(places, tx, web):
    old, new = f"zq{new_id().hex[-8:]}", f"zx{new_id().hex[-8:]}"
    product = await published_mug(tx, texts=_texts(nb=(f"Kopp {old}", "")))
    wanted = ProductChange(version=product.version, texts=_texts(nb=(f"Kopp {new}", "")))
    await change(tx, product.id, wanted, by=SYSTEM)
    assert await _found(tx, web, old) == []
    assert await _found(tx, web, new) == [product.id]


async def test_a_card_names_its_variants_in_the_readers_language(places, tx, web):
    product = await published_mug(tx, rank=900_000)
    (card, *_) = (await search(tx, channel=web, language="nb")).items
    assert card.product_id == product.id
    assert card.slug == product.texts["nb"].slug
    assert [(v.hex, v.sku, v.options) for v in card.variants] == [
        (variant.id.hex, variant.sku, f"{variant.options['colour']} (nb)") for variant in product.variants
    ]
    assert [v.options for v in card.variants] == ["blue (nb)", "red (nb)"]
