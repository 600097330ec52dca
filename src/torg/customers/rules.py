"""What can be said about customers without asking anybody: tidy details, words to find them by, who may touch them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec
import stdnum
from msgspec import UNSET, Struct, UnsetType

from torg.customers import phones
from torg.customers.model import Customer, NoCustomer, NotACustomer, NoWayToReach
from torg.kernel.access import Actor, ActorKind, email_address
from torg.kernel.errors import FieldProblem, Invalid
from torg.permissions import Permission

WORD = re.compile(r"[^\W_]+")


class Details(Struct, frozen=True):
    """What may be changed about a customer; what is left out stays, None or an empty text removes."""

    given_name: str | UnsetType = UNSET
    family_name: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    company: str | UnsetType = UNSET
    vat_number: str | UnsetType | None = UNSET
    org_number: str | UnsetType | None = UNSET
    language: str | UnsetType = UNSET


def changed(customer: Customer, details: Details, *, country: str | None = None) -> Customer:
    """The customer with these details; Invalid names every one that cannot be. A phone without + is of `country`."""
    given = {
        name: value for name in details.__struct_fields__ if (value := getattr(details, name)) is not UNSET
    }
    kept = {
        name: " ".join(value.split()) if isinstance(value, str) else value for name, value in given.items()
    }
    wrong: list[FieldProblem] = []
    if kept.get("phone"):
        kept["phone"] = phones.normalise(kept["phone"], country)
        if kept["phone"] is None:
            wrong.append(phones.problem("phone"))
    if kept.get("vat_number"):
        kept["vat_number"] = vat_number(kept["vat_number"])
        if kept["vat_number"] is None:
            wrong.append(FieldProblem("vat_number", "not-a-vat-number", "This is not a VAT number."))
    if wrong:
        raise Invalid.of(*wrong)
    for name in ("phone", "vat_number", "org_number"):
        if name in kept:
            kept[name] = kept[name] or None
    after = msgspec.structs.replace(customer, **kept)
    if not (after.email or after.phone):
        raise NoWayToReach()
    return after


def vat_number(text: str) -> str | None:
    """The VAT number in its short form with its country in front; None when its country says that it is none.

    >>> vat_number("no 995 525 828 mva"), vat_number("DE 136,695 976"), vat_number("DE136695977")
    ('NO995525828MVA', 'DE136695976', None)
    """
    compact = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    if not 4 <= len(compact) <= 20 or not compact[:2].isalpha():
        return None
    country = {"EL": "gr", "XI": "gb"}.get(compact[:2], compact[:2].lower())
    rules = stdnum.get_cc_module(country, "vat")
    if rules is None:
        return compact
    bare = compact[2:]
    return compact if rules.is_valid(compact) or rules.is_valid(bare) else None


def words(customer: Customer) -> list[str]:
    """Every word under which staff may look for her, without accents and capitals."""
    texts = [customer.given_name, customer.family_name, customer.company, customer.email or ""]
    found = {word for text in texts for word in fold(text)}
    digits = (customer.phone or "").lstrip("+")
    if digits:
        national = phones.shown(customer.phone or "").partition(" ")[2]
        found |= {digits, "".join(c for c in national if c.isdigit())}
    found |= {
        number.casefold() for number in (customer.vat_number, customer.org_number, customer.number) if number
    }
    return sorted(word for word in found if word)


def fold(text: str) -> Iterator[str]:
    """The words of a text as they are compared: no accents, no capitals, full and half width alike.

    >>> list(fold("Åse-Marie O'Brien"))
    ['ase', 'marie', 'o', 'brien']
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate({ord("ø"): "o", ord("æ"): "ae"}))
    return iter(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def query(text: str) -> str | None:
    """What staff typed, as a search for all of these words or beginnings of words; None when it holds none."""
    digits = "".join(c for c in text if c.isdigit())
    phone_like = len(digits) >= 5 and not any(c.isalpha() for c in text)
    asked: Iterable[str] = [digits.lstrip("0")] if phone_like else fold(text)
    return " & ".join(f"'{word}':*" for word in asked if word) or None


def require_customer(by: Actor) -> UUID:
    """Her own id; visitors are asked to sign in, staff and programs have no account of this kind."""
    if by.customer_id is not None and by.kind is ActorKind.customer:
        return by.customer_id
    if by.kind is ActorKind.visitor:
        raise NoCustomer()
    raise NotACustomer()


def require_reader(by: Actor, customer_id: UUID) -> None:
    """Only she herself and who may read customers."""
    if not (by.kind is ActorKind.customer and by.customer_id == customer_id):
        by.must(Permission.customers_read, anywhere=True)


def require_writer(by: Actor, customer_id: UUID) -> None:
    """Only she herself and who may change customers."""
    if not (by.kind is ActorKind.customer and by.customer_id == customer_id):
        by.must(Permission.customers_write, anywhere=True)


def email(text: str) -> str:
    """The one spelling of an e-mail address."""
    return email_address.normalise(text)
