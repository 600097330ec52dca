"""From an upload to a clean master, and from the master to its renditions: the same pixels painted anew.

Pure but for the time it takes: no disk, no network. Nothing of the upload but its pixels survives, so neither a hidden
place of residence nor a script in a comment can. Limits are checked from the header, before a pixel is decoded.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from PIL import Image, ImageCms, ImageOps
from PIL.Image import Resampling

from torg.kernel.files.model import BrokenImage, FileRefused, FileTooLarge, ImageTooLarge

MOST_BYTES: Final = 20_000_000
MOST_PIXELS: Final = 50_000_000
MASTER: Final = 3200  # the longest side of what is kept
JPEG: Final = {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True}
AVIF: Final = {"format": "AVIF", "quality": 60, "speed": 8, "max_threads": 2}
MASTER_OPAQUE: Final = {
    "format": "JPEG",
    "quality": 92,
    "subsampling": 0,
    "progressive": True,
    "optimize": True,
}
MASTER_ALPHA: Final = {"format": "WEBP", "quality": 92, "method": 4}
KINDS: Final = {"JPEG": ("image/jpeg", "jpg"), "AVIF": ("image/avif", "avif"), "WEBP": ("image/webp", "webp")}
RENDITIONS: Final = {"image/avif": AVIF, "image/jpeg": JPEG}
ALLOWED: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
WHITE: Final = (255, 255, 255)
SRGB: Final = ImageCms.createProfile("sRGB")
DEEP: Final = 256  # a 16-bit grey value in terms of an 8-bit one


class Painted(Struct, frozen=True):
    """A master ready to be kept under the name of its content."""

    name: str
    media_type: str
    content: bytes
    width: int
    height: int


def kind_of(content: bytes) -> str | None:
    """The format that the first bytes say, one of `ALLOWED`, or nothing."""
    head = content[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and (head[8:12] in {b"avif", b"avis"} or b"avif" in head[16:32]):
        return "AVIF"
    return None


def paint(content: bytes) -> Painted:
    """The master of an upload; refuses what is too large, not an image, or damaged. May take a second."""
    if len(content) > MOST_BYTES:
        raise FileTooLarge(limit=MOST_BYTES)
    kind = kind_of(content)
    if kind is None:
        raise FileRefused()
    image = _decode(content, kind)
    encoded = _encoded(image, MASTER_ALPHA if image.mode == "RGBA" else MASTER_OPAQUE)
    media_type, ending = KINDS["WEBP" if image.mode == "RGBA" else "JPEG"]
    name = f"{hashlib.sha256(encoded).hexdigest()}.{ending}"
    return Painted(name, media_type, encoded, image.width, image.height)


def rendition(master: bytes, width: int, media_type: str) -> bytes:
    """A master at another width, in another format; what shines through is white where the format cannot say so."""
    image = Image.open(io.BytesIO(master))
    image.load()
    small = _narrow(image, width)
    return _encoded(_opaque(small) if media_type == "image/jpeg" else small, RENDITIONS[media_type])


def _decode(content: bytes, kind: str) -> Image.Image:
    with _hostile(), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        opened = Image.open(io.BytesIO(content), formats=(kind,))
    if opened.width * opened.height > MOST_PIXELS:
        raise ImageTooLarge(width=opened.width, height=opened.height, limit=MOST_PIXELS)
    with _hostile():
        if kind == "JPEG":
            opened.draft(None, (MASTER, MASTER))
        opened.load()
        profile = opened.info.get("icc_profile")
        plain = _plain(ImageOps.exif_transpose(opened), profile if isinstance(profile, bytes) else None)
        plain.thumbnail((MASTER, MASTER), Resampling.LANCZOS)
    return plain


@contextmanager
def _hostile() -> Iterator[None]:
    # Decoders answer made-up bytes with errors of every kind (OSError, RuntimeError, struct.error …).
    try:
        yield
    except Exception as wrong:
        raise BrokenImage() from wrong


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The pixels in sRGB, with alpha only where something shines through."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / DEEP).convert("L")
    see_through = image.has_transparency_data
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        image = _to_srgb(image, profile)
    image = image.convert("RGBA" if see_through else "RGB")
    if see_through and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        wanted = "RGBA" if image.mode == "RGBA" else "RGB"
        changed = ImageCms.profileToProfile(image, source, SRGB, outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that cannot be read says nothing about the colours
    return changed or image


def _narrow(image: Image.Image, width: int) -> Image.Image:
    if width == image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Resampling.LANCZOS, reducing_gap=3.0)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _encoded(image: Image.Image, options: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)  # type: ignore[arg-type]  # each format has options of its own
    return buffer.getvalue()
