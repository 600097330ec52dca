"""How the text of a page becomes HTML: CommonMark with tables, and nothing that its writer could harm a reader with.

HTML in a text is shown as text. Links lead to pages, mail and telephones and to nothing that runs; pictures are left
out, because the shop's pages load nothing from elsewhere. Its headings stand below the page's own.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SAFE: Final = frozenset({"", "http", "https", "mailto", "tel"})
DEEPEST: Final = 6
MOST_KEPT: Final = 500


def _links_well(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in SAFE
    except ValueError:
        return False


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # with the first page: most processes that start have none to show

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = _links_well  # type: ignore[method-assign]  # the library's own way to say which links are good
    return reader


@lru_cache(maxsize=MOST_KEPT)
def html(text: str) -> str:
    """The text as HTML that is safe to put into a page.

    >>> html("# Hi *you*").strip(), html("<b>x</b>").strip()
    ('<h2>Hi <em>you</em></h2>', '<p>&lt;b&gt;x&lt;/b&gt;</p>')
    >>> html("[x](javascript:alert(1))").strip()
    '<p>[x](javascript:alert(1))</p>'
    """
    markdown = _markdown()
    tokens = markdown.parse(text)
    _lower(tokens)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _lower(tokens: Sequence["Token"]) -> None:
    """Headings one step down."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(DEEPEST, int(token.tag[1:]) + 1)}"
