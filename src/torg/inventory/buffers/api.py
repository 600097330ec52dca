"""What a channel leaves to others, over HTTP."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory.buffers import ChannelBuffer, buffers, keep_back
from torg.kernel.http import Body, Call, FromPath, read, write
from torg.permissions import Permission

TAGS = ["stock"]


class BufferBody(Struct, forbid_unknown_fields=True):
    """How many units of every variant are left to other channels."""

    units: Annotated[int, Meta(ge=0, le=1_000_000)]
    version: (
        Annotated[
            int,
            Meta(ge=0, le=2**31 - 1, description="The version that this was decided on; 0 for a new one."),
        ]
        | None
    ) = None


@read(
    "/stock/buffers/{channel:str}",
    permission=Permission.stock_read,
    summary="What a channel leaves to others",
    tags=TAGS,
)
async def list_buffers(call: Call, channel: FromPath[str]) -> list[ChannelBuffer]:
    """At the locations that the caller may look at; a level's plan may say otherwise for its variant."""
    return await call.read(lambda tx: buffers(tx, channel, by=call.actor))


@write(
    "PUT",
    "/stock/buffers/{channel:str}/{location:str}",
    permission=Permission.stock_adjust,
    summary="Have a channel leave units to others",
    tags=TAGS,
)
async def put_buffer(
    call: Call, channel: FromPath[str], location: FromPath[str], data: Body[BufferBody]
) -> Response[ChannelBuffer]:
    """In force within a second: other channels still sell them."""
    return await call.write(
        lambda tx: keep_back(tx, channel, location, data.units, version=data.version, by=call.actor)
    )


ROUTES = [list_buffers, put_buffer]
