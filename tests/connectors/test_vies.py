"""The EU's register of VAT numbers: evidence is kept, and its silence is no answer."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tests.simulators import vies as program

from torg.connectors import vies
from torg.connectors.vies import Vies, register
from torg.customers import CheckedNumber, RegisterSilent, VatRegister, Verdict, check_vat_number
from torg.settings import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The register, as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(Path(program.__file__)), str(port)])  # our own script
    found = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 20
    while True:
        try:
            httpx.post(f"{found}/behave", json={"as": "well"})
            break
        except httpx.HTTPError:
            assert time.monotonic() < until, "the register does not start"
            time.sleep(0.05)
    yield found
    process.terminate()
    process.wait()


def behave(url: str, how: str) -> None:
    httpx.post(f"{url}/behave", json={"as": how})


async def checked(register: VatRegister, number: str, known: CheckedNumber | None = None) -> CheckedNumber:
    return await check_vat_number(register, number, at=NOW, known=known)


async def test_a_number_is_confirmed_with_the_evidence_that_was_given_for_it(url: str) -> None:
    found = await checked(Vies(url, "SE556036079301"), "DE 136695976")
    assert (found.verdict, found.register, found.name, found.at) == (
        Verdict.confirmed,
        "vies",
        "ACME GMBH",
        NOW,
    )
    assert found.reference is not None
    assert found.reference.startswith("WAPI")
    without = await checked(Vies(url), "ATU13585627")
    assert (without.verdict, without.name, without.reference) == (Verdict.confirmed, None, None)


async def test_a_number_that_the_register_does_not_know_is_refuted(url: str) -> None:
    assert (await checked(Vies(url), "SE556036079301")).verdict is Verdict.refuted


@pytest.mark.parametrize("how", ["busy", "silent", "slow"])
async def test_silence_refutes_nobody_and_keeps_what_was_known(
    url: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "TIMEOUT", 0.3 if how == "slow" else 5.0)
    known = await checked(Vies(url, "SE556036079301"), "DE136695976")
    behave(url, how)
    try:
        with pytest.raises(RegisterSilent):
            await Vies(url).find("DE136695976")
        assert await checked(Vies(url), "DE136695976", known) == known
        other = await checked(Vies(url), "ATU13585627", known)
    finally:
        behave(url, "well")
    assert (other.verdict, other.reference) == (Verdict.form_valid, None)


async def test_a_country_outside_is_not_asked_about(url: str) -> None:
    with pytest.raises(RegisterSilent):
        await Vies(url).find("NO995525828MVA")


def test_nothing_is_asked_unless_it_is_set() -> None:
    assert type(vies.plugged_in(Settings())) is VatRegister
    assert isinstance(vies.plugged_in(Settings(vies_url="http://127.0.0.1:1")), Vies)
