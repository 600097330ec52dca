"""When a delivery is tried again, when an endpoint is left alone, and when Torg gives up: pure decisions."""

import random
from datetime import datetime, timedelta

from msgspec import Struct

from torg.kernel.webhooks.model import Answer, Outcome

# The pauses after the first, second … failed call, as the Standard Webhooks specification proposes: three days in all.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
JITTER = 0.2
LAST_CALL = len(PAUSES) + 1
FAILING_TOO_LONG = timedelta(days=3)
QUIET = timedelta(seconds=30)
LONGEST_QUIET = timedelta(hours=1)


class Next(Struct, frozen=True):
    """What follows from a failed call."""

    again_at: datetime | None
    quiet_until: datetime | None
    disable: str | None


def after_failure(answer: Answer, tries: int, failing_since: datetime | None, at: datetime) -> Next:
    """After the failed call number `tries`: when again, how long to leave the whole endpoint alone, and whether to
    disable it, with the reason.
    """
    again_at = at + pause(tries) if tries < LAST_CALL else None
    quiet_until = None
    if answer.outcome is Outcome.busy:
        asked = timedelta(seconds=answer.retry_after) if answer.retry_after else QUIET
        quiet_until = at + min(asked, LONGEST_QUIET)
        again_at = max(again_at, quiet_until) if again_at else None
    disable = None
    if answer.outcome is Outcome.gone:
        disable = "It answered 410 Gone."
    elif again_at is None and failing_since is not None and at - failing_since >= FAILING_TOO_LONG:
        disable = f"Nothing could be delivered since {failing_since:%Y-%m-%d %H:%M} UTC."
    return Next(again_at, quiet_until, disable)


def pause(tries: int) -> timedelta:
    """The jittered pause after so many failed calls; never shorter than planned."""
    return PAUSES[tries - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311  # jitter, not a secret


def is_success(status: int) -> bool:
    """Whether an answer says that the event has arrived."""
    return 200 <= status < 300
