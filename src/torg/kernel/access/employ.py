"""A member of staff who can sign in at once: the first administrator, and the people of the practice retailer."""

from torg.kernel import audit, ids
from torg.kernel.access import email_address, rules, store
from torg.kernel.access.events import StaffJoined
from torg.kernel.access.manage_staff import Invitation
from torg.kernel.access.model import STAFF_READ, Actor, EmailTaken, Staff, StaffState
from torg.kernel.database import Transaction


async def employ(tx: Transaction, wish: Invitation, password_hash: str, *, by: Actor) -> Staff:
    """Somebody whose password is set by who stands at the machine, without a mail; the rules on rights are the same."""
    assignments = rules.tidy(wish.assignments)
    rules.require_over(by, assignments, await store.roles(tx))
    staff = Staff(
        id=ids.new_id(),
        email=email_address.normalise(wish.email),
        name=wish.name.strip(),
        language=wish.language,
        state=StaffState.active,
        version=1,
        created_at=tx.now,
        assignments=assignments,
    )
    if not await store.add(tx, staff, password_hash):
        raise EmailTaken(email=staff.email)
    await audit.write(tx, by, "staff.employed", staff.public_id, roles=list(assignments))
    tx.record(StaffJoined(staff_id=staff.id))
    return staff


async def known_addresses(tx: Transaction, *, by: Actor) -> set[str]:
    """The e-mail addresses of all staff, for filling a house twice without doubling anybody."""
    by.must(STAFF_READ)
    return await store.emails(tx)
