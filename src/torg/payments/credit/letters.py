"""The mail that brings a gift card; secret, since its code is the money: its body is wiped when it has left Torg."""

from msgspec import Struct

from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.payments.credit.model import Issued


class Recipient(Struct, frozen=True):
    """Who gets a gift card by mail, in which language, from which giver, with which words of hers."""

    email: str
    language: str
    name: str | None = None
    message: str | None = None
    region: str | None = None
    zone: str = "UTC"
    giver: str | None = None


async def send_card(tx: Transaction, issued: Issued, to: Recipient) -> None:
    """Mail a new gift card with its code; once a card."""
    account = issued.account
    facts = {
        "name": to.name or "",
        "giver": to.giver or "",
        "message": to.message or "",
        "value": Money(account.balance, account.currency),
        "code": issued.code,
        "ends": account.expires_at,
        "reference": public("gft", account.account_id),
    }
    await mail.send(
        tx,
        to=to.email,
        template="payments/gift-card",
        language=to.language,
        region=to.region,
        zone=to.zone,
        dedupe=f"payments.gift-card:{account.account_id}",
        facts=facts,
        secret=True,
    )
