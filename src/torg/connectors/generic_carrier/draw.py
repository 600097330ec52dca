"""A label as SVG, for any screen and printer, and as ZPL, which label printers understand themselves."""

from typing import Final
from xml.sax.saxutils import escape

from torg.connectors.generic_carrier import code128
from torg.connectors.generic_carrier.label import BARS, HEIGHT, MARGIN, MODULE, WIDTH, Label

DOTS: Final = 8
"""Dots a millimetre of a printer with 203 dots an inch."""
FONT: Final = "Inter,'BIZ UDPGothic','Noto Sans','Noto Sans JP','DejaVu Sans',Arial,sans-serif"


def svg(label: Label) -> bytes:
    """The label as a picture of 100 by 150 millimetres."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="150mm" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<g fill="#000" font-family="{FONT}">',
    ]
    for one in label.texts:
        weight = ' font-weight="700"' if one.bold else ""
        parts.append(
            f'<text x="{one.x}" y="{one.y}" font-size="{one.size}"{weight}>{escape(one.text)}</text>'
        )
    parts += [
        f'<rect x="{MARGIN}" y="{rule.y}" width="{WIDTH - 2 * MARGIN}" height="4"/>' for rule in label.rules
    ]
    left = _left(label)
    bars = "".join(
        f"M{left + at * MODULE} {label.bars_y}h{wide * MODULE}v{BARS}h-{wide * MODULE}z"
        for at, wide in code128.bars(label.digits)
    )
    return "\n".join([*parts, f'<path shape-rendering="crispEdges" d="{bars}"/>', "</g>", "</svg>"]).encode()


def zpl(label: Label) -> bytes:
    """The label for a printer with eight dots a millimetre; the printer draws the bar code itself."""
    lines = ["^XA", "^CI28", f"^PW{WIDTH * DOTS // 10}", f"^LL{HEIGHT * DOTS // 10}", "^LH0,0"]
    for one in label.texts[:-1]:
        size = one.size * DOTS // 10
        lines.append(
            f"^FO{_dots(one.x)},{_dots(one.y - one.size)}^A0N,{size},{size}^FH^FD{_field(one.text)}^FS"
        )
    lines += [
        f"^FO{_dots(MARGIN)},{_dots(rule.y)}^GB{_dots(WIDTH - 2 * MARGIN)},3,3^FS" for rule in label.rules
    ]
    code = f"^FO{_dots(_left(label))},{_dots(label.bars_y)}^BY{MODULE * DOTS // 10}^BCN,{_dots(BARS)},N,N,N,D"
    lines += [f"{code}^FD>;>8{label.digits}^FS"]
    shown = label.texts[-1]
    lines.append(
        f"^FO{_dots(shown.x)},{_dots(shown.y - shown.size)}^A0N,{_dots(shown.size)},{_dots(shown.size)}"
        f"^FH^FD{_field(shown.text)}^FS"
    )
    return "\n".join([*lines, "^XZ", ""]).encode()


def _left(label: Label) -> int:
    return (WIDTH - code128.width(label.digits) * MODULE) // 2


def _dots(tenths: int) -> int:
    return tenths * DOTS // 10


def _field(text: str) -> str:
    """Text as ZPL takes it: its own signs are written as numbers."""
    return "".join(f"_{ord(letter):02X}" if letter in "^~_\\" else letter for letter in text)
