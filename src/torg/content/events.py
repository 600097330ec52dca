"""What others learn of pages."""

from typing import ClassVar

from torg.kernel.events import Event


class PageEvent(Event, frozen=True, kw_only=True):
    """A fact about a page."""

    family: ClassVar[str] = "reference"

    page: str

    def key(self) -> str:
        return self.page


class PagePublished(PageEvent, frozen=True, kw_only=True):
    """Customers see this version of the page from now on."""

    type: ClassVar[str] = "page.published"

    version: int


class PageWithdrawn(PageEvent, frozen=True, kw_only=True):
    """Customers see the page no more."""

    type: ClassVar[str] = "page.withdrawn"
