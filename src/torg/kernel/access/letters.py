"""The mails that give somebody a link to choose a password; what is in them opens an account, so they are secret."""

from datetime import timedelta
from typing import Final

from torg.kernel import mail
from torg.kernel.access import proofs, tokens
from torg.kernel.access.model import Staff
from torg.kernel.access.policy import INVITATION_LASTS, RESET_LASTS, Policy
from torg.kernel.database import Transaction

PATH: Final = "/staff/password"
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


async def send_invitation(tx: Transaction, policy: Policy, staff: Staff) -> str:
    """Mail the link under which an invited colleague chooses her first password; tells the link."""
    return await _send(tx, policy, staff, "invitation", INVITATION_LASTS)


async def send_reset(tx: Transaction, policy: Policy, staff: Staff) -> str:
    """Mail the link under which she chooses a new password; tells the link."""
    return await _send(tx, policy, staff, "reset", RESET_LASTS)


async def _send(tx: Transaction, policy: Policy, staff: Staff, purpose: str, lasts: timedelta) -> str:
    token = tokens.new(tokens.LINK)
    await proofs.add_link(tx, staff.id, token, purpose, tx.now + lasts)
    link = f"{policy.origin}{PATH}?link={token}"
    await mail.send(
        tx,
        to=staff.email,
        template=f"access/{purpose}",
        language=staff.language,
        facts={
            "name": staff.name,
            "link": link,
            "count": lasts // (DAY if purpose == "invitation" else HOUR),
        },
        secret=True,
    )
    return link
