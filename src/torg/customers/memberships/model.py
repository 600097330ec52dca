"""The words of groups and companies, and what can go wrong with them."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.errors import Conflict, NotFound


class CustomerGroup(Struct, frozen=True):
    """Customers who are offered the same: members, staff, trade."""

    code: str
    name: str
    version: int = 1


class Company(Struct, frozen=True):
    """A business that several customers may buy for; they are in its groups too."""

    id: UUID
    name: str
    org_number: str | None = None
    vat_number: str | None = None
    customer_groups: tuple[str, ...] = ()
    version: int = 1

    @property
    def public_id(self) -> str:
        """Its id as the outside sees it."""
        return ids.public("com", self.id)


class KeptMembership(Struct, frozen=True):
    """What is written down of a customer: her own groups and her company. Version 0: nothing yet."""

    customer_id: UUID
    customer_groups: tuple[str, ...] = ()
    company_id: UUID | None = None
    version: int = 0


class Membership(Struct, frozen=True):
    """Whom prices and promotions see: every group, her own and her company's, in one order; the company; and, for
    promotions alone, her segments.
    """

    groups: tuple[str, ...] = ()
    company_id: UUID | None = None
    segments: tuple[str, ...] = ()


NOBODY: Final = Membership()
"""A visitor, and a customer of whom nothing is written down."""


class UnknownGroup(NotFound):
    """No customer group has this code."""

    code = "unknown-customer-group"
    message = "There is no customer group {customer_group}."


class GroupTaken(Conflict):
    """Somebody made a group under this code before."""

    code = "customer-group-taken"
    message = "There already is a customer group {customer_group}."


class UnknownCompany(NotFound):
    """No company has this id."""

    code = "unknown-company"
    message = "There is no company {company}."
