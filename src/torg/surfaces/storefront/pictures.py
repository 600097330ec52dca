"""Pictures by the names that the catalogue knows, with their renditions, at no statement when they were shown before.

The content of a file's name never changes, so what is remembered of it never grows old.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from torg.kernel import files
from torg.kernel.database import Transaction
from torg.kernel.files import File

MOST_KEPT: Final = 20_000
LIST_WIDTH: Final = 480


class ShopRendition(Struct, frozen=True):
    """The picture at a width, in a format."""

    url: str
    media_type: str
    width: int
    height: int


class ShopPicture(Struct, frozen=True):
    """A picture, what it shows, and at what widths and in what formats it can be had."""

    url: str
    alt: str
    width: int
    height: int
    renditions: tuple[ShopRendition, ...]


class Pictures:
    """What this process remembers of files; `small` are the renditions that a list shows."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._renditions: dict[str, tuple[ShopRendition, ...]] = {}
        self._small: dict[str, tuple[ShopRendition, ...]] = {}
        self._addresses: dict[str | None, str] = {}

    async def meet(self, tx: Transaction, names: Iterable[str | None]) -> None:
        """Learn of the pictures that were never shown; one statement when there are any."""
        unknown = {name for name in names if name is not None and name not in self._files}
        if not unknown:
            return
        if len(self._files) > MOST_KEPT:
            self._files.clear()
            self._renditions.clear()
            self._small.clear()
            self._addresses.clear()
        self._files.update(await files.find(tx, unknown))

    def show(self, name: str | None, alt: str, *, small: bool = False) -> ShopPicture | None:
        """The picture, in a list only as wide as a list shows it; nothing when it is not kept."""
        file = self._files.get(name or "")
        if file is None:
            return None
        renditions = self._small_of(file) if small else self._all_of(file)
        return ShopPicture(files.url(file.name), alt, file.width, file.height, renditions)

    def address(self, name: str | None) -> str | None:
        """Where the picture is that a list shows."""
        found = self._addresses.get(name)
        if found is None and name in self._files:
            small = self._small_of(self._files[name])
            found = self._addresses[name] = small[-1].url if small else files.url(name)
        return found

    def _all_of(self, file: File) -> tuple[ShopRendition, ...]:
        known = self._renditions.get(file.name)
        if known is None:
            known = self._renditions[file.name] = tuple(
                ShopRendition(files.url(one.name), one.media_type, one.width, one.height)
                for one in file.renditions
            )
        return known

    def _small_of(self, file: File) -> tuple[ShopRendition, ...]:
        known = self._small.get(file.name)
        if known is None:
            everything = self._all_of(file)
            small = tuple(one for one in everything if one.width <= LIST_WIDTH)
            known = self._small[file.name] = small or everything[:2]
        return known
