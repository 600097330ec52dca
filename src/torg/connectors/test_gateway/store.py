"""The gateway's books: SQL in, model out."""

from msgspec import Struct
from msgspec.structs import asdict

from torg.connectors.test_gateway.model import TestCharge
from torg.kernel.database import Transaction
from torg.payments import PaymentState

COLUMNS = """
reference, order_id, payment_id, method, state, code, currency, amount, captured, refunded, return_url, language,
released
"""
INSERT = """
INSERT INTO test_gateway_charges
    (reference, order_id, payment_id, method, state, code, currency, amount, captured, refunded, return_url, language,
     created_at)
VALUES (%(reference)s, %(order_id)s, %(payment_id)s, %(method)s, %(state)s, %(code)s, %(currency)s, %(amount)s,
        %(captured)s, %(refunded)s, %(return_url)s, %(language)s, %(now)s)
ON CONFLICT (reference) DO NOTHING
"""
FIND = f"SELECT {COLUMNS} FROM test_gateway_charges WHERE reference = %(reference)s"  # noqa: S608  # our own names
LOCK = FIND + " FOR UPDATE"
SAVE = """
UPDATE test_gateway_charges SET state = %(state)s, code = %(code)s, captured = %(captured)s, refunded = %(refunded)s,
    released = %(released)s
WHERE reference = %(reference)s
"""
SETTLE = """
UPDATE test_gateway_charges SET state = %(state)s, code = %(code)s
WHERE reference = %(reference)s AND state IN ('pending', 'needs_action')
"""
OPERATION = """
INSERT INTO test_gateway_operations (reference, key, operation, amount)
SELECT reference, %(key)s, %(operation)s, %(amount)s FROM test_gateway_charges WHERE reference = %(reference)s
ON CONFLICT DO NOTHING
"""
OPERATIONS = """
SELECT reference, key, operation, amount FROM test_gateway_operations
WHERE reference = %(reference)s ORDER BY key
"""


class Done(Struct, frozen=True):
    """Something that was done with a charge, once per key."""

    reference: str
    key: str
    operation: str
    amount: int


async def open_charge(tx: Transaction, charge: TestCharge) -> bool:
    """A new charge; False when it is in the books already."""
    return await tx.execute(INSERT, **asdict(charge), now=tx.now) == 1


async def find(tx: Transaction, reference: str, *, lock: bool = False) -> TestCharge | None:
    """The charge of a reference, or nothing."""
    return await tx.find(TestCharge, LOCK if lock else FIND, reference=reference)


def save(tx: Transaction, charge: TestCharge) -> None:
    """Keep a charge that was locked."""
    tx.send(SAVE, **asdict(charge))


async def settle(tx: Transaction, reference: str, state: PaymentState, code: str | None) -> bool:
    """Decide a charge that waits; False when it has been decided before."""
    return await tx.execute(SETTLE, reference=reference, state=state, code=code) == 1


async def do_once(tx: Transaction, done: Done) -> bool:
    """Note that something is done under a key; False when it was before, or when there is no such charge."""
    return await tx.execute(OPERATION, **asdict(done)) == 1


async def operations(tx: Transaction, reference: str) -> list[Done]:
    """Everything that was done with a charge."""
    return await tx.all(Done, OPERATIONS, reference=reference)
