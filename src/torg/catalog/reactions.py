"""What the catalogue does when categories and attributes get other names: the products are found by the new ones;
and when products change: their words are learned, so that somebody who mistypes them is understood.

This is eventual, unlike a product's own change, because one word may stand on a hundred thousand products. It works
through them in portions within the transaction of its cursor, so an interrupted run begins anew. Learning follows the
feed from its start, and brings on its way up to date what an older Torg has indexed otherwise.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from torg.catalog.events import AttributeChanged, CategoryChanged, ProductChanged, ProductCreated
from torg.catalog.faces import faces_of, words_in
from torg.catalog.keep import vocabulary
from torg.catalog.rules import Vocabulary
from torg.catalog.store import finding, products, projections
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription

AT_ONCE: Final = 500

Portion = Callable[[Transaction, str, UUID, int], Awaitable[list[UUID]]]


async def _find_by_new_words(tx: Transaction, happened: Sequence[Recorded]) -> None:
    words = await vocabulary(tx)
    events = [recorded.event for recorded in happened]
    attributes = {event.code for event in events if isinstance(event, AttributeChanged)}
    for code in sorted(attributes & words.attributes.keys()):
        await _show_all(tx, words, projections.showing_attribute, code)
    categories = {event.code for event in events if isinstance(event, CategoryChanged)}
    for code in sorted(categories & words.categories.keys()):
        await _show_all(tx, words, projections.showing_category, words.categories[code].path)


async def _show_all(tx: Transaction, words: Vocabulary, showing: Portion, what: str) -> None:
    last = UUID(int=0)
    while ids := await showing(tx, what, last, AT_ONCE):
        await _show(tx, words, ids)
        last = ids[-1]


async def _show(tx: Transaction, words: Vocabulary, ids: Sequence[UUID]) -> None:
    found = (await products.load(tx, ids)).values()
    await projections.show(tx, [face for product in found for face in faces_of(product, words)])
    learned: dict[tuple[str, str], int] = {}
    for product in found:
        for word, place in words_in(product, words).items():
            learned[word] = min(place, learned.get(word, place))
    await finding.learn(tx, learned)


async def _learn(tx: Transaction, happened: Sequence[Recorded]) -> None:
    words = await vocabulary(tx)
    events = [recorded.event for recorded in happened]
    ids = sorted({event.product_id for event in events if isinstance(event, ProductCreated | ProductChanged)})
    for place in range(0, len(ids), AT_ONCE):
        await _show(tx, words, ids[place : place + AT_ONCE])


SUBSCRIPTIONS: Final = (
    Subscription("catalog.found_by_new_words", (AttributeChanged, CategoryChanged), _find_by_new_words),
    Subscription("catalog.learn_names", (ProductCreated, ProductChanged), _learn),
)
