"""The words of files, and why an upload is refused."""

from enum import StrEnum

from msgspec import Struct

from torg.kernel.errors import NotFound, Refused, Unavailable

PREFIX = "/files/"


class FileStatus(StrEnum):
    """claimed → kept; a claim that nobody fulfilled → removing → gone."""

    claimed = "claimed"
    kept = "kept"
    removing = "removing"


class Rendition(Struct, frozen=True):
    """The same image at another width or in another format."""

    name: str
    media_type: str
    width: int
    height: int


class File(Struct, frozen=True):
    """A kept image: its master, and its renditions from narrow to wide."""

    name: str
    media_type: str
    size: int
    width: int
    height: int
    renditions: tuple[Rendition, ...]


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
