"""Adding and changing groups and companies, and saying who belongs to them."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from torg.customers import rules
from torg.customers.events import CustomerChanged
from torg.customers.find import load
from torg.customers.memberships import store
from torg.customers.memberships.look import known_groups
from torg.customers.memberships.model import (
    Company,
    CustomerGroup,
    GroupTaken,
    KeptMembership,
    UnknownCompany,
    UnknownGroup,
)
from torg.customers.model import UnknownCustomer
from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.permissions import Permission


class NewCompany(Struct, frozen=True):
    """A company to be added."""

    name: str
    org_number: str | None = None
    vat_number: str | None = None
    customer_groups: tuple[str, ...] = ()


class CompanyChange(Struct, frozen=True):
    """What to change about a company; what is left out stays, None removes."""

    name: str | UnsetType = UNSET
    org_number: str | UnsetType | None = UNSET
    vat_number: str | UnsetType | None = UNSET
    customer_groups: tuple[str, ...] | UnsetType = UNSET


async def add_group(tx: Transaction, group: CustomerGroup, *, by: Actor) -> CustomerGroup:
    """Add a customer group; nobody is in it yet."""
    by.must(Permission.customers_group)
    if not await store.add_group(tx, group):
        raise GroupTaken(customer_group=group.code)
    await audit.write(tx, by, "customer-group.added", group.code, name=group.name)
    return group


async def change_group(
    tx: Transaction, code: str, name: str, *, version: int | None, by: Actor
) -> CustomerGroup:
    """Call a group something else."""
    by.must(Permission.customers_group)
    before = await store.lock_group(tx, code)
    if before is None:
        raise UnknownGroup(customer_group=code[:80])
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    if name == before.name:
        return before
    await store.save_group(tx, replace(before, name=name))
    await audit.write(tx, by, "customer-group.changed", code, before=before.name, after=name)
    return CustomerGroup(code, name, before.version + 1)


async def add_company(tx: Transaction, new: NewCompany, *, by: Actor) -> Company:
    """Add a company; nobody buys for it yet."""
    by.must(Permission.customers_group)
    made = await _checked(
        tx, Company(ids.new_id(), new.name, new.org_number, new.vat_number, new.customer_groups)
    )
    await store.add_company(tx, made)
    await audit.write(
        tx, by, "company.added", made.public_id, name=made.name, customer_groups=made.customer_groups
    )
    return made


async def change_company(
    tx: Transaction, id: UUID, change: CompanyChange, *, version: int | None, by: Actor
) -> Company:
    """Change a company's name, numbers or groups."""
    by.must(Permission.customers_group)
    before = await store.company(tx, id, lock=True)
    if before is None:
        raise UnknownCompany(company=ids.public("com", id))
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    given = {name: getattr(change, name) for name in change.__struct_fields__}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    after = await _checked(tx, replace(before, **changes))
    if after == before:
        return before
    await store.save_company(tx, after)
    was = {name: getattr(before, name) for name in changes}
    await audit.write(tx, by, "company.changed", before.public_id, before=was, after=changes)
    return replace(after, version=before.version + 1)


async def put_membership(
    tx: Transaction,
    customer_id: UUID,
    groups: Sequence[str],
    company_id: UUID | None,
    *,
    version: int | None = None,
    by: Actor,
) -> KeptMembership:
    """Say in which groups a customer is and for which company she buys; version 0: nothing was said of her yet."""
    by.must(Permission.customers_group)
    customer = (await load(tx, [customer_id])).get(customer_id)
    if customer is None:
        raise UnknownCustomer(id=ids.public("cus", customer_id))
    wanted = sorted(dict.fromkeys(groups))
    problems = list(_unknown(wanted, await known_groups(tx)))
    if company_id is not None and await store.company(tx, company_id) is None:
        problems.append(FieldProblem("company", "unknown-company", "There is no such company."))
    if problems:
        raise Invalid.of(*problems)
    before = await store.kept(tx, customer_id) or KeptMembership(customer_id)
    same = (tuple(wanted), company_id) == (before.customer_groups, before.company_id)
    if same and version in {None, before.version}:
        return before
    kept = await store.put(tx, customer_id, wanted, company_id, version)
    if kept is None:
        present = await store.kept(tx, customer_id)
        raise StaleVersion(given=version, present=present.version if present else 0)
    tx.record(CustomerChanged(customer_id=customer_id, what="membership", version=customer.version))
    await audit.write(
        tx,
        by,
        "customer-membership.set",
        ids.public("cus", customer_id),
        customer_groups=wanted,
        company=ids.public("com", company_id) if company_id else None,
    )
    return kept


async def _checked(tx: Transaction, company: Company) -> Company:
    """The company as it is kept; Invalid names everything that cannot be."""
    problems = list(_unknown(company.customer_groups, await known_groups(tx)))
    number = rules.vat_number(company.vat_number) if company.vat_number else None
    if company.vat_number and number is None:
        problems.append(FieldProblem("vat_number", "not-a-vat-number", "This is not a VAT number."))
    if problems:
        raise Invalid.of(*problems)
    return replace(
        company,
        vat_number=number,
        org_number=company.org_number or None,
        customer_groups=tuple(sorted(dict.fromkeys(company.customer_groups))),
    )


def _unknown(groups: Sequence[str], known: frozenset[str]) -> Iterator[FieldProblem]:
    for index, code in enumerate(groups):
        if code not in known:
            yield FieldProblem(
                f"customer_groups.{index}", "unknown-customer-group", "There is no such customer group."
            )
