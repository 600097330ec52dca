"""Segments: who may say who is in them, what is refused, and that nothing is counted twice."""

import asyncio
from uuid import UUID

import httpx
import pytest
from tests.customers.test_account import herself, someone
from tests.kernel.people import actor, add_key, header

from torg.customers import (
    Membership,
    Segment,
    UnknownSegment,
    add_segment,
    change_members,
    membership,
    segments_of,
)
from torg.customers.segments import change_segment, members, segments
from torg.customers.segments.model import Moved, SegmentTaken
from torg.kernel.access import RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id, public

MARKETER = actor("customers:read", "customers:group")
CLERK = actor("customers:read", "customers:write")


async def test_a_customer_is_in_the_segments_that_staff_put_her_into(tx: Transaction) -> None:
    await add_segment(tx, Segment("lapsed", "Has not bought for long"), by=MARKETER)
    await add_segment(tx, Segment("coffee", "Buys coffee"), by=MARKETER)
    kari, ola = await someone(tx), await someone(tx)
    for segment in ("lapsed", "coffee"):
        moved = await change_members(tx, segment, [kari.customer_id], [], by=MARKETER)
        assert moved.added == (kari.customer_id,)
    assert await membership(tx, kari.customer_id) == Membership(segments=("coffee", "lapsed"))
    assert await membership(tx, ola.customer_id) == Membership()
    assert await segments_of(tx, kari.customer_id, by=CLERK) == ["coffee", "lapsed"]
    again = await change_members(tx, "lapsed", [kari.customer_id], [ola.customer_id], by=MARKETER)
    assert (again.added, again.removed) == ((), ())
    gone = await change_members(tx, "lapsed", [ola.customer_id], [kari.customer_id], by=MARKETER)
    assert (gone.added, gone.removed) == ((ola.customer_id,), (kari.customer_id,))
    assert [one.customer_id for one in await members(tx, "lapsed", by=CLERK)] == [ola.customer_id]
    assert await tx.one(int, "SELECT count(*) FROM audit_log WHERE action = 'segment.customers-changed'") == 3


async def test_only_who_may_says_who_is_in_a_segment_and_she_does_not_see_it(tx: Transaction) -> None:
    await add_segment(tx, Segment("lapsed", "Lapsed"), by=MARKETER)
    kari = await someone(tx)
    for wrong in (CLERK, herself(kari)):
        with pytest.raises(RightMissing):
            await add_segment(tx, Segment("vip", "VIP"), by=wrong)
        with pytest.raises(RightMissing):
            await change_segment(tx, "lapsed", "X", version=None, by=wrong)
        with pytest.raises(RightMissing):
            await change_members(tx, "lapsed", [kari.customer_id], [], by=wrong)
    for seen in (segments(tx, by=herself(kari)), segments_of(tx, kari.customer_id, by=herself(kari))):
        with pytest.raises(RightMissing):
            await seen


async def test_what_cannot_be_is_named_and_changes_nothing(tx: Transaction) -> None:
    await add_segment(tx, Segment("lapsed", "Lapsed"), by=MARKETER)
    kari = (await someone(tx)).customer_id
    with pytest.raises(SegmentTaken):
        await add_segment(tx, Segment("lapsed", "Again"), by=MARKETER)
    with pytest.raises(UnknownSegment):
        await change_members(tx, "nobody", [kari], [], by=MARKETER)
    with pytest.raises(StaleVersion):
        await change_segment(tx, "lapsed", "X", version=7, by=MARKETER)
    with pytest.raises(Invalid) as refused:
        await change_members(tx, "lapsed", [kari, new_id()], [kari], by=MARKETER)
    assert [(one.field, one.code) for one in refused.value.problems] == [
        ("add.1", "unknown-customer"),
        ("remove.0", "in-and-out"),
    ]
    assert await segments_of(tx, kari, by=CLERK) == []


async def test_two_who_put_the_same_customers_in_at_once_put_each_in_once(database: Database) -> None:
    code = f"s-{new_id().hex[-10:]}"

    async def made(tx: Transaction) -> list[UUID]:
        await add_segment(tx, Segment(code, "At once"), by=MARKETER)
        return [(await someone(tx)).customer_id for _ in range(8)]

    people = await database.run(made)

    async def put_in(some: list[UUID]) -> Moved:
        return await database.run(lambda tx: change_members(tx, code, some, [], by=MARKETER))

    found = await asyncio.gather(put_in(people), put_in(people[::-1]), put_in(people[2:6]))
    assert sorted(id for moved in found for id in moved.added) == sorted(people)
    told = await database.read(lambda tx: tx.all(str, "SELECT type FROM outbox WHERE key = %(k)s", k=code))
    assert told == ["segment.changed"] * len(
        [1 for moved in found if moved.added]
    )  # what changed nothing is not


async def test_a_segment_is_kept_over_http(client: httpx.AsyncClient, database: Database) -> None:
    code = f"s-{new_id().hex[-10:]}"
    kari = await database.run(someone)
    boss = header((await database.run(lambda tx: add_key(tx, "customers:read", "customers:group"))).secret)
    reader = header((await database.run(lambda tx: add_key(tx, "customers:read"))).secret)
    made = await client.post("/api/v1/segments", json={"code": code, "name": "Lapsed"}, headers=boss)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    body = {"add": [public("cus", kari.customer_id)]}
    path = f"/api/v1/segments/{code}/customers"
    assert (await client.post(path, json=body, headers=reader)).status_code == 403
    assert (await client.post(path, json=body, headers=boss)).json() == {"added": 1, "removed": 0}
    assert (await client.post(path, json=body, headers=boss)).json() == {"added": 0, "removed": 0}
    listed = (await client.get(path, headers=reader)).json()["items"]
    assert [one["customer"] for one in listed] == body["add"]
    hers = await client.get(f"/api/v1/customers/{body['add'][0]}/segments", headers=reader)
    assert hers.json() == [code]
