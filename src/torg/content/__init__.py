"""What a retailer says on pages of its own: about, delivery, withdrawal, terms, privacy; in every language.

Owns pages, their versions and their addresses. Promises that a version never changes once it is written, that what is
shown is a version that somebody has published, that an address leads to one page for good, and that no text becomes
anything but text: no HTML, no script, no picture of others. Publishes `page.published`, `page.withdrawn`.
"""

from torg.content.events import PagePublished, PageWithdrawn
from torg.content.model import ContentPage, PageCode, PageNotFound, PageText
from torg.content.paper import html
from torg.content.publish import publish_page, withdraw_page
from torg.content.shown import Shown, ShownPage, shown_pages
from torg.content.write import NewPage, PageChange, add_page, change_page, page, pages

__all__ = [
    "ContentPage",
    "NewPage",
    "PageChange",
    "PageCode",
    "PageNotFound",
    "PagePublished",
    "PageText",
    "PageWithdrawn",
    "Shown",
    "ShownPage",
    "add_page",
    "change_page",
    "html",
    "page",
    "pages",
    "publish_page",
    "shown_pages",
    "withdraw_page",
]
