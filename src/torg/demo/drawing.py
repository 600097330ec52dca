"""A small studio: things are drawn as lit bodies on a softly lit ground, the same every time.

Coordinates run from 0 to 100 in both directions, down from the top left. The light comes from the upper left. Drawn at
twice the width and made small, which smooths the edges.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

STEPS: Final = 48

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
    """One picture under way."""

    def __init__(self, ground: Colour, width: int) -> None:
        self.fine = width * 2
        self.image = _ground(ground, self.fine)

    def _px(self, length: float) -> int:
        return round(length * self.fine / 100)

    def shadow(self, middle: float, base: float, width: float, depth: float = 5.0) -> None:
        """The soft shadow of something that stands on the ground."""
        small = self.fine // 8
        unit = small / 100
        shade = Image.new("L", (small, small), 0)
        box = [
            (middle - width / 2) * unit,
            (base - depth / 2) * unit,
            (middle + width / 2 + 6) * unit,
            (base + depth) * unit,
        ]
        ImageDraw.Draw(shade).ellipse(box, fill=150)
        self._cast(shade.filter(ImageFilter.GaussianBlur(unit * 2.2)), (52, 44, 44))

    def body(
        self, points: Sequence[Point], colour: Colour, light: str = "round", *, soft: bool = False
    ) -> None:
        """A filled outline; `soft` runs a smooth curve through its points."""
        outline = _curve(points) if soft else list(points)
        left, top = min(x for x, _ in outline), min(y for _, y in outline)
        right, bottom = max(x for x, _ in outline), max(y for _, y in outline)
        scaled = [(self._px(x) - self._px(left), self._px(y) - self._px(top)) for x, y in outline]
        mask = Image.new(
            "L", (max(2, self._px(right) - self._px(left)), max(2, self._px(bottom) - self._px(top))), 0
        )
        ImageDraw.Draw(mask).polygon(scaled, fill=255)
        self.image.paste(_lit_surface(mask.size, colour, light), (self._px(left), self._px(top)), mask)

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
        mask = Image.new(
            "L", (max(2, self._px(right) - self._px(left)), max(2, self._px(bottom) - self._px(top))), 0
        )
        ImageDraw.Draw(mask).rounded_rectangle(
            [0, 0, mask.width - 1, mask.height - 1], radius=self._px(corner), fill=255
        )
        self.image.paste(_lit_surface(mask.size, colour, light), (self._px(left), self._px(top)), mask)

    def disc(
        self, x: float, y: float, across: float, down: float, colour: Colour, light: str = "flat"
    ) -> None:
        """An ellipse around a middle, by its half axes."""
        mask = Image.new("L", (max(2, self._px(2 * across)), max(2, self._px(2 * down))), 0)
        ImageDraw.Draw(mask).ellipse([0, 0, mask.width - 1, mask.height - 1], fill=255)
        self.image.paste(
            _lit_surface(mask.size, colour, light), (self._px(x - across), self._px(y - down)), mask
        )

    def ring(self, x: float, y: float, across: float, down: float, width: float, colour: Colour) -> None:
        """The outline of an ellipse: a handle, a rim, a loop."""
        ImageDraw.Draw(self.image).ellipse(
            [self._px(x - across), self._px(y - down), self._px(x + across), self._px(y + down)],
            outline=colour,
            width=self._px(width),
        )

    def line(self, points: Sequence[Point], width: float, colour: Colour, *, soft: bool = False) -> None:
        """A stroke with round ends through the points."""
        path = _curve(points, closed=False) if soft else list(points)
        draw = ImageDraw.Draw(self.image)
        draw.line(
            [(self._px(x), self._px(y)) for x, y in path], fill=colour, width=self._px(width), joint="curve"
        )
        for x, y in (path[0], path[-1]):
            half = width / 2
            draw.ellipse(
                [self._px(x - half), self._px(y - half), self._px(x + half), self._px(y + half)], fill=colour
            )

    def gleam(self, points: Sequence[Point], width: float, strength: int = 90) -> None:
        """A soft streak of light on what was drawn."""
        shine = Image.new("L", (self.fine // 4, self.fine // 4), 0)
        unit = self.fine / 400
        ImageDraw.Draw(shine).line(
            [(x * unit, y * unit) for x, y in points], fill=strength, width=max(1, round(width * unit))
        )
        self._cast(shine.filter(ImageFilter.GaussianBlur(unit * 0.9)), (255, 255, 255))

    def _cast(self, small: Image.Image, colour: Colour) -> None:
        """Lay a colour on where the small mask says, and only there."""
        box = small.getbbox()
        if box is None:
            return
        times = self.fine // small.width
        part = small.crop(box)
        large = part.resize((part.width * times, part.height * times), Resampling.BICUBIC)
        self.image.paste(colour, (box[0] * times, box[1] * times), large)

    def finished(self) -> Image.Image:
        """The picture at its size."""
        return self.image.reduce(2)


def _ground(tone: Colour, width: int) -> Image.Image:
    """A wall that falls into a floor, lighter where the light comes in."""
    wall = Image.new("RGB", (1, 8))
    for row, light in enumerate((1.25, 1.18, 1.1, 1.02, 0.97, 0.95, 1.0, 0.96)):
        wall.putpixel((0, row), lit(tone, light))
    wall = wall.resize((64, 64), Resampling.BICUBIC)
    glow = ImageChops.invert(Image.radial_gradient("L")).resize((64, 64)).point(lambda value: value // 5)
    wall.paste((255, 255, 255), (-10, -14), glow)
    return wall.resize((width, width), Resampling.BICUBIC)


def _lit_surface(size: tuple[int, int], colour: Colour, light: str) -> Image.Image:
    profile = PROFILES[light]
    strip = Image.new("RGB", (STEPS, 2))
    for step in range(STEPS):
        shade = profile(step / (STEPS - 1))
        strip.putpixel((step, 0), lit(colour, shade * 1.03))
        strip.putpixel((step, 1), lit(colour, shade * 0.9))
    return strip.resize(size, Resampling.BILINEAR)


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
