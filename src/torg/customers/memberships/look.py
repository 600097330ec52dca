"""Reading groups, companies and memberships."""

from uuid import UUID

from torg.customers.find import find_customer
from torg.customers.memberships import store
from torg.customers.memberships.model import (
    Company,
    CustomerGroup,
    KeptMembership,
    Membership,
    UnknownCompany,
    UnknownGroup,
)
from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def groups(tx: Transaction, *, by: Actor) -> list[CustomerGroup]:
    """Every customer group, by code."""
    by.must(Permission.customers_read, anywhere=True)
    return await store.groups(tx)


async def known_groups(tx: Transaction) -> frozenset[str]:
    """The codes of all groups, for contexts that name them."""
    return frozenset(group.code for group in await store.groups(tx))


async def companies(
    tx: Transaction, *, by: Actor, before: UUID | None = None, limit: int = 100
) -> list[Company]:
    """Companies, newest first."""
    by.must(Permission.customers_read, anywhere=True)
    return await store.companies(tx, before, limit)


async def company(tx: Transaction, id: UUID, *, by: Actor) -> Company:
    """One company."""
    by.must(Permission.customers_read, anywhere=True)
    found = await store.company(tx, id)
    if found is None:
        raise UnknownCompany(company=ids.public("com", id))
    return found


async def find_company(tx: Transaction, id: UUID) -> Company | None:
    """The company of an id, for contexts that name it."""
    return await store.company(tx, id)


async def membership_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> KeptMembership:
    """What is written down of a customer; she sees her own."""
    await find_customer(tx, customer_id, by=by)
    return await store.kept(tx, customer_id) or KeptMembership(customer_id)


async def memberships(
    tx: Transaction,
    *,
    by: Actor,
    customer_group: str | None = None,
    company_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> list[KeptMembership]:
    """Who is in a group herself, or who buys for a company; newest customer first."""
    by.must(Permission.customers_read, anywhere=True)
    if company_id is not None:
        await company(tx, company_id, by=by)
        return await store.of_company(tx, company_id, before, limit)
    if customer_group not in await known_groups(tx):
        raise UnknownGroup(customer_group=str(customer_group)[:80])
    return await store.of_group(tx, customer_group, before, limit)


async def membership(tx: Transaction, customer_id: UUID) -> Membership:
    """Whom prices and promotions see in a customer, for contexts that have checked themselves who asks."""
    return await store.membership(tx, customer_id)
