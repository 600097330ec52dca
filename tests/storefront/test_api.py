"""What anybody can ask of a sales channel, in the practice retailer's world."""

import time
from decimal import Decimal
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from tests.kernel.people import bearer, header

from torg import catalog
from torg.catalog import Listing, NewProduct, NewVariant, ProductText
from torg.customers import by_email
from torg.demo import named
from torg.kernel import i18n
from torg.kernel.access import SYSTEM, ActorKind
from torg.kernel.database import TALLY, Database, Tally, pools
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.markets import atlas, close_channel, reopen_channel
from torg.pricing import prices_of
from torg.surfaces.storefront import shelves
from torg.surfaces.storefront.pictures import Pictures
from torg.surfaces.storefront.shelves import Shop
from torg.surfaces.storefront.views import Availability

URL = "/api/v1/channels/{}/products"


async def listed(shop, channel="web-no", language="nb", **asked):
    items, cursor = [], None
    while True:
        params = {"limit": 100, **asked, **({"cursor": cursor} if cursor else {})}
        answer = await shop.get(URL.format(channel), params=params, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


async def test_a_page_has_twenty_products_with_prices_pictures_and_availability(shop):
    answer = await shop.get(URL.format("web-no"), headers={"Accept-Language": "nb"})
    page = answer.json()
    assert len(page["items"]) == 20 and page["next"]
    for item in page["items"]:
        assert item["price_from"]["currency"] == "NOK" and item["tax_included"] is True
        assert 0 < item["price_from"]["amount"] <= item["price_to"]["amount"]
        assert item["availability"] in {"in_stock", "low", "backorder", "out"}
        assert item["image"]["url"].startswith("/files/")
        assert {one["media_type"] for one in item["image"]["renditions"]} == {"image/avif", "image/jpeg"}
        assert item["variants"] and all(variant["id"].startswith("var_") for variant in item["variants"])
    assert (await shop.get(page["items"][0]["image"]["url"])).status_code == 200


async def test_pages_follow_each_other_to_the_end(shop):
    cursor, seen = None, []
    while True:
        page = (
            await shop.get(
                URL.format("web-no"), params={"limit": 7, **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(await listed(shop))


async def test_a_page_takes_three_statements_once_its_pictures_and_reductions_are_known(world, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(
        pools, "time", SimpleNamespace(monotonic=lambda: now)
    )  # a second, however long it takes here
    known = await atlas(world)
    channel = known.channel("web-no")
    shop = Shop(known, channel, known.market("NO"), "nb", Pictures())
    for asked in ({}, {"query": "kaffe"}):  # words and price lists are known from now on, for a second
        await world.read(lambda tx, asked=asked: shelves.page(tx, shop, **asked))
    shop, counts = replace(shop, pictures=Pictures()), []
    kaffe, outdoor = {"query": "kaffe"}, {"category": "outdoor"}
    for asked in ({}, {}, kaffe, kaffe, outdoor, outdoor):
        tally = Tally()
        token = TALLY.set(tally)
        await world.read(lambda tx, asked=asked: shelves.page(tx, shop, **asked))
        TALLY.reset(token)
        counts.append(tally.statements)
    assert counts[0] <= 5  # the reductions of this page may have been asked for by another test
    assert [counts[1], counts[3], counts[5]] == [3, 3, 3]
    assert max(counts) <= 5
    tally = Tally()
    token = TALLY.set(tally)
    await world.read(lambda tx: shelves.detail(tx, shop, "emaljekopp-fjord"))
    TALLY.reset(token)
    assert tally.statements <= 5  # with the past of what is reduced


@pytest.mark.parametrize(
    ("channel", "wished", "spoken", "name"),
    [
        ("web-no", "nb", "nb", "Emaljekopp Fjord"),
        ("web-no", "nn-NO, en;q=0.5", "nb", "Emaljekopp Fjord"),
        ("web-no", "en", "en", "Enamel mug Fjord"),
        ("web-no", "ja", "nb", "Emaljekopp Fjord"),
        ("web-se", "sv-SE", "sv", "Emaljmugg Fjord"),
        ("web-dk", "da", "da", "Emaljekrus Fjord"),
        ("web-de", "de-AT", "de", "Emaillebecher Fjord"),
        ("web-jp", "ja", "ja", "ホーローマグ フィヨルド"),
        ("web-jp", "*", "ja", "ホーローマグ フィヨルド"),
        ("web-sg", "zh", "en", "Enamel mug Fjord"),
    ],
)
async def test_the_reader_gets_the_best_language_that_the_market_speaks(shop, channel, wished, spoken, name):
    answer = await shop.get(f"{URL.format(channel)}/enamel-mug-fjord", headers={"Accept-Language": wished})
    assert answer.headers["content-language"] == spoken
    assert "accept-language" in answer.headers["vary"].lower()
    assert answer.json()["name"] == name


async def test_prices_are_those_of_the_market(shop):
    prices = {}
    for channel in ("web-no", "web-us", "web-jp", "web-de"):
        answer = await shop.get(f"{URL.format(channel)}/enamel-mug-fjord")
        prices[channel] = answer.json()["variants"][0]["price"]
    assert [prices[c]["amount"]["currency"] for c in prices] == ["NOK", "USD", "JPY", "EUR"]
    assert [prices[c]["tax_included"] for c in prices] == [True, False, True, True]
    assert prices["web-no"]["tax_rate"] == 250_000 and prices["web-jp"]["tax_rate"] == 100_000
    for price in prices.values():
        assert price["trace"] and all(step["code"] and step["text"] for step in price["trace"])


async def test_the_reasons_of_a_price_are_told_in_money_and_per_cent(shop):
    answer = await shop.get(f"{URL.format('web-no')}/enamel-mug-fjord", headers={"Accept-Language": "en"})
    price = answer.json()["variants"][0]["price"]
    words = i18n.words("en", "NO")
    shown = words.money(Money(price["amount"]["amount"], "NOK"))
    steps = {step["code"]: step["text"] for step in price["trace"]}
    assert steps["price"].startswith(f"{shown} in the price list no")
    assert steps["tax"].startswith(f"MVA {words.percent(Decimal('0.25'))} ")


async def test_a_list_shows_the_prices_and_availability_of_the_product_pages(shop):
    for channel in ("web-no", "web-us", "web-jp", "till-oslo"):
        for item in (await listed(shop, channel))[:12]:
            page = (await shop.get(f"{URL.format(channel)}/{item['slug']}")).json()
            assert [(v["id"], v["sku"], v["price"], v["availability"]) for v in item["variants"]] == [
                (v["id"], v["sku"], v["price"]["amount"], v["availability"]) for v in page["variants"]
            ]
            for name in ("price_from", "price_to", "tax_included", "availability"):
                assert item[name] == page[name]


async def test_a_product_page_tells_options_attributes_pictures_and_the_way_there(shop):
    page = (
        await shop.get(f"{URL.format('web-no')}/sidamo-lysbrent-kaffe", headers={"Accept-Language": "nb"})
    ).json()
    assert [option["name"] for option in page["options"]] == ["Pakning", "Maling"]
    assert [choice["name"] for choice in page["options"][1]["choices"]] == ["Hele bønner", "Filtermalt"]
    assert {fact["name"]: fact["value"] for fact in page["attributes"]} == {
        "Brenningsgrad": "Lysbrent", "Økologisk": True, "Dyrkingshøyde": 1950, "Smak": "Blåbær, jasmin, sitron",
    }  # fmt: skip
    assert [step["name"] for step in page["categories"][0]] == ["Kaffe og te", "Kaffe"]
    assert page["pictures"][0]["picture"]["alt"] == "Sidamo lysbrent kaffe"
    assert page["slugs"]["en"] == "sidamo-light-roast-coffee"
    assert page["variants"][0]["choices"] == {"pack": "250g", "grind": "beans"}
    assert page["origin"] == "ET" and page["price_from"]["amount"] <= page["price_to"]["amount"]
    by_id = (await shop.get(f"{URL.format('web-no')}/{page['id']}", headers={"Accept-Language": "nb"})).json()
    assert by_id == page


async def test_stock_is_told_for_every_place_that_matters_here(shop):
    page = (
        await shop.get(f"{URL.format('web-no')}/emaljekopp-fjord", headers={"Accept-Language": "nb"})
    ).json()
    for variant in page["variants"]:
        places = {place["location"]: place for place in variant["stock"]}
        assert {"lager-oslo", "oslo", "bergen"} <= set(places) and "tokyo" not in places
        assert places["oslo"]["store"] == "oslo" and places["lager-oslo"]["store"] is None
        assert all(0 <= place["sellable"] <= 20 for place in places.values())
        for place in places.values():
            assert place["availability"] == Availability.of(place["sellable"]).value
        delivering = sum(place["sellable"] for place in places.values() if place["delivers"])
        assert (variant["availability"] == "out") == (delivering == 0)


@pytest.mark.parametrize(
    ("sellable", "state"), [(0, "out"), (1, "low"), (5, "low"), (6, "in_stock"), (10**6, "in_stock")]
)
def test_a_few_units_are_called_few(sellable, state):
    assert Availability.of(sellable).value == state


async def test_a_digital_product_is_always_there_and_stands_nowhere(shop):
    page = (await shop.get(f"{URL.format('web-no')}/fire-and-bread-e-book")).json()
    assert page["availability"] == "in_stock"
    assert page["variants"][0]["stock"] == []
    assert (await shop.get(f"{URL.format('till-oslo')}/fire-and-bread-e-book")).status_code == 404


@pytest.mark.parametrize(
    ("language", "channel", "query", "slug"),
    [
        ("nb", "web-no", "emaljekopper", "emaljekopp-fjord"),
        ("nb", "web-no", "støpejerns", "stopejernspanne-smie"),
        ("sv", "web-se", "ryggsäckar", "ryggsack-stig"),
        ("da", "web-dk", "pandelamper", "pandelampe-stjerne"),
        ("en", "web-gb", "sleeping bags", "sleeping-bag-hoarfrost"),
        ("de", "web-de", "schlafsack", "schlafsack-raureif"),
        ("ja", "web-jp", "寝袋", "sleeping-bag-hoarfrost"),
        ("ja", "web-jp", "コーヒー 浅煎り", "sidamo-light-roast-coffee"),
        ("nb", "web-no", "KOP-FJO-BLUE-350ML", "emaljekopp-fjord"),
    ],
)
async def test_people_find_goods_in_their_own_words(shop, language, channel, query, slug):
    items = await listed(shop, channel, language, q=query)
    assert slug in [item["slug"] for item in items[:3]]


async def test_categories_narrow_the_list_and_are_named_in_the_readers_language(shop):
    answer = await shop.get("/api/v1/channels/web-de/categories", headers={"Accept-Language": "de"})
    tree = {item["slug"]: item for item in answer.json()["items"]}
    assert tree["kaffee"]["name"] == "Kaffee" and tree["kaffee"]["parent"] == tree["kaffee-und-tee"]["id"]
    all_coffee = await listed(shop, "web-de", "de", category="kaffee-und-tee")
    beans = await listed(shop, "web-de", "de", category=tree["kaffee"]["id"])
    assert {item["id"] for item in beans} < {item["id"] for item in all_coffee}
    assert (await shop.get(URL.format("web-de"), params={"category": "nowhere"})).status_code == 404


async def test_what_has_not_changed_is_not_sent_again(shop):
    first = await shop.get(URL.format("web-no"))
    again = await shop.get(URL.format("web-no"), headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    other = await shop.get(URL.format("web-no"), headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


async def test_goods_of_other_markets_are_not_shown(shop):
    assert "heart-waffle-iron" not in [item["slug"] for item in await listed(shop, "web-gb", "en")]
    assert (await shop.get(f"{URL.format('web-gb')}/heart-waffle-iron")).status_code == 404
    assert (await shop.get(f"{URL.format('web-no')}/heart-waffle-iron")).status_code == 200


async def test_drafts_and_what_nobody_lists_are_not_shown(shop, world: Database):
    mark = f"secret{new_id().hex[-8:]}"
    new = NewProduct(
        texts={"en": ProductText(mark)},
        variants=(NewVariant(sku=mark.upper()),),
        assortment=(Listing("market:NO"),),
    )
    draft = await world.run(lambda tx: catalog.create(tx, new, by=SYSTEM))
    unlisted = replace(new, assortment=(), variants=(NewVariant(sku=mark.upper() + "-2"),))
    hidden = await world.run(lambda tx: catalog.create(tx, unlisted, by=SYSTEM))
    await world.run(lambda tx: catalog.publish(tx, hidden.id, 1, by=SYSTEM))
    assert await listed(shop, q=mark) == [] and await listed(shop, q=mark.upper()) == []
    for product in (draft, hidden):
        for name in (f"prd_{product.id.hex}", product.texts["en"].slug):
            answer = await shop.get(f"{URL.format('web-no')}/{name}")
            assert answer.status_code == 404 and mark not in answer.text.replace(name, "")


async def test_a_product_without_a_price_is_shown_without_one(shop, world: Database):
    new = NewProduct(
        texts={"en": ProductText("Priceless thing")},
        variants=(NewVariant(sku=f"P-{new_id().hex[-8:]}"),),
        assortment=(Listing("market:NO"),),
    )
    made = await world.run(lambda tx: catalog.create(tx, new, by=SYSTEM))
    await world.run(lambda tx: catalog.publish(tx, made.id, 1, by=SYSTEM))
    page = (await shop.get(f"{URL.format('web-no')}/prd_{made.id.hex}")).json()
    assert page["price_from"] is None and page["variants"][0]["price"] is None
    assert page["image"] is None and page["availability"] == "out"
    await world.run(lambda tx: catalog.archive(tx, made.id, 2, by=SYSTEM))
    assert (await shop.get(f"{URL.format('web-no')}/prd_{made.id.hex}")).status_code == 404


async def test_a_closed_channel_does_not_exist(shop, world: Database):
    await world.run(lambda tx: close_channel(tx, "web-sg", version=None, by=SYSTEM))
    world.forget("markets.atlas")
    for path in ("products", "products/enamel-mug-fjord", "categories"):
        closed = await shop.get(f"/api/v1/channels/web-sg/{path}")
        unknown = await shop.get(f"/api/v1/channels/no-such/{path}")
        assert closed.status_code == unknown.status_code == 404
        assert closed.json()["code"] == unknown.json()["code"] == "unknown-channel"
    await world.run(lambda tx: reopen_channel(tx, "web-sg", version=None, by=SYSTEM))
    world.forget("markets.atlas")


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}, {"q": "x" * 201}]
)
async def test_a_wrong_question_is_refused(shop, params):
    assert (await shop.get(URL.format("web-no"), params=params)).status_code == 422


@pytest.mark.parametrize("q", ["", " ", "'", '"', "\x00", "%", "&|!():*", "<script>", "😀", "a\x00b", "\\"])
async def test_an_odd_question_finds_nothing_or_something_but_does_no_harm(shop, q):
    answer = await shop.get(URL.format("web-no"), params={"q": q})
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize(
    "name", ["prd_" + "0" * 32, "%00", "a%00b", "..%2F", "x" * 2000, "%F0%9F%98%80", "prd_"]
)
async def test_an_unknown_product_is_not_found(shop, name):
    assert (await shop.get(f"{URL.format('web-no')}/{name}")).status_code == 404
    assert (await shop.get(f"/api/v1/channels/{name}/products")).status_code == 404


async def test_every_language_of_the_platform_has_words_for_availability():
    for language in i18n.LANGUAGES:
        for state in Availability:
            assert i18n.text(language, f"availability.{state.value}")


async def test_what_is_sold_by_weight_or_number_has_its_price_per_unit(shop):
    items = [v for item in await listed(shop) for v in item["variants"]]
    coffee = next(v for v in items if v["sku"].startswith("KAF") and "250G" in v["sku"])
    filters = next(v for v in items if v["sku"].startswith("FIL") and v["sku"].endswith("40"))
    assert coffee["per_unit"] == {
        "amount": {"amount": coffee["price"]["amount"] * 4, "currency": "NOK"},
        "measure": "kg",
    }
    exact = Decimal(filters["price"]["amount"]) / 40
    assert abs(filters["per_unit"]["amount"]["amount"] - exact) <= Decimal("0.5")
    assert filters["per_unit"]["measure"] == "piece"
    assert all("per_unit" not in v for v in items if v["sku"].startswith("TEL"))


async def test_every_reduction_tells_the_lowest_price_of_the_thirty_days_before(shop):
    reduced = [(item, v) for item in await listed(shop) for v in item["variants"] if "reduction" in v]
    assert reduced
    told = {
        v["reduction"]["lowest_30_days"]["amount"] < v["reduction"]["regular"]["amount"] for _, v in reduced
    }
    assert told == {True, False}  # some were in the autumn's campaign too
    for item, variant in reduced:
        lowest, regular = variant["reduction"]["lowest_30_days"], variant["reduction"]["regular"]
        assert variant["price"]["amount"] < lowest["amount"] <= regular["amount"]
        page = (
            await shop.get(f"{URL.format('web-no')}/{item['id']}", headers={"Accept-Language": "en"})
        ).json()
        price = next(one["price"] for one in page["variants"] if one["id"] == variant["id"])
        assert price["reduction"] == variant["reduction"]
        assert price["amount"] == variant["price"]
        assert price["per_unit"] == variant.get("per_unit")
        assert any(
            step["code"] == "price-reduced-lowest" and "30 days" in step["text"] for step in price["trace"]
        )


async def test_who_takes_many_is_told_what_many_cost_and_what_is_recommended(shop):
    items = await listed(shop)
    filters = next(item for item in items if item["variants"][0]["sku"].startswith("FIL"))
    page = (await shop.get(f"{URL.format('web-no')}/{filters['id']}")).json()
    price = page["variants"][0]["price"]
    # Three cost less than one apiece only while no campaign takes more off than that.
    assert [one["from_quantity"] for one in price["breaks"]] in ([3, 10], [10])
    amounts = [price["amount"]["amount"], *(one["amount"]["amount"] for one in price["breaks"])]
    assert amounts == sorted(amounts, reverse=True) and len(set(amounts)) == len(amounts)
    tent = next(item for item in items if item["variants"][0]["sku"].startswith("TEL"))
    price = (await shop.get(f"{URL.format('web-no')}/{tent['id']}")).json()["variants"][0]["price"]
    assert price["recommended"]["amount"] > price["amount"]["amount"]


async def test_a_member_sees_her_own_prices_and_nobody_else_gets_them(shop, world):
    email = named.NAMED[0].email
    kari = await world.read(lambda tx: by_email(tx, email))
    opened = await bearer(world, ActorKind.customer, kari.customer_id)
    hers = await shop.get(URL.format("web-no"), params={"q": "kaffe"}, headers=header(opened.token))
    others = await shop.get(URL.format("web-no"), params={"q": "kaffe"})
    assert "private" in hers.headers["cache-control"] and "private" not in others.headers["cache-control"]
    assert hers.headers["etag"] != others.headers["etag"]

    def prices(answer):
        return {
            v["sku"]: v["price"]["amount"]
            for item in answer.json()["items"]
            for v in item["variants"]
            if v["sku"].startswith("KAF")
        }

    mine, theirs = prices(hers), prices(others)
    assert mine.keys() == theirs.keys() and mine
    assert all(mine[sku] <= theirs[sku] for sku in mine)
    assert any(mine[sku] < theirs[sku] for sku in mine)


async def test_cost_prices_never_come_out_of_a_shop(shop, world):
    costs = await world.read(lambda tx: prices_of(tx, "no-cost", by=SYSTEM, limit=1))
    id = public("var", costs[0].variant_id)
    items = await listed(shop)
    item = next(one for one in items if any(v["id"] == id for v in one["variants"]))
    page = (await shop.get(f"{URL.format('web-no')}/{item['id']}")).text
    assert "no-cost" not in page and f'"amount":{costs[0].amount},' not in page
