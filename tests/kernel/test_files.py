"""Files are kept whole or not at all, on disk and in a bucket, and leave nothing behind that nobody knows of."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Router
from PIL import Image

from torg.kernel import files, http, problems
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, InsideTransaction, Transaction
from torg.kernel.errors import Forbidden, TorgError, Unauthenticated
from torg.kernel.files import FileStore, StoreUnavailable, api, images
from torg.kernel.files.render import content_of
from torg.kernel.files.sweep import remove_unfinished
from torg.kernel.ports import Ports
from torg.permissions import Permission
from torg.settings import Settings

from .actors import VISITOR, staff
from .s3_server import BUCKET, s3_server
from .test_images import encoded, picture

EDITOR = staff(Permission.files_write)
ROWS = "SELECT status, count(*) AS count FROM files GROUP BY status"


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore.of(Settings(files_url=(tmp_path / "a b" / "files").as_uri()))
    return bucket(request.getfixturevalue("s3"))


def bucket(endpoint: str, **changes: str) -> FileStore:
    known = {
        "files_url": f"s3://{BUCKET}/{uuid4().hex}",
        "s3_endpoint": endpoint,
        "s3_access_key": "key",
        "s3_secret_key": "secret",
    }
    return FileStore.of(Settings(**known | changes))  # type: ignore[arg-type]  # all of them are texts


@pytest_asyncio.fixture(autouse=True)
async def empty(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM files")


async def rows(database: Database) -> dict[str, int]:
    found = await database.read(lambda tx: tx.all(dict, ROWS))
    return {row["status"]: row["count"] for row in found}


def upload_of(number: int, width: int = 200) -> bytes:
    """An image unlike all others."""
    return encoded(Image.new("RGB", (width, 100), (number % 256, number * 7 % 256, number * 13 % 256)))


async def test_an_image_is_kept_and_says_at_what_widths_it_can_be_had(store: FileStore, database: Database):
    kept = await files.keep(database, store, upload_of(1, 1000), by=EDITOR)
    assert (kept.width, kept.height, kept.media_type) == (1000, 100, "image/jpeg")
    assert [(one.width, one.media_type) for one in kept.renditions] == [
        (width, kind) for width in (160, 480, 960, 1000) for kind in ("image/avif", "image/jpeg")
    ]
    content = await store.get(kept.name)
    assert content is not None
    assert kept.name.startswith(hashlib.sha256(content).hexdigest())
    assert await rows(database) == {"kept": 1}
    found = await database.read(lambda tx: files.find(tx, [kept.name, "unknown", kept.name]))
    assert found == {kept.name: kept}


async def test_a_rendition_is_made_once_however_many_ask_for_it_first(
    store: FileStore, database: Database, monkeypatch: pytest.MonkeyPatch
):
    made: list[int] = []
    paint = images.rendition

    def counted(master: bytes, width: int, media_type: str) -> bytes:
        made.append(width)
        return paint(master, width, media_type)

    monkeypatch.setattr(images, "rendition", counted)
    kept = await files.keep(database, store, upload_of(9, 1000), by=EDITOR)
    wanted = kept.renditions[2]
    assert await store.get(wanted.name) is None
    first, *others = await asyncio.gather(*(content_of(database, store, wanted.name) for _ in range(8)))
    assert first is not None and all(other == first for other in others)
    assert Image.open(io.BytesIO(first)).size == (480, 48)
    assert made == [480]
    assert await store.get(wanted.name) == first
    assert not store.making


async def test_only_the_widths_that_an_image_says_are_made_and_only_of_what_is_kept(
    store: FileStore, database: Database
):
    kept = await files.keep(database, store, upload_of(10, 500), by=EDITOR)
    stem = kept.name.removesuffix(".jpg")
    for name in (f"{stem}-481.avif", f"{stem}-960.jpg", f"{stem}-160.webp", f"{'0' * 64}-160.jpg"):
        assert await content_of(database, store, name) is None
        assert await store.get(name) is None
    unfinished = images.paint(upload_of(11))
    await store.put(unfinished.name, unfinished.content)
    assert await content_of(database, store, unfinished.name.replace(".", "-160.")) is None


async def test_the_same_upload_again_is_known_without_being_painted(
    store: FileStore, database: Database, monkeypatch: pytest.MonkeyPatch
):
    first = await files.keep(database, store, upload_of(2), by=EDITOR)
    monkeypatch.setattr(images, "paint", None)
    assert await files.keep(database, store, upload_of(2), by=EDITOR) == first


async def test_two_uploads_of_the_same_content_at_once_give_the_same_file(
    store: FileStore, database: Database
):
    kept = await asyncio.gather(*(files.keep(database, store, upload_of(3), by=EDITOR) for _ in range(6)))
    assert len({one.name for one in kept}) == 1
    assert set(await rows(database)) == {"kept"}


@pytest.mark.parametrize(
    ("actor", "refusal"), [(VISITOR, Unauthenticated), (staff("catalog:read"), Forbidden)]
)
async def test_who_may_not_upload_leaves_nothing(
    store: FileStore, database: Database, actor: Actor, refusal: type[TorgError]
):
    with pytest.raises(refusal):
        await files.keep(database, store, upload_of(4), by=actor)
    assert await rows(database) == {}


async def test_a_refused_upload_leaves_nothing(store: FileStore, database: Database):
    with pytest.raises(files.FileRefused):
        await files.keep(database, store, b"<svg/>", by=SYSTEM)
    assert await rows(database) == {}


class Broken(FileStore):
    """A store that fails, before or after it wrote."""

    left = 0

    async def put(self, name: str, content: bytes) -> None:
        if self.left:
            await super().put(name, content)
        raise StoreUnavailable()


@pytest.mark.parametrize("written", [0, 1])
async def test_what_a_crash_leaves_behind_is_swept_and_can_be_uploaded_again(
    store: FileStore, database: Database, clock: FixedClock, written: int
):
    broken = Broken(store.objects)
    broken.left = written
    with pytest.raises(StoreUnavailable):
        await files.keep(database, broken, upload_of(5), by=EDITOR)
    assert await rows(database) == {"claimed": 1}
    names = await database.read(lambda tx: tx.all(str, "SELECT name FROM files"))
    assert len([name for name in names if await store.get(name)]) == written

    assert await remove_unfinished(database, store) == 0  # an upload may still be under way
    clock.move(hours=2)
    assert await remove_unfinished(database, store) == 1
    assert [name for name in names if await store.get(name)] == []
    assert await rows(database) == {}
    await files.keep(database, store, upload_of(5), by=EDITOR)
    assert await rows(database) == {"kept": 1}


async def test_the_sweeper_spares_what_is_kept(store: FileStore, database: Database, clock: FixedClock):
    kept = await files.keep(database, store, upload_of(6), by=EDITOR)
    clock.move(days=400)
    assert await remove_unfinished(database, store) == 0
    assert await store.get(kept.name)


async def test_what_is_just_being_removed_is_not_claimed_and_a_dead_sweeper_is_followed(
    store: FileStore, database: Database, clock: FixedClock
):
    broken = Broken(store.objects)
    broken.left = 1
    with pytest.raises(StoreUnavailable):
        await files.keep(database, broken, upload_of(7), by=EDITOR)
    clock.move(hours=2)
    await database.run(lambda tx: files.rows.take_for_removal(tx, tx.now))
    with pytest.raises(StoreUnavailable):
        await files.keep(database, store, upload_of(7), by=EDITOR)
    assert await rows(database) == {"removing": 1}
    assert await remove_unfinished(database, store) == 0
    clock.move(hours=2)
    assert await remove_unfinished(database, store) == 1
    assert (await files.keep(database, store, upload_of(7), by=EDITOR)).width == 200


async def test_an_upload_that_lost_its_claim_is_not_told_to_be_kept(
    store: FileStore, database: Database, clock: FixedClock
):
    class Slow(FileStore):
        async def put(self, name: str, content: bytes) -> None:
            await super().put(name, content)
            clock.move(hours=2)
            await remove_unfinished(database, store)

    with pytest.raises(StoreUnavailable):
        await files.keep(database, Slow(store.objects), upload_of(8), by=EDITOR)
    assert "kept" not in await rows(database)


async def test_nothing_is_written_while_a_transaction_is_open(store: FileStore, tx: Transaction):
    with pytest.raises(InsideTransaction):
        await store.put("0" * 64 + ".jpg", b"x")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x.jpg", "0" * 64 + ".svg", "0" * 64, "A" * 64 + ".jpg", ""]
)
async def test_a_name_that_is_not_ours_never_reaches_the_store(store: FileStore, name: str):
    for call in (store.get(name), store.put(name, b"x"), store.remove(name)):
        with pytest.raises(ValueError, match="not the name of a file"):
            await call


async def test_the_store_can_be_probed(store: FileStore, s3: str):
    await store.probe()
    await store.remove("0" * 64 + ".jpg")
    with pytest.raises(StoreUnavailable):
        await bucket(s3, files_url="s3://no-such-bucket/x").probe()


async def test_a_store_that_is_away_is_told_so(tmp_path: Path):
    folder = tmp_path / "files"
    away = FileStore.of(Settings(files_url=folder.as_uri()))
    folder.rmdir()
    folder.write_text("a file stands in the way")
    with pytest.raises(StoreUnavailable):
        await away.put("0" * 64 + ".jpg", b"x")


@pytest_asyncio.fixture
async def client(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    async def identify(request: Any) -> Actor:
        return EDITOR if "authorization" in request.headers else VISITOR

    monkeypatch.setattr(http, "identify", identify)
    app = Litestar(
        [Router("/api/v1", route_handlers=api.ROUTES), *api.PAGES],
        exception_handlers=problems.HANDLERS,
        request_class=problems.JsonRequest,
        request_max_body_size=1024 * 1024,
    )
    app.state.settings = Settings()
    app.state.database = database
    app.state.ports = Ports()
    app.state.ports.add(FileStore, FileStore.of(Settings(files_url=tmp_path.as_uri())))
    transport = httpx.ASGITransport(cast(Any, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://torg.test") as made:
        yield made


async def post(
    client: httpx.AsyncClient, content: bytes, *, signed_in: bool = True, language: str = "en"
) -> httpx.Response:
    headers = {"Accept-Language": language} | ({"Authorization": "x"} if signed_in else {})
    form = {"file": ("evil.svg", content, "image/svg+xml")}
    return await client.post("/api/v1/files", files=form, headers=headers)


async def test_staff_upload_an_image_and_anybody_reads_it(client: httpx.AsyncClient):
    answer = await post(client, upload_of(20, 500))
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert (file["width"], file["height"], file["media_type"]) == (500, 100, "image/jpeg")
    assert file["url"] == f"/files/{file['name']}"
    for one in [file, *file["renditions"]]:
        got = await client.get(one["url"])
        assert (got.status_code, got.headers["content-type"]) == (200, one["media_type"])
        assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
        again = await client.get(one["url"], headers={"If-None-Match": got.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_an_upload_larger_than_other_bodies_may_be_is_taken(client: httpx.AsyncClient):
    noise = Image.effect_noise((1800, 1800), 120).convert("RGB")
    content = encoded(noise, "PNG")
    assert len(content) > 1024 * 1024
    assert (await post(client, content)).status_code == 201


async def test_the_same_upload_under_the_same_key_gives_the_same_answer(
    client: httpx.AsyncClient, database: Database
):
    key = {"Idempotency-Key": "upload-number-one"}
    content = upload_of(21)
    request = client.build_request("POST", "/api/v1/files", files={"file": ("a", content)}, headers=key)
    request.headers["Authorization"] = "x"
    body = await request.aread()
    answers = [
        await client.post("/api/v1/files", content=body, headers=dict(request.headers)) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg onload='alert(1)'/>", 409, "file-type-refused"),
        (b"<html>", 409, "file-type-refused"),
        (b"", 409, "file-type-refused"),
        (encoded(picture())[:200], 409, "image-broken"),
    ],
)
async def test_what_is_no_image_is_refused_with_a_stable_code(
    client: httpx.AsyncClient, database: Database, content: bytes, status: int, code: str
):
    answer = await post(client, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await rows(database) == {}


async def test_an_upload_beyond_the_limit_is_refused(client: httpx.AsyncClient, database: Database):
    answer = await post(client, b"\xff\xd8\xff" + b"\x00" * (images.MOST_BYTES + 20_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    just = await post(client, b"\xff\xd8\xff" + b"\x00" * images.MOST_BYTES, language="nb")
    assert (just.status_code, just.json()["code"]) == (409, "file-too-large")
    assert "Høyst 20" in just.json()["detail"]
    assert await rows(database) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"x": "y"}},
        {"data": {"file": "text"}},
        {"json": {"file": "x"}},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"files": {"file": ("a", b"1"), "other": ("b", b"2")}},
        {"files": [("file", ("a", b"1")), ("file", ("b", b"2"))]},
    ],
)
async def test_a_form_that_is_none_is_refused_and_not_a_defect(
    client: httpx.AsyncClient, body: dict[str, Any]
):
    headers = {"Authorization": "x"} | body.pop("headers", {})
    answer = await client.post("/api/v1/files", headers=headers, **body)
    assert answer.status_code in {400, 409, 415, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_who_is_not_signed_in_uploads_nothing(client: httpx.AsyncClient, database: Database):
    answer = await post(client, upload_of(22), signed_in=False)
    assert answer.status_code == 401
    assert await rows(database) == {}


@pytest.mark.parametrize(
    "name", ["x.jpg", "0" * 64 + ".jpg", "0" * 64 + ".svg", "..%2f..%2fetc%2fpasswd", "%2e%2e", "%00"]
)
async def test_a_name_that_no_file_has_is_not_found(client: httpx.AsyncClient, name: str):
    answer = await client.get(f"/files/{name}")
    assert answer.status_code == 404
