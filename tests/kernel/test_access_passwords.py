"""Passwords are chosen under mailed links that work once, or changed by who knows the old one."""

import asyncio

import httpx
import pytest
from tests.conftest import settle
from tests.kernel.people import (
    PASSWORD,
    POLICY,
    add_staff,
    bearer,
    count,
    header,
    link_in_mail,
    new_email,
)

from torg.kernel.access import SYSTEM, ActorKind, manage_staff, reset_password
from torg.kernel.access.model import LinkExpired, StaffState
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.settings import Settings

NEW_PASSWORD = "an even finer password"


async def test_a_forgotten_password_is_chosen_anew_and_all_sessions_end(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    token = (await bearer(database, ActorKind.staff, staff.id)).token
    asked = await client.post("/api/v1/sign-in/reset", json={"email": staff.email})
    unknown = await client.post("/api/v1/sign-in/reset", json={"email": new_email("unknown")})
    assert (asked.status_code, asked.content) == (unknown.status_code, unknown.content) == (204, b"")
    await settle(database, settings)
    link = await link_in_mail(database, staff.email)
    assert await count(database, "staff_links", "position(%(l)s in staff_links::text) > 0", l=link) == 0
    assert await count(database, "reset_requests") == 0
    answer = await client.post("/api/v1/sign-in/password", json={"link": link, "password": NEW_PASSWORD})
    assert answer.status_code == 200, answer.text
    assert (await client.get("/api/v1/staff", headers=header(token))).status_code == 401
    old = await client.post("/api/v1/sign-in", json={"email": staff.email, "password": PASSWORD})
    new = await client.post("/api/v1/sign-in", json={"email": staff.email, "password": NEW_PASSWORD})
    assert (old.status_code, new.status_code) == (401, 200)


async def test_a_link_works_once_even_when_it_is_used_twice_at_once(
    database: Database, settings: Settings
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    await reset_password.ask_for_reset(database, staff.email, address="192.0.2.44")
    await settle(database, settings)
    link = await link_in_mail(database, staff.email)

    async def choose(number: int) -> bool:
        try:
            await reset_password.choose_password(database, link, f"{NEW_PASSWORD} {number}")
        except LinkExpired:
            return False
        return True

    assert sum(await asyncio.gather(*(choose(number) for number in range(4)))) == 1


async def test_a_link_expires_and_a_newer_one_replaces_it(
    database: Database, settings: Settings, clock: FixedClock
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "staff:read"))
    links = []
    for _ in range(2):
        await reset_password.ask_for_reset(database, staff.email, address="192.0.2.45")
        await settle(database, settings)
        links.append(await link_in_mail(database, staff.email))
        clock.move(minutes=1)
    with pytest.raises(LinkExpired):
        await reset_password.choose_password(database, links[0], NEW_PASSWORD)
    clock.move(hours=1)
    with pytest.raises(LinkExpired):
        await reset_password.choose_password(database, links[1], NEW_PASSWORD)


async def test_one_changes_ones_own_password_and_name_but_not_ones_roles(
    client: httpx.AsyncClient, database: Database
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "orders:read"))
    token = (await bearer(database, ActorKind.staff, staff.id)).token
    other = (await bearer(database, ActorKind.staff, staff.id)).token
    wrong = {"old_password": "wrong wrong", "new_password": NEW_PASSWORD}
    assert (
        await client.put("/api/v1/staff/me/password", json=wrong, headers=header(token))
    ).status_code == 422
    right = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (
        await client.put("/api/v1/staff/me/password", json=right, headers=header(token))
    ).status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=header(other))).status_code == 401
    renamed = await client.patch("/api/v1/staff/me", json={"name": "Ola"}, headers=header(token))
    assert renamed.json()["name"] == "Ola"
    roles = await client.put(
        f"/api/v1/staff/{staff.public_id}/roles", json={"roles": []}, headers=header(token)
    )
    assert roles.status_code == 403


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "Kari Nordmann", "x" * 201, "short"])
async def test_a_password_that_is_easy_to_guess_is_refused(
    database: Database, settings: Settings, password: str
) -> None:
    staff = await database.run(lambda tx: add_staff(tx, "orders:read", state=StaffState.invited))
    await database.run(lambda tx: manage_staff.invite_again(tx, POLICY, staff.id, by=SYSTEM))
    link = await link_in_mail(database, staff.email)
    with pytest.raises(Invalid):
        await reset_password.choose_password(database, link, password)
    await reset_password.choose_password(database, link, NEW_PASSWORD)
