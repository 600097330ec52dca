"""A customer's account is changed by herself, or by staff who may change customers."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from torg.customers import codes, letters, rules, store
from torg.customers.codes import Asked, Proof
from torg.customers.events import CustomerChanged
from torg.customers.model import (
    CodePurpose,
    Customer,
    CustomerEmailTaken,
    PasswordNeeded,
    UnknownCustomer,
    WrongEmailCode,
)
from torg.customers.rules import Details
from torg.kernel import ids
from torg.kernel.access import Actor, ActorKind, Device, Policy, passwords, sessions, throttle
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.permissions import Permission

FRESH: Final = timedelta(minutes=15)


async def change(
    tx: Transaction,
    customer_id: UUID,
    details: Details,
    *,
    version: int | None,
    country: str | None = None,
    by: Actor,
) -> Customer:
    """Change what is given of name, phone, company and language; what is left out stays."""
    rules.require_writer(by, customer_id)
    present = await locked(tx, customer_id, version)
    after = rules.changed(present, details, country=country)
    return present if after == present else await _saved(tx, after, "details")


async def ask_to_change_email(
    database: Database, policy: Policy, email: str, *, language: str, device: Device, by: Actor
) -> Asked:
    """Mail a code to the new address, which must prove that she reads it."""
    rules.require_customer(by)
    return await codes.ask(
        database, policy, rules.email(email), CodePurpose.change, language=language, device=device
    )


async def change_own_email(database: Database, policy: Policy, proof: Proof, *, by: Actor) -> Customer:
    """Take the address as her own that she has proved to read; the former one is told."""
    customer_id = rules.require_customer(by)
    proof = Proof(rules.email(proof.email), proof.challenge, proof.code)
    try:
        await codes.check(database, policy, proof, CodePurpose.change)
    except WrongEmailCode as wrong:  # whoever is signed in stays so: it is the field that is wrong
        raise Invalid.of(FieldProblem("code", wrong.code, wrong.message)) from None

    async def work(tx: Transaction) -> Customer:
        await codes.use(tx, proof)
        present = await locked(tx, customer_id, None)
        return await _with_email(tx, present, proof.email, proved=True)

    return await database.run(work, actor=str(by))


async def change_email(
    tx: Transaction, customer_id: UUID, email: str, *, version: int | None, by: Actor
) -> Customer:
    """Staff write down another address for a customer; it counts as proved only when she signs in with it."""
    by.must(Permission.customers_write, anywhere=True)
    present = await locked(tx, customer_id, version)
    return await _with_email(tx, present, rules.email(email), proved=False)


async def set_password(database: Database, policy: Policy, *, old: str | None, new: str, by: Actor) -> None:
    """Set or change her own password: she knows the old one, or has signed in a moment ago. Other sessions end."""
    customer_id = rules.require_customer(by)
    customer, stored = await database.read(lambda tx: _with_password(tx, customer_id))
    if not await _signed_in_just_now(database, by):
        await _require_old(database, policy, customer_id, stored, old)
    passwords.require_decent(
        new, personal=(customer.given_name, customer.family_name, customer.email or ""), field="new_password"
    )
    hashed = await passwords.hash(new)

    async def work(tx: Transaction) -> None:
        present = await locked(tx, customer_id, None)
        await store.set_password(tx, customer_id, hashed)
        await sessions.end_other_sessions(tx, by=by)
        tx.record(CustomerChanged(customer_id=customer_id, what="password", version=present.version))

    await database.run(work, actor=str(by))


async def locked(tx: Transaction, customer_id: UUID, version: int | None) -> Customer:
    """The customer, locked, if this is still her present version."""
    present = await store.lock(tx, customer_id)
    if present is None:
        raise UnknownCustomer(id=ids.public("cus", customer_id))
    if version is not None and version != present.version:
        raise StaleVersion(given=version, present=present.version)
    return present


async def _with_email(tx: Transaction, present: Customer, email: str, *, proved: bool) -> Customer:
    if email != present.email:
        if not await store.claim_email(tx, email, present.customer_id):
            raise CustomerEmailTaken(email=email)
        if present.email is not None:
            await store.release_email(tx, present.email, present.customer_id)
            await letters.tell_of_change(tx, to=present.email, new=email, language=present.language)
    elif not proved or present.email_verified_at is not None:
        return present
    verified = tx.now if proved else None
    after = msgspec.structs.replace(present, email=email, email_verified_at=verified)
    if not proved:
        await sessions.end_all_sessions(tx, ActorKind.customer, present.customer_id)
    return await _saved(tx, after, "email")


async def _saved(tx: Transaction, after: Customer, what: str) -> Customer:
    if not await store.save(tx, after):
        raise StaleVersion(given=after.version, present=after.version + 1)
    saved = msgspec.structs.replace(after, version=after.version + 1)
    tx.record(CustomerChanged(customer_id=saved.customer_id, what=what, version=saved.version))
    return saved


async def _with_password(tx: Transaction, customer_id: UUID) -> tuple[Customer, str | None]:
    customer = await store.find(tx, customer_id)
    if customer is None:
        raise UnknownCustomer(id=ids.public("cus", customer_id))
    return customer, await store.password(tx, customer_id)


async def _signed_in_just_now(database: Database, by: Actor) -> bool:
    own = await database.read(lambda tx: sessions.sessions_of(tx, by=by))
    since = database.clock.now() - FRESH
    return any(session.id == by.session_id and session.created_at > since for session in own)


async def _require_old(
    database: Database, policy: Policy, customer_id: UUID, stored: str | None, old: str | None
) -> None:
    if old is None or stored is None:
        raise PasswordNeeded()
    counters = [policy.limit("own-password").counting(str(customer_id))]
    await throttle.take(database, counters)
    if not (await passwords.verify(stored, old)).fits:
        raise passwords.not_yours("old_password")
    await throttle.give_back(database, counters)
