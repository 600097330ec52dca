"""The words of content: a page, its versions, its texts by language; and what can go wrong."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from torg.kernel.errors import Conflict, NotFound

PLAIN: Final = r"^[^\u0000]*$"
PageCode = Annotated[
    str, Meta(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9-]*$", examples=["delivery"])
]
Language = Annotated[str, Meta(min_length=2, max_length=2, pattern="^[a-z]{2}$", examples=["nb"])]
Address = Annotated[
    str, Meta(min_length=1, max_length=120, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", examples=["om-oss"])
]
Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$")]
Summary = Annotated[
    str, Meta(max_length=300, pattern=PLAIN, description="A sentence for lists and search engines.")
]
Body = Annotated[
    str, Meta(max_length=50_000, pattern=PLAIN, description="CommonMark with tables, without HTML.")
]
MarketCode = Annotated[str, Meta(min_length=1, max_length=20, pattern="^[A-Za-z0-9-]+$", examples=["NO"])]
Position = Annotated[int, Meta(ge=0, le=1_000, description="Lower stands earlier.")]
VersionNumber = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class PageText(Struct, frozen=True, forbid_unknown_fields=True):
    """A page in a language; `slug` is the last part of its address there."""

    title: Title
    slug: Address
    body: Body
    summary: Summary = ""


Texts = Annotated[dict[Language, PageText], Meta(min_length=1)]


class ContentPage(Struct, frozen=True, kw_only=True):
    """A page as a version says it; `shown` is the version that customers see, if any. Without markets it is for all."""

    code: str
    version: int
    shown: int | None
    texts: dict[str, PageText]
    markets: tuple[str, ...]
    position: int
    changed_at: datetime
    changed_by: str


class PageNotFound(NotFound):
    """There is no such page, or not in that version."""

    code = "page-not-found"
    message = "There is no page {page}."


class PageExists(Conflict):
    """Another page has the code."""

    code = "page-exists"
    message = "There already is a page {page}."


class PageAddressTaken(Conflict):
    """The address leads to another page, now or formerly."""

    code = "page-address-taken"
    message = "The address {slug} already belongs to another page."
