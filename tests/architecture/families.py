"""Which family every table belongs to; a new table is entered here when its family has been thought about.

Reference tables are small and everywhere; the rows of an order, stock, customer or value stand together on one node,
found by the family's key; local tables stay where the relay and the jobs run. See docs/architecture.md, "Data rules".
"""

REFERENCE = """
api_keys assortment attributes categories category_slugs channel_buffers channel_locations channels code_pools
companies content_addresses content_pages content_versions customer_groups delivery_methods delivery_rates
delivery_stores delivery_zones faces files gift_card_terms
locations markets price_changes price_lists prices product_categories product_media product_slugs product_texts products
promotion_versions promotions recovery_codes return_policies role_assignments roles routing_places routing_rules
segments sellers shelves staff stores synonyms variants webhook_endpoints webhook_secrets words
""".split()

LOCAL = """
alembic_version audit_log feed feed_head import_entries imports job_failures mails parked_events periodic_runs
price_bulk_rows price_bulks price_turns reset_requests sessions sign_in_steps staff_links subscriptions unanswered
webhook_calls webhook_deliveries
""".split()

# Distributed tables, by the column that says where a row stands.
KEYS = {
    "order_id": """
        carrier_errands carts claims documents fulfilment_lines fulfilments idle_carts labels order_changes
        order_facts order_lines order_notes orders parcels payment_attempts payment_disputes payments quotes refunds
        rejections return_lines returns routings shipments shortfalls sightings withdrawals
    """,
    "bucket": "holds levels movements soft_holds",
    "customer_id": """
        customer_addresses customer_carts customer_consents customer_memberships customer_orders customer_passwords
        customer_preferences customer_segments customers points_entries saved_lists
    """,
    # the value family: the key is the claimed thing itself
    "series": "document_series",
    "email": "email_claims email_codes",
    "account_id": "credit_accounts credit_entries",
    "company_id": "debts invoice_accounts",
    "bank_reference": "bank_entries",
    "token_hash": "list_shares",
    "code_hash": "cart_codes gift_card_codes",
    "number": "order_number_claims return_numbers",
    "code": "promotion_codes",
    "promotion": "promotion_counters promotion_customers promotion_redemptions",
    "customer": "promotion_buyers",
    # a stock document with its lines is found by its own id
    "supply_id": "supplies supply_lines",
    "count_id": "count_lines counts",
    "location": "pick_up_promises routing_loads",
    "reference": "test_gateway_charges test_gateway_operations",
    "tracking": "tracking_claims",
    "prefix": "sscc_series",
    "key": "event_streams generic_carrier_bookings idempotency_keys outbox throttles",
}
KEY_OF = {table: key for key, tables in KEYS.items() for table in tables.split()}


def known() -> set[str]:
    """Every table that is entered here."""
    return {*REFERENCE, *LOCAL, *KEY_OF}
