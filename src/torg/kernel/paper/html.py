"""A paper as a page that stands by itself: nothing is loaded, nothing runs."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment

from torg.kernel import templates
from torg.kernel.paper.model import Paper

FOLDER: Final = Path(__file__).parent / "papers"
STYLE: Final = (FOLDER / "paper.css").read_text(encoding="utf-8")
STYLE_HASH: Final = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""What a content security policy has to allow for the page's own style."""


@cache
def _environment() -> Environment:
    return templates.environment("papers", escape=True)


def html(paper: Paper) -> str:
    """The paper as one HTML page, for the screen and for a printer."""
    return _environment().get_template("paper/paper.html").render(paper=paper, style=STYLE)
