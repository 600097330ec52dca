"""Webhooks for staff and programs: endpoints, secrets, what was sent, and sending it again."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter

from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Calling, Cursor, FromPath, Limit, Page, read, write
from torg.kernel.webhooks import deliveries, endpoints, views
from torg.kernel.webhooks.endpoints import Door
from torg.kernel.webhooks.model import DeliveryState
from torg.permissions import Permission

TAGS = ["webhooks"]

View = views.WebhookEndpointView
InState = Annotated[
    DeliveryState | None, QueryParameter(name="state", description="Only deliveries in this state.")
]


def _id(text: str) -> UUID:
    return ids.parse("whk", text)


def _door(call: Calling) -> Door:
    return call.ports.get(Door)


@read("/webhooks", permission=Permission.webhooks_read, summary="Webhook endpoints", tags=TAGS)
async def list_endpoints(call: Call) -> views.WebhookEndpointsView:
    found = await call.read(lambda tx: endpoints.list_endpoints(tx, by=call.actor))
    return views.WebhookEndpointsView([View.of(endpoint) for endpoint in found])


@write(
    "POST",
    "/webhooks",
    permission=Permission.webhooks_write,
    summary="Have events pushed to a URL; the answer shows the signing secret, this once",
    tags=TAGS,
    status=201,
)
async def create(call: Call, data: Body[views.NewWebhookEndpoint]) -> Response[views.WebhookSecretView]:
    return await call.write(
        lambda tx: endpoints.create(
            tx, _door(call), url=data.url, description=data.description, types=data.types, by=call.actor
        ),
        view=views.WebhookSecretView.of,
    )


@read(
    "/webhooks/{endpoint_id:str}",
    permission=Permission.webhooks_read,
    summary="One webhook endpoint",
    tags=TAGS,
)
async def load(call: Call, endpoint_id: FromPath[str]) -> View:
    return View.of(await call.read(lambda tx: endpoints.load(tx, _id(endpoint_id), by=call.actor)))


@write(
    "PATCH",
    "/webhooks/{endpoint_id:str}",
    permission=Permission.webhooks_write,
    summary="Change where events go, or which",
    tags=TAGS,
)
async def change(
    call: Call, endpoint_id: FromPath[str], data: Body[views.ChangedWebhookEndpoint]
) -> Response[View]:
    return await call.write(
        lambda tx: endpoints.change(
            tx,
            _door(call),
            _id(endpoint_id),
            url=data.url,
            description=data.description,
            types=data.types,
            version=data.version,
            by=call.actor,
        ),
        view=View.of,
    )


@write(
    "DELETE",
    "/webhooks/{endpoint_id:str}",
    permission=Permission.webhooks_write,
    summary="Delete a webhook endpoint with its log",
    tags=TAGS,
    status=204,
)
async def delete(call: Call, endpoint_id: FromPath[str]) -> Response[None]:
    return await call.write(lambda tx: endpoints.delete(tx, _id(endpoint_id), by=call.actor))


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/pause",
    permission=Permission.webhooks_write,
    summary="Send nothing for the time being",
    tags=TAGS,
)
async def pause(call: Call, endpoint_id: FromPath[str]) -> Response[View]:
    return await call.write(lambda tx: endpoints.pause(tx, _id(endpoint_id), by=call.actor), view=View.of)


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/enable",
    permission=Permission.webhooks_write,
    summary="Send again to an endpoint that was paused or disabled",
    tags=TAGS,
)
async def enable(call: Call, endpoint_id: FromPath[str]) -> Response[View]:
    return await call.write(lambda tx: endpoints.enable(tx, _id(endpoint_id), by=call.actor), view=View.of)


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/rotate",
    permission=Permission.webhooks_write,
    summary="Make a new signing secret; the old one signs along for a while",
    tags=TAGS,
)
async def rotate(
    call: Call, endpoint_id: FromPath[str], data: Body[views.SecretRotation]
) -> Response[views.WebhookSecretView]:
    keep = timedelta(hours=data.keep_old_hours)
    return await call.write(
        lambda tx: endpoints.rotate(tx, _door(call), _id(endpoint_id), keep_old=keep, by=call.actor),
        view=views.WebhookSecretView.of,
    )


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/test",
    permission=Permission.webhooks_write,
    summary="Send a test event",
    tags=TAGS,
    status=202,
)
async def send_test(call: Call, endpoint_id: FromPath[str]) -> Response[views.WebhookDeliveryView]:
    return await call.write(
        lambda tx: deliveries.send_test(tx, _id(endpoint_id), by=call.actor),
        view=views.WebhookDeliveryView.of,
    )


@read(
    "/webhooks/{endpoint_id:str}/deliveries",
    permission=Permission.webhooks_read,
    summary="What was sent, newest first",
    tags=TAGS,
)
async def list_deliveries(
    call: Call, endpoint_id: FromPath[str], in_state: InState = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[views.WebhookDeliveryView]:
    (before,) = cursors.decode(cursor, tuple[UUID]) or (None,)
    found = await call.read(
        lambda tx: deliveries.list_deliveries(
            tx, _id(endpoint_id), by=call.actor, state=in_state, before=before, limit=limit + 1
        )
    )
    return Page.cut(found, limit, lambda delivery: (delivery.id,)).map(views.WebhookDeliveryView.of)


@read(
    "/webhooks/{endpoint_id:str}/deliveries/{delivery_id:str}",
    permission=Permission.webhooks_read,
    summary="One delivery: its message and every call that was made",
    tags=TAGS,
)
async def load_delivery(
    call: Call, endpoint_id: FromPath[str], delivery_id: FromPath[str]
) -> views.WebhookSentView:
    delivery = ids.parse("dlv", delivery_id)
    return views.WebhookSentView.of(
        await call.read(lambda tx: deliveries.load(tx, _id(endpoint_id), delivery, by=call.actor))
    )


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/deliveries/{delivery_id:str}/replay",
    permission=Permission.webhooks_write,
    summary="Send one event again",
    tags=TAGS,
    status=202,
)
async def replay(
    call: Call, endpoint_id: FromPath[str], delivery_id: FromPath[str]
) -> Response[views.WebhookDeliveryView]:
    delivery = ids.parse("dlv", delivery_id)
    return await call.write(
        lambda tx: deliveries.replay(tx, _id(endpoint_id), delivery, by=call.actor),
        view=views.WebhookDeliveryView.of,
    )


@write(
    "POST",
    "/webhooks/{endpoint_id:str}/replay",
    permission=Permission.webhooks_write,
    summary="Send the events of a range of the feed again",
    tags=TAGS,
    status=202,
)
async def replay_range(
    call: Call, endpoint_id: FromPath[str], data: Body[views.WebhookReplay]
) -> Response[views.WebhookReplayedView]:
    return await call.write(
        lambda tx: deliveries.replay_range(
            tx,
            _id(endpoint_id),
            after=data.after,
            until=data.until,
            delivered_too=data.delivered_too,
            by=call.actor,
        ),
        view=views.WebhookReplayedView.of,
    )


ROUTES = [
    list_endpoints,
    create,
    load,
    change,
    delete,
    pause,
    enable,
    rotate,
    send_test,
    list_deliveries,
    load_delivery,
    replay,
    replay_range,
]
