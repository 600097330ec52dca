# ruff: noqa: S105, S608  # the statements are composed of constants of this module, and are no secrets
"""Customers in the database; the only file with their SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict
from psycopg.types.json import Jsonb

from torg.customers import rules
from torg.customers.addresses import Address
from torg.customers.model import CodePurpose, Consent, Customer, Preference, PreferenceName, SavedAddress
from torg.kernel.database import Transaction

COLUMNS = """
customer_id, email, email_verified_at, given_name, family_name, phone, company, vat_number, org_number, language,
registered_in, registered_at, source, number, version
"""
FIND = f"SELECT {COLUMNS} FROM customers WHERE customer_id = %(customer_id)s"
LOCK = f"SELECT {COLUMNS} FROM customers WHERE customer_id = %(customer_id)s FOR UPDATE"
FIND_SOME = f"SELECT {COLUMNS} FROM customers WHERE customer_id = ANY (%(customer_ids)s)"
SEARCH = f"""
SELECT {COLUMNS} FROM customers
WHERE (%(query)s::text IS NULL OR search @@ %(query)s::tsquery)
  AND (%(before)s::uuid IS NULL OR customer_id < %(before)s)
ORDER BY customer_id DESC LIMIT %(limit)s
"""
INSERT = """
INSERT INTO customers (customer_id, email, email_verified_at, given_name, family_name, phone, company, vat_number,
                       org_number, language, registered_in, registered_at, words)
VALUES (%(customer_id)s, %(email)s, %(email_verified_at)s, %(given_name)s, %(family_name)s, %(phone)s, %(company)s,
        %(vat_number)s, %(org_number)s, %(language)s, %(registered_in)s, %(registered_at)s, %(words)s)
"""
INSERT_MANY = """
INSERT INTO customers (customer_id, email, email_verified_at, given_name, family_name, phone, company, vat_number,
                       org_number, language, registered_in, registered_at, source, number, words)
SELECT customer_id, email, email_verified_at, given_name, family_name, phone, company, vat_number, org_number, language,
       registered_in, registered_at, source, number, words
FROM jsonb_to_recordset(%(customers)s) AS c (
    customer_id uuid, email text, email_verified_at timestamptz, given_name text, family_name text, phone text,
    company text, vat_number text, org_number text, language text, registered_in text, registered_at timestamptz,
    source text, number text, words text[])
ON CONFLICT (customer_id) DO NOTHING
RETURNING customer_id
"""
CLAIM_EMAILS = """
INSERT INTO email_claims (email, customer_id)
SELECT email, customer_id FROM unnest(%(emails)s::text[], %(ids)s::uuid[]) AS c (email, customer_id) ORDER BY email
ON CONFLICT (email) DO NOTHING
"""
EMAILS_TAKEN = """
SELECT w.email FROM unnest(%(emails)s::text[], %(ids)s::uuid[]) AS w (email, customer_id)
WHERE NOT EXISTS (SELECT FROM email_claims c WHERE c.email = w.email AND c.customer_id = w.customer_id)
"""
INSERT_ADDRESSES = """
INSERT INTO customer_addresses (customer_id, id, label, address, default_delivery, default_billing)
SELECT b.customer_id, a.id, a.label, a.address, a.default_delivery, a.default_billing
FROM jsonb_to_recordset(%(books)s) AS b (customer_id uuid, addresses jsonb)
CROSS JOIN jsonb_to_recordset(b.addresses) AS a (
    id uuid, label text, address jsonb, default_delivery boolean, default_billing boolean)
"""
INSERT_PREFERENCES = """
INSERT INTO customer_preferences (customer_id, name, value, set_at, set_in)
SELECT c.customer_id, p.name, p.value, p.set_at, p.set_in
FROM jsonb_to_recordset(%(wishes)s) AS c (customer_id uuid, preferences jsonb)
CROSS JOIN jsonb_to_recordset(c.preferences) AS p (name text, value text, set_at timestamptz, set_in text)
"""
UPDATE = """
UPDATE customers SET email = %(email)s, email_verified_at = %(email_verified_at)s, given_name = %(given_name)s,
  family_name = %(family_name)s, phone = %(phone)s, company = %(company)s, vat_number = %(vat_number)s,
  org_number = %(org_number)s, language = %(language)s, words = %(words)s, version = version + 1
WHERE customer_id = %(customer_id)s AND version = %(version)s
"""

CLAIM_EMAIL = """
INSERT INTO email_claims (email, customer_id) VALUES (%(email)s, %(customer_id)s) ON CONFLICT (email) DO NOTHING
"""
RELEASE_EMAIL = "DELETE FROM email_claims WHERE email = %(email)s AND customer_id = %(customer_id)s"
CLAIMANT = "SELECT customer_id FROM email_claims WHERE email = %(email)s"

PASSWORD = "SELECT password_hash FROM customer_passwords WHERE customer_id = %(customer_id)s"
SET_PASSWORD = """
INSERT INTO customer_passwords (customer_id, password_hash, changed_at)
VALUES (%(customer_id)s, %(password_hash)s, %(at)s)
ON CONFLICT (customer_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at
"""
RENEW_PASSWORD = """
UPDATE customer_passwords SET password_hash = coalesce(%(renewed)s, password_hash)
WHERE customer_id = %(customer_id)s AND password_hash = %(password_hash)s
"""

INSERT_CODE = """
INSERT INTO email_codes (email, challenge_hash, purpose, code_seal, tries_left, expires_at)
VALUES (%(email)s, %(challenge_hash)s, %(purpose)s, %(code_seal)s, %(tries)s, %(expires_at)s)
"""
TRY_CODE = """
UPDATE email_codes SET tries_left = tries_left - 1
WHERE email = %(email)s AND challenge_hash = %(challenge_hash)s AND purpose = %(purpose)s AND tries_left > 0
  AND expires_at > %(at)s
RETURNING code_seal
"""
USE_CODE = "DELETE FROM email_codes WHERE email = %(email)s AND challenge_hash = %(challenge_hash)s"
SWEEP_CODES = "DELETE FROM email_codes WHERE expires_at <= %(at)s"

ADDRESS_COLUMNS = "id, address, label, default_delivery, default_billing, version"
ADDRESSES = (
    f"SELECT {ADDRESS_COLUMNS} FROM customer_addresses WHERE customer_id = %(customer_id)s ORDER BY id"
)
FIND_ADDRESS = f"""
SELECT {ADDRESS_COLUMNS} FROM customer_addresses WHERE customer_id = %(customer_id)s AND id = %(id)s FOR UPDATE
"""
INSERT_ADDRESS = """
INSERT INTO customer_addresses (customer_id, id, label, address, default_delivery, default_billing)
VALUES (%(customer_id)s, %(id)s, %(label)s, %(address)s, %(default_delivery)s, %(default_billing)s)
"""
UPDATE_ADDRESS = """
UPDATE customer_addresses SET label = %(label)s, address = %(address)s, default_delivery = %(default_delivery)s,
  default_billing = %(default_billing)s, version = version + 1
WHERE customer_id = %(customer_id)s AND id = %(id)s AND version = %(version)s
"""
DELETE_ADDRESS = "DELETE FROM customer_addresses WHERE customer_id = %(customer_id)s AND id = %(id)s"
NO_OTHER_DELIVERY = """
UPDATE customer_addresses SET default_delivery = false
WHERE customer_id = %(customer_id)s AND id <> %(id)s AND default_delivery
"""
NO_OTHER_BILLING = """
UPDATE customer_addresses SET default_billing = false
WHERE customer_id = %(customer_id)s AND id <> %(id)s AND default_billing
"""

PREFERENCES = """
SELECT name, value, set_at, set_in FROM customer_preferences WHERE customer_id = %(customer_id)s ORDER BY name
"""
SET_PREFERENCE = """
INSERT INTO customer_preferences (customer_id, name, value, set_at, set_in)
VALUES (%(customer_id)s, %(name)s, %(value)s, %(at)s, %(set_in)s)
ON CONFLICT (customer_id, name) DO UPDATE
SET value = excluded.value, set_at = excluded.set_at, set_in = excluded.set_in
"""
CONSENTS = """
SELECT id, purpose, given, wording, language, said_in, actor, at FROM customer_consents
WHERE customer_id = %(customer_id)s ORDER BY id DESC LIMIT %(most)s
"""
ADD_CONSENT = """
INSERT INTO customer_consents (customer_id, id, purpose, given, wording, language, said_in, actor, at)
VALUES (%(customer_id)s, %(id)s, %(purpose)s, %(given)s, %(wording)s, %(language)s, %(said_in)s, %(actor)s, %(at)s)
"""
DROP_PREFERENCE = "DELETE FROM customer_preferences WHERE customer_id = %(customer_id)s AND name = %(name)s"


class Credentials(Struct):
    """What signing in by password compares with; never leaves this package."""

    customer_id: UUID
    password_hash: str | None


async def find(tx: Transaction, customer_id: UUID) -> Customer | None:
    return await tx.find(Customer, FIND, customer_id=customer_id)


async def find_some(tx: Transaction, customer_ids: Sequence[UUID]) -> list[Customer]:
    return await tx.all(Customer, FIND_SOME, customer_ids=list(customer_ids))


async def lock(tx: Transaction, customer_id: UUID) -> Customer | None:
    return await tx.find(Customer, LOCK, customer_id=customer_id)


async def search(tx: Transaction, query: str | None, before: UUID | None, limit: int) -> list[Customer]:
    return await tx.all(Customer, SEARCH, query=query, before=before, limit=limit)


def row(customer: Customer) -> dict[str, object]:
    """The customer as parameters of `INSERT` and `UPDATE`."""
    fields = {name: getattr(customer, name) for name in customer.__struct_fields__}
    return {**fields, "words": rules.words(customer)}


async def add(tx: Transaction, customer: Customer) -> None:
    await tx.execute(INSERT, **row(customer))


async def add_many(tx: Transaction, customers: Sequence[Customer]) -> list[UUID]:
    """Add customers who are not there yet; which they are."""
    if not customers:
        return []
    return await tx.all(UUID, INSERT_MANY, customers=Jsonb([row(customer) for customer in customers]))


async def claim_emails(tx: Transaction, customers: Sequence[Customer]) -> list[str]:
    """Take the e-mail addresses of customers; those that somebody else has."""
    claims = {c.email: c.customer_id for c in customers if c.email}
    wanted = {"emails": list(claims), "ids": list(claims.values())}
    await tx.execute(CLAIM_EMAILS, **wanted)
    asked = [c for c in customers if c.email]
    return await tx.all(
        str, EMAILS_TAKEN, emails=[c.email for c in asked], ids=[c.customer_id for c in asked]
    )


async def write_addresses(tx: Transaction, books: Mapping[UUID, Sequence[SavedAddress]]) -> None:
    """The address books of customers who had none."""
    rows = [
        {
            "customer_id": customer_id,
            "addresses": [{**asdict(saved), "address": _plain(saved.address)} for saved in book],
        }
        for customer_id, book in books.items()
        if book
    ]
    if rows:
        await tx.execute(INSERT_ADDRESSES, books=Jsonb(rows))


async def write_preferences(tx: Transaction, wishes: Mapping[UUID, Sequence[Preference]]) -> None:
    """What customers like who had said nothing."""
    rows = [{"customer_id": customer_id, "preferences": said} for customer_id, said in wishes.items() if said]
    if rows:
        await tx.execute(INSERT_PREFERENCES, wishes=Jsonb(rows))


async def save(tx: Transaction, customer: Customer) -> bool:
    """Whether nobody was faster."""
    return bool(await tx.execute(UPDATE, **row(customer)))


async def claim_email(tx: Transaction, email: str, customer_id: UUID) -> bool:
    """Whether the address was free; waits for another claim of it that is under way."""
    return bool(await tx.execute(CLAIM_EMAIL, email=email, customer_id=customer_id))


async def release_email(tx: Transaction, email: str, customer_id: UUID) -> None:
    await tx.execute(RELEASE_EMAIL, email=email, customer_id=customer_id)


async def claimant(tx: Transaction, email: str) -> UUID | None:
    return await tx.find(UUID, CLAIMANT, email=email)


async def password(tx: Transaction, customer_id: UUID) -> str | None:
    return await tx.find(str, PASSWORD, customer_id=customer_id)


async def set_password(tx: Transaction, customer_id: UUID, password_hash: str) -> None:
    await tx.execute(SET_PASSWORD, customer_id=customer_id, password_hash=password_hash, at=tx.now)


async def renew_password(tx: Transaction, customer_id: UUID, password_hash: str, renewed: str | None) -> bool:
    """Whether the password is still the one that was compared."""
    return bool(
        await tx.execute(
            RENEW_PASSWORD, customer_id=customer_id, password_hash=password_hash, renewed=renewed
        )
    )


async def add_code(
    tx: Transaction,
    email: str,
    challenge_hash: bytes,
    purpose: CodePurpose,
    code_seal: str,
    *,
    tries: int,
    expires_at: datetime,
) -> None:
    await tx.execute(
        INSERT_CODE,
        email=email,
        challenge_hash=challenge_hash,
        purpose=purpose,
        code_seal=code_seal,
        tries=tries,
        expires_at=expires_at,
    )


async def try_code(tx: Transaction, email: str, challenge_hash: bytes, purpose: CodePurpose) -> str | None:
    """The seal of the code, for one try less; nothing when there is none, or no try is left."""
    return await tx.find(
        str, TRY_CODE, email=email, challenge_hash=challenge_hash, purpose=purpose, at=tx.now
    )


async def use_code(tx: Transaction, email: str, challenge_hash: bytes) -> bool:
    """Whether this is the one use of it."""
    return bool(await tx.execute(USE_CODE, email=email, challenge_hash=challenge_hash))


async def sweep_codes(tx: Transaction) -> int:
    return await tx.execute(SWEEP_CODES, at=tx.now)


async def addresses(tx: Transaction, customer_id: UUID) -> list[SavedAddress]:
    return await tx.all(SavedAddress, ADDRESSES, customer_id=customer_id)


async def lock_address(tx: Transaction, customer_id: UUID, id: UUID) -> SavedAddress | None:
    return await tx.find(SavedAddress, FIND_ADDRESS, customer_id=customer_id, id=id)


async def write_address(tx: Transaction, customer_id: UUID, saved: SavedAddress, *, new: bool) -> bool:
    """Add or change an address; what is default now is so alone. Whether nobody was faster."""
    if saved.default_delivery:
        await tx.execute(NO_OTHER_DELIVERY, customer_id=customer_id, id=saved.id)
    if saved.default_billing:
        await tx.execute(NO_OTHER_BILLING, customer_id=customer_id, id=saved.id)
    fields = {name: getattr(saved, name) for name in saved.__struct_fields__ if name != "address"}
    address = Jsonb(_plain(saved.address))
    statement = INSERT_ADDRESS if new else UPDATE_ADDRESS
    return bool(await tx.execute(statement, customer_id=customer_id, address=address, **fields))


async def delete_address(tx: Transaction, customer_id: UUID, id: UUID) -> bool:
    return bool(await tx.execute(DELETE_ADDRESS, customer_id=customer_id, id=id))


async def preferences(tx: Transaction, customer_id: UUID) -> list[Preference]:
    return await tx.all(Preference, PREFERENCES, customer_id=customer_id)


async def set_preference(
    tx: Transaction, customer_id: UUID, name: PreferenceName, value: str, set_in: str | None
) -> None:
    await tx.execute(
        SET_PREFERENCE, customer_id=customer_id, name=name, value=value, set_in=set_in, at=tx.now
    )


async def drop_preference(tx: Transaction, customer_id: UUID, name: PreferenceName) -> None:
    await tx.execute(DROP_PREFERENCE, customer_id=customer_id, name=name)


def _plain(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in address.__struct_fields__ if getattr(address, name)}


async def consents(tx: Transaction, customer_id: UUID, most: int) -> list[Consent]:
    return await tx.all(Consent, CONSENTS, customer_id=customer_id, most=most)


async def add_consent(tx: Transaction, customer_id: UUID, one: Consent) -> None:
    await tx.execute(ADD_CONSENT, customer_id=customer_id, **asdict(one))
