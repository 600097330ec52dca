"""The mails with codes that prove that somebody reads an e-mail address; secret, since a code opens an account."""

from datetime import timedelta
from typing import Final

from torg.customers.model import CodePurpose
from torg.kernel import mail
from torg.kernel.database import Transaction

TEMPLATES: Final = {
    CodePurpose.sign_in: "customers/sign-in-code",
    CodePurpose.change: "customers/address-code",
}


async def send_code(
    tx: Transaction, *, to: str, code: str, purpose: CodePurpose, language: str, lasts: timedelta
) -> None:
    """Mail a code; the same letter whether or not there is an account."""
    minutes = lasts // timedelta(minutes=1)
    facts = {"code": f"{code[:3]} {code[3:]}", "count": minutes}
    await mail.send(tx, to=to, template=TEMPLATES[purpose], language=language, facts=facts, secret=True)


async def tell_of_change(tx: Transaction, *, to: str, new: str, language: str) -> None:
    """Tell the former address that the account has another one now, in case somebody else did it."""
    await mail.send(tx, to=to, template="customers/address-changed", language=language, facts={"new": new})
