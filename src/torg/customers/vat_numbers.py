"""Whether a VAT number is its owner's: the port to the registers of the countries, and the answer without one.

A number that has the form and check digits of its country may be anybody's. A register (VIES and its like, outside) can
confirm it. Without one, or when it does not answer, the number is `form_valid`: right in form, confirmed by nobody.
What is enough to sell without tax is for the market to say.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from torg.customers.rules import vat_number
from torg.kernel.database import external
from torg.kernel.errors import FieldProblem, Invalid


class Verdict(StrEnum):
    """What is known of a VAT number: its register knows it, only its form is known, its register does not know it."""

    confirmed = "confirmed"
    form_valid = "form_valid"
    refuted = "refuted"


class Finding(Struct, frozen=True):
    """What a register says of a number: whose it is, and the reference under which it keeps that it was asked."""

    known: bool
    name: str | None = None
    reference: str | None = None


class RegisterSilent(Exception):
    """The register could not be asked, or has no answer for the number's country."""


class VatRegister:
    """Where VAT numbers are confirmed: an outside service, so it is never asked while a transaction is open.

    This one is no register at all: every number stays unconfirmed until a connector plugs in one that can be asked.
    """

    name = ""

    async def find(self, number: str) -> Finding:
        """What the register says of a number with its country in front; raises `RegisterSilent`."""
        raise RegisterSilent(number)


class CheckedNumber(Struct, frozen=True, omit_defaults=True):
    """A VAT number with what was found out about it, when, and from whom."""

    number: str
    verdict: Verdict
    at: datetime
    register: str = ""
    name: str | None = None
    reference: str | None = None

    def enough(self, wanted: str) -> bool:
        """Whether it is enough for who wants it `confirmed`, or right in `form`."""
        return self.verdict is Verdict.confirmed or (wanted == "form" and self.verdict is Verdict.form_valid)


async def check_vat_number(
    register: VatRegister,
    text: str,
    *,
    at: datetime,
    known: CheckedNumber | None = None,
    field: str = "vat_number",
) -> CheckedNumber:
    """Look at a number's form, then ask its register; Invalid when it cannot be a number of its country.

    When the register is silent, what was `known` of the same number stays, with its date and reference.
    """
    external()
    number = vat_number(text)
    if number is None:
        raise Invalid.of(FieldProblem(field, "not-a-vat-number", "This is not a VAT number."))
    try:
        found = await register.find(number)
    except RegisterSilent:
        if known is not None and known.number == number:
            return known
        return CheckedNumber(number, Verdict.form_valid, at)
    verdict = Verdict.confirmed if found.known else Verdict.refuted
    return CheckedNumber(number, verdict, at, register.name, found.name, found.reference)
