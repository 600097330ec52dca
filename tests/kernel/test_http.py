"""Requests, refusals and idempotent writes through a small application of their own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar, Response
from msgspec import Meta, Struct
from tests.conftest import serving

from torg.kernel import problems
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Refused, StaleVersion, TooMany
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, read, write
from torg.kernel.ports import Ports


class NewNote(Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=20)]
    lines: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=3)] = []


class NoteView(Struct):
    id: int
    text: str


class PaperIsOut(Refused):
    code = "paper-is-out"
    message = "There are {left} sheets left."


@write("POST", "/notes", permission=Open.public, status=201, summary="Write a note")
async def make(call: Call, data: Body[NewNote]) -> Response[NoteView]:
    async def work(tx: Transaction) -> int:
        if data.text == "none left":
            raise PaperIsOut(left=0)
        if data.text == "defect":
            raise ZeroDivisionError("a secret detail")
        insert = "INSERT INTO notes (text) VALUES (%(text)s) RETURNING id"
        return await tx.one(int, insert, text=data.text)

    return await call.write(work, view=lambda id: NoteView(id, data.text))


@write("DELETE", "/notes/{id:int}", permission=Open.public, status=204, summary="Tear a note up")
async def tear(call: Call, id: FromPath[int]) -> Response[None]:
    if id == 409:
        raise StaleVersion(given=1, present=2)
    if id == 429:
        raise TooMany(retry_after=7)

    async def work(tx: Transaction) -> None:
        await tx.execute("DELETE FROM notes WHERE id = %(id)s", id=id)

    return await call.write(work)


@read("/notes", permission=Open.public, summary="All notes")
async def notes(call: Call, limit: Limit = 20, cursor: Cursor = None) -> Page[NoteView]:
    query = "SELECT id, text FROM notes ORDER BY id LIMIT %(limit)s"
    return Page(await call.read(lambda tx: tx.all(NoteView, query, limit=limit)))


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    table = "CREATE TABLE IF NOT EXISTS notes (id int GENERATED ALWAYS AS IDENTITY, text text)"
    await database.run(lambda tx: tx.execute(table))
    app = Litestar(
        [make, tear, notes],
        exception_handlers=problems.HANDLERS,
        request_class=problems.JsonRequest,
        request_max_body_size=10_000,
        logging_config=None,
    )
    app.state.database, app.state.ports = database, Ports()
    async with serving(app) as client:
        yield client


async def count(database: Database) -> int:
    return await database.read(lambda tx: tx.one(int, "SELECT count(*) FROM notes"))


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = msgspec.json.decode(answer.content)
    assert told["status"] == answer.status_code
    return told


async def test_a_write_answers_with_the_view_and_a_read_sees_it(client: httpx.AsyncClient) -> None:
    made = await client.post("/notes", json={"text": "milk"})
    assert made.status_code == 201 and made.json()["text"] == "milk"
    assert made.json() in (await client.get("/notes?limit=100")).json()["items"]
    gone = await client.delete(f"/notes/{made.json()['id']}")
    assert gone.status_code == 204 and gone.content == b""


async def test_wrong_fields_are_all_named_in_the_reader_s_language(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count(database)
    body = {"text": "", "lines": [1, -1, "x"], "more": 1}
    told = problem(await client.post("/notes", json=body, headers={"Accept-Language": "ja"}))
    assert told["code"] == "invalid" and told["status"] == 422
    assert {e["field"] for e in told["errors"]} == {"text", "lines.1", "lines.2", "more"}
    assert not any(e["message"].isascii() for e in told["errors"])
    assert await count(database) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nul", b"[" * 5000, b'{"text": "\\ud800"}'])
async def test_a_body_that_is_not_json_of_the_right_shape_is_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/notes", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer)["status"] == 422


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", content=b'{"text":"' + b"x" * 20_000 + b'"}')
    assert problem(answer)["code"] == "body-too-large"


async def test_a_refusal_tells_its_code_and_facts(client: httpx.AsyncClient) -> None:
    told = problem(await client.post("/notes", json={"text": "none left"}))
    assert (told["status"], told["code"], told["facts"]) == (409, "paper-is-out", {"left": 0})
    assert problem(await client.delete("/notes/409"))["code"] == "stale-version"
    slow = await client.delete("/notes/429")
    assert problem(slow)["status"] == 429 and slow.headers["retry-after"] == "7"


async def test_a_defect_tells_nothing_of_the_inside(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", json={"text": "defect"})
    assert problem(answer)["code"] == "internal"
    assert "secret" not in answer.text and "Zero" not in answer.text


async def test_unknown_addresses_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/nowhere"))["code"] == "no-such-route"
    assert problem(await client.put("/notes", json={}))["code"] == "method-not-allowed"
    assert problem(await client.get("/notes?limit=0"))["errors"][0]["field"] == "limit"


async def test_the_same_key_runs_once_and_answers_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count(database)
    headers = {"Idempotency-Key": "order-of-milk-1"}
    answers = await asyncio.gather(
        *(client.post("/notes", json={"text": "milk"}, headers=headers) for _ in range(8))
    )
    assert {answer.text for answer in answers} == {answers[0].text}
    assert {answer.status_code for answer in answers} == {201}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7
    assert await count(database) == before + 1


async def test_the_same_key_for_another_body_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "order-of-milk-2"}
    await client.post("/notes", json={"text": "milk"}, headers=headers)
    before = await count(database)
    told = problem(await client.post("/notes", json={"text": "tea"}, headers=headers))
    assert (told["status"], told["code"]) == (409, "idempotency-key-reused")
    assert await count(database) == before


async def test_a_key_of_the_wrong_form_is_refused(client: httpx.AsyncClient) -> None:
    told = problem(await client.post("/notes", json={"text": "x"}, headers={"Idempotency-Key": "short"}))
    assert told["errors"][0]["field"] == "Idempotency-Key"
