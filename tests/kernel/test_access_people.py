"""The people of the practice retailer, and what can be done about staff at the machine itself."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.kernel.people import POLICY, count, new_email

from torg.customers import by_email
from torg.demo import named, people
from torg.kernel.access import EVERYTHING, Device, Transport, command_line, reset_password, sign_in, store
from torg.kernel.access.model import Assignment, StaffState, UnknownStaff, WrongCredentials
from torg.kernel.access.sign_in import SignedIn
from torg.kernel.database import Database
from torg.permissions import Permission

PASSWORD = "a fine long password"


@pytest_asyncio.fixture(autouse=True)
async def _nobody_has_tried_before(database: Database) -> AsyncIterator[None]:
    await database.run(lambda tx: tx.execute("DELETE FROM throttles"))
    yield


async def enters(database: Database, email: str, password: str) -> bool:
    device = Device(Transport.bearer, address="192.0.2.9")
    try:
        return isinstance(await sign_in.with_password(database, POLICY, email, password, device), SignedIn)
    except WrongCredentials:
        return False


def test_every_role_of_the_demo_is_made_of_words_that_exist_and_named_in_six_languages() -> None:
    words = {str(word) for word in Permission} | {EVERYTHING}
    for role in people.ROLES:
        assert set(role.permissions) <= words, role.code
        assert len(role.name) == 6 and all(role.name.values())
    held = {word for role in people.ROLES for word in role.permissions if EVERYTHING not in role.permissions}
    assert words - held - {EVERYTHING} == {"channels:write"}


async def test_the_practice_retailers_people_are_filled_in_once_and_can_sign_in(database: Database) -> None:
    await database.run(people.fill)
    before = {
        t: await count(database, t) for t in ("staff", "roles", "customers", "customer_addresses", "outbox")
    }
    await database.run(people.fill)
    assert before == {t: await count(database, t) for t in before}
    roles = [role for role, _, _ in people.sign_ins()]
    assert len(roles) == len(set(roles)) == len(people.STAFF) + 1
    for _, email, password in people.sign_ins()[:3]:
        assert await enters(database, email, password)
    for one in named.NAMED:
        customer = await database.read(lambda tx, email=one.email: by_email(tx, email))  # type: ignore[misc]  # bound on purpose
        assert customer is not None and customer.phone == one.phone


async def test_at_the_machine_the_first_administrator_is_made_with_a_password(database: Database) -> None:
    email = new_email()
    made = await command_line.create_user(database, POLICY, email=email, name="Kari", password=PASSWORD)
    assert made.link is None
    assert await enters(database, email, PASSWORD)
    found = await database.read(lambda tx: store.find(tx, made.staff.id))
    assert found is not None and found.assignments == (Assignment("administrator"),)
    assert email in {staff.email for staff in await command_line.list_users(database)}


async def test_at_the_machine_an_account_without_password_gets_a_link(database: Database) -> None:
    email = new_email()
    made = await command_line.create_user(database, POLICY, email=email, name="Kari")
    assert made.link is not None and not await enters(database, email, PASSWORD)
    link = re.search(r"link=(\S+)", made.link)
    assert link
    await reset_password.choose_password(database, link[1], PASSWORD)
    assert await enters(database, email, PASSWORD)
    again = await command_line.reset_password(database, POLICY, email)
    assert again.link is not None and again.link != made.link


async def test_at_the_machine_somebody_is_shut_out_and_let_in_again(database: Database) -> None:
    await command_line.create_user(database, POLICY, email=new_email(), name="Boss", password=PASSWORD)
    email = new_email()
    await command_line.create_user(database, POLICY, email=email, name="Kari", password=PASSWORD)
    assert (await command_line.disable_user(database, email)).state is StaffState.disabled
    assert not await enters(database, email, PASSWORD)
    let_in = await command_line.enable_user(database, POLICY, email)
    assert let_in.staff.state is StaffState.invited and let_in.link
    with pytest.raises(UnknownStaff):
        await command_line.disable_user(database, "nobody@example.com")


async def test_at_the_machine_roles_are_given_and_taken(database: Database) -> None:
    await command_line.create_user(database, POLICY, email=new_email(), name="Boss", password=PASSWORD)
    email = new_email()
    await command_line.create_user(database, POLICY, email=email, name="K", password=PASSWORD, assignments=())
    given = await command_line.give_role(database, email, Assignment("administrator", ("oslo",)))
    assert given.assignments == (Assignment("administrator", ("oslo",)),)
    assert (await command_line.take_role(database, email, "administrator")).assignments == ()
    assert "administrator" in {role.code for role in await command_line.list_roles(database)}
