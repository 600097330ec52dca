"""The composition root: contexts and surfaces become one application, and one worker.

Nothing is registered by being imported: what is not named here is not part of Torg.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router

from torg import carts, inventory, orders
from torg.carts import api as carts_api
from torg.carts import reactions as carts_reactions
from torg.carts import sweep as carts_sweep
from torg.carts.hands import api as carts_hands
from torg.carts.lists import api as carts_lists
from torg.carts.trying import api as carts_trying
from torg.carts.wrapping import api as carts_wrapping
from torg.catalog import api as catalog_api
from torg.catalog import reactions as catalog_reactions
from torg.connectors import generic_carrier, stripe, terminal, test_gateway, vies
from torg.content import api as content_api
from torg.customers import VatRegister
from torg.customers import api as customers_api
from torg.customers import reactions as customers_reactions
from torg.customers.memberships import api as memberships_api
from torg.customers.segments import api as segments_api
from torg.fulfilment import Carriers
from torg.fulfilment import api as fulfilment_api
from torg.fulfilment import reactions as fulfilment_reactions
from torg.fulfilment import sweep as fulfilment_sweep
from torg.fulfilment.lists import api as lists_api
from torg.fulfilment.shipments import api as shipments_api
from torg.fulfilment.tracking import api as tracking_api
from torg.inventory import api as inventory_api
from torg.inventory import sweep as inventory_sweep
from torg.inventory.buffers import api as inventory_buffers
from torg.inventory.counts import api as inventory_counts
from torg.inventory.goods_back import api as inventory_goods_back
from torg.inventory.promises import api as inventory_promises
from torg.inventory.routing import api as inventory_routing
from torg.inventory.supplies import api as inventory_supplies
from torg.kernel import assets, feed, health, openapi, problems, sweep
from torg.kernel.access import Policy, Vocabulary
from torg.kernel.access import api as access_api
from torg.kernel.access import reactions as access_reactions
from torg.kernel.database import Database
from torg.kernel.events import Subscription
from torg.kernel.files import FileStore
from torg.kernel.files import api as files_api
from torg.kernel.files import sweep as files_sweep
from torg.kernel.jobs import api as jobs_api
from torg.kernel.live import Live
from torg.kernel.mail import deliver as mail_deliver
from torg.kernel.ports import Ports
from torg.kernel.rate_limit import RateLimit
from torg.kernel.relay.parked import Subscriptions
from torg.kernel.telemetry import scrape
from torg.kernel.telemetry.requests import Requests
from torg.kernel.webhooks import api as webhooks_api
from torg.kernel.webhooks import fan_out
from torg.kernel.webhooks.endpoints import Door
from torg.markets import api as markets_api
from torg.markets import api_staff as markets_staff
from torg.orders import api as orders_api
from torg.orders import jobs as orders_jobs
from torg.orders import reactions as orders_reactions
from torg.orders.changes import api as orders_changes
from torg.orders.changes import jobs as orders_change_jobs
from torg.orders.claims import api as orders_claims
from torg.orders.claims import reactions as claims_reactions
from torg.orders.documents import api as orders_documents
from torg.orders.documents import reactions as documents_reactions
from torg.orders.exchanges import api as orders_exchanges
from torg.orders.exchanges import reactions as exchanges_reactions
from torg.orders.hub import api as orders_hub
from torg.orders.hub import reactions as hub_reactions
from torg.orders.quotes import api as orders_quotes
from torg.orders.quotes import jobs as quotes_jobs
from torg.orders.returns import api as orders_returns
from torg.orders.returns import jobs as returns_jobs
from torg.orders.returns import reactions as returns_reactions
from torg.orders.shortfalls import api as orders_shortfalls
from torg.orders.shortfalls import sweep as shortfalls_sweep
from torg.orders.withdrawals import api as orders_withdrawals
from torg.payments import Gateways
from torg.payments import api as payments_api
from torg.payments import jobs as payments_jobs
from torg.payments.credit import api as credit_api
from torg.payments.credit import api_staff as credit_staff
from torg.payments.credit import jobs as credit_jobs
from torg.payments.invoices import api as invoices_api
from torg.permissions import Permission
from torg.pricing import TaxEngines
from torg.pricing import api as pricing_api
from torg.pricing import jobs as pricing_jobs
from torg.pricing import reactions as pricing_reactions
from torg.pricing.bulk import api as pricing_bulk
from torg.promotions import api as promotions_api
from torg.promotions import reactions as promotions_reactions
from torg.settings import Settings
from torg.surfaces import api_docs, gallery, mailbox, shop, sign_in, start
from torg.surfaces.storefront import api as storefront_api
from torg.surfaces.storefront import api_content as storefront_content

MEBIBYTE = 1024 * 1024

# What the JSON API under /api/v1 is made of; each context's api.py ends with ROUTES.
API: list[Any] = [
    *access_api.ROUTES,
    *carts_api.ROUTES,
    *carts_hands.ROUTES,
    *carts_trying.ROUTES,
    *carts_lists.ROUTES,
    *carts_wrapping.ROUTES,
    *catalog_api.ROUTES,
    *content_api.ROUTES,
    *customers_api.ROUTES,
    *memberships_api.ROUTES,
    *segments_api.ROUTES,
    *feed.ROUTES,
    *files_api.ROUTES,
    *fulfilment_api.ROUTES,
    *lists_api.ROUTES,
    *shipments_api.ROUTES,
    *tracking_api.ROUTES,
    *inventory_api.ROUTES,
    *inventory_goods_back.ROUTES,
    *inventory_supplies.ROUTES,
    *inventory_buffers.ROUTES,
    *inventory_counts.ROUTES,
    *inventory_promises.ROUTES,
    *inventory_routing.ROUTES,
    *jobs_api.ROUTES,
    *markets_api.ROUTES,
    *markets_staff.ROUTES,
    *orders_api.ROUTES,
    *orders_hub.ROUTES,
    *orders_documents.ROUTES,
    *orders_exchanges.ROUTES,
    *orders_changes.ROUTES,
    *orders_quotes.ROUTES,
    *orders_shortfalls.ROUTES,
    *orders_returns.ROUTES,
    *orders_claims.ROUTES,
    *orders_withdrawals.ROUTES,
    *payments_api.ROUTES,
    *credit_api.ROUTES,
    *credit_staff.ROUTES,
    *invoices_api.ROUTES,
    *pricing_api.ROUTES,
    *pricing_bulk.ROUTES,
    *promotions_api.ROUTES,
    *storefront_api.ROUTES,
    *storefront_content.ROUTES,
    *webhooks_api.ROUTES,
]

# What stands beside it: pages, health, files.
PAGES: list[Any] = [
    *assets.ROUTES,
    *files_api.PAGES,
    *health.ROUTES,
    *scrape.ROUTES,
    *openapi.ROUTES,
    *start.ROUTES,
    *shop.ROUTES,
    *gallery.ROUTES,
    *api_docs.ROUTES,
    *mailbox.ROUTES,
    *sign_in.ROUTES,
    *test_gateway.PAGES,
]

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *catalog_reactions.SUBSCRIPTIONS,
    *carts_reactions.SUBSCRIPTIONS,
    *access_reactions.SUBSCRIPTIONS,
    *fulfilment_reactions.SUBSCRIPTIONS,
    *orders_reactions.SUBSCRIPTIONS,
    *hub_reactions.SUBSCRIPTIONS,
    *returns_reactions.SUBSCRIPTIONS,
    *claims_reactions.SUBSCRIPTIONS,
    *exchanges_reactions.SUBSCRIPTIONS,
    *documents_reactions.SUBSCRIPTIONS,
    *promotions_reactions.SUBSCRIPTIONS,
    *pricing_reactions.SUBSCRIPTIONS,
    *test_gateway.SUBSCRIPTIONS,
    *fan_out.SUBSCRIPTIONS,
)

# Modules that are imported for what they do by the clock.
BY_CLOCK = (
    access_reactions,
    carts_sweep,
    credit_jobs,
    customers_reactions,
    files_sweep,
    fulfilment_sweep,
    inventory_sweep,
    mail_deliver,
    orders_change_jobs,
    orders_jobs,
    payments_jobs,
    pricing_jobs,
    quotes_jobs,
    returns_jobs,
    shortfalls_sweep,
    sweep,
)


def session_policy(settings: Settings) -> Policy:
    """How strict access is under these settings."""
    return Policy.of(
        secret=settings.secret,
        origin=settings.origin,
        session_hours=settings.session_hours,
        tries=settings.rate_limit_sign_in,
    )


def ports(settings: Settings, database: Database) -> Ports:
    """What is plugged into Torg under these settings, on a database that is open."""
    found = Ports()
    policy = session_policy(settings)
    found.add(Policy, policy)
    found.add(Door, Door(policy.vault, allow_private=settings.webhook_allow_private))
    found.add(Subscriptions, Subscriptions(SUBSCRIPTIONS))
    found.add(Vocabulary, Vocabulary(frozenset(Permission)))
    found.add(
        Gateways,
        Gateways(
            *test_gateway.plugged_in(settings, database),
            *stripe.plugged_in(settings),
            *terminal.plugged_in(settings),
        ),
    )
    found.add(Carriers, Carriers(*generic_carrier.plugged_in(settings, database)))
    found.add(VatRegister, vies.plugged_in(settings))
    found.add(TaxEngines, TaxEngines())
    found.add(FileStore, FileStore.of(settings))
    found.add(Live, Live(database, {**inventory.TOPICS, **carts.TOPICS, **orders.TOPICS}))
    found.add(start.SignIns, start.SignIns(_sign_ins) if settings.environment == "demo" else start.SignIns())
    return found


def _sign_ins() -> list[start.SignIn]:
    from torg import demo  # here, since it is a tenth of all modules and a start need not wait for it

    return [start.SignIn(*account) for account in demo.accounts_in_words()]


def build(settings: Settings, database: Database) -> Litestar:
    """The application on a database that is already open."""
    return _application(settings, database=database)


def create(settings: Settings) -> Litestar:
    """The application of a server process, which opens the database when it starts."""
    return _application(settings, database=None)


def let_go(app: Litestar) -> None:
    """Ask to be sent no more requests, and end the answers that do not end by themselves."""
    health.drain(app)
    app.state.ports.get(Live).end()


def _application(settings: Settings, database: Database | None) -> Litestar:
    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        app.state.settings = settings
        app.state.database = database or await Database.open(
            settings.database_url, pool_size=settings.database_connections
        )
        app.state.ports = ports(settings, app.state.database)
        try:
            yield
        finally:
            await app.state.ports.get(Live).close()
            if database is None:
                await app.state.database.close()

    app = Litestar(
        route_handlers=[Router("/api/v1", route_handlers=API), *PAGES],
        lifespan=[opened],
        exception_handlers=problems.HANDLERS,
        openapi_config=openapi.CONFIG,
        request_class=problems.JsonRequest,
        request_max_body_size=MEBIBYTE,
        logging_config=None,
        debug=False,
    )
    limited = RateLimit(
        app.asgi_handler,
        visitor=settings.rate_limit_visitor,
        actor=settings.rate_limit_actor,
        cookie=session_policy(settings).cookie,
        folder=settings.data / "limits",
    )
    app.asgi_handler = Requests(limited, proxies=settings.proxies)
    return app
