"""What a customer likes is remembered in one place and counts in every channel."""

from collections.abc import Mapping
from uuid import UUID

from torg.customers import rules, store
from torg.customers.change import locked
from torg.customers.events import CustomerChanged
from torg.customers.model import Preference, PreferenceName
from torg.kernel.access import Actor
from torg.kernel.database import Transaction


async def preferences_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> list[Preference]:
    """What she likes, by name."""
    rules.require_reader(by, customer_id)
    return await store.preferences(tx, customer_id)


async def set_preferences(
    tx: Transaction,
    customer_id: UUID,
    wishes: Mapping[PreferenceName, str | None],
    *,
    channel: str | None,
    by: Actor,
) -> list[Preference]:
    """Remember these wishes, and forget those that are None; the others stay."""
    rules.require_writer(by, customer_id)
    customer = await locked(tx, customer_id, None)
    for name, value in wishes.items():
        if value is None:
            await store.drop_preference(tx, customer_id, name)
        else:
            await store.set_preference(tx, customer_id, name, value, channel)
    tx.record(CustomerChanged(customer_id=customer_id, what="preferences", version=customer.version))
    return await store.preferences(tx, customer_id)
