"""Paper: what is printed or kept as a file, as HTML and as PDF, in the house's look. Knows no commerce.

A `Paper` holds only finished texts; `html(paper)` and `await pdf(paper)` set them. Both say the same, word for word.
The PDF is PDF/A-3 with tags: it can be archived, searched and read aloud, brings its fonts along as subsets, and is
byte by byte the same whenever it is made again.
"""

from torg.kernel.paper.drawing import drawn
from torg.kernel.paper.html import STYLE_HASH, html
from torg.kernel.paper.model import Block, Cell, Column, Fact, Paper, Row, Sum, Table
from torg.kernel.paper.pdf import SETTING, FontsMissing, pdf

__all__ = [
    "SETTING",
    "STYLE_HASH",
    "Block",
    "Cell",
    "Column",
    "Fact",
    "FontsMissing",
    "Paper",
    "Row",
    "Sum",
    "Table",
    "drawn",
    "html",
    "pdf",
]
