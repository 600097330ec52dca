"""Whose tax a sale has: worked examples by hand, after what tax administrations publish, each with its source.

A row is a case of a published explanation, told with the sellers and places that it is about.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.markets import EU, Scheme, TaxRegistration
from torg.pricing import NotRegistered, Place, SellerStanding, Supply, Treatment, ruling
from torg.pricing.tax import arrangements, regimes, territory

DAY = date(2026, 11, 23)
NO, SE, DE, DK, FI, FR, AT, GB, JP, SG, CH = (
    Place(code) for code in "NO SE DE DK FI FR AT GB JP SG CH".split()
)
BELFAST, ALAND, HELIGOLAND, SVALBARD = (
    Place("GB", None, "BT1 1AA"),
    Place("FI", None, "22100"),
    Place("DE", None, "27498"),
    Place("NO", None, "9170"),
)
CANARIES, REUNION, LIVIGNO, ATHOS = (
    Place("ES", None, "35001"),
    Place("FR", None, "97400"),
    Place("IT", None, "23041"),
    Place("GR", None, "63086"),
)
NEW_YORK = Place("US", "NY", "10012")
IN_SE, IN_DE, IN_NO = (
    TaxRegistration("SE", "SE559923270801"),
    TaxRegistration("DE", "DE938874915"),
    TaxRegistration("NO", "316737579MVA"),
)
IN_GB, IN_JP, IN_SG = (
    TaxRegistration("GB", "GB958508773"),
    TaxRegistration("JP", "9254095937187"),
    TaxRegistration("SG", "201938165G"),
)
OSS = TaxRegistration("SE", "SE559923270801", Scheme.oss)
IOSS = TaxRegistration("SE", "IM7520000013", Scheme.ioss)
VOEC = TaxRegistration("NO", "2024509", Scheme.voec)
UK = TaxRegistration("GB", "GB958508773", Scheme.low_value)
SG_OVR = TaxRegistration("SG", "M90312345A", Scheme.low_value)
SMALL_SWEDE = SellerStanding("SE", (IN_SE,))
SWEDE = SellerStanding("SE", (IN_SE, OSS))
SWEDE_WITH_STOCK_IN_GERMANY = SellerStanding("SE", (IN_SE, IN_DE, OSS))
NORWEGIAN = SellerStanding("NO", (IN_NO,))

# seller, from, to, business, treatment, whose rates, source
COMMISSION = "Commission, Explanatory Notes on VAT e-commerce rules (September 2020)"
CASES = [
    ("domestic", SWEDE, SE, SE, None, Treatment.domestic, SE, "Directive 2006/112/EC art. 32"),
    (
        "a domestic sale to a business is taxed as any: reverse charge does not hold at home",
        SWEDE, SE, SE, "SE556036079301", Treatment.domestic, SE, "Mervärdesskattelag (2023:200)",
    ),
    (
        "distance sale by a seller with OSS: the tax of the destination",
        SWEDE, SE, DE, None, Treatment.distance_sale, DE, f"{COMMISSION} section 3.1",
    ),
    (
        "distance sale below 10,000 EUR, no OSS: the tax of the origin",
        SMALL_SWEDE, SE, DE, None, Treatment.origin, SE, f"{COMMISSION} section 3.1.1: art. 59c",
    ),
    (
        "the threshold does not hold for stock in another member state: OSS covers it from there",
        SWEDE_WITH_STOCK_IN_GERMANY, DE, AT, None, Treatment.distance_sale, AT, f"{COMMISSION} section 3.2.5",
    ),
    (
        "goods from stock in Germany to a customer in Germany: a German sale, not for OSS",
        SWEDE_WITH_STOCK_IN_GERMANY, DE, DE, None, Treatment.domestic, DE, f"{COMMISSION} section 3.2.5",
    ),
    (
        "to a business with a VAT number of another member state: an exempt supply within the EU",
        SWEDE, SE, DE, "DE136695976", Treatment.intra_community, SE, "Directive art. 138; (EU) 2018/1910",
    ),
    (
        "its number may be of a third member state: the goods still leave the seller's",
        SWEDE, SE, DE, "DK13585628", Treatment.intra_community, SE, "Directive art. 138(1)(b), 41",
    ),
    (
        "a number of the country that the goods leave is none of another member state",
        SWEDE, SE, DE, "SE556036079301", Treatment.distance_sale, DE, "Directive art. 138(1)(b)",
    ),
    (
        "Northern Ireland lies inside the EU for goods",
        SWEDE, SE, BELFAST, None, Treatment.distance_sale, BELFAST, "Directive (EU) 2020/1756; XI numbers",
    ),
    (
        "to a business in Northern Ireland with an XI number",
        SWEDE, SE, BELFAST, "XI958508773", Treatment.intra_community, SE, "Directive (EU) 2020/1756",
    ),
    (
        "between Great Britain and Northern Ireland nothing leaves the United Kingdom",
        SellerStanding("GB", (IN_GB,)), GB, BELFAST, None, Treatment.domestic, BELFAST, "VATA 1994 s. 40A",
    ),
    ("out of the EU", SWEDE, SE, CH, None, Treatment.export, SE, "Directive art. 146(1)(a)"),
    (
        "out of Norway to a country where the seller is not registered",
        NORWEGIAN, NO, SE, None, Treatment.export, NO, "Merverdiavgiftsloven § 6-21",
    ),
    ("out of Norway to Svalbard", NORWEGIAN, NO, SVALBARD, None, Treatment.export, NO, "mval. § 1-2, 6-21"),
    ("Åland lies outside the EU's border", SWEDE, SE, ALAND, None, Treatment.export, SE, "Directive art. 6"),
    ("so does Heligoland", SWEDE, SE, HELIGOLAND, None, Treatment.export, SE, "Directive art. 6"),
    ("and the Canary Islands", SWEDE, SE, CANARIES, None, Treatment.export, SE, "Directive art. 6"),
    ("and Réunion", SWEDE, SE, REUNION, None, Treatment.export, SE, "Directive art. 6"),
    ("and Livigno", SWEDE, SE, LIVIGNO, None, Treatment.export, SE, "Directive art. 6"),
    ("and Mount Athos", SWEDE, SE, ATHOS, None, Treatment.export, SE, "Directive art. 6"),
    (
        "Monaco is France for VAT",
        SWEDE, SE, Place("MC"), None, Treatment.distance_sale, Place("MC"), "Directive art. 7",
    ),
    (
        "a seller who is registered where the goods arrive brings them in and sells them there",
        SellerStanding("DE", (IN_DE, IN_GB)), DE, GB, None, Treatment.seller_imports, GB, "VATA 1994 s. 7",
    ),
    (
        "out of Japan", SellerStanding("JP", (IN_JP,)), JP, CH, None, Treatment.export, JP, "NTA No. 6551",
    ),
    ("out of Singapore", SellerStanding("JP", (IN_SG,)), SG, CH, None, Treatment.export, SG, "IRAS: exports"),
    (
        "out of New York",
        SellerStanding("US", (TaxRegistration("US", "98-5118923"),)), NEW_YORK, GB, "GB958508773",
        Treatment.export, NEW_YORK, "TB-ST-740",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seller", "here", "there", "business", "treatment", "whose"),
    [case[1:7] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_published_case_is_treated_as_published(
    seller: SellerStanding,
    here: Place,
    there: Place,
    business: str | None,
    treatment: Treatment,
    whose: Place,
) -> None:
    found = ruling(Supply(seller, here, there, business), DAY)
    value = 100_000_00  # above every limit for low value
    assert (found.of("standard", value).treatment, found.of("standard", value).place) == (treatment, whose)
    assert found.registration is not None and found.law


# An arrangement, its place and the number of a business there; class, value without tax, treatment without a number and
# with one.
LOW = [
    # toll.no, "The VOEC scheme": each thing below 3,000 NOK, several of them may be in a parcel; food is left out.
    (VOEC, NO, "995525828MVA", "standard", 2_999_99, Treatment.low_value, Treatment.export),
    (VOEC, NO, "995525828MVA", "standard", 3_000_00, Treatment.export, Treatment.export),
    (VOEC, NO, "995525828MVA", "books", 299_00, Treatment.low_value, Treatment.export),
    (VOEC, NO, "995525828MVA", "food", 98_00, Treatment.export, Treatment.export),
    # gov.uk, "Charging VAT on goods sold direct to customers in the UK": consignments of 135 GBP or less; a business
    # with a number accounts for the tax itself.
    (UK, GB, "958508773", "standard", 135_00, Treatment.low_value, Treatment.reverse_charge),
    (UK, GB, "958508773", "standard", 135_01, Treatment.export, Treatment.export),
    # IRAS, GST on imported low-value goods: things of at most 400 SGD.
    (SG_OVR, SG, "M90312345A", "standard", 400_00, Treatment.low_value, Treatment.reverse_charge),
    (SG_OVR, SG, "M90312345A", "standard", 400_01, Treatment.export, Treatment.export),
    # Commission, Explanatory Notes, section 4: consignments of an intrinsic value of at most 150 EUR.
    (IOSS, DE, "136695976", "standard", 150_00, Treatment.low_value, Treatment.export),
    (IOSS, DE, "136695976", "standard", 150_01, Treatment.export, Treatment.export),
]


@pytest.mark.parametrize(("scheme", "there", "number", "tax_class", "value", "person", "business"), LOW)
def test_goods_of_low_value_have_the_tax_of_their_destination_up_to_the_limit(
    scheme: TaxRegistration,
    there: Place,
    number: str,
    tax_class: str,
    value: int,
    person: Treatment,
    business: Treatment,
) -> None:
    seller = SellerStanding("CH", (TaxRegistration("JP", "9254095937187"), scheme))
    for buyer, expected in ((None, person), (there.country + number, business)):
        found = ruling(Supply(seller, JP, there, buyer), DAY).of(tax_class, value)
        assert found.treatment is expected
        assert found.place == (there if expected is Treatment.low_value else JP)


def test_what_must_be_taxed_with_the_sale_is_not_sold_without_a_registration() -> None:
    found = ruling(Supply(SMALL_SWEDE, SE, GB), DAY)
    assert found.of("standard", 135_01).treatment is Treatment.export
    with pytest.raises(NotRegistered):
        found.of("standard", 135_00)
    business = ruling(Supply(SMALL_SWEDE, SE, GB, "GB958508773"), DAY)
    assert business.of("standard", 135_00).treatment is Treatment.reverse_charge


@pytest.mark.parametrize(
    ("seller", "here", "there"),
    [
        (SellerStanding("SE"), SE, SE),
        (SellerStanding("SE"), SE, CH),
        (SellerStanding("SE", (OSS,)), DE, DE),
        (SMALL_SWEDE, DE, AT),
        (NORWEGIAN, SE, FI),
        (NORWEGIAN, SVALBARD, SVALBARD),
        (SWEDE, CH, JP),
    ],
)
def test_what_no_registration_covers_is_refused(seller: SellerStanding, here: Place, there: Place) -> None:
    with pytest.raises(NotRegistered):
        ruling(Supply(seller, here, there), DAY)


def test_a_registration_counts_from_its_first_day_until_its_last() -> None:
    begins, ends = date(2026, 12, 1), date(2027, 1, 1)
    oss = TaxRegistration("SE", "SE559923270801", Scheme.oss, begins, ends)
    supply = Supply(SellerStanding("SE", (IN_SE, oss)), SE, DE)
    days = (date(2026, 11, 30), begins, date(2026, 12, 31), ends)
    origin, distance = Treatment.origin, Treatment.distance_sale
    assert [ruling(supply, day).treatment for day in days] == [origin, distance, distance, origin]


PLACES = st.sampled_from([NO, SE, DE, FI, FR, GB, JP, SG, CH, BELFAST, ALAND, SVALBARD, CANARIES, NEW_YORK])
REGISTRATIONS = st.lists(
    st.sampled_from([IN_SE, IN_DE, IN_NO, IN_GB, IN_JP, IN_SG, OSS, IOSS, VOEC, UK, SG_OVR]), unique=True
).map(tuple)
NUMBERS = st.sampled_from(
    [None, "DE136695976", "SE556036079301", "NO995525828MVA", "GB958508773", "XI958508773"]
)


@given(
    st.sampled_from(["SE", "DE", "NO", "JP"]), REGISTRATIONS, PLACES, PLACES, NUMBERS, st.integers(0, 10**7)
)
def test_no_sale_is_taxed_where_the_seller_is_not_registered_nor_untaxed_without_a_border_or_a_business(
    home: str,
    registrations: tuple[TaxRegistration, ...],
    here: Place,
    there: Place,
    number: str | None,
    value: int,
) -> None:
    try:
        found = ruling(Supply(SellerStanding(home, registrations), here, there, number), DAY)
        found = found.of("standard", value)
    except NotRegistered:
        return
    if found.treatment.untaxed:
        assert found.place == here
        assert number is not None or not territory(here).shares(territory(there))
    else:
        assert found.registration in registrations
        assert found.place in (here, there)
        assert (found.place == there) or (found.treatment is Treatment.origin)


def test_every_arrangement_names_its_law_its_source_and_when_it_was_checked() -> None:
    for one in arrangements():
        assert len(one.law) > 30 and one.source.startswith("https://") and one.checked >= date(2026, 11, 23)


def test_every_member_state_has_rates() -> None:
    assert set(EU) <= set(regimes())
