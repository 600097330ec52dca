"""How an order was taxed, as the outside sees it: the evidence that is kept with it."""

from datetime import datetime

from msgspec import Struct

from torg.carts import Business, TaxBasis
from torg.customers import Verdict
from torg.kernel import ids
from torg.markets import Scheme
from torg.pricing import Treatment, tax_note


class OrderBusinessView(Struct, frozen=True):
    """That a company bought, with its VAT number and what was found out about it, when and by whom."""

    company: str
    vat_number: str | None = None
    verdict: Verdict | None = None
    checked_at: datetime | None = None
    register: str | None = None
    reference: str | None = None

    @classmethod
    def of(cls, business: Business) -> "OrderBusinessView":
        """The company as it stands on the order."""
        one = business.vat_number
        if one is None:
            return cls(business.company)
        return cls(business.company, one.number, one.verdict, one.at, one.register or None, one.reference)


class OrderTaxBasisView(Struct, frozen=True):
    """Why some lines were taxed as they are; the `note`, in the order's language, belongs on its documents."""

    treatment: Treatment
    note: str | None
    sent_from: str
    to: str
    law: str
    scheme: Scheme | None
    number: str | None
    lines: list[str]

    @classmethod
    def of(cls, basis: TaxBasis, language: str) -> "OrderTaxBasisView":
        """The basis in the order's language."""
        return cls(
            treatment=basis.treatment,
            note=tax_note(basis.treatment, language),
            sent_from=basis.sent_from,
            to=basis.to,
            law=basis.law,
            scheme=basis.scheme,
            number=basis.number,
            lines=[ids.public("lin", line) for line in basis.lines],
        )
