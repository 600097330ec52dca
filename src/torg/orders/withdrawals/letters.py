"""The acknowledgement of a withdrawal: what was said, and when it came; the same for every statement."""

from torg.kernel import mail
from torg.orders.withdrawals.model import Withdrawal


def acknowledged(stated: Withdrawal, zone: str) -> mail.Wish:
    """That a statement has come, with its content and its time; once."""
    return mail.Wish(
        to=stated.email,
        template="withdrawals/acknowledged",
        language=stated.language,
        zone=zone,
        dedupe=f"withdrawals.acknowledged:{stated.id}",
        facts={
            "name": stated.name,
            "number": stated.number,
            "email": stated.email,
            "message": stated.message or "",
            "at": stated.at,
        },
    )
