"""What can be promised, over HTTP: what of a page of products can be where, and when."""

from datetime import timedelta
from typing import Annotated, Final

from torg.inventory.api import TAGS
from torg.inventory.promises import look
from torg.inventory.promises.model import Asked, Promises
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Call, FromPath, MomentText, Open, QueryParameter, moment, read
from torg.kernel.ids import parse
from torg.markets import NEAR, UnknownChannel, atlas, point

AHEAD: Final = timedelta(days=365)

Variants = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=100, description="Which variants; repeat the parameter for each, or name products."
    ),
]
Products = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=20, description="All variants of which products; repeat the parameter for each."
    ),
]
Quantity = Annotated[int, QueryParameter(ge=1, le=10_000, description="How many of each are wanted.")]
Country = Annotated[
    str | None,
    QueryParameter(
        pattern="^[A-Z]{2}$", description="Where to (ISO 3166-1); by itself the market's country."
    ),
]
Region = Annotated[
    str | None, QueryParameter(max_length=20, description="The part after the hyphen of ISO 3166-2.")
]
PostalCode = Annotated[str | None, QueryParameter(max_length=20, description="Where to, within the country.")]
Near = Annotated[
    str | None,
    QueryParameter(
        pattern=NEAR,
        max_length=30,
        description="Latitude and longitude in degrees: the nearest stores come first, with their distance.",
    ),
]
Stores = Annotated[int, QueryParameter(ge=0, le=100, description="How many stores at most.")]


@read(
    "/channels/{channel:str}/availability",
    permission=Open.public,
    summary="What can be where, and when",
    tags=TAGS,
)
async def read_availability(
    call: Call,
    channel: FromPath[str],
    variants: Variants = None,
    products: Products = None,
    quantity: Quantity = 1,
    country: Country = None,
    region: Region = None,
    postal_code: PostalCode = None,
    near: Near = None,
    stores: Stores = 20,
    at: MomentText = None,
) -> Promises:
    """How many of each variant there are in all and by place, when stores have it ready and carriers bring it.

    For what is ordered now, or `at` a moment of the coming year; a moment that has passed counts as now.
    """
    known = await atlas(call.database)
    selling = known.channel(channel)
    if not selling.active:
        raise UnknownChannel(channel=channel)
    if bool(variants) == bool(products):
        raise Invalid.of(FieldProblem("variants", "one-of-two", "Name variants or products, one of the two."))
    now = call.database.clock.now()
    ordered = moment("at", at) or now
    if ordered > now + AHEAD:
        raise Invalid.of(FieldProblem("at", "out-of-range", "The number is too small or too large."))
    market = known.market(selling.market)
    asked = Asked(
        variants=[parse("var", variant) for variant in variants or ()],
        products=[parse("prd", product) for product in products or ()],
        quantity=quantity,
        country=country or market.country,
        region=region,
        postal_code=postal_code,
        near=point("near", near) if near else None,
        stores=stores,
        at=max(ordered, now),
    )
    return await call.read(lambda tx: look.promises(tx, selling, call.language, asked, by=call.actor))


ROUTES = [read_availability]
