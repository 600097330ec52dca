"""Gift cards and store credit: what we owe to whoever holds a card, or to a customer.

A double-entry ledger by account. Promises that a balance never falls below nothing and is always what its entries add
up to; that a code cannot be read out of the database; and that a card which was bought is issued once.
"""

from torg.payments.credit.change import withdraw
from torg.payments.credit.events import (
    CreditAdjusted,
    CreditBlocked,
    CreditEvent,
    CreditExpired,
    CreditIssued,
    CreditMoved,
    CreditRedeemed,
    CreditRestored,
    CreditUnblocked,
    CreditWithdrawn,
)
from torg.payments.credit.issue import Sold, issue_sold
from torg.payments.credit.letters import Recipient
from torg.payments.credit.model import (
    CodeMistyped,
    CreditAccount,
    CreditBuysNoCredit,
    CreditDifference,
    CreditKind,
    CreditNotUsable,
    CreditOtherCurrency,
    CreditState,
    CreditTooLow,
    CreditUsed,
    NoCustomerForCredit,
    Sum,
    UnknownGiftCard,
)
from torg.payments.credit.recognise import recognise
from torg.payments.credit.see import books, verify
from torg.payments.credit.take_back import take_back_sold

__all__ = [
    "CodeMistyped",
    "CreditAccount",
    "CreditAdjusted",
    "CreditBlocked",
    "CreditBuysNoCredit",
    "CreditDifference",
    "CreditEvent",
    "CreditExpired",
    "CreditIssued",
    "CreditKind",
    "CreditMoved",
    "CreditNotUsable",
    "CreditOtherCurrency",
    "CreditRedeemed",
    "CreditRestored",
    "CreditState",
    "CreditTooLow",
    "CreditUnblocked",
    "CreditUsed",
    "CreditWithdrawn",
    "NoCustomerForCredit",
    "Recipient",
    "Sold",
    "Sum",
    "UnknownGiftCard",
    "books",
    "issue_sold",
    "recognise",
    "take_back_sold",
    "verify",
    "withdraw",
]
