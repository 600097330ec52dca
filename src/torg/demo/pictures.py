"""A picture of every kind of goods in every colour that it comes in."""

from typing import Final

from PIL import Image

from torg.demo import shapes_brewing, shapes_kitchen, shapes_outdoor
from torg.demo.drawing import STEEL, Colour, Sketch, mixed

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
}
WALL: Final[Colour] = (240, 235, 226)

SHAPES = {**shapes_brewing.SHAPES, **shapes_kitchen.SHAPES, **shapes_outdoor.SHAPES}


def drawn(shape: str, colour: str, width: int) -> Image.Image:
    """The goods of a shape in a colour, before a wall that has a little of it."""
    tint = COLOURS[colour]
    sketch = Sketch(mixed(WALL, tint, 0.1), width)
    SHAPES[shape](sketch, tint)
    return sketch.finished()
