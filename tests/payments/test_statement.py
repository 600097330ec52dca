"""A bank's statement is read to the minor unit, what is doubtful in it is told, and a hostile one is refused."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from torg.payments.invoices import BankEntry, read_statement
from torg.payments.invoices.rules import read_reference
from torg.payments.invoices.statement import NotAStatement

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "samples" / "camt.053.001.04.xml"
BOOKED = "<CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-12-01</Dt></BookgDt>"
OWN = "<AcctSvcrRef>A/1</AcctSvcrRef>"


def statement(*entries: str, account: str = "<IBAN>NO9386011117947</IBAN>", version: int = 8) -> bytes:
    """A file with one statement, of a version of the message."""
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}">'
        f"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id>{account}</Id></Acct>"
        + "".join(f"<Ntry>{entry}</Ntry>" for entry in entries)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def amount(text: str, currency: str = "NOK") -> str:
    return f'<Amt Ccy="{currency}">{text}</Amt>'


def details(*parts: str) -> str:
    return f"<NtryDtls>{''.join(f'<TxDtls>{part}</TxDtls>' for part in parts)}</NtryDtls>"


def only(content: bytes) -> BankEntry:
    ((_, found),) = read_statement(content, AT)
    assert isinstance(found, BankEntry), found
    return found


def test_the_sample_of_the_standard_is_read() -> None:
    told = list(read_statement(SAMPLE.read_bytes(), AT))
    assert [where for where, _ in told] == ["statement 1, entry 1", "statement 1, entry 3"]
    first, second = (one for _, one in told)
    assert first == BankEntry(
        bank_reference="50000000054910000003:AAAASESS-FP-CN_98765+2F01",
        amount=10_567_850,
        currency="SEK",
        booked_on=date(2010, 10, 18),
        message="MUELL/FINP/RA12345",
        payer="MUELLER",
        company_id=None,
        applied=0,
        actor="",
        recorded_at=AT,
    )
    assert isinstance(second, BankEntry)
    assert (second.amount, second.currency, second.payer) == (3_000_000, "SEK", None)


def test_a_newer_version_names_its_reference_and_who_paid() -> None:
    part = (
        "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Pty><Nm>Fjord Kaffe AS</Nm></Pty></Dbtr></RltdPties>"
        "<RmtInf><Ustrd>Takk</Ustrd><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    found = only(statement(amount("1234.50") + BOOKED + OWN + details(part), version=14))
    assert (found.amount, found.payer, found.booked_on) == (123_450, "Fjord Kaffe AS", date(2026, 12, 1))
    assert found.bank_reference == "NO9386011117947:A+2F1"
    assert found.message == "RF18539007547034 Takk NOTPROVIDED"
    assert read_reference(found.message.split()[0]) is not None


def test_a_bundle_is_its_parts_when_they_make_it_up_and_is_told_when_they_do_not() -> None:
    parts = details(*(amount(one) + "<CdtDbtInd>CRDT</CdtDbtInd>" for one in ("10.00", "20.50")))
    told = [one for _, one in read_statement(statement(amount("30.50") + BOOKED + OWN + parts), AT)]
    assert [
        (one.amount, one.bank_reference.rpartition(":")[2]) for one in told if isinstance(one, BankEntry)
    ] == [
        (1_000, "1"),
        (2_050, "2"),
    ]
    older = details(*(f"<AmtDtls><TxAmt>{amount(one)}</TxAmt></AmtDtls>" for one in ("10.00", "20.50")))
    assert len(list(read_statement(statement(amount("30.50") + BOOKED + OWN + older, version=2), AT))) == 2
    assert list(read_statement(statement(amount("30.51") + BOOKED + OWN + parts), AT)) == [
        ("statement 1, entry 1", "its parts do not add up to it")
    ]


def test_what_went_out_or_is_not_booked_yet_is_left_out() -> None:
    out = amount("1") + BOOKED.replace("CRDT", "DBIT") + OWN
    waiting = amount("1") + BOOKED.replace("BOOK<", "PDNG<") + OWN
    assert list(read_statement(statement(out, waiting), AT)) == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (amount("1.001") + BOOKED + OWN, "NOK has 2 decimals"),
        (amount("1e3") + BOOKED + OWN, "an amount is digits"),
        (amount("1", "XXZ") + BOOKED + OWN, "XXZ"),
        (BOOKED + OWN, "it says no amount"),
        (amount("1") + BOOKED, "no reference"),
        (amount("1") + BOOKED.replace("2026-12-01", "soon") + OWN, "soon"),
        (amount("1") + BOOKED + f"<AcctSvcrRef>{'/' * 35}</AcctSvcrRef>", "too long"),
        (amount("1") + BOOKED + OWN + "<RvslInd>true</RvslInd>", "takes back"),
        (amount("1") + BOOKED + OWN + details("<RtrInf/>"), "takes back"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_told_and_does_not_hold_up_the_rest(
    entry: str, reason: str
) -> None:
    bad, good = read_statement(statement(entry, amount("2") + BOOKED + OWN), AT)
    assert bad[0] == "statement 1, entry 1" and isinstance(bad[1], str) and reason in bad[1]
    assert isinstance(good[1], BankEntry)


def test_two_accounts_may_have_the_same_reference_of_their_banks() -> None:
    entry = amount("1") + BOOKED + OWN
    here, there = (
        only(statement(entry)),
        only(statement(entry, account="<IBAN>SE4550000000058398257466</IBAN>")),
    )
    assert here.bank_reference != there.bank_reference
    assert only(statement(entry)).bank_reference == here.bank_reference
    numbered = amount("1") + BOOKED + "<NtryRef>7</NtryRef>"
    assert only(statement(numbered)).bank_reference == "NO9386011117947:S1+2F7"


LAUGHS = '<!ENTITY a "{}">'.format("ha" * 1_000) + "".join(
    f'<!ENTITY {after} "{f"&{before};" * 1_000}">' for before, after in ("ab", "bc", "cd")
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"bank_reference,amount\n",
        b"<html/>",
        b"<Document><BkToCstmrStmt/></Document>",
        f"<!DOCTYPE x [{LAUGHS}]>".encode() + b"<Document>&d;</Document>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>',
        b'<?xml version="1.0" encoding="gb18030"?><Document/>',
        b'<?xml version="1.0" encoding="no-such"?><Document/>',
        b"\xff\xfe<\x00",
        statement()[:-5],
    ],
)
def test_what_is_no_statement_or_declares_entities_is_refused_whole(content: bytes) -> None:
    with pytest.raises(NotAStatement):
        list(read_statement(content, AT))
