"""Codes for scanners, as pictures that stand in the page."""

import segno
from markupsafe import Markup


def drawn(text: str) -> Markup:
    """A QR code, black on white in every theme, as large as its place."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(border=3, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704  # our own text, drawn by the library
