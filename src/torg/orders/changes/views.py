"""Changes as the outside sees them: public ids, money, and what stands in the way."""

from datetime import datetime

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.errors import FieldProblem
from torg.kernel.money import Money
from torg.orders.balance import Balance
from torg.orders.changes.actions import Action
from torg.orders.changes.model import Change, Changed, ChangeState, LineThen, Prices, Version
from torg.orders.changes.work_out import WorkedOut
from torg.orders.model import Intent, Order, OrderTax


class ProblemView(Struct, frozen=True):
    """What cannot be done, by the place of its action, or by its line."""

    field: str
    code: str
    message: str

    @classmethod
    def of(cls, problem: FieldProblem) -> "ProblemView":
        """The problem as it is told."""
        return cls(problem.field, problem.code, problem.message)


class LineAmounts(Struct, frozen=True):
    """A line in one version of an order."""

    quantity: int
    intent: Intent
    store: str | None
    unit: Money
    discount: Money
    net: Money
    tax: Money
    gross: Money

    @classmethod
    def of(cls, line: LineThen, currency: str) -> "LineAmounts":
        """The line's amounts."""
        return cls(
            line.quantity,
            line.intent,
            line.store,
            Money(line.unit, currency),
            Money(line.discount, currency),
            Money(line.net, currency),
            Money(line.tax, currency),
            Money(line.gross, currency),
        )


class LineChangeView(Struct, frozen=True):
    """A line before and after; one that is new, or goes, has only one of them."""

    line: str
    sku: str
    name: str
    before: LineAmounts | None
    after: LineAmounts | None


class AmountsView(Struct, frozen=True):
    """What an order comes to in one of its versions."""

    net: Money
    tax: Money
    discount: Money
    delivery: Money
    total: Money

    @classmethod
    def of(cls, version: Version, currency: str) -> "AmountsView":
        """The version's amounts."""
        return cls(
            Money(version.net, currency),
            Money(version.tax, currency),
            Money(version.discount, currency),
            Money(version.delivery, currency),
            Money(version.gross, currency),
        )


class TaxView(Struct, frozen=True):
    """The tax of one rate (in millionths)."""

    name: str
    rate: int
    net: Money
    tax: Money

    @classmethod
    def of(cls, tax: OrderTax, currency: str) -> "TaxView":
        """The tax of one rate in the order."""
        return cls(tax.name, tax.rate, Money(tax.net, currency), Money(tax.tax, currency))


def _lines(before: Version, after: Version, currency: str) -> list[LineChangeView]:
    was = {line.line: line for line in before.lines}
    will = {line.line: line for line in after.lines}
    found = []
    for id in dict.fromkeys([*was, *will]):
        line = will.get(id) or was[id]
        found.append(
            LineChangeView(
                id,
                line.sku,
                line.name,
                LineAmounts.of(was[id], currency) if id in was else None,
                LineAmounts.of(will[id], currency) if id in will else None,
            )
        )
    return found


class ChangePreviewView(Struct, frozen=True):
    """What actions would make of an order: what it costs before and after, what is to be paid more (`collect`) or goes
    back (`give_back`), and what is not `possible` and why. `version` and `after.total` are what the change is asked
    with.
    """

    order: str
    version: int
    possible: bool
    problems: list[ProblemView]
    before: AmountsView
    after: AmountsView
    taxes_before: list[TaxView]
    taxes_after: list[TaxView]
    lines: list[LineChangeView]
    collect: Money
    give_back: Money

    @classmethod
    def of(cls, worked: WorkedOut) -> "ChangePreviewView":
        """What was worked out."""
        order, changed = worked.order, worked.drawn.order
        before, after = Version.of(order, worked.lines), Version.of(changed, worked.drawn.lines)
        return cls(
            order=ids.public("ord", order.order_id),
            version=order.version,
            possible=not worked.problems,
            problems=[ProblemView.of(problem) for problem in worked.problems],
            before=AmountsView.of(before, order.currency),
            after=AmountsView.of(after, order.currency),
            taxes_before=[TaxView.of(tax, order.currency) for tax in order.taxes],
            taxes_after=[TaxView.of(tax, order.currency) for tax in changed.taxes],
            lines=_lines(before, after, order.currency),
            collect=Money(worked.money.collect, order.currency),
            give_back=Money(worked.money.give_back, order.currency),
        )


class OrderChangeView(Struct, frozen=True):
    """A change of an order: who, why, what, and the order before and after. While it is `waiting`, `collect` has to be
    paid until `expires_at`; applied, it made the order's `version`. `settled` when `give_back` has gone back.
    """

    id: str
    order: str
    state: ChangeState
    based_on: int
    version: int | None
    by: str
    reason: str
    prices: Prices
    actions: tuple[Action, ...]
    before: AmountsView
    after: AmountsView
    lines: list[LineChangeView]
    collect: Money
    give_back: Money
    payments: list[str]
    expires_at: datetime | None
    ended_for: str | None
    created_at: datetime
    ended_at: datetime | None
    settled: bool

    @classmethod
    def of(cls, change: Change) -> "OrderChangeView":
        """The change as the customer and staff see it."""
        return cls(
            id=ids.public("och", change.id),
            order=ids.public("ord", change.order_id),
            state=change.state,
            based_on=change.based_on,
            version=change.version,
            by=change.actor.partition("_")[0] if change.actor else "",
            reason=change.reason,
            prices=change.prices,
            actions=change.actions,
            before=AmountsView.of(change.before, change.currency),
            after=AmountsView.of(change.after, change.currency),
            lines=_lines(change.before, change.after, change.currency),
            collect=Money(change.collect, change.currency),
            give_back=Money(change.give_back, change.currency),
            payments=[ids.public("pay", payment) for payment in change.payments],
            expires_at=change.expires_at,
            ended_for=change.ended_for,
            created_at=change.created_at,
            ended_at=change.ended_at,
            settled=change.settled_at is not None,
        )


class ChangedView(Struct, frozen=True):
    """What came of asking for a change: the change, and the order's version and total as they are now.

    A payment that waits for the customer has its `action_url` in the order.
    """

    change: OrderChangeView
    version: int
    total: Money

    @classmethod
    def of(cls, changed: Changed) -> "ChangedView":
        """What came of it."""
        return cls(OrderChangeView.of(changed.change), changed.order.version, changed.order.total)


class BalanceView(Struct, frozen=True):
    """How an order stands: what it costs, was paid and given back; `due` is to be paid, or, below zero, given back."""

    total: Money
    returned: Money
    secured: Money
    captured: Money
    returning: Money
    refunded: Money
    credited: Money
    pending: Money
    due: Money

    @classmethod
    def of(cls, order: Order, stands: Balance) -> "BalanceView":
        """How the order stands."""

        def money(amount: int) -> Money:
            return Money(amount, order.currency)

        return cls(
            total=money(stands.gross),
            returned=money(stands.returned),
            secured=money(stands.secured),
            captured=money(stands.captured),
            returning=money(stands.returning),
            refunded=money(stands.refunded),
            credited=money(stands.credited),
            pending=money(stands.pending),
            due=money(stands.due),
        )
