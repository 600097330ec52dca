"""An upload is taken for what it is; nothing of it survives but its pixels."""

import doctest
import hashlib
import io
import struct
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from torg.kernel.files import BrokenImage, File, FileRefused, FileTooLarge, ImageTooLarge, images, model
from torg.kernel.files.images import MASTER, MOST_BYTES, Painted, paint, rendition

KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    made = Image.new("RGB", (width, height), "red")
    made.paste(Image.new("RGB", (width - width // 2, height), "blue"), (width // 2, 0))
    return made.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(painted: Painted) -> Image.Image:
    image = Image.open(io.BytesIO(painted.content))
    image.load()
    return image


def file_of(master: Painted) -> File:
    return File(master.name, master.media_type, len(master.content), master.width, master.height)


def everything(master: Painted) -> list[Image.Image]:
    """The master and all that it can be had as."""
    made = [rendition(master.content, one.width, one.media_type) for one in file_of(master).renditions]
    return [opened(master), *(Image.open(io.BytesIO(content)) for content in made)]


def near(image: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = image.convert("RGB").getpixel(place)
    return isinstance(found, tuple) and all(abs(a - b) < 40 for a, b in zip(found, colour, strict=True))


def test_the_examples_in_the_module_are_true():
    assert doctest.testmod(images).failed == 0
    assert doctest.testmod(model).attempted > 0 == doctest.testmod(model).failed


@pytest.mark.parametrize("kind", KINDS)
def test_every_allowed_kind_is_painted_anew(kind: str):
    master = paint(encoded(picture(), kind))
    assert (master.width, master.height, master.media_type) == (60, 40, "image/jpeg")
    for one in everything(master):
        assert one.size == (60, 40)
        assert near(one, (10, 20), (255, 0, 0))
        assert near(one, (50, 20), (0, 0, 255))


def test_a_huge_image_is_made_smaller_and_a_wide_one_can_be_had_at_all_widths():
    master = paint(encoded(picture(4000, 1000)))
    assert (master.width, master.height) == (MASTER, MASTER // 4)
    renditions = file_of(master).renditions
    assert [(one.width, one.media_type) for one in renditions] == [
        (width, kind) for width in (160, 480, 960, 1600) for kind in ("image/avif", "image/jpeg")
    ]
    assert [one.height for one in renditions[::2]] == [40, 120, 240, 400]
    for told, made in zip(renditions, everything(master)[1:], strict=True):
        assert made.size == (told.width, told.height)
        assert made.format == ("AVIF" if told.name.endswith(".avif") else "JPEG")


def test_a_name_is_the_hash_of_the_content_and_the_same_upload_gives_the_same_name():
    first, second = paint(encoded(picture())), paint(encoded(picture()))
    assert first == second
    assert first.name == hashlib.sha256(first.content).hexdigest() + ".jpg"
    assert first.name != paint(encoded(picture(50))).name


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (59.0, 54.0, 50.0)
    exif[0x8825] = {1: "N", 2: (59.0, 54.0, 50.0)}
    upload = encoded(picture(60, 40), exif=exif, comment=b"SecretComment")
    assert b"SecretCamera" in upload
    master = paint(upload)
    assert (master.width, master.height) == (40, 60)
    assert near(opened(master), (20, 5), (255, 0, 0))
    assert near(opened(master), (20, 55), (0, 0, 255))
    assert b"Secret" not in master.content
    for one in everything(master):
        assert dict(one.getexif()) == {}
        assert not {"exif", "icc_profile", "comment", "xmp"} & one.info.keys()


def test_texts_and_scripts_hidden_in_an_image_do_not_survive():
    hidden = PngInfo()
    hidden.add_text("note", "<script>alert(1)</script>")
    uploads = [
        encoded(picture(), "PNG", pnginfo=hidden),
        encoded(picture()) + b"<script>alert(1)</script>",
        encoded(picture(), comment=b"<script>alert(1)</script>"),
        encoded(picture(), "GIF", comment=b"<script>alert(1)</script>"),
    ]
    for upload in uploads:
        assert b"script" not in paint(upload).content


def test_what_shines_through_stays_so_but_in_jpeg_it_is_white():
    image = picture(mode="RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    master = paint(encoded(image, "PNG"))
    assert master.media_type == "image/webp"
    original, avif, jpeg = everything(master)
    assert original.mode == avif.mode == "RGBA"
    assert near(jpeg, (10, 20), (255, 255, 255))


def test_an_alpha_channel_that_hides_nothing_is_left_out():
    master = paint(encoded(picture(mode="RGBA"), "PNG"))
    assert master.media_type == "image/jpeg"


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16"])
def test_images_of_every_colour_mode_are_understood(mode: str):
    white = Image.new("RGB", (60, 40), "white")
    image = Image.new("I;16", (60, 40), 65535) if mode == "I;16" else white.convert(mode)
    for one in everything(paint(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))):
        assert near(one, (30, 20), (255, 255, 255))


def test_a_palette_with_a_see_through_colour_is_understood():
    image = picture().quantize(2)
    master = paint(encoded(image, "PNG", transparency=0))
    assert opened(master).mode == "RGBA"


def test_colours_are_brought_into_srgb_and_a_broken_profile_is_ignored():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for wrong in (profile, profile[:200], b"nonsense"):
        master = paint(encoded(picture(), icc_profile=wrong))
        assert near(opened(master), (10, 20), (255, 0, 0))
        assert "icc_profile" not in opened(master).info


def test_of_a_moving_picture_the_first_frame_is_taken():
    frames = [picture(), Image.new("RGB", (60, 40), "green")]
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        upload = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert near(opened(paint(upload)), (10, 20), (255, 0, 0))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_the_smallest_and_thinnest_images_are_painted(size: tuple[int, int]):
    master = paint(encoded(picture(*size) if size[0] > 1 else Image.new("RGB", size), "PNG"))
    assert (master.width, master.height) == size
    told = [(one.width, one.height) for one in file_of(master).renditions]
    assert [one.size for one in everything(master)[1:]] == told


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg/>',
        b"\xef\xbb\xbf<svg/>",
        b"\xff\xfe<\x00s\x00v\x00g\x00",
        b"\x1f\x8b\x08svgz",
        b"<!doctype html><script>alert(1)</script>",
        b"   <html>",
        b"%PDF-1.7",
        b"BM" + b"\x00" * 100,
        b"II*\x00" + b"\x00" * 100,
        b"MZ\x90\x00",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"RIFF\x00\x00\x00\x00AVI ",
        b"%!PS-Adobe",
        b"\x00\x00\x01\x00",
    ],
)
def test_what_is_no_image_of_the_allowed_kinds_is_refused_by_its_content(content: bytes):
    with pytest.raises(FileRefused):
        paint(content)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_ends_too_early_is_refused(kind: str):
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    upload = encoded(noise, kind)
    for length in (40, len(upload) // 3, len(upload) * 2 // 3):
        with pytest.raises(BrokenImage):
            paint(upload[:length])


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that says it is huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 5_001), (2**31 - 1, 1), (500_000, 500_000)])
def test_an_image_that_would_fill_the_memory_is_refused_before_it_is_decoded(size: tuple[int, int]):
    started = time.monotonic()
    with pytest.raises((ImageTooLarge, BrokenImage)):
        paint(bomb(*size))
    assert time.monotonic() - started < 1


def test_the_limit_of_pixels_is_told():
    with pytest.raises(ImageTooLarge) as refused:
        paint(bomb(10_000, 5_001))
    assert refused.value.facts == {"width": 10_000, "height": 5_001, "limit": 50_000_000}


def test_too_many_bytes_are_refused_unread():
    with pytest.raises(FileTooLarge):
        paint(b"\xff\xd8\xff" + b"\x00" * MOST_BYTES)


HEADS = [encoded(picture(20, 20), kind) for kind in KINDS]


def damage(upload: bytes, changes: list[tuple[int, int]]) -> bytes:
    damaged = bytearray(upload)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    return bytes(damaged)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(HEADS),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_damaged_image_is_painted_or_refused_but_never_a_defect(
    upload: bytes, changes: list[tuple[int, int]]
):
    with suppress(BrokenImage, ImageTooLarge, FileRefused):
        paint(damage(upload, changes))


@settings(deadline=None)
@given(st.sampled_from([head[:16] for head in HEADS]), st.binary(max_size=300))
def test_nonsense_behind_a_right_beginning_is_refused(head: bytes, rest: bytes):
    with pytest.raises((BrokenImage, ImageTooLarge, FileRefused)):
        paint(head + rest)
