"""Payments: money that is set aside, taken and given back for an order; gift cards, store credit and invoices.

Owns payments, what companies owe, the attempts to move money through gateways, refunds, and the port that gateways
fill. Promises that no more is taken than was authorised and no more given back than was taken, that asking twice
moves money once, and that an answer which was lost is looked up. Publishes `payment.authorised`, `.captured`,
`.failed`, `.refunded`, `.refund_failed`, `.attempt_refused`, `.disputed`, `.dispute_ended`, `credit.…`, `invoice.…`.
Knows orders by their id only.
"""

from torg.payments.begin import begin
from torg.payments.books import Difference as PaymentDifference
from torg.payments.books import verify_at_gateways, verify_payments
from torg.payments.callback import hear
from torg.payments.collect import carry_out_captures, claim_captures
from torg.payments.credit import (
    CreditAccount,
    CreditBuysNoCredit,
    CreditDifference,
    CreditKind,
    CreditNotUsable,
    CreditTooLow,
    CreditUsed,
    Recipient,
    Sold,
    Sum,
    UnknownGiftCard,
    books,
    issue_sold,
    recognise,
    verify,
    withdraw,
)
from torg.payments.credit.recognise import enquire
from torg.payments.credit.see import credit_of
from torg.payments.disputes.look import disputed
from torg.payments.disputes.model import Dispute, DisputeState
from torg.payments.errands import Answer, Errand, ask, fold, record
from torg.payments.events import (
    PaymentAttemptRefused,
    PaymentAuthorisationEnding,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentDisputeEnded,
    PaymentEvent,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
)
from torg.payments.gateway import (
    Callback,
    Charge,
    FailedRefund,
    Gateway,
    Gateways,
    Instruction,
    Standing,
    must_be_known,
)
from torg.payments.invoices import (
    BankEntry,
    CreditLimitReached,
    Debt,
    InvoiceBilled,
    InvoiceNotOffered,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceTerms,
    debts_of,
    invoice_terms,
    read_statement,
    receive_payment,
    verify_invoices,
)
from torg.payments.load_history import load_history
from torg.payments.look import look_again, sweep
from torg.payments.model import (
    CallbackNotGenuine,
    Destination,
    GatewayNotOffered,
    GatewayRefused,
    GatewaySilent,
    Payment,
    PaymentBusy,
    PaymentDeclined,
    PaymentState,
    Purchase,
    Refund,
    RefundState,
    Tender,
    TenderChoice,
    TotalNotCovered,
)
from torg.payments.move import capture, carry_out, claim_capture, return_money
from torg.payments.refund_order import refund_order, refunded_under
from torg.payments.spend import let_go, take_credit
from torg.payments.store import of_order, of_orders
from torg.payments.tender import tender

__all__ = [
    "Answer",
    "BankEntry",
    "Callback",
    "CallbackNotGenuine",
    "Charge",
    "CreditAccount",
    "CreditBuysNoCredit",
    "CreditDifference",
    "CreditKind",
    "CreditLimitReached",
    "CreditNotUsable",
    "CreditTooLow",
    "CreditUsed",
    "Debt",
    "Destination",
    "Dispute",
    "DisputeState",
    "Errand",
    "FailedRefund",
    "Gateway",
    "GatewayNotOffered",
    "GatewayRefused",
    "GatewaySilent",
    "Gateways",
    "Instruction",
    "InvoiceBilled",
    "InvoiceNotOffered",
    "InvoiceOverdue",
    "InvoicePaid",
    "InvoiceTerms",
    "Payment",
    "PaymentAttemptRefused",
    "PaymentAuthorisationEnding",
    "PaymentAuthorised",
    "PaymentBusy",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentDifference",
    "PaymentDisputeEnded",
    "PaymentDisputed",
    "PaymentEvent",
    "PaymentFailed",
    "PaymentRefundFailed",
    "PaymentRefunded",
    "PaymentState",
    "Purchase",
    "Recipient",
    "Refund",
    "RefundState",
    "Sold",
    "Standing",
    "Sum",
    "Tender",
    "TenderChoice",
    "TotalNotCovered",
    "UnknownGiftCard",
    "ask",
    "begin",
    "books",
    "capture",
    "carry_out",
    "carry_out_captures",
    "claim_capture",
    "claim_captures",
    "credit_of",
    "debts_of",
    "disputed",
    "enquire",
    "fold",
    "hear",
    "invoice_terms",
    "issue_sold",
    "let_go",
    "load_history",
    "look_again",
    "must_be_known",
    "of_order",
    "of_orders",
    "read_statement",
    "receive_payment",
    "recognise",
    "record",
    "refund_order",
    "refunded_under",
    "return_money",
    "sweep",
    "take_credit",
    "tender",
    "verify",
    "verify_at_gateways",
    "verify_invoices",
    "verify_payments",
    "withdraw",
]
