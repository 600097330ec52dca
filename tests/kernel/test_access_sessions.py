"""Sessions, keys and cookies over HTTP: what is shown in the wrong place or by the wrong page opens nothing."""

from datetime import timedelta

import httpx
import msgspec
import pytest
import pytest_asyncio
from tests.conftest import serving
from tests.kernel.people import PASSWORD, add_key, add_staff, bearer, count, header

from torg.app import build
from torg.kernel.access import ActorKind, page_token, reactions, store, tokens
from torg.kernel.access.model import Staff
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.kernel.jobs import Work
from torg.kernel.ports import Ports
from torg.settings import Settings

ME = "/api/v1/staff/me"
SIGN_IN = "/api/v1/sign-in"
HERE = "http://torg.test"


@pytest_asyncio.fixture(autouse=True)
async def _nobody_has_tried_before(database: Database) -> None:
    await database.run(lambda tx: tx.execute("DELETE FROM throttles"))


@pytest_asyncio.fixture
async def staff(database: Database) -> Staff:
    return await database.run(lambda tx: add_staff(tx, "staff:read", "audit:read"))


async def sign_in(client: httpx.AsyncClient, staff: Staff, **headers: str) -> str:
    """Sign in as a browser does; the client keeps the cookie."""
    body = {"email": staff.email, "password": PASSWORD, "transport": "cookie"}
    answer = await client.post(SIGN_IN, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token"] is None
    return client.cookies["torg_session"]


async def test_a_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use(
    client: httpx.AsyncClient, staff: Staff
) -> None:
    body = {"email": staff.email, "password": PASSWORD, "transport": "cookie"}
    answer = await client.post(SIGN_IN, json=body)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("torg_session="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie and "Secure" not in cookie
    assert (await client.get(ME)).json()["id"] == staff.public_id


async def test_over_tls_the_cookie_is_bound_to_host_and_tls(
    settings: Settings, database: Database, staff: Staff
) -> None:

    app = build(msgspec.structs.replace(settings, public_url="https://torg.test"), database)
    async with app.lifespan(), serving(app) as client:
        body = {"email": staff.email, "password": PASSWORD, "transport": "cookie"}
        answer = await client.post(SIGN_IN, json=body)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-torg_session="))
    assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


async def test_a_session_that_was_planted_before_sign_in_is_worth_nothing_after_it(
    client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    planted = tokens.new(tokens.COOKIE)
    client.cookies.set("torg_session", planted, domain="torg.test")
    body = {"email": staff.email, "password": PASSWORD, "transport": "cookie"}
    answer = await client.post(SIGN_IN, json=body)
    assert answer.status_code == 200
    given = [c for c in answer.headers.get_list("set-cookie") if c.startswith("torg_session=")]
    assert planted not in given[0]
    client.cookies.clear()
    assert (await client.get(ME, headers={"Cookie": f"torg_session={planted}"})).status_code == 401


async def test_signing_in_again_on_a_device_ends_the_session_it_had(
    client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    old = await sign_in(client, staff)
    new = await sign_in(client, staff, **{"Torg-Page-Token": page_token(old), "Origin": HERE})
    assert new != old
    assert await count(database, "sessions", "subject = %(id)s", id=staff.id) == 1
    client.cookies.clear()
    assert (await client.get(ME, headers={"Cookie": f"torg_session={old}"})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Torg-Page-Token": "0123456789abcdef.00"}, 403),
        ({"Torg-Page-Token": "own", "Origin": "https://evil.example"}, 403),
        ({"Torg-Page-Token": "own", "Origin": "null"}, 403),
        ({"Torg-Page-Token": "own", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Torg-Page-Token": "own", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Torg-Page-Token": "another session's", "Origin": HERE}, 403),
        ({"Torg-Page-Token": "own", "Origin": HERE, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Torg-Page-Token": "own"}, 200),
    ],
)
async def test_a_write_with_a_cookie_must_come_from_one_of_our_own_pages(
    client: httpx.AsyncClient, database: Database, staff: Staff, headers: dict[str, str], status: int
) -> None:
    cookie = await sign_in(client, staff)
    written = {"own": page_token(cookie), "another session's": page_token(tokens.new(tokens.COOKIE))}
    sent = {name: written.get(value, value) for name, value in headers.items()}
    answer = await client.patch(ME, json={"name": "Ola"}, headers=sent)
    assert answer.status_code == status, answer.text
    found = await database.read(lambda tx: store.find(tx, staff.id))
    assert found is not None and found.name == ("Ola" if status == 200 else "Kari Nordmann")


async def test_a_program_needs_no_page_token_and_reading_needs_none(
    client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    token = (await bearer(database, ActorKind.staff, staff.id)).token
    answer = await client.patch(ME, json={"name": "Ola"}, headers=header(token))
    assert answer.status_code == 200
    await sign_in(client, staff)
    assert (await client.get(ME, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_a_token_in_the_wrong_place_opens_nothing(
    client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    cookie = await sign_in(client, staff)
    client.cookies.clear()
    program = (await bearer(database, ActorKind.staff, staff.id)).token
    key = await database.run(lambda tx: add_key(tx, "staff:read"))
    for headers in (
        header(cookie),
        {"Cookie": f"torg_session={program}"},
        {"Cookie": f"torg_session={key.secret}"},
        {"Authorization": key.secret},
        {"Authorization": f"Basic {key.secret}"},
        {"Torg-Token": key.secret},
        header(key.secret + "x"),
        header("x" * 5000),
        header(""),
        header(f"{key.secret} {key.secret}"),
    ):
        answer = await client.get("/api/v1/staff", headers=headers)
        assert answer.status_code == 401, (headers, answer.text)
    assert (await client.get(f"/api/v1/staff?key={key.secret}")).status_code == 401
    assert (await client.get("/api/v1/staff", headers=header(key.secret))).status_code == 200


async def test_a_wrong_key_is_told_so_instead_of_being_treated_as_a_visitor(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(
        "/api/v1/address-format", params={"country": "NO"}, headers=header(tokens.new(tokens.API_KEY))
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad-token"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_shows_when_it_was_last_used_and_writes_that_at_most_once_a_minute(
    client: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    key = await database.run(lambda tx: add_key(tx, "staff:read"))

    async def used() -> object:
        return await database.read(
            lambda tx: tx.find(dict, "SELECT last_used_at FROM api_keys WHERE id = %(id)s", id=key.key.id)
        )

    first = clock.now()
    await client.get("/api/v1/staff", headers=header(key.secret))
    assert await used() == {"last_used_at": first}
    clock.move(seconds=59)
    await client.get("/api/v1/staff", headers=header(key.secret))
    assert await used() == {"last_used_at": first}
    clock.move(seconds=1)
    await client.get("/api/v1/staff", headers=header(key.secret))
    assert await used() == {"last_used_at": clock.now()}


async def test_a_key_ends_when_it_expires_and_at_once_when_it_is_revoked(
    client: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    boss = await database.run(lambda tx: add_staff(tx, "*"))
    token = (await bearer(database, ActorKind.staff, boss.id)).token
    short = await database.run(lambda tx: add_key(tx, "staff:read", lasts=timedelta(hours=1)))
    long = await database.run(lambda tx: add_key(tx, "staff:read"))
    clock.move(hours=1)
    assert (await client.get("/api/v1/staff", headers=header(short.secret))).status_code == 401
    assert (await client.get("/api/v1/staff", headers=header(long.secret))).status_code == 200
    revoked = await client.delete(f"/api/v1/api-keys/key_{long.key.id.hex}", headers=header(token))
    assert revoked.status_code == 200, revoked.text
    assert (await client.get("/api/v1/staff", headers=header(long.secret))).status_code == 401
    assert (
        await count(database, "audit_log", "action = 'api-key.revoked' AND actor = %(a)s", a=boss.public_id)
        == 1
    )


async def test_the_secret_of_a_key_is_shown_once_and_nowhere_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    boss = await database.run(lambda tx: add_staff(tx, "*"))
    token = (await bearer(database, ActorKind.staff, boss.id)).token
    answer = await client.post(
        "/api/v1/api-keys", json={"name": "ERP", "permissions": ["orders:read"]}, headers=header(token)
    )
    assert answer.status_code == 201, answer.text
    secret = answer.json()["secret"]
    assert secret.startswith("torg_sk_") and answer.json()["key"]["prefix"] == secret[:14]
    listed = await client.get("/api/v1/api-keys", headers=header(token), params={"limit": 100})
    assert secret not in listed.text
    for table in ("api_keys", "audit_log", "outbox"):
        assert await count(database, table, f"position(%(s)s in {table}::text) > 0", s=secret) == 0


async def test_one_sees_and_ends_ones_own_sessions_only(
    client: httpx.AsyncClient, database: Database, staff: Staff
) -> None:
    other = await database.run(lambda tx: add_staff(tx))
    stranger = await bearer(database, ActorKind.staff, other.id)
    own = [await bearer(database, ActorKind.staff, staff.id) for _ in range(3)]
    listed = (await client.get("/api/v1/sessions", headers=header(own[0].token))).json()["items"]
    assert len(listed) == 3 and [one["current"] for one in listed].count(True) == 1
    foreign = f"/api/v1/sessions/ses_{stranger.session.id.hex}"
    assert (await client.delete(foreign, headers=header(own[0].token))).status_code == 404
    assert (await client.get(ME, headers=header(stranger.token))).status_code == 200
    mine = f"/api/v1/sessions/ses_{own[1].session.id.hex}"
    assert (await client.delete(mine, headers=header(own[0].token))).status_code == 204
    assert (await client.get(ME, headers=header(own[1].token))).status_code == 401
    ended = await client.delete("/api/v1/sessions", headers=header(own[0].token))
    assert ended.json() == {"ended": 1}
    assert (await client.get(ME, headers=header(own[2].token))).status_code == 401
    assert (await client.get(ME, headers=header(own[0].token))).status_code == 200


async def test_a_key_has_no_account_and_no_sessions_of_its_own(
    client: httpx.AsyncClient, database: Database
) -> None:
    key = await database.run(lambda tx: add_key(tx, "staff:read"))
    for path in (ME, "/api/v1/sessions", "/api/v1/me"):
        assert (await client.get(path, headers=header(key.secret))).status_code == 403
        assert (await client.get(path)).status_code == 401


async def test_a_session_of_nobody_is_worth_nothing(client: httpx.AsyncClient, database: Database) -> None:
    token = (await bearer(database, ActorKind.staff, new_id())).token
    assert (await client.get(ME, headers=header(token))).status_code == 401


async def test_a_caller_cannot_choose_the_address_that_he_is_counted_under(
    client: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    async def tries(who: httpx.AsyncClient, forwarded: str) -> list[int]:
        found = []
        for number in range(11):
            body = {"email": f"a{number}@example.com", "password": "wrong wrong wrong"}
            answer = await who.post(SIGN_IN, json=body, headers={"X-Forwarded-For": forwarded % number})
            found.append(answer.status_code)
        return found

    assert (await tries(client, "10.1.1.%d"))[-1] == 429
    app = build(msgspec.structs.replace(settings, proxies=1), database)
    async with app.lifespan(), serving(app) as behind_proxy:
        assert (await tries(behind_proxy, "10.1.1.%d, 192.0.2.7"))[-1] == 429
        assert (await tries(behind_proxy, "1.2.3.4, 198.51.100.%d"))[-1] == 401


async def test_what_has_expired_is_forgotten_and_what_lives_is_kept(
    database: Database, settings: Settings, clock: FixedClock, staff: Staff
) -> None:
    old = await bearer(database, ActorKind.staff, staff.id)
    clock.move(hours=13)
    new = await bearer(database, ActorKind.staff, staff.id)
    await reactions.sweep.run(Work(database, settings, Ports()))
    assert await count(database, "sessions", "id = %(id)s", id=old.session.id) == 0
    assert await count(database, "sessions", "id = %(id)s", id=new.session.id) == 1
