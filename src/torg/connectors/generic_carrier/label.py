"""What stands on a label of 10 by 15 centimetres: sender, recipient, order, weight, customs, and the SSCC as a GS1-128
bar code. Laid out once, in tenths of a millimetre, and drawn by each format.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from torg.customers import printed
from torg.fulfilment import Consignment, Piece
from torg.kernel.money import Money

WIDTH: Final = 1000
HEIGHT: Final = 1500
MARGIN: Final = 50
MODULE: Final = 5
"""Half a millimetre: what GS1 asks at least of logistic labels is 0.495."""
BARS: Final = 340


class Text(Struct, frozen=True):
    """A line of text whose left end stands at (x, y); `size` is the height of its letters' square."""

    x: int
    y: int
    size: int
    text: str
    bold: bool = False


class Rule(Struct, frozen=True):
    """A straight line over the whole width."""

    y: int


class Label(Struct, frozen=True):
    """A label before it is drawn."""

    texts: tuple[Text, ...]
    rules: tuple[Rule, ...]
    digits: str
    bars_y: int


def laid_out(consignment: Consignment, piece: Piece, number: int, sscc: str) -> Label:
    """The label of one parcel, the `number`th of its consignment."""
    texts = [
        *_block(consignment.sender.name, printed(consignment.sender.address), MARGIN + 36, 30, 5),
        *_block(consignment.recipient.name, printed(consignment.recipient.address), 350, 52, 7),
        *_facts(consignment, piece, number),
    ]
    shown = Text(WIDTH // 2 - 290, 1440, 46, f"(00) {sscc}")
    return Label((*texts, shown), (Rule(260), Rule(790), Rule(1010)), "00" + sscc, 1050)


def _block(name: str, lines: list[str], top: int, size: int, most: int) -> Iterator[Text]:
    rest = [line for line in lines if line != name][: most - 1]
    for place, line in enumerate([name, *rest]):
        yield Text(MARGIN, top + place * (size * 13 // 10), size, _fitting(line, size), bold=place == 0)


def _facts(consignment: Consignment, piece: Piece, number: int) -> Iterator[Text]:
    parts = [consignment.number, f"{number}/{len(consignment.pieces)}"]
    if piece.weight_g:
        parts.append(f"{piece.weight_g // 1000}.{piece.weight_g % 1000 // 10:02d} kg")
    if piece.length_mm and piece.width_mm and piece.height_mm:
        sides = (piece.length_mm, piece.width_mm, piece.height_mm)
        parts.append("x".join(str(-(-side // 10)) for side in sides) + " cm")
    yield Text(MARGIN, 850, 40, _fitting("   ".join(parts), 40), bold=True)
    if consignment.abroad:
        for place, line in enumerate(_customs(piece)):
            yield Text(MARGIN, 900 + place * 34, 26, _fitting(line, 26))


def _customs(piece: Piece) -> list[str]:
    """One line a good while there is room: how many, HS code, origin, value."""
    found = []
    for one in piece.goods[:3]:
        worth = ""
        if one.value is not None and one.currency is not None:
            worth = f" {Money(one.value * one.quantity, one.currency).decimal()} {one.currency}"
        found.append(f"{one.quantity}x {one.name} HS {one.hs_code or '-'} {one.origin or '-'}{worth}")
    return found


def _fitting(text: str, size: int) -> str:
    """As much of the text as fits on the label; wide letters take two places."""
    room, kept = (WIDTH - 2 * MARGIN) * 100 // (size * 56), ""
    for letter in text:
        room -= 2 if ord(letter) > 0x2E7F else 1
        if room < 0:
            return kept[:-1] + "…"
        kept += letter
    return kept
