"""What a customer agreed to: news by e-mail, by text message, by post, and suggestions from what she bought.

Nothing counts as agreed to until she says so. Each time she says something else a row is written with the words that
she was shown, in her language, when, where and by whom; rows never change, so they prove what was said.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from torg.customers import rules, store
from torg.customers.change import locked
from torg.customers.events import CustomerChanged
from torg.customers.model import Consent, Purpose
from torg.kernel import audit, i18n
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public

MOST: Final = 200


async def consents_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> list[Consent]:
    """All that she has said, the latest first, at most two hundred; the first of a purpose is what counts."""
    rules.require_reader(by, customer_id)
    return await store.consents(tx, customer_id, MOST)


async def say_consents(
    tx: Transaction,
    customer_id: UUID,
    wishes: Mapping[Purpose, bool],
    *,
    language: str,
    channel: str | None,
    by: Actor,
) -> list[Consent]:
    """Write down what she says now of these purposes; what she has said already is not written again."""
    rules.require_writer(by, customer_id)
    customer = await locked(tx, customer_id, None)
    known = present(await store.consents(tx, customer_id, MOST))
    new = [
        Consent(new_id(), purpose, given, wording(purpose, language), language, channel, str(by), tx.now)
        for purpose, given in wishes.items()
        if known.get(purpose, False) is not given
    ]
    for one in new:
        await store.add_consent(tx, customer_id, one)
        state = "consent.given" if one.given else "consent.taken-back"
        await audit.write(tx, by, state, public("cus", customer_id), purpose=one.purpose.value)
    if new:
        tx.record(CustomerChanged(customer_id=customer_id, what="consents", version=customer.version))
    return await store.consents(tx, customer_id, MOST)


def present(said: list[Consent]) -> dict[Purpose, bool]:
    """What counts now, of what was said, the latest first."""
    found: dict[Purpose, bool] = {}
    for one in said:
        found.setdefault(one.purpose, one.given)
    return found


def wording(purpose: Purpose, language: str) -> str:
    """The words that people agree to."""
    return i18n.text(language, f"consent.{purpose}")
