"""Whom prices and promotions are for: customer groups, companies, and which customer belongs to which.

A customer is in groups herself and may buy for one company, whose groups are hers too. Groups and companies are never
deleted, since price lists and orders name them. Who is in a group, or buys for a company, pays other prices: changing
that takes a right of its own (`customers:group`), and every change is in the audit log.
"""

from torg.customers.memberships.keep import (
    CompanyChange,
    NewCompany,
    add_company,
    add_group,
    change_company,
    change_group,
    put_membership,
)
from torg.customers.memberships.look import (
    companies,
    company,
    find_company,
    groups,
    known_groups,
    membership,
    membership_of,
    memberships,
)
from torg.customers.memberships.model import (
    NOBODY,
    Company,
    CustomerGroup,
    KeptMembership,
    Membership,
    UnknownCompany,
    UnknownGroup,
)

__all__ = [
    "NOBODY",
    "Company",
    "CompanyChange",
    "CustomerGroup",
    "KeptMembership",
    "Membership",
    "NewCompany",
    "UnknownCompany",
    "UnknownGroup",
    "add_company",
    "add_group",
    "change_company",
    "change_group",
    "companies",
    "company",
    "find_company",
    "groups",
    "known_groups",
    "membership",
    "membership_of",
    "memberships",
    "put_membership",
]
