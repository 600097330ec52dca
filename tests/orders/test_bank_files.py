"""Files of banks are written down once, pay what they name, and their wrong lines are told."""

from pathlib import Path

from tests.orders.conftest import Till
from tests.orders.invoicing import agree, company, debt, stands
from tests.orders.test_invoice import billed
from tests.payments.test_statement import BOOKED, amount, details, statement

from torg.commands.payments import receive_lines
from torg.kernel.ids import new_id
from torg.kernel.money import Money


async def test_a_banks_file_is_written_down_once_and_its_wrong_lines_are_told(
    till: Till, tmp_path: Path
) -> None:
    firm = await company(till)
    cart, gross = await billed(till, firm)
    named, mine, other = (await debt(till, cart)).reference, new_id().hex, new_id().hex
    file = tmp_path / "bank.csv"
    file.write_text(
        "bank_reference,amount,currency,booked_on,message,payer\n"
        f"{mine},{gross},NOK,2026-12-01,{named},Fjord Kaffe AS\n"
        f"{other},100,NOK,2026-12-01,,\n"
        "no good,100,NOK,2026-12-01,,\n"
        "b4,1.5,NOK,yesterday,,\n"
    )
    for _ in range(2):
        done = await receive_lines(till.database, file)
        assert (done.applied, done.unknown, len(done.refused)) == (1, 1, 2)
        assert done.refused[0].startswith("line 4: ")
    assert await stands(till, firm) == (0, 0, 0)
    await agree(till)


async def test_a_banks_statement_pays_what_it_names_once(till: Till, tmp_path: Path) -> None:
    firm = await company(till)
    cart, gross = await billed(till, firm)
    named = (await debt(till, cart)).reference
    text = f"<RmtInf><Strd><CdtrRefInf><Ref>{named}</Ref></CdtrRefInf></Strd></RmtInf>"
    money = amount(str(Money(gross, "NOK").decimal()))
    other = amount("1") + BOOKED + f"<AcctSvcrRef>{new_id().hex}</AcctSvcrRef>"
    mine = money + BOOKED + f"<AcctSvcrRef>{new_id().hex}</AcctSvcrRef>" + details(text)
    file = tmp_path / "bank.xml"
    file.write_bytes(statement(mine, other, amount("1") + BOOKED))
    for _ in range(2):
        done = await receive_lines(till.database, file)
        assert (done.applied, done.unknown) == (1, 1)
        assert done.refused == ["statement 1, entry 3: the bank gave it no reference"]
    assert await stands(till, firm) == (0, 0, 0)
    await agree(till)
