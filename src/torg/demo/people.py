"""The practice retailer's staff: roles, and who can sign in; its customers stand in `named` and `customers`.

Everybody is invented, and all mail goes to `.example`, which nobody owns.
Everybody has the same password, which is printed at start: this is for practice copies alone. Filling twice changes
nothing.
"""

from collections.abc import Sequence
from typing import Final

from torg.demo.named import NAMED, keep_named
from torg.kernel.access import EVERYTHING, SYSTEM, Vocabulary, passwords
from torg.kernel.access.define_roles import keep_role
from torg.kernel.access.employ import employ, known_addresses
from torg.kernel.access.manage_staff import Invitation
from torg.kernel.access.model import Assignment, Role
from torg.kernel.database import Transaction
from torg.permissions import Permission as P

PASSWORD: Final = "torg-practice"  # noqa: S105  # printed at the start of a practice copy
READING: Final = tuple(word for word in P if word.endswith(":read"))
STORE: Final = (
    P.carts_read,
    P.carts_write,
    P.catalog_read,
    P.channels_read,
    P.credit_read,
    P.credit_spend,
    P.customers_read,
    P.customers_write,
    P.fulfilment_read,
    P.fulfilment_write,
    P.orders_place,
    P.orders_document,
    P.orders_note,
    P.orders_read,
    P.orders_return,
    P.payments_cash,
    P.payments_read,
    P.prices_read,
    P.stock_count,
    P.stock_read,
)


def _role(code: str, permissions: Sequence[str], *names: str) -> Role:
    languages = ("nb", "sv", "da", "en", "de", "ja")
    return Role(code, dict(zip(languages, names, strict=True)), tuple(sorted(permissions)))


ROLES: Final = (
    _role(
        "administrator",
        (EVERYTHING,),
        "Administrator",
        "Administratör",
        "Administrator",
        "Administrator",
        "Administrator",
        "管理者",
    ),
    _role(
        "merchandiser",
        (
            P.catalog_read,
            P.catalog_write,
            P.channels_read,
            P.content_read,
            P.content_write,
            P.files_write,
            P.prices_cost,
            P.prices_read,
            P.prices_write,
            P.stock_read,
        ),
        "Sortimentsansvarlig",
        "Sortimentsansvarig",
        "Sortimentsansvarlig",
        "Merchandiser",
        "Sortimentsmanagement",
        "商品担当",
    ),
    _role(
        "store-manager",
        (
            *STORE,
            P.orders_cancel,
            P.orders_claim,
            P.orders_overrule,
            P.orders_change,
            P.orders_price,
            P.payments_capture,
            P.payments_refund,
            P.staff_read,
            P.staff_write,
            P.stock_adjust,
        ),
        "Butikksjef",
        "Butikschef",
        "Butikschef",
        "Store manager",
        "Filialleitung",
        "店長",
    ),
    _role(
        "store-staff",
        STORE,
        "Butikkmedarbeider",
        "Butiksmedarbetare",
        "Butiksmedarbejder",
        "Store staff",
        "Verkauf",
        "店舗スタッフ",
    ),
    _role(
        "customer-service",
        (
            P.carts_read,
            P.carts_write,
            P.catalog_read,
            P.channels_read,
            P.credit_change,
            P.credit_issue,
            P.credit_read,
            P.credit_spend,
            P.customers_read,
            P.customers_write,
            P.fulfilment_read,
            P.orders_cancel,
            P.orders_claim,
            P.orders_overrule,
            P.orders_change,
            P.orders_price,
            P.orders_place,
            P.orders_document,
            P.orders_note,
            P.orders_read,
            P.orders_return,
            P.payments_read,
            P.payments_refund,
            P.prices_read,
            P.stock_read,
        ),
        "Kundeservice",
        "Kundservice",
        "Kundeservice",
        "Customer service",
        "Kundenservice",
        "カスタマーサービス",
    ),
    _role(
        "operations",
        (
            P.catalog_read,
            P.channels_read,
            P.fulfilment_read,
            P.fulfilment_write,
            P.jobs_read,
            P.jobs_replay,
            P.orders_cancel,
            P.orders_document,
            P.orders_note,
            P.orders_change,
            P.orders_price,
            P.orders_read,
            P.orders_return,
            P.payments_capture,
            P.payments_read,
            P.payments_receive,
            P.payments_terms,
            P.stock_adjust,
            P.stock_count,
            P.stock_read,
        ),
        "Drift",
        "Drift",
        "Drift",
        "Operations",
        "Betrieb",
        "オペレーション",
    ),
    _role(
        "marketer",
        (
            P.catalog_read,
            P.channels_read,
            P.customers_group,
            P.customers_read,
            P.files_write,
            P.prices_read,
        ),
        "Markedsfører",
        "Marknadsförare",
        "Marketingmedarbejder",
        "Marketer",
        "Marketing",
        "マーケティング担当",
    ),
    _role(
        "developer",
        (
            P.api_keys_read,
            P.api_keys_write,
            P.catalog_read,
            P.channels_read,
            P.events_read,
            P.jobs_read,
            P.jobs_replay,
            P.orders_read,
            P.webhooks_read,
            P.webhooks_write,
        ),
        "Utvikler",
        "Utvecklare",
        "Udvikler",
        "Developer",
        "Entwicklung",
        "開発者",
    ),
    _role(
        "auditor",
        READING,
        "Revisor (lesetilgang)",
        "Revisor (läsbehörighet)",
        "Revisor (læseadgang)",
        "Auditor (reads only)",
        "Revision (nur lesend)",
        "監査担当（閲覧のみ）",
    ),
)


def _in_store(role: str, store: str, *tills: str) -> tuple[Assignment, ...]:
    # What belongs to the store and what belongs to its till are two questions, so there are two assignments.
    return (Assignment(role, (store,)), *(Assignment(role, None, (till,)) for till in tills))


STAFF: Final = (
    Invitation("admin@torg.example", "Astrid Lund", "nb", (Assignment("administrator"),)),
    Invitation("merchandiser@torg.example", "Emma Berg", "en", (Assignment("merchandiser"),)),
    Invitation(
        "manager.oslo@torg.example", "Ingrid Dahl", "nb", _in_store("store-manager", "oslo", "till-oslo")
    ),
    Invitation("staff.oslo@torg.example", "Jonas Moe", "nb", _in_store("store-staff", "oslo", "till-oslo")),
    Invitation(
        "manager.berlin@torg.example", "Klara Vogt", "de", _in_store("store-manager", "berlin", "till-berlin")
    ),
    Invitation(
        "staff.berlin@torg.example", "Paul Krämer", "de", _in_store("store-staff", "berlin", "till-berlin")
    ),
    Invitation(
        "manager.tokyo@torg.example", "佐藤 結衣", "ja", _in_store("store-manager", "tokyo", "till-tokyo")
    ),
    Invitation("service@torg.example", "Linnea Ström", "sv", (Assignment("customer-service"),)),
    Invitation(
        "service.partner@torg.example",
        "Freja Holm",
        "da",
        (Assignment("customer-service", None, ("web-dk", "web-no", "web-se")),),
    ),
    Invitation("operations@torg.example", "Daniel Weber", "de", (Assignment("operations"),)),
    Invitation("marketer@torg.example", "Mei Tan", "en", (Assignment("marketer"),)),
    Invitation("developer@torg.example", "Noah Clarke", "en", (Assignment("developer"),)),
    Invitation("auditor@torg.example", "Ruth Adler", "en", (Assignment("auditor"),)),
)


CUSTOMER = {
    "nb": "Kunde",
    "sv": "Kund",
    "da": "Kunde",
    "en": "Customer",
    "de": "Kundin",
    "ja": "お客様",
}


async def fill(tx: Transaction) -> None:
    """Make the roles, staff and customers that are missing."""
    words = Vocabulary(frozenset(P))
    for role in ROLES:
        await keep_role(tx, role, words, by=SYSTEM)
    known = await known_addresses(tx, by=SYSTEM)
    # One hash for all: hashing is slow on purpose, and this password is no secret.
    hashed = passwords.hash_now(PASSWORD)
    for wish in STAFF:
        if wish.email not in known:
            await employ(tx, wish, hashed, by=SYSTEM)
    await keep_named(tx, hashed)


def sign_ins() -> list[tuple[str, str, str]]:
    """Role, e-mail address and password of everybody who can sign in."""
    return [(role["en"], email, password) for role, email, password in accounts_in_words()]


def accounts_in_words() -> list[tuple[dict[str, str], str, str]]:
    """As `sign_ins`, with each role's name in every language."""
    named = {role.code: role.name for role in ROLES}
    told = []
    for wish in STAFF:
        first = wish.assignments[0]
        where = first.stores or first.channels
        place = f" ({', '.join(where)})" if where else ""
        told.append(
            ({language: name + place for language, name in named[first.role].items()}, wish.email, PASSWORD)
        )
    return [*told, (CUSTOMER, NAMED[0].email, PASSWORD)]
