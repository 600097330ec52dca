"""Into a channel's shop: which one, and in which of its languages. A closed one does not exist for customers."""

from typing import Final

from torg.customers import NOBODY, Membership, membership
from torg.kernel import i18n
from torg.kernel.http import Calling
from torg.markets import UnknownChannel, atlas
from torg.pricing import personal
from torg.surfaces.storefront.pictures import Pictures
from torg.surfaces.storefront.shelves import Shop

_pictures: Final = Pictures()


async def enter(call: Calling, code: str, wished: str | None) -> Shop:
    """The channel as a reader with these wishes (an Accept-Language) sees it."""
    known = await atlas(call.database)
    channel = known.channel(code)
    if not channel.active:
        raise UnknownChannel(channel=code)
    market = known.market(channel.market)
    language = i18n.negotiate(wished, market.languages, market.languages[0])
    return Shop(known, channel, market, language, _pictures, await _buyer(call))


async def _buyer(call: Calling) -> Membership:
    """Who looks, as far as prices depend on it: no statement where no price is for anybody in particular."""
    customer = call.actor.customer_id
    if customer is None or not await personal(call.database):
        return NOBODY
    return await call.read(lambda tx: membership(tx, customer))
