"""`/metrics`: what the processes counted, and what stands in the database at this moment.

Tells business volumes, so it answers only who calls directly from inside the network, and those who may read jobs:
what came through a proxy, of ours or not, may have come from anywhere.
"""

from ipaddress import ip_address, ip_network
from typing import Any

from litestar import Request, Response, get
from msgspec import Struct
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from torg.kernel.database import Transaction
from torg.kernel.identity import identify
from torg.kernel.telemetry.metrics import exposition
from torg.kernel.telemetry.requests import ADDRESS
from torg.permissions import Permission

PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
TEXT = "text/plain; version=0.0.4; charset=utf-8"

# The outbox is counted only so far: a long one is a fault whatever its length.
STANDING = """
SELECT 'torg_outbox_waiting' AS name, '' AS label, (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) o) AS value
UNION ALL
SELECT 'torg_outbox_age_seconds', '', coalesce(extract(epoch FROM %(now)s - (
    SELECT at FROM outbox ORDER BY id LIMIT 1
))::bigint, 0)
UNION ALL
SELECT 'torg_feed_position', '', position FROM feed_head
UNION ALL
SELECT 'torg_subscription_behind', s.name, h.position - s.position FROM subscriptions s, feed_head h
UNION ALL
SELECT 'torg_parked_events', s.name, (SELECT count(*) FROM parked_events p WHERE p.subscription = s.name)
FROM subscriptions s
UNION ALL
SELECT 'torg_jobs', status::text, count(*) FROM procrastinate_jobs GROUP BY status
UNION ALL
SELECT 'torg_webhook_endpoints', state, count(*) FROM webhook_endpoints GROUP BY state
UNION ALL
SELECT 'torg_webhook_deliveries_waiting', '', count(*) FROM webhook_deliveries WHERE state = 'waiting'
"""

HELP = {
    "torg_outbox_waiting": ("Events that the relay has not moved yet (counted up to 100000).", None),
    "torg_outbox_age_seconds": ("Age of the oldest of them.", None),
    "torg_feed_position": ("The last position of the feed.", None),
    "torg_subscription_behind": ("How far a subscription is behind the feed.", "subscription"),
    "torg_parked_events": ("Events that a subscription could not handle.", "subscription"),
    "torg_jobs": ("Jobs by state.", "state"),
    "torg_webhook_endpoints": ("Webhook endpoints by state.", "state"),
    "torg_webhook_deliveries_waiting": ("Deliveries that wait for their first or next call.", None),
}


class Number(Struct, frozen=True):
    """One value of one gauge."""

    name: str
    label: str
    value: int


async def standing(tx: Transaction) -> bytes:
    """The gauges that are read from the database."""
    registry = CollectorRegistry()
    gauges = {
        name: Gauge(name, text, [label] if label else [], registry=registry)
        for name, (text, label) in HELP.items()
    }
    for number in await tx.all(Number, STANDING, now=tx.now):
        gauge = gauges[number.name]
        (gauge.labels(number.label) if HELP[number.name][1] else gauge).set(number.value)
    return generate_latest(registry)


def _inside(address: str) -> bool:
    """Whether a caller is on this machine or in a private network; what cannot be read is outside."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_loopback or found.is_link_local or any(found in net for net in PRIVATE)


@get("/metrics", media_type=TEXT, include_in_schema=False, opt={"permission": Permission.jobs_read})
async def show(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What Prometheus reads."""
    direct = "x-forwarded-for" not in request.headers and "forwarded" not in request.headers
    if not direct or not _inside(str(request.scope.get(ADDRESS, ""))):
        (await identify(request)).must(Permission.jobs_read)
    gauges = await request.app.state.database.read(standing)
    return Response(exposition() + gauges, media_type=TEXT)


ROUTES = [show]
