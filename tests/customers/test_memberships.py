"""Customer groups, companies, and who belongs to them: by whom it is said, seen and changed."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.customers.test_account import herself, someone
from tests.kernel.people import actor, add_key, header

from torg.customers import (
    NOBODY,
    Company,
    CustomerGroup,
    KeptMembership,
    Membership,
    NewCompany,
    add_company,
    add_group,
    companies,
    groups,
    membership,
    membership_of,
    put_membership,
)
from torg.customers.memberships import (
    CompanyChange,
    change_company,
    change_group,
    memberships,
)
from torg.customers.memberships.model import GroupTaken, UnknownCompany, UnknownGroup
from torg.kernel.access import RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, NotFound, StaleVersion
from torg.kernel.ids import new_id

MARKETER = actor("customers:read", "customers:group")
CLERK = actor("customers:read", "customers:write")


async def trade(tx: Transaction) -> tuple[CustomerGroup, Company]:
    """A group, and a company that is in another."""
    members = await add_group(tx, CustomerGroup("members", "Members"), by=MARKETER)
    await add_group(tx, CustomerGroup("trade", "Trade"), by=MARKETER)
    new = NewCompany("Fjord Kaffe AS", vat_number="NO 995 525 828 MVA", customer_groups=("trade",))
    return members, await add_company(tx, new, by=MARKETER)


async def test_a_customer_has_her_own_groups_and_those_of_her_company(tx: Transaction) -> None:
    _, company = await trade(tx)
    kari = await someone(tx)
    assert await membership(tx, kari.customer_id) == NOBODY
    kept = await put_membership(tx, kari.customer_id, ["members"], company.id, version=0, by=MARKETER)
    assert kept == KeptMembership(kari.customer_id, ("members",), company.id, 1)
    assert await membership(tx, kari.customer_id) == Membership(("members", "trade"), company.id)
    assert await membership_of(tx, kari.customer_id, by=herself(kari)) == kept
    await change_company(tx, company.id, CompanyChange(customer_groups=()), version=1, by=MARKETER)
    assert await membership(tx, kari.customer_id) == Membership(("members",), company.id)


async def test_who_is_in_a_group_and_who_buys_for_a_company_is_listed(tx: Transaction) -> None:
    _, company = await trade(tx)
    people = [await someone(tx) for _ in range(3)]
    for one in people[:2]:
        await put_membership(tx, one.customer_id, ["members"], None, by=MARKETER)
    await put_membership(tx, people[2].customer_id, [], company.id, by=MARKETER)
    found = await memberships(tx, customer_group="members", by=CLERK)
    assert [one.customer_id for one in found] == [people[1].customer_id, people[0].customer_id]
    after = await memberships(tx, customer_group="members", by=CLERK, before=found[0].customer_id)
    assert [one.customer_id for one in after] == [people[0].customer_id]
    buyers = await memberships(tx, company_id=company.id, by=CLERK)
    assert [one.customer_id for one in buyers] == [people[2].customer_id]
    with pytest.raises(UnknownGroup):
        await memberships(tx, customer_group="nobody", by=CLERK)


async def test_only_who_may_says_who_belongs_where(tx: Transaction) -> None:
    _, company = await trade(tx)
    kari = await someone(tx)
    for wrong in (CLERK, herself(kari)):
        with pytest.raises(RightMissing):
            await put_membership(tx, kari.customer_id, ["members"], company.id, by=wrong)
        with pytest.raises(RightMissing):
            await add_group(tx, CustomerGroup("vip", "VIP"), by=wrong)
        with pytest.raises(RightMissing):
            await add_company(tx, NewCompany("X"), by=wrong)
        with pytest.raises(RightMissing):
            await change_company(tx, company.id, CompanyChange(name="X"), version=None, by=wrong)
    ola = await someone(tx)
    with pytest.raises((RightMissing, NotFound)):
        await membership_of(tx, ola.customer_id, by=herself(kari))
    assert await membership(tx, kari.customer_id) == NOBODY
    assert [group.code for group in await groups(tx, by=CLERK)] == ["members", "trade"]
    assert [one.name for one in await companies(tx, by=CLERK)] == ["Fjord Kaffe AS"]


async def test_all_that_is_wrong_is_named_at_once_and_nothing_changes(tx: Transaction) -> None:
    await trade(tx)
    kari = await someone(tx)
    with pytest.raises(Invalid) as refused:
        await put_membership(tx, kari.customer_id, ["members", "x"], new_id(), by=MARKETER)
    assert [p.field for p in refused.value.problems] == ["customer_groups.1", "company"]
    with pytest.raises(Invalid) as refused:
        await add_company(tx, NewCompany("X", vat_number="NO1", customer_groups=("y",)), by=MARKETER)
    assert [p.field for p in refused.value.problems] == ["customer_groups.0", "vat_number"]
    with pytest.raises(GroupTaken):
        await add_group(tx, CustomerGroup("members", "Again"), by=MARKETER)
    with pytest.raises(UnknownCompany):
        await change_company(tx, new_id(), CompanyChange(name="X"), version=None, by=MARKETER)
    assert await membership(tx, kari.customer_id) == NOBODY


async def test_a_decision_on_what_has_changed_since_is_refused(tx: Transaction) -> None:
    group, company = await trade(tx)
    kari = await someone(tx)
    await put_membership(tx, kari.customer_id, ["members"], None, version=0, by=MARKETER)
    same = await put_membership(tx, kari.customer_id, ["members", "members"], None, version=1, by=MARKETER)
    assert same.version == 1
    for version in (0, 2):
        with pytest.raises(StaleVersion):
            await put_membership(tx, kari.customer_id, [], None, version=version, by=MARKETER)
    assert (await change_group(tx, group.code, "Club", version=1, by=MARKETER)).version == 2
    with pytest.raises(StaleVersion):
        await change_group(tx, group.code, "Other", version=1, by=MARKETER)
    with pytest.raises(StaleVersion):
        await change_company(tx, company.id, CompanyChange(name="X"), version=7, by=MARKETER)


async def test_of_two_who_decide_at_once_one_is_told(database: Database) -> None:
    kari = await database.run(someone)
    code = f"g-{new_id().hex[-12:]}"
    await database.run(lambda tx: add_group(tx, CustomerGroup(code, "G"), by=MARKETER))

    async def decide() -> KeptMembership:
        return await database.run(
            lambda tx: put_membership(tx, kari.customer_id, [code], None, version=0, by=MARKETER)
        )

    found = await asyncio.gather(*(decide() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, KeptMembership) for one in found) == 1
    assert all(isinstance(one, KeptMembership | StaleVersion) for one in found)


async def test_groups_and_companies_over_http(client: httpx.AsyncClient, database: Database) -> None:
    key = await database.run(lambda tx: add_key(tx, "customers:read", "customers:group"))
    code = f"g-{new_id().hex[-12:]}"
    kari = await database.run(someone)

    async def call(method: str, path: str, **body: Any) -> Any:
        answer = await client.request(method, f"/api/v1{path}", headers=header(key.secret), json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    await call("POST", "/customer-groups", code=code, name="Members")
    assert (await call("PATCH", f"/customer-groups/{code}", name="Club"))["name"] == "Club"
    company = await call("POST", "/companies", name="Fjord AS", customer_groups=[code])
    changed = await call("PATCH", f"/companies/{company['id']}", org_number="995525828", version=1)
    assert (changed["org_number"], changed["version"]) == ("995525828", 2)
    path = f"/customers/{kari.public_id}/membership"
    assert (await call("GET", path))["version"] == 0
    put = await call("PUT", path, customer_groups=[code], company=company["id"], version=0)
    assert put == await call("GET", path)
    assert (await call("GET", f"/customer-groups/{code}/customers"))["items"] == [put]
    assert (await call("GET", f"/companies/{company['id']}/customers"))["items"] == [put]
    assert company["id"] in [one["id"] for one in (await call("GET", "/companies"))["items"]]
