"""The ledger of gift cards and store credit: exact under any storm, lawful in its terms, closed to who guesses."""

import asyncio
import random
from uuid import UUID

import pytest
from msgspec.structs import replace
from psycopg.errors import CheckViolation, UniqueViolation
from tests.kernel.people import new_email

from torg.customers import register
from torg.customers.rules import Details
from torg.demo import markets as demo_markets
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, Policy, RightMissing, TooManyTries
from torg.kernel.access.vault import Vault
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion, TorgError
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import load_atlas
from torg.payments import verify
from torg.payments.credit import change, issue, ledger, store, terms
from torg.payments.credit.codes import new_code
from torg.payments.credit.model import (
    Because,
    Cause,
    CodeMistyped,
    CreditNotUsable,
    CreditState,
    CreditTooLow,
    Issued,
    Side,
    TermsForbidden,
    TermsTooShort,
    UnknownGiftCard,
)
from torg.payments.credit.recognise import enquire, recognise

POLICY = Policy(Vault("s" * 40), "http://torg.test")
CLERK = Actor(ActorKind.staff, "stf_1", (Grant(frozenset({"credit:read"})),))


@pytest.fixture
async def book(database: Database) -> Database:
    """A database with markets, in which cards can be issued."""
    if not await database.read(lambda tx: tx.one(bool, "SELECT count(*) > 0 FROM markets")):
        await database.run(demo_markets.fill)
        database.forget("markets.atlas")
    return database


async def issued(book: Database, amount: int = 10_000, count: int = 1) -> list[Issued]:
    _, made = await book.run(
        lambda tx: issue.issue_cards(
            tx, POLICY, Money(amount, "NOK"), count, market="NO", reason="test", by=SYSTEM
        )
    )
    return made


async def card(book: Database, amount: int = 10_000) -> UUID:
    return (await issued(book, amount))[0].account.account_id


async def customer(book: Database) -> UUID:
    """Somebody with an account."""
    made = await book.run(
        lambda tx: register(tx, Details(given_name="Kari"), email=new_email(), channel="web-no", by=SYSTEM)
    )
    return made.customer_id


async def balance(book: Database, account_id: UUID) -> int:
    found = await book.read(lambda tx: store.find(tx, account_id))
    assert found is not None
    return found.balance


async def refusal(book: Database, work: object) -> TorgError:
    with pytest.raises(TorgError) as caught:
        await book.run(work)  # type: ignore[arg-type]  # what the test gives
    return caught.value


async def test_every_entry_moves_as_its_cause_says_and_an_account_never_falls_below_nothing(
    book: Database,
) -> None:
    mine = await card(book, 100)

    async def move(cause: Cause, amount: int, once: str) -> None:
        async def work(tx: Transaction) -> None:
            account = (await ledger.locked(tx, [mine]))[mine]
            await ledger.move(tx, account, cause, amount, Because(once, "test"))

        await book.run(work)

    await move(Cause.held, 60, "a")
    for cause in (Cause.held, Cause.expired, Cause.lowered, Cause.moved_out, Cause.withdrawn):
        with pytest.raises(CreditTooLow):
            await move(cause, 41, f"too much {cause}")
    for cause in (Cause.redeemed, Cause.released):
        with pytest.raises(CreditTooLow):
            await move(cause, 61, f"too much {cause}")
    with pytest.raises(UniqueViolation):
        await move(Cause.held, 1, "a")
    found = await book.read(lambda tx: store.find(tx, mine))
    assert found is not None
    assert (found.balance, found.held, found.entries) == (40, 60, 2)
    await move(Cause.redeemed, 60, "b")


async def test_an_entry_is_refused_by_the_database_itself_when_it_would_fall_below_nothing(
    book: Database,
) -> None:
    mine = await card(book, 100)
    with pytest.raises(CheckViolation):
        await book.run(
            lambda tx: tx.execute(
                "UPDATE credit_accounts SET balance = balance - 101 WHERE account_id = %(id)s", id=mine
            )
        )


async def test_a_storm_of_movements_from_many_connections_ends_with_exact_books(book: Database) -> None:
    mine = [await card(book, 1_000) for _ in range(6)]
    hers = await customer(book)
    expected = dict.fromkeys(mine, 1_000)
    dice = random.Random(7)
    plans = [
        (dice.choice(["raise", "lower", "lower", "move"]), dice.choice(mine), dice.randint(1, 400))
        for _ in range(160)
    ]
    moved = 0

    async def step(kind: str, account_id: UUID, amount: int) -> None:
        nonlocal moved
        try:
            if kind == "move" and amount > 350:
                before = await book.run(lambda tx: change.move_to_customer(tx, account_id, hers, by=SYSTEM))
                assert before.balance > 0
                moved += 1
            elif kind == "raise":
                await book.run(lambda tx: change.adjust(tx, account_id, amount, reason="x", by=SYSTEM))
                expected[account_id] += amount
            else:
                await book.run(lambda tx: change.adjust(tx, account_id, -amount, reason="x", by=SYSTEM))
                expected[account_id] -= amount
        except CreditTooLow:
            return

    await asyncio.gather(*(step(*plan) for plan in plans))
    accounts = [await balance(book, account_id) for account_id in mine]
    credit = await balance(book, ledger.account_of_customer(hers, "NOK"))
    assert moved > 0
    assert sum(accounts) + credit == sum(expected.values())
    assert min(accounts) >= 0
    assert await book.read(lambda tx: verify(tx, by=SYSTEM)) == []
    sums = {one.side: one.amount for one in await book.read(store.sums)}
    assert sum(sums.values()) == 0
    assert sums[Side.transfer] == 0


async def test_a_balance_that_somebody_edited_is_found(book: Database) -> None:
    mine = await card(book, 700)

    async def edit(by: int) -> None:
        await book.run(
            lambda tx: tx.execute(
                "UPDATE credit_accounts SET balance = balance + %(by)s, held = held + %(by)s"
                " WHERE account_id = %(id)s",
                by=by,
                id=mine,
            )
        )

    await edit(5)
    found = await book.read(lambda tx: verify(tx, by=SYSTEM))
    assert {(one.account_id, one.figure, one.kept - one.entries) for one in found} == {
        (mine, "balance", 5),
        (mine, "held", 5),
        (mine, "held for payments", 5),
    }
    await edit(-5)
    assert await book.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_a_batch_is_issued_whole_and_each_code_opens_its_own_card(book: Database) -> None:
    made = await issued(book, 25_000, 300)
    assert len({one.code for one in made}) == 300
    for one in (made[0], made[299]):
        found = await recognise(book, POLICY, one.code, address="10.0.0.1", by=SYSTEM)
        assert found == one.account.account_id
    assert len({one.account.batch_id for one in made}) == 1


async def test_who_guesses_is_stopped_and_who_is_right_is_not(book: Database) -> None:
    (right,) = await issued(book)
    for _ in range(30):
        found = await enquire(book, POLICY, right.code, address="192.0.2.7", by=VISITOR)
        assert found.balance == 10_000
    for _ in range(10):
        with pytest.raises(UnknownGiftCard):
            await recognise(book, POLICY, new_code(), address="192.0.2.7", by=VISITOR)
    for code in (new_code(), right.code):
        with pytest.raises(TooManyTries):
            await recognise(book, POLICY, code, address="192.0.2.7", by=VISITOR)
    assert right.account.account_id == await recognise(
        book, POLICY, right.code, address="192.0.2.8", by=VISITOR
    )
    with pytest.raises(CodeMistyped):
        await recognise(book, POLICY, "BCDF-GHJK-MNPQ-RST6", address="192.0.2.9", by=VISITOR)


async def test_thirty_right_codes_at_once_from_one_network_are_all_found(book: Database) -> None:
    cards = await issued(book, count=30)
    found = await asyncio.gather(
        *(recognise(book, POLICY, one.code, address="192.0.2.40", by=VISITOR) for one in cards)
    )
    assert found == [one.account.account_id for one in cards]
    for _ in range(10):
        with pytest.raises(UnknownGiftCard):
            await recognise(book, POLICY, new_code(), address="192.0.2.40", by=VISITOR)
    with pytest.raises(TooManyTries):
        await recognise(book, POLICY, cards[0].code, address="192.0.2.40", by=VISITOR)


async def test_of_many_guesses_at_once_exactly_as_many_are_looked_up_as_may(book: Database) -> None:
    async def guess() -> str:
        try:
            await recognise(book, POLICY, new_code(), address="192.0.2.33", by=VISITOR)
        except (UnknownGiftCard, TooManyTries) as refused:
            return refused.code
        return "found"

    answers = await asyncio.gather(*(guess() for _ in range(40)))
    assert answers.count("unknown-gift-card") == 10
    assert set(answers) == {"unknown-gift-card", TooManyTries.code}


async def test_what_is_left_when_the_time_runs_out_is_booked_once(book: Database) -> None:
    await book.run(lambda tx: terms.set_terms(tx, "SE", 12, version=None, by=SYSTEM))
    _, made = await book.run(
        lambda tx: issue.issue_cards(tx, POLICY, Money(900, "SEK"), 3, market="SE", reason="test", by=SYSTEM)
    )
    ends = made[0].account.expires_at
    assert ends is not None
    assert (ends - book.clock.now()).days == 365
    assert await change.expire(book) == 0
    book.clock.move(days=366)  # type: ignore[attr-defined]  # the test's clock
    assert sum(await asyncio.gather(*(change.expire(book) for _ in range(4)))) == 3
    for one in made:
        assert await balance(book, one.account.account_id) == 0
    assert await change.expire(book) == 0
    sums = {(one.side, one.currency): one.amount for one in await book.read(store.sums)}
    assert sums[Side.breakage, "SEK"] == 2_700
    assert await book.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_terms_that_a_law_forbids_are_refused(book: Database) -> None:
    async def say(market: str, months: int | None) -> object:
        return await book.run(lambda tx: terms.set_terms(tx, market, months, version=None, by=SYSTEM))

    for market, months in (("US", 107), ("DE", 47)):
        with pytest.raises(TermsTooShort):
            await say(market, months)
        assert (await say(market, months + 1)).months == months + 1  # type: ignore[attr-defined]  # it is GiftCardTerms
    assert (await say("US", None)).months is None  # type: ignore[attr-defined]  # it is GiftCardTerms
    california = terms.law_of("US", "CA")
    assert california is not None
    assert california.never
    with pytest.raises(StaleVersion):
        await book.run(lambda tx: terms.set_terms(tx, "DE", 60, version=99, by=SYSTEM))


async def test_a_market_of_a_place_that_forbids_an_end_has_none(book: Database) -> None:
    market = (await book.read(load_atlas)).market("US")
    with pytest.raises(TermsForbidden):
        terms.must_be_lawful(replace(market, region="CA"), 1_200)


async def test_a_blocked_card_keeps_what_it_has_and_moves_nowhere(book: Database) -> None:
    mine, hers = await card(book), await customer(book)

    async def say(state: CreditState) -> None:
        await book.run(lambda tx: change.set_state(tx, mine, state, reason="stolen", by=SYSTEM))

    await say(CreditState.blocked)
    await say(CreditState.blocked)
    with pytest.raises(CreditNotUsable):
        await book.run(lambda tx: change.move_to_customer(tx, mine, hers, by=SYSTEM))
    assert await balance(book, mine) == 10_000
    await say(CreditState.active)
    moved = await asyncio.gather(
        *(book.run(lambda tx: change.move_to_customer(tx, mine, hers, by=SYSTEM)) for _ in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in moved) == ["CreditAccount"] + ["CreditTooLow"] * 7
    assert await balance(book, mine) == 0
    assert await balance(book, ledger.account_of_customer(hers, "NOK")) == 10_000
    assert await book.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_who_has_no_right_issues_and_changes_nothing(book: Database) -> None:
    mine, hers = await card(book), await customer(book)
    stranger = Actor(ActorKind.customer, "cus_1", customer_id=new_id())
    for by in (CLERK, stranger):
        for work in (
            lambda tx, by=by: issue.issue_cards(
                tx, POLICY, Money(1, "NOK"), 1, market="NO", reason="x", by=by
            ),
            lambda tx, by=by: issue.grant(tx, hers, Money(1, "NOK"), reason="x", by=by),
            lambda tx, by=by: change.adjust(tx, mine, 1, reason="x", by=by),
            lambda tx, by=by: change.set_state(tx, mine, CreditState.blocked, reason="x", by=by),
            lambda tx, by=by: change.move_to_customer(tx, mine, hers, by=by),
            lambda tx, by=by: terms.set_terms(tx, "NO", 12, version=None, by=by),
        ):
            assert isinstance(await refusal(book, work), RightMissing)
    assert await balance(book, mine) == 10_000


@pytest.mark.parametrize(
    ("value", "count", "fields"),
    [
        (Money(0, "NOK"), 1, ["amount.amount"]),
        (Money(100, "SEK"), 1, ["amount.currency"]),
        (Money(-1, "SEK"), 5_001, ["amount.amount", "count", "amount.currency"]),
    ],
)
async def test_cards_that_cannot_be_are_refused_with_every_reason(
    book: Database, value: Money, count: int, fields: list[str]
) -> None:
    error = await refusal(
        book, lambda tx: issue.issue_cards(tx, POLICY, value, count, market="NO", reason="x", by=SYSTEM)
    )
    assert isinstance(error, Invalid)
    assert [problem.field for problem in error.problems] == fields
