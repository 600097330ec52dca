"""Customers sign in with a code from their e-mail, which also makes the account when there is none, or by password.

Nothing in an answer, nor the time it takes, tells whether somebody else has an account.
"""

from uuid import UUID, uuid4

from msgspec import Struct

from torg.customers import codes, rules, store
from torg.customers.codes import ACCOUNT, Asked, Proof
from torg.customers.events import CustomerSignedIn
from torg.customers.model import CodePurpose, Customer, WrongCustomerPassword
from torg.customers.register import register_by_email
from torg.kernel.access import (
    ActorKind,
    Device,
    Opened,
    Policy,
    devices,
    open_session,
    passwords,
    throttle,
)
from torg.kernel.database import Database, Transaction


class CustomerSession(Struct, frozen=True):
    """A customer who has just signed in."""

    customer: Customer
    opened: Opened


async def ask_for_code(
    database: Database, policy: Policy, email: str, *, language: str, device: Device
) -> Asked:
    """Mail a code to sign in with; whoever reads the address may, whether or not she has an account already."""
    return await codes.ask(
        database, policy, rules.email(email), CodePurpose.sign_in, language=language, device=device
    )


async def with_code(
    database: Database, policy: Policy, proof: Proof, *, language: str, channel: str | None, device: Device
) -> CustomerSession:
    """Sign in with a mailed code; the first time this is how an account comes into being."""
    proof = Proof(rules.email(proof.email), proof.challenge, proof.code)
    await codes.check(database, policy, proof, CodePurpose.sign_in)

    async def work(tx: Transaction) -> CustomerSession:
        await codes.use(tx, proof)
        customer = await register_by_email(
            tx, proof.email, language=language, channel=channel, verified_at=tx.now
        )
        return await _opened(tx, policy, customer, proof.email, "code", channel, device)

    return await database.run(work, actor="visitor")


async def with_password(
    database: Database, policy: Policy, email: str, password: str, *, channel: str | None, device: Device
) -> CustomerSession:
    """Sign in by password; the same refusal, as slow, for an unknown address, no password and a wrong one."""
    address = rules.email(email)
    counters = devices.counters(policy, ACCOUNT + address, device=device.mark, address=device.address)
    await throttle.take(database, counters)
    customer_id, stored = await database.read(lambda tx: _stored(tx, address))
    verdict = await passwords.verify(stored, password)
    if not (customer_id and stored and verdict.fits):
        raise WrongCustomerPassword()
    await throttle.give_back(database, counters)
    known, compared = customer_id, stored

    async def work(tx: Transaction) -> CustomerSession:
        customer = await store.lock(tx, known)
        unchanged = await store.renew_password(tx, known, compared, verdict.renewed)
        if customer is None or customer.email != address or not unchanged:
            raise WrongCustomerPassword()
        return await _opened(tx, policy, customer, address, "password", channel, device)

    return await database.run(work, actor="visitor")


async def _stored(tx: Transaction, email: str) -> tuple[UUID | None, str | None]:
    customer_id = await store.claimant(tx, email)
    # The second question is asked of nobody, too: the answer to a stranger must not come sooner.
    return customer_id, await store.password(tx, customer_id or UUID(int=0))


async def _opened(
    tx: Transaction,
    policy: Policy,
    customer: Customer,
    email: str,
    by: str,
    channel: str | None,
    device: Device,
) -> CustomerSession:
    opened = await open_session(tx, policy, ActorKind.customer, customer.customer_id, device)
    mark = devices.mark(policy, ACCOUNT + email, device.mark, uuid4().hex)
    tx.record(CustomerSignedIn(customer_id=customer.customer_id, by=by, channel=channel))
    return CustomerSession(customer, Opened(opened.session, opened.token, mark))
