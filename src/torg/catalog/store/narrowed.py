# ruff: noqa: S608  # the statements are composed of constants
"""The products that a channel has shown the shortest."""

from typing import Any, Final

import msgspec

from torg.catalog.store.shelf import _CARDS, _NOW, CardRow
from torg.kernel.database import Transaction

NEWEST: Final = f"""
WITH page AS (
    (SELECT 0 AS score, a.product_id FROM assortment a
     WHERE a.scope = %(market)s AND a.live AND {_NOW}
       AND (SELECT true FROM assortment own
            WHERE own.product_id = a.product_id AND own.scope = %(channel)s) IS NULL
     ORDER BY a.product_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 0, a.product_id FROM assortment a
     WHERE a.scope = %(channel)s AND a.live AND {_NOW}
     ORDER BY a.product_id DESC LIMIT %(limit)s)
    ORDER BY product_id DESC LIMIT %(limit)s
)
{_CARDS}
"""


_cards = msgspec.json.Decoder(list[CardRow])


async def newest(tx: Transaction, **asked: Any) -> list[CardRow]:
    """The products that came last."""
    return _cards.decode(await tx.one(str, NEWEST, **asked))
