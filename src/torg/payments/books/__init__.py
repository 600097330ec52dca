"""Whether the books of payments add up: payments with their attempts, refunds, disputes, gift cards and gateways."""

from torg.payments.books.store import Difference
from torg.payments.books.verify import verify_at_gateways, verify_payments

__all__ = ["Difference", "verify_at_gateways", "verify_payments"]
