"""What staff say and see about search over HTTP: which words mean the same, and what was not found."""

from datetime import timedelta
from typing import Annotated

from litestar import Response

from torg.catalog.synonyms import (
    NewSynonym,
    SynonymChange,
    add_synonym,
    all_synonyms,
    change_synonym,
    remove_synonym,
)
from torg.catalog.unanswered import missed
from torg.catalog.views import CatalogSynonym, Unanswered
from torg.kernel.http import Body, Call, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.ids import parse
from torg.permissions import Permission

TAGS = ["catalog"]

WantedLanguage = Annotated[
    str | None, QueryParameter(min_length=2, max_length=2, description="Only those of this language.")
]
ChannelCode = Annotated[str, QueryParameter(max_length=60, description="A sales channel.")]
Days = Annotated[int, QueryParameter(ge=1, le=90, description="Of so many days, today included.")]
Version = Annotated[int, QueryParameter(ge=1, le=2**31 - 1, description="The version that the caller saw.")]


@read("/catalog/synonyms", permission=Permission.catalog_read, summary="Synonyms", tags=TAGS)
async def list_synonyms(call: Call, language: WantedLanguage = None) -> Page[CatalogSynonym]:
    """All of them, or those of a language, in the order of their making."""
    call.actor.must(Permission.catalog_read, anywhere=True)
    found = await call.read(lambda tx: all_synonyms(tx, language))
    return Page([CatalogSynonym.of(synonym) for synonym in found])


@write(
    "POST",
    "/catalog/synonyms",
    permission=Permission.catalog_write,
    summary="Add a synonym",
    tags=TAGS,
    status=201,
)
async def post_synonym(call: Call, data: Body[NewSynonym]) -> Response[CatalogSynonym]:
    """Who asks for one of `words` also finds what has one of `means`; without `means`, all of `words` mean each other.
    It counts with the next question."""
    return await call.write(
        lambda tx: add_synonym(tx, data, by=call.actor), view=CatalogSynonym.of, status=201
    )


@write(
    "PUT",
    "/catalog/synonyms/{synonym_id:str}",
    permission=Permission.catalog_write,
    summary="Change a synonym",
    tags=TAGS,
)
async def put_synonym(
    call: Call, synonym_id: FromPath[str], data: Body[SynonymChange]
) -> Response[CatalogSynonym]:
    """Its words as they shall be; its language is for good."""
    id = parse("syn", synonym_id)
    return await call.write(lambda tx: change_synonym(tx, id, data, by=call.actor), view=CatalogSynonym.of)


@write(
    "DELETE",
    "/catalog/synonyms/{synonym_id:str}",
    permission=Permission.catalog_write,
    summary="Take a synonym away",
    tags=TAGS,
    status=204,
)
async def delete_synonym(call: Call, synonym_id: FromPath[str], version: Version) -> Response[None]:
    """Its words mean what they say again."""
    id = parse("syn", synonym_id)
    return await call.write(lambda tx: remove_synonym(tx, id, version, by=call.actor), status=204)


@read(
    "/catalog/unanswered",
    permission=Permission.catalog_read,
    summary="What was looked for and not found",
    tags=TAGS,
)
async def list_unanswered(
    call: Call, channel: ChannelCode, days: Days = 30, limit: Limit = 50
) -> Page[Unanswered]:
    """The questions that found nothing in a channel, the most asked first; the rare ones together, without words."""
    since = call.database.clock.now().date() - timedelta(days=days)
    found = await call.read(lambda tx: missed(tx, channel=channel, since=since, limit=limit, by=call.actor))
    return Page([Unanswered(one.language, one.question, one.times, one.questions) for one in found])


ROUTES = [list_unanswered, list_synonyms, post_synonym, put_synonym, delete_synonym]
