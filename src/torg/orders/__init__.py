"""Orders: what was bought, by whom, at what price, and what has become of it.

Owns orders, their lines and numbers, returns, the list of all orders and each customer's own. Promises that a cart
becomes one order and is paid for once; that nothing is placed which is not paid for or promised, and no money kept for
what will not be delivered; that what was bought stays as it was called and priced then; and that nothing follows from
history, orders that another system took. Publishes `order.placed`, `.changed`, `.change_waiting`, `.change_lapsed`,
`.lapsed`, `.cancelled`, `.delivered`.
"""

from torg.orders.balance import Balance, GivenBack, LineBalance, Shares, balance, given_back, shares
from torg.orders.cancel import cancel
from torg.orders.cancel_own import OnlyByStaff, cancel_own, open_to_customer
from torg.orders.changes.actions import (
    Action,
    AddLine,
    RemoveLine,
    SetAddress,
    SetContact,
    SetDelivery,
    SetPrice,
    SetQuantity,
    SwapVariant,
)
from torg.orders.changes.change import Wish
from torg.orders.changes.events import OrderChanged, OrderChangeLapsed, OrderChangeWaiting
from torg.orders.changes.model import (
    Change,
    Changed,
    ChangeNotPossible,
    ChangeState,
    ChangeWaiting,
    Prices,
    UnknownChange,
)
from torg.orders.changes.proceed import change_order, pay_change
from torg.orders.changes.proceed import look as preview_change
from torg.orders.changes.see import changes_of
from torg.orders.changes.wait import take_back as take_back_change
from torg.orders.changes.work_out import WorkedOut
from torg.orders.claims.model import Claim, ClaimKind, ClaimLine, ClaimState
from torg.orders.claims.open import claims_of, open_claim
from torg.orders.documents import Checked as SeriesChecked
from torg.orders.documents import Document, DocumentKind, document, documents_by_link, documents_of
from torg.orders.documents import check as check_series
from torg.orders.documents.look import file_of as document_file
from torg.orders.events import TOPICS, OrderCancelled, OrderDelivered, OrderEvent, OrderLapsed, OrderPlaced
from torg.orders.exchanges.exchange import exchange
from torg.orders.exchanges.exchange import look as preview_exchange
from torg.orders.exchanges.exchange import pay as pay_exchange
from torg.orders.exchanges.exchange import take_back as take_back_exchange
from torg.orders.exchanges.model import DifferenceChanged, Exchange, Exchanged, Sent, Taken
from torg.orders.exchanges.model import Previewed as ExchangePreviewed
from torg.orders.follow import followed
from torg.orders.history import (
    MOST_ORDERS,
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricRefund,
    HistoricReturn,
    HistoryWrong,
    NumberTaken,
    load_history,
    load_returns,
)
from torg.orders.hub import OrderFacts, Wanted, list_orders
from torg.orders.hub import differing as differing_in_list
from torg.orders.hub import refresh_all as refresh_list
from torg.orders.model import (
    CannotBeCancelled,
    CartIncomplete,
    EarlierPaymentReturning,
    GuestsNotServed,
    Intent,
    Order,
    OrderDelivery,
    OrderLine,
    OrderState,
    OrderTax,
    PaymentMissing,
    SoldOutMeanwhile,
    TotalChanged,
    UnknownOrder,
)
from torg.orders.place import complete
from torg.orders.placement import Completion, Placement
from torg.orders.quotes.end import decline as decline_quote
from torg.orders.quotes.link import hashed as quote_opener
from torg.orders.quotes.link import opened as quote_opened
from torg.orders.quotes.model import (
    Quotation,
    QuotedLine,
    QuoteNotOpen,
    QuoteState,
    QuoteVersion,
    UnknownQuote,
)
from torg.orders.quotes.see import see as see_quote
from torg.orders.replay.simulate import simulate as try_rules
from torg.orders.returns import Return, ReturnLine, list_returns
from torg.orders.returns.announce import announce as announce_return
from torg.orders.returns.announce import choices as returnable
from torg.orders.returns.announce import preview as preview_return
from torg.orders.returns.decide import Decision as ReturnDecision
from torg.orders.returns.decide import Known as Returnable
from torg.orders.returns.end import call_off as call_off_return
from torg.orders.returns.model import Came, NotReturnable, PaidBack, ReturnReason, ReturnState
from torg.orders.returns.model import Wish as ReturnWish
from torg.orders.see import Seen, own_orders, see
from torg.orders.store import CustomerOrder
from torg.orders.withdrawals.model import Statement, Withdrawal
from torg.orders.withdrawals.withdraw import state as state_withdrawal

__all__ = [
    "MOST_ORDERS",
    "TOPICS",
    "Action",
    "AddLine",
    "Balance",
    "Came",
    "CannotBeCancelled",
    "CartIncomplete",
    "Change",
    "ChangeNotPossible",
    "ChangeState",
    "ChangeWaiting",
    "Changed",
    "Claim",
    "ClaimKind",
    "ClaimLine",
    "ClaimState",
    "Completion",
    "CustomerOrder",
    "DifferenceChanged",
    "Document",
    "DocumentKind",
    "EarlierPaymentReturning",
    "Exchange",
    "ExchangePreviewed",
    "Exchanged",
    "GivenBack",
    "GuestsNotServed",
    "HistoricFulfilment",
    "HistoricOrder",
    "HistoricPayment",
    "HistoricRefund",
    "HistoricReturn",
    "HistoryWrong",
    "Intent",
    "LineBalance",
    "NotReturnable",
    "NumberTaken",
    "OnlyByStaff",
    "Order",
    "OrderCancelled",
    "OrderChangeLapsed",
    "OrderChangeWaiting",
    "OrderChanged",
    "OrderDelivered",
    "OrderDelivery",
    "OrderEvent",
    "OrderFacts",
    "OrderLapsed",
    "OrderLine",
    "OrderPlaced",
    "OrderState",
    "OrderTax",
    "PaidBack",
    "PaymentMissing",
    "Placement",
    "Prices",
    "Quotation",
    "QuoteNotOpen",
    "QuoteState",
    "QuoteVersion",
    "QuotedLine",
    "RemoveLine",
    "Return",
    "ReturnDecision",
    "ReturnLine",
    "ReturnReason",
    "ReturnState",
    "ReturnWish",
    "Returnable",
    "Seen",
    "Sent",
    "SeriesChecked",
    "SetAddress",
    "SetContact",
    "SetDelivery",
    "SetPrice",
    "SetQuantity",
    "Shares",
    "SoldOutMeanwhile",
    "Statement",
    "SwapVariant",
    "Taken",
    "TotalChanged",
    "UnknownChange",
    "UnknownOrder",
    "UnknownQuote",
    "Wanted",
    "Wish",
    "Withdrawal",
    "WorkedOut",
    "announce_return",
    "balance",
    "call_off_return",
    "cancel",
    "cancel_own",
    "change_order",
    "changes_of",
    "check_series",
    "claims_of",
    "complete",
    "decline_quote",
    "differing_in_list",
    "document",
    "document_file",
    "documents_by_link",
    "documents_of",
    "exchange",
    "followed",
    "given_back",
    "list_orders",
    "list_returns",
    "load_history",
    "load_returns",
    "open_claim",
    "open_to_customer",
    "own_orders",
    "pay_change",
    "pay_exchange",
    "preview_change",
    "preview_exchange",
    "preview_return",
    "quote_opened",
    "quote_opener",
    "refresh_list",
    "returnable",
    "see",
    "see_quote",
    "shares",
    "state_withdrawal",
    "take_back_change",
    "take_back_exchange",
    "try_rules",
]
