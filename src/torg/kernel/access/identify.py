"""From what a request presents to the actor behind it, in at most one statement, and none for visitors.

What is presented in an `Authorization` header must be valid: a program whose key was revoked is told so instead of
being treated as a visitor. A cookie that is no longer valid is as good as none, since browsers send it by themselves.
A key in a cookie, or a browser's session in a header, is worth nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from torg.kernel import ids
from torg.kernel.access import proofs, tokens
from torg.kernel.access.model import (
    VISITOR,
    Actor,
    ActorKind,
    BadToken,
    ForeignPage,
    Grant,
    Transport,
)
from torg.kernel.database import Database, Transaction

NOTED_EVERY = timedelta(minutes=1)
MOST_TOKENS = 20
OWN = frozenset({"same-origin", "none"})


async def identify(
    database: Database,
    *,
    authorization: str | None,
    session_cookie: str | None,
    tokens: Sequence[str],
    at: datetime,
) -> Actor:
    """Who sends this request; BadToken when a key or bearer session is presented that proves nothing."""
    presented = _digests(tokens)
    actor = VISITOR
    if authorization:
        actor = await _by_header(database, authorization, at)
    elif session_cookie:
        actor = await _by_cookie(database, session_cookie, at) or VISITOR
    if not presented:
        return actor
    return Actor(
        actor.kind,
        actor.id,
        actor.grants,
        actor.customer_id,
        presented,
        actor.session_id,
        actor.by_cookie,
    )


def require_own_page(
    session_token: str | None,
    page_token: str | None,
    *,
    origin: str | None,
    fetch_site: str | None,
    own: Collection[str],
) -> None:
    """Refuse a browser's write that carries a cookie but does not come from one of our own pages.

    Two independent proofs: the browser's own word for where the request comes from must not say "elsewhere", and the
    page's token must belong to the session. `own` are the origins under which people reach us.
    """
    require_own_origin(origin=origin, fetch_site=fetch_site, own=own)
    if session_token and not tokens.is_page_token(page_token, session_token):
        raise ForeignPage()


def require_own_origin(*, origin: str | None, fetch_site: str | None, own: Collection[str]) -> None:
    """Refuse when the browser says that a page of another site has sent this."""
    if fetch_site is not None and fetch_site.lower() not in OWN:
        raise ForeignPage()
    if origin is not None and origin.lower() not in {one.lower() for one in own}:
        raise ForeignPage()


async def _by_header(database: Database, authorization: str, at: datetime) -> Actor:
    scheme, _, presented = authorization.partition(" ")
    presented = presented.strip()
    if scheme.lower() == "bearer" and tokens.is_token(presented, tokens.API_KEY):
        actor = await _key(database, presented, at)
    elif scheme.lower() == "bearer" and tokens.is_token(presented, tokens.BEARER):
        actor = await _session(database, presented, Transport.bearer, at)
    else:
        actor = None
    if actor is None:
        raise BadToken()
    return actor


async def _by_cookie(database: Database, cookie: str, at: datetime) -> Actor | None:
    if not tokens.is_token(cookie, tokens.COOKIE):
        return None
    return await _session(database, cookie, Transport.cookie, at)


async def _key(database: Database, secret: str, at: datetime) -> Actor | None:
    found = await database.read(lambda tx: proofs.identify_key(tx, secret, at))
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at + NOTED_EVERY <= at:
        id = found.id
        await database.run(lambda tx: proofs.touch_key(tx, id, at), repeatable=True)
    grant = Grant(found.permissions, found.stores, found.channels)
    return Actor(ActorKind.api_key, ids.public("key", found.id), (grant,))


async def _session(database: Database, token: str, transport: Transport, at: datetime) -> Actor | None:
    found = await database.read(lambda tx: proofs.identify_session(tx, token, transport, at))
    if found is None:
        return None
    if found.last_used_at + NOTED_EVERY <= at:

        async def note(tx: Transaction) -> None:
            await proofs.touch_session(tx, token, at)

        await database.run(note, repeatable=True)
    staff = found.kind is ActorKind.staff
    return Actor(
        kind=found.kind,
        id=ids.public("stf" if staff else "cus", found.subject),
        grants=found.grants,
        customer_id=None if staff else found.subject,
        session_id=found.id,
        by_cookie=transport is Transport.cookie,
    )


def _digests(presented: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(tokens.digest(token) for token in presented[:MOST_TOKENS] if token)
