"""What makes a seller, market, location, store or channel wrong, all of it at once."""

from datetime import date

from msgspec.structs import replace

from torg.demo import markets as demo
from torg.markets import Channel, Opening, Scheme, SpecialDay, TaxRegistration, WeeklyOpening, rules
from torg.markets.model import ChannelKind

OSLO = next(store for store in demo.STORES if store.code == "oslo")
TILL = next(channel for channel in demo.CHANNELS if channel.code == "till-oslo")


def wrong(problems: rules.Problems) -> dict[str, str]:
    return {problem.field: problem.code for problem in problems}


def channel_problems(channel: Channel) -> dict[str, str]:
    return wrong(
        rules.channel_problems(
            channel,
            markets={"NO"},
            sellers={"torg-nordic"},
            stores={"oslo"},
            locations={"oslo", "lager-oslo"},
        )
    )


def test_the_practice_retailer_is_right() -> None:
    sellers = {seller.code for seller in demo.SELLERS}
    markets = {market.code for market in demo.MARKETS}
    locations = {location.code for location in demo.LOCATIONS}
    stores = {store.code for store in demo.STORES}
    assert not [wrong(rules.seller_problems(s)) for s in demo.SELLERS if wrong(rules.seller_problems(s))]
    for market in demo.MARKETS:
        assert wrong(rules.market_problems(market, sellers)) == {}
    for location in demo.LOCATIONS:
        assert wrong(rules.location_problems(location)) == {}
    for store in demo.STORES:
        assert wrong(rules.store_problems(store, locations, markets)) == {}
    for channel in demo.CHANNELS:
        found = rules.channel_problems(
            channel, markets=markets, sellers=sellers, stores=stores, locations=locations
        )
        assert wrong(found) == {}


def test_company_and_tax_numbers_are_checked_by_their_digits() -> None:
    seller = replace(
        demo.SELLERS[0],
        registration_number="316737578",
        registrations=(
            TaxRegistration("NO", "316737578MVA"),
            TaxRegistration("SE", "SE559923270801"),
            TaxRegistration("QX", "1"),
            TaxRegistration("JP", "9254095937188"),
            TaxRegistration("US", ""),
        ),
    )
    assert wrong(rules.seller_problems(seller)) == {
        "registration_number": "wrong-company-number",
        "registrations.0.number": "wrong-tax-number",
        "registrations.2.country": "unknown-country",
        "registrations.3.number": "wrong-tax-number",
        "registrations.4.number": "wrong-tax-number",
    }


def test_a_scheme_exists_only_where_its_law_holds_and_its_number_has_its_own_form() -> None:
    def problems(*registrations: TaxRegistration) -> dict[str, str]:
        return wrong(rules.seller_problems(replace(demo.SELLERS[0], registrations=registrations)))

    assert (
        problems(
            TaxRegistration("SE", "SE559923270801", Scheme.oss),
            TaxRegistration("SE", "IM7520000013", Scheme.ioss),
            TaxRegistration("NO", "VOEC 2024509", Scheme.voec),
            TaxRegistration("GB", "GB958508773", Scheme.low_value),
            TaxRegistration("SG", "M90312345A", Scheme.low_value),
        )
        == {}
    )
    assert problems(
        TaxRegistration("NO", "316737579MVA", Scheme.oss),
        TaxRegistration("SE", "EU752000001", Scheme.ioss),
        TaxRegistration("NO", "316737579MVA", Scheme.voec),
        TaxRegistration("DE", "DE938874915", Scheme.low_value),
    ) == {
        "registrations.0.scheme": "not-a-scheme-there",
        "registrations.1.number": "wrong-tax-number",
        "registrations.2.number": "wrong-tax-number",
        "registrations.3.scheme": "not-a-scheme-there",
    }


def test_registrations_of_one_scheme_follow_each_other_and_do_not_overlap() -> None:
    change = date(2026, 7, 1)
    one = TaxRegistration("NO", "316737579MVA", valid_until=change)
    seller = replace(demo.SELLERS[0], registrations=(one, replace(one, valid_from=change, valid_until=None)))
    assert wrong(rules.seller_problems(seller)) == {}
    assert [seller.registrations[0].valid_on(day) for day in (date(2026, 6, 30), change)] == [True, False]
    seller = replace(
        seller, registrations=(one, replace(one, valid_from=date(2026, 6, 30), valid_until=None))
    )
    assert wrong(rules.seller_problems(seller)) == {"registrations.1": "twice"}
    seller = replace(seller, registrations=(replace(one, valid_from=change),))
    assert wrong(rules.seller_problems(seller)) == {"registrations.0.valid_until": "ends-before-it-begins"}


def test_every_wrong_field_of_a_market_is_named() -> None:
    market = replace(
        demo.MARKETS[0],
        name={"nb": " ", "fr": "Norvège"},
        countries=("NO", "UK", "NO"),
        currency="XAU",
        languages=("nb", "fr", "nb"),
        seller="nobody",
        region="ZZ",
    )
    assert wrong(rules.market_problems(market, {"torg-nordic"})) == {
        "name.nb": "required",
        "name.fr": "unknown-language",
        "countries.1": "unknown-country",
        "countries.2": "twice",
        "currency": "unknown-currency",
        "languages.1": "unknown-language",
        "languages.2": "twice",
        "seller": "unknown-seller",
        "region": "unknown-region",
    }
    empty = replace(demo.MARKETS[0], name={}, countries=("NO",), languages=())
    assert wrong(rules.market_problems(empty, {"torg-nordic"})) == {
        "name": "required",
        "languages": "required",
    }


def test_a_location_lies_on_earth_in_a_known_time_zone() -> None:
    location = replace(
        demo.LOCATIONS[0],
        country="XX",
        time_zone="Europe/Olso",
        latitude_e6=90_000_001,
        longitude_e6=-180_000_001,
        address=replace(demo.OSLO, country="no"),
    )
    assert wrong(rules.location_problems(location)) == {
        "country": "unknown-country",
        "time_zone": "unknown-time-zone",
        "latitude_e6": "out-of-range",
        "longitude_e6": "out-of-range",
        "address.country": "unknown-country",
    }
    in_no_region = replace(demo.LOCATIONS[0], region="NY", address=replace(demo.NEW_YORK, region="XX"))
    assert wrong(rules.location_problems(in_no_region)) == {
        "region": "unknown-region",
        "address.region": "unknown-region",
    }


def test_opening_hours_are_times_in_order_that_do_not_overlap() -> None:
    store = replace(
        OSLO,
        location="moon",
        market="MO",
        opening_hours=(
            WeeklyOpening(1, "09:00", "12:00"),
            WeeklyOpening(1, "11:59", "15:00"),
            WeeklyOpening(2, "9:00", "24:01"),
            WeeklyOpening(3, "10:00", "10:00"),
            WeeklyOpening(8, "10:00", "11:00"),
            WeeklyOpening(4, "00:00", "12:00"),
            WeeklyOpening(4, "12:00", "24:00"),
        ),
        special_days=(
            SpecialDay("2026-12-24", (Opening("10:00", "09:00"),)),
            SpecialDay("2026-02-30"),
            SpecialDay("2026-12-24"),
        ),
    )
    assert wrong(rules.store_problems(store, {"oslo"}, {"NO"})) == {
        "location": "unknown-location",
        "market": "unknown-market",
        "opening_hours.1.opens": "overlap",
        "opening_hours.2.opens": "wrong-time",
        "opening_hours.2.closes": "wrong-time",
        "opening_hours.3.closes": "ends-before-it-begins",
        "opening_hours.4.weekday": "out-of-range",
        "special_days.0.hours.0.closes": "ends-before-it-begins",
        "special_days.1.date": "wrong-date",
        "special_days": "twice",
    }


def test_a_channel_points_to_what_exists() -> None:
    channel = replace(TILL, market="XX", seller="nobody", store="moon", locations=("oslo", "moon", "oslo"))
    assert channel_problems(channel) == {
        "market": "unknown-market",
        "seller": "unknown-seller",
        "store": "unknown-store",
        "locations.1": "unknown-location",
        "locations.2": "twice",
    }


def test_a_till_without_a_store_is_wrong_and_a_web_shop_without_one_is_not() -> None:
    assert channel_problems(replace(TILL, store=None, locations=())) == {"store": "till-without-store"}
    web = replace(TILL, kind=ChannelKind.web, store=None, locations=())
    assert channel_problems(web) == {}
