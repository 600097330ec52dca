"""What the practice retailer says on pages of its own: about, delivery, returns, terms, privacy, in six languages.

A page that is there is left as it is: somebody may have written it anew.
"""

import tomllib
from pathlib import Path
from typing import Final

from torg.content import NewPage, PageText, add_page, pages, publish_page
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.i18n import LANGUAGES

PAGES: Final = Path(__file__).parent / "pages"


async def fill(tx: Transaction) -> None:
    """Write and publish the pages that are missing."""
    known = {page.code for page in await pages(tx, by=SYSTEM)}
    for path in sorted(PAGES.glob("*.toml")):
        if path.stem not in known:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
            texts = {language: PageText(**told[language]) for language in LANGUAGES}
            new = NewPage(code=path.stem, texts=texts, position=told["position"])
            await add_page(tx, new, by=SYSTEM)
            await publish_page(tx, path.stem, 1, by=SYSTEM)
