"""A small studio: things are drawn as lit bodies on a softly lit ground, the same every time.

Coordinates run from 0 to 100 in both directions, down from the top left. The light comes from the upper left. Drawn at
twice the width and made small, which smooths the edges.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

STEPS: Final = 48
MARGIN: Final = 0.9  # how much of the picture things fill
MIDDLE: Final = 50.0
FOOT: Final = 88.0

Colour = tuple[int, int, int]
Point = tuple[float, float]
Profile = Callable[[float], float]

CREAM: Final[Colour] = (244, 239, 229)
INK: Final[Colour] = (38, 38, 42)
STEEL: Final[Colour] = (186, 190, 194)
WOOD: Final[Colour] = (190, 146, 98)
LEATHER: Final[Colour] = (142, 90, 52)
COFFEE: Final[Colour] = (62, 38, 26)
GLASS: Final[Colour] = (214, 226, 230)
CLEAR: Final[Colour] = (214, 228, 230)
AMBER: Final[Colour] = (206, 136, 48)
SMOKE: Final[Colour] = (116, 116, 122)
SEE_THROUGH: Final = (CLEAR, AMBER, SMOKE)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two; `share` of the other."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]  # three in, three out


def lit(colour: Colour, light: float) -> Colour:
    """The colour under more (above 1) or less light."""
    return (
        mixed(colour, (255, 255, 255), min(light - 1, 1))
        if light > 1
        else mixed(colour, (24, 22, 28), 1 - light)
    )


def _round(x: float) -> float:
    """A body that bends away at both sides, with a highlight left of the middle."""
    return 0.62 + 0.62 * max(0.0, 1 - ((x - 0.34) / 0.62) ** 2) - 0.08 * x


def _flat(x: float) -> float:
    return 1.06 - 0.16 * x


def _metal(x: float) -> float:
    """A polished body: two highlights and a dark line between them."""
    near, far = max(0.0, 1 - ((x - 0.26) / 0.16) ** 2), max(0.0, 1 - ((x - 0.74) / 0.12) ** 2)
    return 0.66 + 0.52 * near + 0.26 * far


PROFILES: Final[dict[str, Profile]] = {"round": _round, "flat": _flat, "metal": _metal}


class Sketch:
    """One picture under way; `variation` tells members of a family apart, `stretch` makes them taller or lower."""

    def __init__(
        self, ground: Colour, width: int, *, variation: int = 0, stretch: tuple[float, float] = (1.0, 1.0)
    ) -> None:
        self.variation = variation
        self.fine = width * 2
        self.image = _ground(ground, self.fine).copy()
        self._wide, self._high = stretch[0] * MARGIN, stretch[1] * MARGIN

    def _px(self, length: float) -> int:
        return round(length * MARGIN * self.fine / 100)

    def _placed(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the picture: things grow and shrink from the middle of the ground."""
        across = MIDDLE + (x - MIDDLE) * self._wide
        down = FOOT + (y - FOOT) * self._high
        return across * self.fine / 100, down * self.fine / 100

    def shadow(self, middle: float, base: float, width: float, depth: float = 5.0) -> None:
        """The soft shadow of something that stands on the ground, darker where it touches."""
        for spread, strength, blur, aside in ((1.0, 95, 2.6, 6.0), (0.9, 120, 0.9, 1.0)):
            small = self.fine // 8
            shade = Image.new("L", (small, small), 0)
            left, top = self._placed(middle - width / 2 * spread, base - depth / 2 * spread)
            right, bottom = self._placed(middle + width / 2 * spread + aside, base + depth * spread * 0.8)
            ImageDraw.Draw(shade).ellipse([left / 8, top / 8, right / 8, bottom / 8], fill=strength)
            self._cast(shade.filter(ImageFilter.GaussianBlur(small / 100 * blur)), (48, 40, 42))

    def body(
        self, points: Sequence[Point], colour: Colour, light: str = "round", *, soft: bool = False
    ) -> None:
        """A filled outline; `soft` runs a smooth curve through its points."""
        outline = [self._placed(x, y) for x, y in (_curve(points) if soft else points)]
        left, top = round(min(x for x, _ in outline)), round(min(y for _, y in outline))
        right, bottom = round(max(x for x, _ in outline)), round(max(y for _, y in outline))
        mask = Image.new("L", (max(2, right - left), max(2, bottom - top)), 0)
        ImageDraw.Draw(mask).polygon([(round(x) - left, round(y) - top) for x, y in outline], fill=255)
        self.image.paste(_lit_surface(mask.size, colour, light), (left, top), mask)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        colour: Colour,
        light: str = "round",
        corner: float = 0.0,
    ) -> None:
        """An upright body with rounded corners."""
        mask, place = self._mask(left, top, right, bottom)
        ImageDraw.Draw(mask).rounded_rectangle(
            [0, 0, mask.width - 1, mask.height - 1], radius=self._px(corner), fill=255
        )
        self.image.paste(_lit_surface(mask.size, colour, light), place, mask)

    def disc(
        self, x: float, y: float, across: float, down: float, colour: Colour, light: str = "flat"
    ) -> None:
        """An ellipse around a middle, by its half axes."""
        mask, place = self._mask(x - across, y - down, x + across, y + down)
        ImageDraw.Draw(mask).ellipse([0, 0, mask.width - 1, mask.height - 1], fill=255)
        self.image.paste(_lit_surface(mask.size, colour, light), place, mask)

    def _mask(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[Image.Image, tuple[int, int]]:
        (near, high), (far, low) = self._placed(left, top), self._placed(right, bottom)
        size = max(2, round(far) - round(near)), max(2, round(low) - round(high))
        return Image.new("L", size, 0), (round(near), round(high))

    def ring(self, x: float, y: float, across: float, down: float, width: float, colour: Colour) -> None:
        """The outline of an ellipse: a handle, a rim, a loop."""
        corners = [*self._placed(x - across, y - down), *self._placed(x + across, y + down)]
        ImageDraw.Draw(self.image).ellipse(corners, outline=colour, width=max(1, self._px(width)))

    def line(self, points: Sequence[Point], width: float, colour: Colour, *, soft: bool = False) -> None:
        """A stroke with round ends through the points."""
        path = [self._placed(x, y) for x, y in (_curve(points, closed=False) if soft else points)]
        draw = ImageDraw.Draw(self.image)
        draw.line(path, fill=colour, width=max(1, self._px(width)), joint="curve")
        half = self._px(width) / 2
        for x, y in (path[0], path[-1]):
            draw.ellipse([x - half, y - half, x + half, y + half], fill=colour)

    def laid(self, points: Sequence[Point], *, soft: bool = False) -> None:
        """The shadow of something that lies flat: its outline, blurred and a little aside."""
        small = self.fine // 8
        shade = Image.new("L", (small, small), 0)
        outline = [self._placed(x + 1.4, y + 2.0) for x, y in (_curve(points) if soft else points)]
        ImageDraw.Draw(shade).polygon([(x / 8, y / 8) for x, y in outline], fill=120)
        self._cast(shade.filter(ImageFilter.GaussianBlur(small / 100 * 1.6)), (48, 40, 42))

    def ware(self, points: Sequence[Point], colour: Colour, *, soft: bool = False) -> None:
        """A body of the colour's own stuff: see-through when that is glass."""
        if colour in SEE_THROUGH:
            self.glass(points, mixed(colour, (236, 242, 243), 0.3), 0.62, soft=soft)
        else:
            self.body(points, colour, soft=soft)

    def glass(self, points: Sequence[Point], colour: Colour, strength: float, *, soft: bool = False) -> None:
        """A filled outline through which the ground shines."""
        outline = [self._placed(x, y) for x, y in (_curve(points) if soft else points)]
        left, top = round(min(x for x, _ in outline)), round(min(y for _, y in outline))
        right, bottom = round(max(x for x, _ in outline)), round(max(y for _, y in outline))
        mask = Image.new("L", (max(2, right - left), max(2, bottom - top)), 0)
        level = round(255 * strength)
        ImageDraw.Draw(mask).polygon([(round(x) - left, round(y) - top) for x, y in outline], fill=level)
        self.image.paste(_lit_surface(mask.size, colour, "round"), (left, top), mask)

    def gleam(self, points: Sequence[Point], width: float, strength: int = 90) -> None:
        """A soft streak of light on what was drawn."""
        shine = Image.new("L", (self.fine // 4, self.fine // 4), 0)
        unit = self.fine / 400
        path = [(x / 4, y / 4) for x, y in (self._placed(x, y) for x, y in points)]
        ImageDraw.Draw(shine).line(path, fill=strength, width=max(1, round(width * unit * MARGIN)))
        self._cast(shine.filter(ImageFilter.GaussianBlur(unit * 0.9)), (255, 255, 255))

    def _cast(self, small: Image.Image, colour: Colour) -> None:
        """Lay a colour on where the small mask says, and only there."""
        box = small.getbbox()
        if box is None:
            return
        times = self.fine // small.width
        part = small.crop(box)
        large = part.resize((part.width * times, part.height * times), Resampling.BILINEAR)
        self.image.paste(colour, (box[0] * times, box[1] * times), large)

    def finished(self) -> Image.Image:
        """The picture at its size."""
        return self.image.reduce(2)


@lru_cache(maxsize=4)
def _ground(tone: Colour, width: int) -> Image.Image:
    """A wall that falls into a floor, lighter where the light comes in; pictures of one colour follow each other."""
    wall = Image.new("RGB", (1, 8))
    for row, light in enumerate((1.25, 1.18, 1.1, 1.02, 0.97, 0.95, 1.0, 0.96)):
        wall.putpixel((0, row), lit(tone, light))
    wall = wall.resize((64, 64), Resampling.BICUBIC)
    glow = ImageChops.invert(Image.radial_gradient("L")).resize((128, 128)).point(lambda value: value // 5)
    wall.paste((255, 255, 255), (-40, -44), glow)
    return wall.filter(ImageFilter.GaussianBlur(2)).resize((width, width), Resampling.BICUBIC)


def _lit_surface(size: tuple[int, int], colour: Colour, light: str) -> Image.Image:
    return _strip(colour, light).resize(size, Resampling.BILINEAR)


@lru_cache(maxsize=1024)
def _strip(colour: Colour, light: str) -> Image.Image:
    """How the light falls across a body, and a little less of it further down."""
    profile = PROFILES[light]
    strip = Image.new("RGB", (STEPS, 2))
    shades = [profile(step / (STEPS - 1)) for step in range(STEPS)]
    strip.putdata([lit(colour, shade * down) for down in (1.03, 0.9) for shade in shades])
    return strip


def _curve(points: Sequence[Point], *, closed: bool = True, steps: int = 14) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    count = len(points)
    path: list[Point] = []
    for place in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(place + step) % count] for step in (-1, 0, 1, 2))
        else:
            a, b = points[max(place - 1, 0)], points[place]
            c, d = points[place + 1], points[min(place + 2, count - 1)]
        for step in range(steps):
            t = step / steps
            path.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return path if closed else [*path, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
