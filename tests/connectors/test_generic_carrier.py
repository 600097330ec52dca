"""The generic carrier: numbers without repeats, labels that scanners read, the same for the same key."""

import asyncio
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.connectors.generic_carrier import GenericCarrier
from torg.connectors.generic_carrier.code128 import PATTERNS, STOP, bars, values, width
from torg.connectors.generic_carrier.sscc import genuine, sscc
from torg.customers import Address
from torg.fulfilment import CarrierRefused, Consignment, Goods, LabelFormat, Party, Piece
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.settings import Settings

LAGER = Party("Lager Oslo", Address(country="NO", street="Alfasetveien 11", city="Oslo", postal_code="0668"))
KARI = Party(
    "Kari <Nordmann> & 東京",
    Address(country="SE", name="Kari", street="Storgatan 1", city="Malmö", postal_code="211 34"),
)
MUG = Goods("Enamel mug", "MUG-1", 2, 350, 12900, "NOK", "732394", "NO")


def consignment(pieces: int = 1) -> Consignment:
    parcels = tuple(Piece(new_id(), (MUG,), 900, 300, 200, 100) for _ in range(pieces))
    key = new_id().hex
    return Consignment(key, UUID(key), "NO-7K3M9Q", None, LAGER, KARI, parcels, "nb", abroad=True)


@given(st.integers(0, 10**9))
def test_every_serial_number_has_a_code_of_its_own_that_checks_itself(serial: int) -> None:
    code = sscc("0614141", serial)
    assert genuine(code) and code != sscc("0614141", serial + 1)
    for place in range(18):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        assert not genuine(wrong)


@given(st.from_regex("[0-9]{20}", fullmatch=True))
def test_the_bars_can_be_read_back(digits: str) -> None:
    modules = [0] * width(digits)
    for at, wide in bars(digits):
        modules[at : at + wide] = [1] * wide
    drawn = "".join(map(str, modules))
    runs = [len(run) for run in re.findall(r"1+|0+", drawn)]
    symbols = ["".join(map(str, runs[at : at + 6])) for at in range(0, len(runs) - 7, 6)]
    read = [PATTERNS.index(symbol) for symbol in symbols] + [STOP]
    assert read == values(digits)
    assert "".join(f"{value:02d}" for value in read[2:-2]) == digits


def test_every_pattern_is_eleven_modules_wide_and_its_own() -> None:
    assert len(set(PATTERNS)) == 107
    assert {sum(map(int, pattern)) for pattern in PATTERNS[:STOP]} == {11}


async def test_the_same_key_gives_the_same_numbers_and_labels(database: Database, settings: Settings) -> None:
    carrier, wish = GenericCarrier(settings, database), consignment(2)
    one, two = await carrier.book(wish, wish.key), await carrier.book(wish, wish.key)
    assert one == two
    first = one.parcels[0]
    assert genuine(first.tracking)
    drawn = first.labels[LabelFormat.svg].decode()
    assert f"(00) {first.tracking}" in drawn and "Kari &lt;Nordmann&gt; &amp; 東京" in drawn
    assert "732394" in drawn and "258.00 NOK" in drawn
    assert f">;>800{first.tracking}" in first.labels[LabelFormat.zpl].decode()
    assert first.labels[LabelFormat.pdf].startswith(b"%PDF")


async def test_many_at_once_never_get_the_same_number(database: Database, settings: Settings) -> None:
    carrier = GenericCarrier(settings, database)
    wishes = [consignment(3) for _ in range(8)]
    booked = await asyncio.gather(*(carrier.book(wish, wish.key) for wish in (*wishes, *wishes)))
    numbers = {parcel.tracking for booking in booked for parcel in booking.parcels}
    assert len(numbers) == 8 * 3


async def test_a_live_installation_without_a_prefix_is_refused(
    database: Database, settings: Settings
) -> None:
    from msgspec.structs import replace

    carrier = GenericCarrier(replace(settings, environment="live"), database)
    wish = consignment()
    with pytest.raises(CarrierRefused):
        await carrier.book(wish, wish.key)
