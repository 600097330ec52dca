"""The one vocabulary of rights, `resource:action`, for staff roles and API keys alike.

A role is data: a set of these words, held everywhere or only in named stores and channels. A new word is added
here, used by a use case (`by.must(Permission.orders_refund, store=…)`) and given to roles; nothing else grants.
"""

from enum import StrEnum


class Permission(StrEnum):
    """A right; `read` sees, `write` changes, other verbs name one use case that deserves its own right."""

    api_keys_read = "api-keys:read"
    api_keys_write = "api-keys:write"
    audit_read = "audit:read"
    carts_read = "carts:read"
    carts_write = "carts:write"
    catalog_read = "catalog:read"
    catalog_write = "catalog:write"
    channels_read = "channels:read"
    channels_write = "channels:write"
    credit_change = "credit:change"
    credit_issue = "credit:issue"
    credit_read = "credit:read"
    credit_spend = "credit:spend"
    customers_group = "customers:group"
    customers_read = "customers:read"
    customers_write = "customers:write"
    events_read = "events:read"
    files_write = "files:write"
    fulfilment_read = "fulfilment:read"
    fulfilment_write = "fulfilment:write"
    jobs_read = "jobs:read"
    jobs_replay = "jobs:replay"
    orders_cancel = "orders:cancel"
    orders_note = "orders:note"
    orders_overrule = "orders:overrule"
    orders_place = "orders:place"
    orders_read = "orders:read"
    orders_return = "orders:return"
    payments_capture = "payments:capture"
    payments_cash = "payments:cash"
    payments_read = "payments:read"
    payments_refund = "payments:refund"
    prices_cost = "prices:cost"
    prices_read = "prices:read"
    prices_write = "prices:write"
    staff_read = "staff:read"
    staff_write = "staff:write"
    stock_adjust = "stock:adjust"
    stock_count = "stock:count"
    stock_read = "stock:read"
    webhooks_read = "webhooks:read"
    webhooks_write = "webhooks:write"
