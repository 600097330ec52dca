"""A bank's statement (camt.053 of ISO 20022, of any version): the payments that it says came in. Pure.

Only what is booked and came in is read. What cannot be read without guessing is told with its reason, never left out: a
reversal, a payment of ours that came back, a bundle whose parts do not make it up. A file that declares entities is
refused before anything in it is expanded.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final, TypeAlias
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.payments.invoices.model import BankEntry

Told: TypeAlias = tuple[str, BankEntry | str]
"""Where in the file, and the payment, or why it could not be read."""
LARGEST: Final = 50_000_000
LONGEST_REFERENCE: Final = 70
LONGEST_MESSAGE: Final = 500
LONGEST_NAME: Final = 140
MESSAGES: Final = (
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "RmtInf/Ustrd",
    "Refs/EndToEndId",
)
PAYERS: Final = (
    "RltdPties/Dbtr/Nm",
    "RltdPties/Dbtr/Pty/Nm",
    "RltdPties/UltmtDbtr/Nm",
    "RltdPties/UltmtDbtr/Pty/Nm",
)
AMOUNTS: Final = ("Amt", "AmtDtls/TxAmt/Amt")


class NotAStatement(Invalid):
    """The file is no statement that can be read."""

    code = "not-a-statement"
    message = "This is not a bank statement (camt.053): {reason}."


def read_statement(content: bytes, at: datetime) -> Iterator[Told]:
    """The payments of a file, in its order."""
    statements = _all(_root(content), "BkToCstmrStmt/Stmt")
    for number, statement in enumerate(statements, start=1):
        for place, entry in enumerate(_all(statement, "Ntry"), start=1):
            if _text(entry, "CdtDbtInd") == "CRDT" and _text(entry, "Sts/Cd", "Sts") == "BOOK":
                where = f"statement {number}, entry {place}"
                try:
                    yield from [(where, one) for one in _payments(statement, entry, at)]
                except ValueError as reason:
                    yield where, str(reason)


def _root(content: bytes) -> Element:
    if len(content) > LARGEST:
        raise NotAStatement(reason="it is too large")
    try:
        guard = expat.ParserCreate()
        guard.StartDoctypeDeclHandler = _refuse
        guard.Parse(content, True)
        root = fromstring(content)  # noqa: S314  # it declares nothing: the guard has read it to its end
    except (expat.ExpatError, ParseError, ValueError, LookupError) as wrong:
        raise NotAStatement(reason=str(wrong)) from None
    if next(_all(root, "BkToCstmrStmt/Stmt"), None) is None:
        raise NotAStatement(reason="it has no statement of an account in it")
    return root


def _refuse(*_declared: object) -> None:
    raise NotAStatement(reason="it declares a document type")


def _payments(statement: Element, entry: Element, at: datetime) -> list[BankEntry]:
    """What an entry brought: one payment, or those of a bundle."""
    parts = list(_all(entry, "NtryDtls/TxDtls"))
    if _text(entry, "RvslInd") in {"true", "1"} or any(_has(part, "RtrInf") for part in parts):
        raise ValueError("it takes back what was paid before: see to it yourself")
    whole, reference = _amount(entry, "Amt"), _reference(statement, entry)
    booked_on = date.fromisoformat(_text(entry, "BookgDt/Dt", "BookgDt/DtTm")[:10])
    if len(parts) < 2:
        return [_payment(reference, whole, booked_on, parts, at)]
    amounts = [_amount(part, *AMOUNTS) for part in parts]
    if (
        any(one.currency != whole.currency for one in amounts)
        or Money.total(amounts, whole.currency) != whole
    ):
        raise ValueError("its parts do not add up to it")
    if any(_text(part, "CdtDbtInd") == "DBIT" for part in parts):
        raise ValueError("some of its parts were paid out")
    return [
        _payment(f"{reference}:{place}", amount, booked_on, [part], at)
        for place, (part, amount) in enumerate(zip(parts, amounts, strict=True), start=1)
    ]


def _payment(reference: str, amount: Money, booked_on: date, parts: list[Element], at: datetime) -> BankEntry:
    if len(reference) > LONGEST_REFERENCE:
        raise ValueError("its reference is too long")
    said = [text for path in MESSAGES for part in parts for text in _texts(part, path)]
    payer = next((text for path in PAYERS for part in parts for text in _texts(part, path)), None)
    return BankEntry(
        bank_reference=reference,
        amount=amount.amount,
        currency=amount.currency,
        booked_on=booked_on,
        message=" ".join(dict.fromkeys(said))[:LONGEST_MESSAGE] or None,
        payer=payer[:LONGEST_NAME] if payer else None,
        company_id=None,
        applied=0,
        actor="",
        recorded_at=at,
    )


def _reference(statement: Element, entry: Element) -> str:
    """The account, and the bank's own reference for the entry: only both together are unique."""
    account = _text(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    own = _text(entry, "AcctSvcrRef")
    if not own and (place := _text(entry, "NtryRef")):
        own = f"{_text(statement, 'Id')}/{place}"
    if not account or not own:
        raise ValueError("the bank gave it no reference")
    return ":".join(quote(part, safe="._-").replace("~", "%7E").replace("%", "+") for part in (account, own))


def _amount(element: Element, *paths: str) -> Money:
    for path in paths:
        for found in _all(element, path):
            return Money.from_decimal((found.text or "").strip(), found.get("Ccy", ""))
    raise ValueError("it says no amount")


def _all(element: Element, path: str) -> Iterator[Element]:
    return element.iterfind("/".join(f"{{*}}{name}" for name in path.split("/")))


def _has(element: Element, path: str) -> bool:
    return next(_all(element, path), None) is not None


def _texts(element: Element, path: str) -> Iterable[str]:
    return (text for one in _all(element, path) if (text := " ".join((one.text or "").split())))


def _text(element: Element, *paths: str) -> str:
    """The first text at one of these places; nothing where there is none."""
    return next((text for path in paths for text in _texts(element, path)), "")
