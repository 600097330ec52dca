"""Buying on invoice: what companies may owe, what they owe, and what their banks have sent.

Promises that a company never owes and orders more than its limit, however many of its people buy at once; that an
entry of the bank counts once; and that an account is what its debts and its entries add up to.
"""

from torg.payments.invoices.events import InvoiceBilled, InvoiceEvent, InvoiceOverdue, InvoicePaid
from torg.payments.invoices.keep_terms import put_terms as put_invoice_terms
from torg.payments.invoices.model import (
    BankEntry,
    Bill,
    CreditLimitReached,
    Debt,
    InvoiceAccount,
    InvoiceNotOffered,
    InvoiceTerms,
)
from torg.payments.invoices.offer import invoice_terms
from torg.payments.invoices.receive import receive as receive_payment
from torg.payments.invoices.see import debts_of
from torg.payments.invoices.statement import read_statement
from torg.payments.invoices.verify import InvoiceDifference, verify_invoices

__all__ = [
    "BankEntry",
    "Bill",
    "CreditLimitReached",
    "Debt",
    "InvoiceAccount",
    "InvoiceBilled",
    "InvoiceDifference",
    "InvoiceEvent",
    "InvoiceNotOffered",
    "InvoiceOverdue",
    "InvoicePaid",
    "InvoiceTerms",
    "debts_of",
    "invoice_terms",
    "put_invoice_terms",
    "read_statement",
    "receive_payment",
    "verify_invoices",
]
