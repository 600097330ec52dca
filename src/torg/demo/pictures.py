"""A picture of every kind of goods in every colour that it comes in."""

from typing import Final

from msgspec import Struct
from PIL import Image

from torg.demo import shapes_brewing, shapes_cabin, shapes_kitchen, shapes_outdoor
from torg.demo.drawing import AMBER, CLEAR, SMOKE, STEEL, Colour, Sketch, mixed

COLOURS: Final[dict[str, Colour]] = {
    "blue": (44, 86, 128),
    "red": (176, 44, 48),
    "green": (92, 112, 72),
    "yellow": (228, 170, 60),
    "white": (240, 240, 236),
    "black": (46, 46, 50),
    "grey": (112, 118, 124),
    "sand": (206, 186, 152),
    "steel": STEEL,
    "oak": (190, 146, 98),
    "walnut": (110, 74, 50),
    "birch": (222, 192, 148),
    "pine": (38, 74, 62),
    "sky": (160, 190, 204),
    "rust": (172, 88, 52),
    "plum": (102, 62, 92),
    "rose": (206, 146, 150),
    "cream": (238, 226, 200),
    "copper": (188, 112, 74),
    "clear": CLEAR,
    "amber": AMBER,
    "smoke": SMOKE,
}
WALL: Final[Colour] = (240, 235, 226)

SHAPES = {**shapes_brewing.SHAPES, **shapes_kitchen.SHAPES, **shapes_cabin.SHAPES, **shapes_outdoor.SHAPES}


class Look(Struct, frozen=True):
    """What decides how a picture looks; goods that look the same share one."""

    shape: str
    colour: str
    variation: int = 0
    stretch: tuple[float, float] = (1.0, 1.0)


def drawn(look: Look, width: int) -> Image.Image:
    """The goods before a wall that has a little of their colour."""
    tint = COLOURS[look.colour]
    sketch = Sketch(mixed(WALL, tint, 0.1), width, variation=look.variation, stretch=look.stretch)
    SHAPES[look.shape](sketch, tint)
    return sketch.finished()
