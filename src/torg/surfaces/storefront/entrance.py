"""Into a channel's shop: which one, and in which of its languages. A closed one does not exist for customers."""

from typing import Final

from torg.customers import NOBODY, membership
from torg.kernel import i18n
from torg.kernel.http import Calling
from torg.markets import UnknownChannel, atlas
from torg.pricing import personal
from torg.promotions import here
from torg.surfaces.storefront.pictures import Pictures
from torg.surfaces.storefront.shelves import Shop

_pictures: Final = Pictures()


async def enter(call: Calling, code: str, wished: str | None) -> Shop:
    """The channel as a reader with these wishes (an Accept-Language) sees it.

    Who she is costs a statement, where a price or a promotion in lists is for somebody in particular.
    """
    known = await atlas(call.database)
    channel = known.channel(code)
    if not channel.active:
        raise UnknownChannel(channel=code)
    market = known.market(channel.market)
    language = i18n.negotiate(wished, market.languages, market.languages[0])
    asked = (await here(call.database, channel)).shelf_asks_whom
    customer = call.actor.customer_id
    buyer = NOBODY
    if customer is not None and (asked or await personal(call.database)):
        buyer = await call.read(lambda tx: membership(tx, customer))
    return Shop(known, channel, market, language, _pictures, buyer, asked and customer is not None)
