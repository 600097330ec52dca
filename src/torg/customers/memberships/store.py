"""Groups, companies and memberships in the database: SQL in, model out."""

from collections.abc import Sequence
from uuid import UUID

from torg.customers.memberships.model import Company, CustomerGroup, KeptMembership, Membership
from torg.kernel.database import Transaction

GROUPS = "SELECT code, name, version FROM customer_groups ORDER BY code"

ADD_GROUP = """
INSERT INTO customer_groups (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO NOTHING
"""

LOCK_GROUP = "SELECT code, name, version FROM customer_groups WHERE code = %(code)s FOR NO KEY UPDATE"

SAVE_GROUP = """
UPDATE customer_groups SET name = %(name)s, version = version + 1 WHERE code = %(code)s AND version = %(version)s
"""

COMPANIES = """
SELECT id, name, org_number, vat_number, customer_groups, version FROM companies
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s
"""

COMPANY = """
SELECT id, name, org_number, vat_number, customer_groups, version FROM companies WHERE id = %(id)s
"""

LOCK_COMPANY = COMPANY + " FOR NO KEY UPDATE"

ADD_COMPANY = """
INSERT INTO companies (id, name, org_number, vat_number, customer_groups)
VALUES (%(id)s, %(name)s, %(org_number)s, %(vat_number)s, %(customer_groups)s)
ON CONFLICT (id) DO NOTHING
"""

SAVE_COMPANY = """
UPDATE companies SET name = %(name)s, org_number = %(org_number)s, vat_number = %(vat_number)s,
    customer_groups = %(customer_groups)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s
"""

KEPT = """
SELECT customer_id, customer_groups, company_id, version FROM customer_memberships WHERE customer_id = %(customer_id)s
"""

OF_GROUP = """
SELECT customer_id, customer_groups, company_id, version FROM customer_memberships
WHERE customer_groups @> ARRAY[%(customer_group)s::text] AND (%(before)s::uuid IS NULL OR customer_id < %(before)s)
ORDER BY customer_id DESC LIMIT %(limit)s
"""

OF_COMPANY = """
SELECT customer_id, customer_groups, company_id, version FROM customer_memberships
WHERE company_id = %(company_id)s AND (%(before)s::uuid IS NULL OR customer_id < %(before)s)
ORDER BY customer_id DESC LIMIT %(limit)s
"""

MEMBERSHIP = """
SELECT ARRAY(SELECT DISTINCT g.code
             FROM unnest(coalesce(m.customer_groups, '{}') || coalesce(c.customer_groups, '{}')) AS g (code)
             ORDER BY g.code) AS groups, m.company_id,
       ARRAY(SELECT s.segment FROM customer_segments s
             WHERE s.customer_id = %(customer_id)s ORDER BY s.segment) AS segments
FROM (SELECT) AS nobody LEFT JOIN customer_memberships m ON m.customer_id = %(customer_id)s
LEFT JOIN companies c ON c.id = m.company_id
"""

PUT = """
INSERT INTO customer_memberships AS m (customer_id, customer_groups, company_id)
SELECT %(customer_id)s, %(customer_groups)s, %(company_id)s
WHERE coalesce(%(given)s::int, 0) = 0 OR EXISTS (
    SELECT FROM customer_memberships WHERE customer_id = %(customer_id)s)
ON CONFLICT (customer_id) DO UPDATE
SET customer_groups = excluded.customer_groups, company_id = excluded.company_id, version = m.version + 1
WHERE %(given)s::int IS NULL OR m.version = %(given)s
RETURNING customer_id, customer_groups, company_id, version
"""


async def groups(tx: Transaction) -> list[CustomerGroup]:
    """Every customer group."""
    return await tx.all(CustomerGroup, GROUPS)


async def add_group(tx: Transaction, group: CustomerGroup) -> bool:
    """Whether the code was free."""
    return bool(await tx.execute(ADD_GROUP, code=group.code, name=group.name))


async def lock_group(tx: Transaction, code: str) -> CustomerGroup | None:
    """The group, held against other changes."""
    return await tx.find(CustomerGroup, LOCK_GROUP, code=code)


async def save_group(tx: Transaction, group: CustomerGroup) -> None:
    """Write a locked group under its next version."""
    await tx.execute(SAVE_GROUP, code=group.code, name=group.name, version=group.version)


async def companies(tx: Transaction, before: UUID | None, limit: int) -> list[Company]:
    """Companies, newest first."""
    return await tx.all(Company, COMPANIES, before=before, limit=limit)


async def company(tx: Transaction, id: UUID, *, lock: bool = False) -> Company | None:
    """One company, held against other changes if wished."""
    return await tx.find(Company, LOCK_COMPANY if lock else COMPANY, id=id)


async def add_company(tx: Transaction, company: Company) -> None:
    """Write a new company."""
    await tx.execute(ADD_COMPANY, **_row(company))


async def save_company(tx: Transaction, company: Company) -> None:
    """Write a locked company under its next version."""
    await tx.execute(SAVE_COMPANY, **_row(company))


async def kept(tx: Transaction, customer_id: UUID) -> KeptMembership | None:
    """What is written down of a customer."""
    return await tx.find(KeptMembership, KEPT, customer_id=customer_id)


async def of_group(
    tx: Transaction, customer_group: str, before: UUID | None, limit: int
) -> list[KeptMembership]:
    """Who is in a group herself, newest customer first."""
    return await tx.all(KeptMembership, OF_GROUP, customer_group=customer_group, before=before, limit=limit)


async def of_company(
    tx: Transaction, company_id: UUID, before: UUID | None, limit: int
) -> list[KeptMembership]:
    """Who buys for a company, newest customer first."""
    return await tx.all(KeptMembership, OF_COMPANY, company_id=company_id, before=before, limit=limit)


async def membership(tx: Transaction, customer_id: UUID) -> Membership:
    """Her groups and her company's together, in the order of their codes; her company; her segments."""
    return await tx.one(Membership, MEMBERSHIP, customer_id=customer_id)


async def put(
    tx: Transaction, customer_id: UUID, groups: Sequence[str], company_id: UUID | None, given: int | None
) -> KeptMembership | None:
    """Write a membership; None when `given` is not its present version (0: there is none yet)."""
    return await tx.find(
        KeptMembership,
        PUT,
        customer_id=customer_id,
        customer_groups=list(groups),
        company_id=company_id,
        given=given,
    )


def _row(company: Company) -> dict[str, object]:
    fields = {name: getattr(company, name) for name in company.__struct_fields__}
    return fields | {"customer_groups": list(company.customer_groups)}
