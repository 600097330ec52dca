"""A paper as a PDF file, set by Typst.

Texts reach the setting as data and are never read as markup. A text with a letter that the fonts lack (Hangul, Arabic,
an emoji) is set all the same, with a sign in its place and outside the archive's standard: a document always exists.
Setting one takes tens of milliseconds of one core, in a thread; not more than two are set at once in a process.
"""

import asyncio
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from torg.kernel.paper.model import Paper
from torg.settings import ROOT

if TYPE_CHECKING:
    from typst import Fonts

FONTS: Final = ROOT / "ui" / "dist" / "fonts"
SOURCE: Final = (Path(__file__).parent / "papers" / "paper.typ").read_bytes()
SETTING: Final = hashlib.sha256(SOURCE).hexdigest()[:12]
"""Changes when papers are set in another way."""

NO_GLYPH: Final = "could not be displayed with font"

AT_ONCE = asyncio.Semaphore(2)


class FontsMissing(RuntimeError):
    """The front end was not built, which brings the fonts of documents."""

    def __init__(self) -> None:
        super().__init__(
            f"there are no fonts in {FONTS}; build the front end: npm ci and npm run build in ui"
        )


@cache
def fonts() -> "Fonts":
    """The fonts that everything is set in."""
    import typst  # here and below, since it is large and most processes never set a paper

    if not any(FONTS.glob("*.ttf")):
        raise FontsMissing()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _set(paper: Paper) -> bytes:
    import typst

    try:
        return _compiled(paper, archived=True)
    except typst.TypstError as error:
        if NO_GLYPH not in str(error):
            raise
        # People's names may be of any script; the archive's standard forbids the sign that stands for what fonts lack.
        return _compiled(paper, archived=False)


def _compiled(paper: Paper, *, archived: bool) -> bytes:
    import typst

    made = typst.compile(
        SOURCE,
        font_paths=fonts(),
        format="pdf",
        sys_inputs={"paper": msgspec.json.encode(paper).decode()},
        pdf_standards=["a-3b"] if archived else None,
        timestamp=paper.at.replace(microsecond=0),  # the format knows whole seconds
    )
    assert isinstance(made, bytes)
    return made


async def pdf(paper: Paper) -> bytes:
    """The paper as a PDF file: the same bytes for the same paper."""
    async with AT_ONCE:
        return await asyncio.to_thread(_set, paper)
