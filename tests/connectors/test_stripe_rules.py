"""What Stripe takes, how it counts, where its means are offered, and settings that cannot be meant."""

import msgspec
import pytest
from tests.connectors.stripes import KEY, SECRET
from tests.payments.steps import PRICE

from torg.connectors.stripe import plugged_in
from torg.connectors.stripe.means import from_stripe, to_stripe
from torg.connectors.stripe.standings import given_back, standing_of
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.payments import FailedRefund, Tender, TenderChoice
from torg.settings import Settings, load


@pytest.mark.parametrize("currency", ["JPY", "NOK", "KWD", "ISK", "UGX", "MGA", "KRW", "HUF"])
def test_amounts_come_back_from_stripe_as_they_went(currency: str) -> None:
    for amount in (0, 10, 100, 990, 12_300):
        told_as = to_stripe(Money(amount, currency))
        assert told_as is None or from_stripe(told_as, currency) == amount


def test_what_was_let_go_of_is_not_taken_for_a_refund() -> None:
    rest = {"amount": 400, "status": "succeeded", "metadata": {}}
    ours = {"amount": 400, "status": "succeeded", "metadata": {"refund": "x"}}
    failed = {"amount": 400, "status": "failed", "metadata": {"refund": "y"}}
    assert given_back([rest, failed], 400) == 0
    assert given_back([rest, ours], 400) == 400
    assert given_back([ours, rest], 0) == 800


def test_a_refund_of_ours_that_failed_is_told_by_its_key_and_others_are_not() -> None:
    intent = {
        "id": "pi_1",
        "amount": 1000,
        "amount_received": 1000,
        "currency": "nok",
        "status": "succeeded",
        "latest_charge": {"amount_captured": 1000, "amount_refunded": 0},
    }
    refunds = [
        {
            "amount": 400,
            "status": "failed",
            "failure_reason": "expired_or_canceled_card",
            "metadata": {"refund": "a"},
        },
        {"amount": 300, "status": "canceled", "metadata": {}},
        {"amount": 200, "status": "pending", "metadata": {"refund": "b"}},
    ]
    standing = standing_of(intent, refunds)
    assert standing.refunds_failed == (FailedRefund("a", 400, "expired_or_canceled_card"),)
    assert standing.refunded == 200


def choice(method: str, back: str | None = "https://shop.test") -> TenderChoice:
    return TenderChoice(Tender.gateway, "stripe", method, back)


async def test_means_are_offered_where_they_are_for(settings: Settings) -> None:
    connected = msgspec.structs.replace(
        settings,
        stripe_secret_key=KEY,
        stripe_webhook_secret=SECRET,
        stripe_means="card klarna:NO,SE ideal:NL",
    )
    (gateway,) = plugged_in(connected)
    for method, country in (("hosted", "NO"), ("card", "JP"), ("klarna", "NO"), ("pm_1", None)):
        gateway.check(choice(method), PRICE, country)
    for method, elsewhere in (
        ("klarna", "DE"),
        ("ideal", "NO"),
        ("paypal", "NO"),
        ("", "NO"),
        ("klarna", None),
    ):
        with pytest.raises(Invalid) as refused:
            gateway.check(choice(method), PRICE, elsewhere)
        assert [problem.field for problem in refused.value.problems] == ["payment.method"]
    with pytest.raises(Invalid) as refused:
        gateway.check(choice("hosted", None), PRICE, "NO")
    assert [problem.field for problem in refused.value.problems] == ["payment.return_url"]


def test_without_keys_it_is_not_there_and_keys_are_not_shown(settings: Settings) -> None:
    assert plugged_in(settings) == ()
    connected = msgspec.structs.replace(settings, stripe_secret_key=KEY, stripe_webhook_secret=SECRET)
    assert KEY not in repr(connected) and SECRET not in repr(connected)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"TORG_STRIPE_SECRET_KEY": KEY}, "TORG_STRIPE_WEBHOOK_SECRET"),
        (
            {
                "TORG_STRIPE_SECRET_KEY": "sk_live_1",
                "TORG_STRIPE_WEBHOOK_SECRET": SECRET,
                "TORG_ENVIRONMENT": "demo",
            },
            "real money",
        ),
        ({"TORG_STRIPE_MEANS": "card klarna:no"}, "TORG_STRIPE_MEANS"),
        ({"TORG_STRIPE_URL": "ftp://x"}, "TORG_STRIPE_URL"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(environ: dict[str, str], named: str) -> None:
    with pytest.raises(Exception, match=named):
        load({"TORG_SECRET": "s" * 40, **environ})
