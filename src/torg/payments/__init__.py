"""Payments: money that is set aside, taken and given back for an order.

Owns payments, the attempts to move their money through gateways, refunds, and the port that gateways fill.
Promises that no more is taken than was authorised and no more given back than was taken, that asking twice
moves money once, and that an answer which was lost is looked up. Publishes `payment.authorised`, `.captured`,
`.failed`, `.refunded`, `.attempt_refused`. Knows orders by their id only.
"""

from torg.payments.begin import begin
from torg.payments.callback import hear
from torg.payments.collect import carry_out_captures, claim_captures
from torg.payments.errands import Answer, Errand, ask, fold, record
from torg.payments.events import (
    PaymentAttemptRefused,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
)
from torg.payments.gateway import Callback, Charge, Gateway, Gateways, Instruction, Standing
from torg.payments.load_history import load_history
from torg.payments.look import look_again, sweep
from torg.payments.model import (
    CallbackNotGenuine,
    GatewayNotOffered,
    GatewayRefused,
    GatewaySilent,
    Payment,
    PaymentBusy,
    PaymentDeclined,
    PaymentState,
    Refund,
    RefundState,
    Tender,
    TenderChoice,
)
from torg.payments.move import capture, carry_out, claim_capture, return_money
from torg.payments.store import of_order, of_orders

__all__ = [
    "Answer",
    "Callback",
    "CallbackNotGenuine",
    "Charge",
    "Errand",
    "Gateway",
    "GatewayNotOffered",
    "GatewayRefused",
    "GatewaySilent",
    "Gateways",
    "Instruction",
    "Payment",
    "PaymentAttemptRefused",
    "PaymentAuthorised",
    "PaymentBusy",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentFailed",
    "PaymentRefunded",
    "PaymentState",
    "Refund",
    "RefundState",
    "Standing",
    "Tender",
    "TenderChoice",
    "ask",
    "begin",
    "capture",
    "carry_out",
    "carry_out_captures",
    "claim_capture",
    "claim_captures",
    "fold",
    "hear",
    "load_history",
    "look_again",
    "of_order",
    "of_orders",
    "record",
    "return_money",
    "sweep",
]
