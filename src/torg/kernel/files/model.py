"""The words of files, and why an upload is refused."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from torg.kernel.errors import NotFound, Refused, Unavailable

PREFIX = "/files/"


class FileStatus(StrEnum):
    """claimed → kept; a claim that nobody fulfilled → removing → gone."""

    claimed = "claimed"
    kept = "kept"
    removing = "removing"


WIDTHS: Final = (160, 480, 960, 1600)
FORMATS: Final = {"image/avif": "avif", "image/jpeg": "jpg"}


class Rendition(Struct, frozen=True):
    """The same image at another width or in another format; made when it is asked for the first time."""

    name: str
    media_type: str
    width: int
    height: int


class File(Struct, frozen=True):
    """A kept image: its master, whose name says how its renditions are called."""

    name: str
    media_type: str
    size: int
    width: int
    height: int

    @property
    def renditions(self) -> tuple[Rendition, ...]:
        """What it can be had as, from narrow to wide."""
        stem = self.name.partition(".")[0]
        return tuple(
            Rendition(
                f"{stem}-{width}.{ending}", media_type, width, max(1, round(self.height * width / self.width))
            )
            for width in widths(self.width)
            for media_type, ending in FORMATS.items()
        )


def widths(width: int) -> list[int]:
    """The widths at which an image can be had: never wider than it is, and at least one.

    >>> widths(4000), widths(700), widths(90)
    ([160, 480, 960, 1600], [160, 480, 700], [90])
    """
    narrower = [step for step in WIDTHS if step < width]
    return narrower if len(narrower) == len(WIDTHS) else [*narrower, width]


class FileRefused(Refused):
    """The content is not an image that Torg takes; what it was called plays no part."""

    code = "file-type-refused"
    message = "This file cannot be used. Images may be JPEG, PNG, WebP, AVIF or GIF."


class FileTooLarge(Refused):
    """The upload has more bytes than allowed."""

    code = "file-too-large"
    message = "The file is too large. At most {limit} bytes are allowed."


class ImageTooLarge(Refused):
    """The image has more pixels than can be decoded safely."""

    code = "image-too-large"
    message = "The image is too large: {width} by {height} pixels. At most {limit} pixels are allowed."


class BrokenImage(Refused):
    """The image ends too early or contradicts itself."""

    code = "image-broken"
    message = "The image is damaged and cannot be read."


class StoreUnavailable(Unavailable):
    """The disk or the store behind the files does not answer, or is full."""

    code = "files-unavailable"
    message = "Files cannot be stored or read just now. Try again in a moment."


class UnknownFile(NotFound):
    """No file has this name."""

    code = "unknown-file"
    message = "There is no file {name}."


def url(name: str) -> str:
    """Where a browser gets the file."""
    return PREFIX + name
