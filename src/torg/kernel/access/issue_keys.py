"""API keys: a program gets named rights in named places, from somebody who holds them there herself."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel import audit, ids
from torg.kernel.access import proofs, rules, tokens
from torg.kernel.access.events import KeyIssued, KeyRevoked
from torg.kernel.access.model import (
    KEYS_READ,
    KEYS_WRITE,
    Actor,
    ApiKey,
    UnknownKey,
    Vocabulary,
)
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid


class KeyWish(Struct, frozen=True):
    """What a key is for, what it may do and where, and until when."""

    name: str
    permissions: tuple[str, ...]
    stores: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    expires_at: datetime | None = None


class Issued(Struct, frozen=True):
    """A new key with its secret, which is told this once."""

    key: ApiKey
    secret: str


async def issue_key(tx: Transaction, wish: KeyWish, vocabulary: Vocabulary, *, by: Actor) -> Issued:
    """Issue a key; only what is named counts, so that a right that a later version brings is not given unseen."""
    rules.require_right_at(by, KEYS_WRITE, wish.stores, wish.channels)
    _require_sound(wish, vocabulary, tx.now)
    rules.require_own(by, wish.permissions, wish.stores, wish.channels)
    secret = tokens.new(tokens.API_KEY)
    key = ApiKey(
        id=ids.new_id(),
        name=wish.name.strip(),
        prefix=tokens.beginning(secret),
        permissions=tuple(sorted(set(wish.permissions))),
        created_by=str(by),
        created_at=tx.now,
        stores=wish.stores,
        channels=wish.channels,
        expires_at=wish.expires_at,
    )
    await proofs.add_key(tx, key, secret)
    await audit.write(
        tx,
        by,
        "api-key.issued",
        ids.public("key", key.id),
        name=key.name,
        permissions=list(key.permissions),
        stores=key.stores,
        channels=key.channels,
    )
    tx.record(KeyIssued(key_id=key.id))
    return Issued(key, secret)


async def revoke_key(tx: Transaction, id: UUID, *, by: Actor) -> ApiKey:
    """Revoke a key; the next request that shows it is refused. Revoking it again changes nothing."""
    by.must(KEYS_WRITE, anywhere=True)
    key = await proofs.find_key(tx, id)
    if key is None:
        raise UnknownKey(id=ids.public("key", id))
    rules.require_right_at(by, KEYS_WRITE, key.stores, key.channels)
    if await proofs.revoke_key(tx, id):
        await audit.write(tx, by, "api-key.revoked", ids.public("key", id), name=key.name)
        tx.record(KeyRevoked(key_id=id))
    return await proofs.find_key(tx, id) or key


async def list_keys(
    tx: Transaction, *, by: Actor, after: UUID | None = None, limit: int = 50
) -> list[ApiKey]:
    """The keys, revoked ones too; who may see keys of some stores only sees those that are limited to them."""
    by.must(KEYS_READ, anywhere=True)
    return await proofs.keys(tx, stores=by.stores(KEYS_READ), after=after, limit=limit)


def _require_sound(wish: KeyWish, vocabulary: Vocabulary, at: datetime) -> None:
    wrong = [
        FieldProblem(f"permissions.{place}", "unknown-value", f"There is no permission {word}.")
        for place, word in enumerate(wish.permissions)
        if word not in vocabulary.words
    ]
    if wish.expires_at is not None and wish.expires_at <= at:
        wrong.append(FieldProblem("expires_at", "in-the-past", "A key cannot end before it begins."))
    if wrong:
        raise Invalid.of(*wrong)
