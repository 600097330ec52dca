"""Addresses and phone numbers after each country's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.customers import Address, check, form_of, printed, wrong_fields
from torg.customers.phones import normalise
from torg.kernel import i18n
from torg.kernel.errors import Invalid

GOOD = [
    (
        Address("NO", name="Kari Nordmann", street="Storgata 1", city="Oslo", postal_code="0155"),
        ["Kari Nordmann", "Storgata 1", "0155 OSLO", "NORWAY"],
    ),
    (
        Address("SE", name="Åsa Ek", street="Sveavägen 1", city="Stockholm", postal_code="111 57"),
        ["Åsa Ek", "Sveavägen 1", "SE-111 57 STOCKHOLM", "SWEDEN"],
    ),
    (
        Address(
            "DE", name="Jo Beck", company="Beck GmbH", street="Hof\nWeg 1", city="Berlin", postal_code="10115"
        ),
        ["Jo Beck", "Beck GmbH", "Hof", "Weg 1", "10115 BERLIN", "GERMANY"],
    ),
    (
        Address("GB", name="Jo Bell", street="1 High St", city="London", postal_code="sw1a 1aa"),
        ["Jo Bell", "1 High St", "LONDON", "SW1A 1AA", "UNITED KINGDOM"],
    ),
    (
        Address(
            "US", name="Jo Bay", street="1 Main St", city="New York", region="New York", postal_code="10001"
        ),
        ["Jo Bay", "1 Main St", "NEW YORK, NY 10001", "UNITED STATES"],
    ),
    (
        Address("JP", name="山田 花子", street="渋谷区道玄坂1-2-3", region="Tokyo", postal_code="150-0043"),
        ["〒150-0043", "東京都", "渋谷区道玄坂1-2-3", "山田 花子", "JAPAN"],
    ),
    (
        Address("SG", name="Mei Tan", street="1 Orchard Rd", postal_code="238823"),
        ["Mei Tan", "1 Orchard Rd", "SINGAPORE 238823", "REP. OF SINGAPORE"],
    ),
]


@pytest.mark.parametrize(("address", "lines"), GOOD, ids=[address.country for address, _ in GOOD])
def test_an_address_is_printed_in_its_countrys_order(address: Address, lines: list[str]) -> None:
    assert printed(check(address)) == lines


def test_what_is_kept_is_tidy_and_keeps_the_writers_spelling() -> None:
    given = Address("US", name="  Jo  Bay ", street=" 1 Main \n\n Apt 2 ", city="Ithaca", region="new york")
    kept = check(
        Address(**{**{n: getattr(given, n) for n in given.__struct_fields__}, "postal_code": "14850"})
    )
    assert (kept.name, kept.street, kept.city, kept.region) == ("Jo Bay", "1 Main\nApt 2", "Ithaca", "NY")
    assert check(kept) == kept


def test_all_wrong_fields_are_named_at_once() -> None:
    wrong = Address("US", city="x", region="Bavaria", postal_code="1", district="y", phone="12")
    found = {(p.field, p.code) for p in wrong_fields(wrong, field="delivery_address")}
    assert found == {
        ("delivery_address.name", "required"),
        ("delivery_address.street", "required"),
        ("delivery_address.region", "not-in-country"),
        ("delivery_address.postal_code", "not-in-country"),
        ("delivery_address.district", "not-used"),
        ("delivery_address.phone", "not-a-phone-number"),
    }
    with pytest.raises(Invalid):
        check(wrong)


def test_a_postal_code_must_lie_in_the_region() -> None:
    wrong = Address("US", name="Jo", street="1 Main St", city="Boston", region="MA", postal_code="90210")
    assert [(p.field, p.code) for p in wrong_fields(wrong)] == [("postal_code", "not-in-country")]


@pytest.mark.parametrize("country", ["XX", "ZZ", "AA"])
def test_a_country_that_does_not_exist_is_refused(country: str) -> None:
    assert ("country", "unknown-country") in {
        (p.field, p.code) for p in wrong_fields(Address(country, name="x"))
    }
    with pytest.raises(Invalid):
        form_of(country)


def test_a_company_needs_no_person() -> None:
    assert not wrong_fields(
        Address("NO", company="Kaffe AS", street="Storgata 1", city="Oslo", postal_code="0155")
    )


def test_the_form_of_japan_begins_with_the_postal_code_and_knows_its_prefectures() -> None:
    form = form_of("JP")
    assert [[field.name for field in row] for row in form.rows] == [
        ["postal_code"],
        ["region"],
        ["street"],
        ["company"],
        ["name"],
    ]
    region = form.rows[1][0]
    assert region.required and region.label == "address.region.prefecture" and len(region.choices) == 47
    assert form.rows[0][0].pattern and form.rows[0][0].examples


def test_every_label_of_every_form_has_a_text_in_every_language() -> None:
    for country in (
        "NO",
        "SE",
        "DK",
        "DE",
        "GB",
        "IE",
        "US",
        "JP",
        "SG",
        "KR",
        "CN",
        "IN",
        "BR",
        "AE",
        "TH",
        "RU",
    ):
        for row in form_of(country).rows:
            for field in row:
                for language in i18n.LANGUAGES:
                    assert i18n.text(language, field.label)


ADDRESSES = st.builds(
    Address,
    country=st.sampled_from(["NO", "US", "JP", "GB", "DE", "BR", "CN", "AE", "XX"]),
    name=st.text(max_size=20),
    street=st.text(max_size=60),
    city=st.text(max_size=20) | st.sampled_from(["Oslo", "São Paulo"]),
    region=st.text(max_size=20) | st.sampled_from(["NY", "Tokyo", "SP"]),
    district=st.text(max_size=20),
    postal_code=st.text(max_size=12) | st.sampled_from(["0155", "10001", "150-0043"]),
    phone=st.text(max_size=20),
)


@given(ADDRESSES)
def test_whatever_is_written_is_either_refused_field_by_field_or_kept_for_good(address: Address) -> None:
    wrong = wrong_fields(address)
    if wrong:
        assert all(hasattr(address, problem.field) for problem in wrong)
    else:
        kept = check(address)
        assert check(kept) == kept
        assert printed(kept)


@pytest.mark.parametrize(
    ("written", "country", "kept"),
    [
        ("+47 22 33 44 55", None, "+4722334455"),
        ("22 33 44 55", "NO", "+4722334455"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("03-1234-5678", "JP", "+81312345678"),
        ("22334455", None, None),
        ("not a number", "NO", None),
        ("12", "NO", None),
    ],
)
def test_a_phone_number_is_kept_as_it_is_dialled(written: str, country: str | None, kept: str | None) -> None:
    assert normalise(written, country) == kept
