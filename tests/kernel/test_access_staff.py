"""Staff, roles and keys are managed by those who hold the rights themselves; refusals change nothing."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.kernel.people import (
    ADMINISTRATOR,
    PASSWORD,
    POLICY,
    VOCABULARY,
    actor,
    actor_of,
    add_role,
    add_staff,
    bearer,
    count,
    header,
    link_in_mail,
    new_email,
)

from torg.kernel.access import (
    SYSTEM,
    VISITOR,
    Actor,
    ActorKind,
    RightMissing,
    SignInNeeded,
    define_roles,
    issue_keys,
    manage_staff,
    reset_password,
    store,
)
from torg.kernel.access.issue_keys import KeyWish
from torg.kernel.access.manage_staff import Invitation
from torg.kernel.access.model import (
    Assignment,
    EmailTaken,
    LastAdministrator,
    RightNotYours,
    Role,
    RoleFixed,
    RoleInUse,
    Staff,
    StaffState,
    UnknownStaff,
)
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion

NEW_PASSWORD = "an even finer password"


async def kept(tx: Transaction, id: Any) -> Staff:
    found = await store.find(tx, id)
    assert found is not None
    return found


async def test_an_invited_colleague_chooses_her_password_and_signs_in(
    client: httpx.AsyncClient, database: Database
) -> None:
    boss = await database.run(lambda tx: add_staff(tx, "*"))
    role = await database.run(lambda tx: add_role(tx, "orders:read"))
    token = (await bearer(database, ActorKind.staff, boss.id)).token
    email = new_email("new")
    body = {"email": email, "name": "Ny Kollega", "language": "nb", "roles": [{"role": role.code}]}
    invited = await client.post("/api/v1/staff", json=body, headers=header(token))
    assert invited.status_code == 201, invited.text
    assert invited.json()["state"] == "invited"
    link = await link_in_mail(database, email)
    weak = await client.post("/api/v1/sign-in/password", json={"link": link, "password": "short"})
    assert weak.json()["errors"][0]["code"] == "password-length"
    chosen = await client.post("/api/v1/sign-in/password", json={"link": link, "password": NEW_PASSWORD})
    assert chosen.status_code == 200, chosen.text
    again = await client.post("/api/v1/sign-in/password", json={"link": link, "password": NEW_PASSWORD})
    assert again.json()["code"] == "link-expired"
    signed_in = await client.post("/api/v1/sign-in", json={"email": email, "password": NEW_PASSWORD})
    assert signed_in.json()["staff"]["state"] == "active"


async def test_a_store_manager_invites_for_her_store_and_nowhere_else(tx: Transaction) -> None:
    seller = await add_role(tx, "orders:read", "stock:read")
    refunder = await add_role(tx, "payments:refund")
    manager = actor("staff:write", "orders:read", "stock:read", stores={"oslo"})

    async def invite(*given: Assignment) -> Staff:
        wish = Invitation(new_email(), "Ola", "nb", given)
        return await manage_staff.invite(tx, POLICY, wish, by=manager)

    invited = await invite(Assignment(seller.code, ("oslo",)))
    assert invited.state is StaffState.invited
    before = await tx.one(int, "SELECT count(*) FROM staff")
    for given in (
        (Assignment(seller.code),),
        (Assignment(seller.code, ("bergen",)),),
        (Assignment(seller.code, ("oslo", "bergen")),),
        (Assignment(seller.code, None, ("till-oslo",)),),
        (Assignment(refunder.code, ("oslo",)),),
    ):
        with pytest.raises((RightMissing, RightNotYours)):
            await invite(*given)
    assert await tx.one(int, "SELECT count(*) FROM staff") == before


async def test_a_store_manager_takes_all_roles_from_her_own_people(tx: Transaction) -> None:
    seller = await add_staff(tx, "orders:read", stores=("oslo",))
    manager = actor("staff:write", "orders:read", stores={"oslo"})
    changed = await manage_staff.assign_roles(tx, seller.id, [], version=None, by=manager)
    assert changed.assignments == ()
    with pytest.raises(RightMissing):
        await manage_staff.disable(tx, seller.id, by=manager)


async def test_nobody_climbs_by_changing_a_mightier_colleague(tx: Transaction) -> None:
    boss = await add_staff(tx, "*")
    another = await add_staff(tx, "*")
    clerk_role = await add_role(tx, "staff:write", "staff:read")
    clerk = await add_staff(tx, "staff:write", "staff:read")
    by = actor_of(clerk, await store.roles(tx))
    before = await kept(tx, boss.id)
    attempts: list[Any] = [
        manage_staff.rename(tx, boss.id, name="Clerk", language=None, version=None, by=by),
        manage_staff.assign_roles(tx, boss.id, [Assignment(clerk_role.code)], version=None, by=by),
        manage_staff.assign_roles(tx, clerk.id, [Assignment(boss.assignments[0].role)], version=None, by=by),
        manage_staff.disable(tx, boss.id, by=by),
        manage_staff.enable(tx, POLICY, boss.id, by=by),
        manage_staff.end_second_factor(tx, boss.id, by=by),
        manage_staff.invite_again(tx, POLICY, boss.id, by=by),
        define_roles.add_role(tx, Role("mighty", {"en": "Mighty"}, ("*",)), VOCABULARY, by=by),
        define_roles.change_role(
            tx, Role(clerk_role.code, {"en": "x"}, ("orders:cancel",)), VOCABULARY, version=None, by=by
        ),
        issue_keys.issue_key(tx, KeyWish("key", ("staff:write",)), VOCABULARY, by=by),
    ]
    for attempt in attempts:
        with pytest.raises((RightNotYours, RightMissing)):
            await attempt
    assert await kept(tx, boss.id) == before
    assert another.state is StaffState.active


async def test_everything_about_staff_is_refused_to_visitors_and_customers(tx: Transaction) -> None:
    staff = await add_staff(tx, "orders:read")
    before = await kept(tx, staff.id)
    customer = Actor(ActorKind.customer, "cus_1", customer_id=staff.id)
    for by, refusal in ((VISITOR, SignInNeeded), (customer, RightMissing)):
        for attempt in (
            manage_staff.list_staff(tx, by=by),
            manage_staff.find_staff(tx, staff.id, by=by),
            manage_staff.rename(tx, staff.id, name="x", language=None, version=None, by=by),
            manage_staff.disable(tx, staff.id, by=by),
            define_roles.list_roles(tx, by=by),
            issue_keys.list_keys(tx, by=by),
        ):
            with pytest.raises(refusal):
                await attempt
    assert await kept(tx, staff.id) == before


async def test_a_store_manager_sees_the_staff_of_her_store_only(tx: Transaction) -> None:
    here = await add_staff(tx, "orders:read", stores=("oslo",))
    there = await add_staff(tx, "orders:read", stores=("bergen",))
    above = await add_staff(tx, "*")
    manager = actor("staff:read", stores={"oslo"})
    seen = {staff.id for staff in await manage_staff.list_staff(tx, by=manager, limit=1000)}
    assert here.id in seen and not seen & {there.id, above.id}
    assert (await manage_staff.find_staff(tx, here.id, by=manager)).id == here.id
    for hidden in (there, above):
        with pytest.raises(UnknownStaff):
            await manage_staff.find_staff(tx, hidden.id, by=manager)


async def only_administrators(tx: Transaction, how_many: int) -> list[Staff]:
    await tx.execute("UPDATE staff SET state = 'disabled'")
    return [await add_staff(tx, "*") for _ in range(how_many)]


async def test_the_last_administrator_can_be_neither_disabled_nor_robbed(tx: Transaction) -> None:
    first, second = await only_administrators(tx, 2)
    await add_staff(tx, "*", stores=("oslo",))
    await add_staff(tx, "*", state=StaffState.invited)
    await manage_staff.disable(tx, second.id, by=ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        await manage_staff.disable(tx, first.id, by=ADMINISTRATOR)
    narrowed = [Assignment(first.assignments[0].role, ("oslo",))]
    for wanted in ([], narrowed):
        with pytest.raises(LastAdministrator):
            await manage_staff.assign_roles(tx, first.id, wanted, version=None, by=ADMINISTRATOR)
    assert await kept(tx, first.id) == first


async def test_two_administrators_who_shut_each_other_out_at_once_do_not_both_succeed(
    database: Database,
) -> None:
    first, second = await database.run(lambda tx: only_administrators(tx, 2))

    async def shut_out(victim: Staff) -> bool:
        try:
            await database.run(lambda tx: manage_staff.disable(tx, victim.id, by=ADMINISTRATOR))
        except LastAdministrator:
            return False
        return True

    assert sorted(await asyncio.gather(shut_out(first), shut_out(second))) == [False, True]


async def test_a_disabled_colleague_is_out_at_once(client: httpx.AsyncClient, database: Database) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    token = (await bearer(database, ActorKind.staff, staff.id)).token
    await reset_password.ask_for_reset(database, staff.email, address=None)
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 200
    await database.run(lambda tx: manage_staff.disable(tx, staff.id, by=ADMINISTRATOR))
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 401
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 0
    answer = await client.post("/api/v1/sign-in", json={"email": staff.email, "password": PASSWORD})
    assert answer.json()["code"] == "wrong-credentials"
    facts = {"t": staff.public_id, "a": str(ADMINISTRATOR)}
    logged = "target = %(t)s AND actor = %(a)s AND action = 'staff.disabled'"
    assert await count(database, "audit_log", logged, **facts) == 1


async def test_a_right_taken_away_counts_from_the_next_request_on(
    client: httpx.AsyncClient, database: Database
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    token = (await bearer(database, ActorKind.staff, staff.id)).token
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 200
    await database.run(lambda tx: manage_staff.assign_roles(tx, staff.id, [], version=None, by=ADMINISTRATOR))
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 403


async def test_a_stale_version_changes_nothing(tx: Transaction) -> None:
    staff = await add_staff(tx, "orders:read")
    await manage_staff.rename(tx, staff.id, name="Nina", language=None, version=1, by=ADMINISTRATOR)
    with pytest.raises(StaleVersion):
        await manage_staff.rename(tx, staff.id, name="Nora", language=None, version=1, by=ADMINISTRATOR)
    with pytest.raises(StaleVersion):
        await manage_staff.assign_roles(tx, staff.id, [], version=1, by=ADMINISTRATOR)
    assert (await kept(tx, staff.id)).name == "Nina"


async def test_two_people_never_share_an_address_in_any_spelling(tx: Transaction) -> None:
    email = new_email("KARI")
    await manage_staff.invite(tx, POLICY, Invitation(email, "Kari", "nb"), by=SYSTEM)
    with pytest.raises(EmailTaken):
        await manage_staff.invite(tx, POLICY, Invitation(f" {email.lower()} ", "K", "nb"), by=SYSTEM)


async def test_roles_are_made_of_known_words_and_leave_only_when_nobody_has_them(tx: Transaction) -> None:
    with pytest.raises(Invalid) as refused:
        await define_roles.add_role(
            tx, Role("r", {"nb": "Rolle"}, ("orders:read", "orders:eat")), VOCABULARY, by=ADMINISTRATOR
        )
    assert [(p.field, p.code) for p in refused.value.problems] == [
        ("permissions.1", "unknown-value"),
        ("name.en", "required"),
    ]
    staff = await add_staff(tx, "orders:read")
    code = staff.assignments[0].role
    with pytest.raises(RoleInUse):
        await define_roles.remove_role(tx, code, by=ADMINISTRATOR)
    await manage_staff.assign_roles(tx, staff.id, [], version=None, by=ADMINISTRATOR)
    await define_roles.remove_role(tx, code, by=ADMINISTRATOR)
    everything = await add_role(tx, "*")
    for attempt in (
        define_roles.remove_role(tx, everything.code, by=ADMINISTRATOR),
        define_roles.change_role(
            tx, Role(everything.code, {"en": "x"}, ()), VOCABULARY, version=None, by=ADMINISTRATOR
        ),
    ):
        with pytest.raises(RoleFixed):
            await attempt


async def test_a_key_never_holds_everything_and_never_what_does_not_exist(tx: Transaction) -> None:
    for words in (("*",), ("orders:eat",)):
        with pytest.raises(Invalid):
            await issue_keys.issue_key(tx, KeyWish("key", words), VOCABULARY, by=ADMINISTRATOR)
    holder = actor("api-keys:write", "orders:read", stores={"oslo"})
    issued = await issue_keys.issue_key(
        tx, KeyWish("till", ("orders:read",), ("oslo",)), VOCABULARY, by=holder
    )
    with pytest.raises(RightMissing):
        await issue_keys.issue_key(tx, KeyWish("all", ("orders:read",)), VOCABULARY, by=holder)
    with pytest.raises(RightMissing):
        await issue_keys.revoke_key(
            tx, issued.key.id, by=actor("api-keys:write", "orders:read", stores={"bergen"})
        )


async def test_the_audit_log_tells_who_did_what_and_holds_no_secrets(
    client: httpx.AsyncClient, database: Database
) -> None:
    auditor = await database.run(lambda tx: add_staff(tx, "audit:read"))
    boss = await database.run(lambda tx: add_staff(tx, "*"))
    token = (await bearer(database, ActorKind.staff, auditor.id)).token
    boss_token = (await bearer(database, ActorKind.staff, boss.id)).token
    for number in range(3):
        body = {"code": f"audited-{number}", "name": {"en": "A"}, "permissions": ["orders:read"]}
        assert (await client.post("/api/v1/roles", json=body, headers=header(boss_token))).status_code == 201
    wanted: dict[str, str | int] = {"actor": boss.public_id, "action": "role", "limit": 2}
    first = (await client.get("/api/v1/audit", headers=header(token), params=wanted)).json()
    assert [entry["target"] for entry in first["items"]] == ["audited-2", "audited-1"]
    assert first["items"][0]["facts"] == {"before": [], "after": ["orders:read"]}
    rest = (
        await client.get("/api/v1/audit", headers=header(token), params={**wanted, "cursor": first["next"]})
    ).json()
    assert [entry["target"] for entry in rest["items"]] == ["audited-0"]
    assert rest["next"] is None
    assert (await client.get("/api/v1/audit", headers=header(boss_token))).status_code == 200
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 403
