"""How coffee, and what it is brewed and drunk with, looks: a drawing per family of goods, tinted by its colour."""

from torg.demo.drawing import COFFEE, CREAM, GLASS, INK, STEEL, WOOD, Colour, Sketch, lit, mixed

CLAY: Colour = (196, 168, 134)


def bag(sketch: Sketch, tint: Colour) -> None:
    """A folded bag of coffee with a label; a blend's bag is of the label's colour."""
    paper, label = (lit(tint, 0.9), CREAM) if sketch.variation else (COFFEE, tint)
    sketch.shadow(50, 86, 44)
    sketch.body([(31, 24), (69, 24), (71, 84), (69, 87), (31, 87), (29, 84)], lit(paper, 1.05))
    sketch.body([(31, 24), (69, 24), (68, 15), (32, 15)], lit(paper, 1.18), "flat")
    sketch.line([(32, 20), (68, 20)], 0.6, lit(paper, 0.7))
    sketch.box(35, 40, 65, 76, label, "round", 1.2)
    sketch.disc(50, 52, 7.5, 7.5, tint if sketch.variation else CREAM)
    sketch.disc(50, 52, 3.2, 4.8, COFFEE)
    sketch.line([(50, 48), (49.2, 52), (50.6, 56)], 0.6, CREAM, soft=True)
    for row, width in ((65, 9), (69, 6)):
        sketch.line([(50 - width, row), (50 + width, row)], 1.1, tint if sketch.variation else CREAM)
    sketch.gleam([(34, 27), (33, 82)], 2.4)


def tin(sketch: Sketch, tint: Colour) -> None:
    """A round tin with a lid."""
    sketch.shadow(50, 84, 42)
    sketch.box(31, 34, 69, 84, tint, "round", 2)
    sketch.disc(50, 84, 19, 3.6, lit(tint, 0.7))
    sketch.box(31, 36, 69, 83, tint)
    sketch.box(29.5, 24, 70.5, 37, STEEL, "metal", 1.5)
    sketch.disc(50, 24.5, 20.5, 4, lit(STEEL, 1.15))
    sketch.box(36, 48, 64, 72, CREAM, "round", 1)
    sketch.line([(42, 56), (58, 56)], 1.2, tint)
    sketch.line([(44, 61), (56, 61)], 0.9, tint)
    sketch.line([(46, 65.5), (54, 65.5)], 0.9, tint)
    sketch.gleam([(36, 40), (36, 80)], 2.6)


def mug(sketch: Sketch, tint: Colour) -> None:
    """A mug: enamel with a dark rim, stoneware with a bare foot, or thin porcelain."""
    sketch.shadow(49, 78, 46)
    sketch.ring(70, 53, 10, 13, 3, lit(tint, 0.82))
    sketch.ring(69.5, 52.6, 10, 13, 1, lit(tint, 1.1))
    sketch.body([(27, 33), (71, 33), (69, 76), (66, 79), (32, 79), (29, 76)], tint)
    if sketch.variation == 1:
        sketch.body([(28.5, 66), (69.5, 66), (69, 76), (66, 79), (32, 79), (29, 76)], CLAY)
    if sketch.variation == 2:
        for y in (44, 47):
            sketch.line([(28.4, y), (69.8, y)], 0.5, mixed(tint, CREAM, 0.6))
    sketch.disc(49, 33, 22, 4.8, lit(tint, 1.1) if sketch.variation else INK)
    sketch.disc(49, 33.2, 20.8, 4, lit(tint, 0.84) if sketch.variation else lit(CREAM, 0.9))
    sketch.disc(49, 34.6, 18.6, 2.6, COFFEE)
    sketch.gleam([(34, 40), (35, 73)], 3)


def tumbler(sketch: Sketch, tint: Colour) -> None:
    """A travel mug with a lid."""
    sketch.shadow(50, 88, 32)
    sketch.body([(36, 24), (64, 24), (60, 86), (58, 88), (42, 88), (40, 86)], tint)
    sketch.box(34, 16, 66, 25, INK, "round", 2.5)
    sketch.box(44, 11, 57, 17, lit(INK, 1.1), "round", 1.5)
    if sketch.variation == 1:
        sketch.body([(36.8, 40), (63.2, 40), (61.4, 64), (38.6, 64)], lit(WOOD, 0.72))
        for y in (46, 52, 58):
            sketch.line([(37.6, y), (62.4, y)], 0.4, lit(WOOD, 0.56))
    else:
        sketch.body([(37, 44), (63, 44), (62, 56), (38, 56)], lit(tint, 0.86))
    sketch.gleam([(41, 28), (44, 84)], 2.4)


def flask(sketch: Sketch, tint: Colour) -> None:
    """A vacuum flask with its cup on top."""
    sketch.shadow(50, 90, 32)
    sketch.box(35, 34, 65, 90, tint, "round", 4)
    sketch.body([(35, 39), (39, 29), (61, 29), (65, 39)], tint)
    sketch.box(38, 10, 62, 30, STEEL, "metal", 3)
    sketch.box(35, 82, 65, 86, lit(tint, 0.75))
    if sketch.variation == 1:
        sketch.line([(65, 42), (76, 44), (76, 66), (65, 70)], 2.6, INK, soft=True)
        sketch.box(35, 36, 65, 39, lit(tint, 0.78))
    else:
        sketch.line([(62, 15), (69, 18), (69, 27), (62, 29)], 1.8, lit(STEEL, 0.7), soft=True)
    sketch.gleam([(41, 40), (41, 80)], 2.8)


def bottle(sketch: Sketch, tint: Colour) -> None:
    """A slim drinking bottle."""
    sketch.shadow(50, 90, 30)
    sketch.box(36.5, 36, 63.5, 90, tint, "metal" if tint == STEEL else "round", 4)
    sketch.body([(36.5, 42), (38, 33), (44, 26), (56, 26), (62, 33), (63.5, 42)], tint, "round", soft=False)
    if sketch.variation == 1:
        sketch.box(40, 17, 60, 27, WOOD, "round", 2)
        sketch.line([(42, 17), (44, 10), (56, 10), (58, 17)], 1.4, lit(STEEL, 0.8), soft=True)
        sketch.box(36.5, 62, 63.5, 65, mixed(tint, CREAM, 0.5))
    else:
        sketch.box(43, 16, 57, 27, INK, "round", 2)
        sketch.ring(50, 12.5, 5, 4.5, 1.6, INK)
    sketch.gleam([(42, 42), (42, 84)], 2.4)


def kettle(sketch: Sketch, tint: Colour) -> None:
    """A campfire kettle with bail and spout."""
    sketch.shadow(48, 80, 56)
    sketch.ring(48, 36, 24, 24, 1.6, STEEL)
    sketch.body([(22, 48), (8, 40), (5, 43), (20, 62)], lit(tint, 0.85))
    sketch.body([(25, 40), (71, 40), (77, 74), (74, 80), (22, 80), (19, 74)], tint)
    sketch.body([(29, 40), (67, 40), (60, 32), (36, 32)], lit(tint, 1.05))
    sketch.disc(48, 30.5, 3.4, 2.8, WOOD if sketch.variation else INK)
    sketch.line([(25, 41), (71, 41)], 0.9, INK)
    if sketch.variation:
        sketch.box(41, 10.6, 55, 14, WOOD, "round", 1.6)
    sketch.gleam([(30, 46), (27, 74)], 3.2)


def gooseneck(sketch: Sketch, tint: Colour) -> None:
    """An electric kettle with a swan's neck."""
    sketch.shadow(50, 84, 54)
    sketch.line([(30, 70), (14, 66), (20, 46), (9, 38)], 3.2, lit(tint, 0.9), soft=True)
    sketch.line([(69, 44), (86, 44), (86, 70), (71, 70)], 4, INK, soft=True)
    sketch.body([(35, 38), (66, 38), (74, 78), (27, 78)], tint, "metal" if tint == STEEL else "round")
    sketch.box(24, 78, 77, 84, INK, "round", 2)
    sketch.body([(37, 38), (64, 38), (60, 33), (41, 33)], lit(tint, 0.9))
    sketch.disc(50.5, 31.5, 3, 2.4, INK)
    sketch.gleam([(40, 44), (35, 74)], 2.6)


def moka(sketch: Sketch, tint: Colour) -> None:
    """An eight-sided moka pot."""
    del tint
    sketch.shadow(47, 86, 42)
    sketch.line([(62, 32), (80, 34), (76, 62)], 4, WOOD, soft=True)
    sketch.body([(32, 60), (62, 60), (68, 84), (66, 86), (28, 86), (26, 84)], STEEL, "metal")
    sketch.box(33, 54, 61, 61, lit(STEEL, 0.82), "metal", 1)
    sketch.body([(34, 54), (60, 54), (66, 27), (24, 27), (20, 24)], lit(STEEL, 1.04), "metal")
    sketch.body([(24, 27), (66, 27), (50, 18), (42, 18)], lit(STEEL, 0.95), "metal")
    sketch.disc(46, 16, 3, 2.6, WOOD)
    for x in (38, 47, 56):
        sketch.line([(x, 30), (x + (47 - x) * 0.3, 53)], 0.5, lit(STEEL, 0.7))
        sketch.line([(x, 62), (x + (x - 47) * 0.3, 84)], 0.5, lit(STEEL, 0.7))


def press(sketch: Sketch, tint: Colour) -> None:
    """A glass press with its plunger."""
    sketch.shadow(48, 86, 40)
    if sketch.variation:
        sketch.line([(63, 36), (82, 36), (82, 72), (64, 72)], 4.4, tint)
    else:
        sketch.line([(63, 38), (80, 40), (80, 68), (64, 72)], 3.6, tint, soft=True)
    sketch.line([(48, 10), (48, 34)], 1.4, STEEL)
    sketch.disc(48, 10, 3.4, 3, tint)
    sketch.box(30, 30, 66, 84, GLASS, "round", 2)
    sketch.box(31, 52, 65, 83, lit(COFFEE, 1.02), "round", 2)
    sketch.disc(48, 52, 17, 3, lit(COFFEE, 1.25))
    sketch.box(29, 26, 67, 33, STEEL, "metal", 1.5)
    sketch.body([(29, 28), (22, 26), (29, 33)], STEEL, "metal")
    sketch.box(29, 80, 67, 86, STEEL, "metal", 1.5)
    sketch.box(30.5, 33, 33, 80, STEEL, "metal")
    sketch.box(63, 33, 65.5, 80, STEEL, "metal")
    sketch.gleam([(37, 36), (37, 78)], 2.6, 120)


def dripper(sketch: Sketch, tint: Colour) -> None:
    """A porcelain cone on a glass server."""
    sketch.shadow(50, 88, 42)
    sketch.body([(34, 60), (66, 60), (72, 84), (69, 88), (31, 88), (28, 84)], GLASS)
    sketch.body([(30.5, 74), (69.5, 74), (71.5, 84), (68.5, 87), (31.5, 87), (28.5, 84)], lit(COFFEE, 1.05))
    sketch.box(27, 55, 73, 59.5, tint, "round", 2)
    sketch.line([(73, 36), (84, 38), (74, 50)], 2.6, lit(tint, 0.86), soft=True)
    sketch.body([(22, 27), (78, 27), (57, 56), (43, 56)], tint)
    sketch.disc(50, 27, 28, 5.6, lit(tint, 1.08))
    sketch.disc(50, 27.6, 25.6, 4.6, lit(CREAM, 0.86))
    sketch.disc(50, 29.4, 19, 2.6, COFFEE)
    sketch.gleam([(33, 33), (45, 52)], 2.4)


def filters(sketch: Sketch, tint: Colour) -> None:
    """A fan of paper cones."""
    paper = (226, 203, 168)
    sketch.shadow(50, 82, 52)
    for shift in (14, 7, 0, -7, -14):
        tone = lit(paper, 0.9 + 0.02 * (14 - shift) / 2)
        sketch.body([(22 + shift, 24), (78 + shift, 24), (54 + shift, 80), (46 + shift, 80)], tone, "flat")
        sketch.line([(50 + shift, 79), (74 + shift, 26)], 0.5, lit(tone, 0.8))
    sketch.disc(36, 24, 28, 3, lit(paper, 1.08))
    del tint


def handmill(sketch: Sketch, tint: Colour) -> None:
    """A hand grinder of wood with its crank."""
    sketch.shadow(50, 88, 36)
    sketch.box(36, 46, 64, 88, tint, "round", 3)
    if sketch.variation:
        sketch.box(36, 58, 64, 66, lit(STEEL, 0.8), "metal")
    sketch.line([(50, 47), (50, 86)], 0.4, lit(tint, 0.8))
    sketch.box(37.5, 30, 62.5, 47, STEEL, "metal", 2)
    sketch.body([(38, 30), (62, 30), (56, 22), (44, 22)], lit(STEEL, 0.95), "metal")
    sketch.line([(50, 22), (50, 15), (74, 12)], 1.8, STEEL)
    sketch.disc(76, 9.5, 4, 4.4, tint)
    sketch.gleam([(41, 50), (41, 84)], 2.4)


def grinder(sketch: Sketch, tint: Colour) -> None:
    """An electric grinder with a hopper full of beans."""
    sketch.shadow(50, 90, 40)
    sketch.body([(34, 12), (66, 12), (61, 34), (39, 34)], GLASS)
    sketch.body([(36, 19), (64, 19), (61, 33), (39, 33)], COFFEE)
    sketch.box(33, 8, 67, 13, tint, "round", 2)
    sketch.box(33, 33, 67, 58, tint, "round", 3)
    sketch.disc(50, 45, 6, 6, STEEL, "metal")
    sketch.line([(50, 45), (53, 41)], 0.8, INK)
    sketch.box(55, 57, 67, 86, tint)
    sketch.box(37, 66, 53, 85, lit(STEEL, 0.95), "metal", 1.5)
    sketch.box(30, 85, 70, 90, tint, "round", 2)
    sketch.gleam([(38, 37), (38, 55)], 2.4)


def frother(sketch: Sketch, tint: Colour) -> None:
    """A milk frother standing on its head."""
    sketch.shadow(50, 88, 26)
    sketch.box(43, 12, 57, 50, tint, "round", 6)
    sketch.box(48, 17, 52, 22, STEEL, "metal", 2)
    sketch.line([(50, 50), (50, 80)], 1.2, STEEL)
    sketch.ring(50, 82, 6.5, 2.8, 1.4, lit(STEEL, 0.8))
    sketch.ring(50, 84, 6.5, 2.8, 1.0, STEEL)
    sketch.box(38, 86, 62, 89, WOOD, "round", 1.5)
    sketch.gleam([(46.5, 16), (46.5, 47)], 1.8)


SHAPES = {
    drawn.__name__: drawn
    for drawn in (
        bag, tin, mug, tumbler, flask, bottle, kettle, gooseneck, moka, press, dripper, filters, handmill, grinder,
        frother,
    )
}  # fmt: skip
