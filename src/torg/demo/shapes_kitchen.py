"""How things for the kitchen look: a drawing per family of goods, tinted by its colour."""

from torg.demo.drawing import CREAM, INK, LEATHER, STEEL, WOOD, Colour, Sketch, lit, mixed

PLAIN: Colour = (44, 86, 128)  # what goods without colours are tinted with
CLAY: Colour = (196, 168, 134)
IRON: Colour = (58, 58, 62)
BATTER: Colour = (206, 150, 82)
PANFUL = (
    (26, 53, (196, 62, 48)),
    (38, 56, (118, 146, 66)),
    (50, 52, (228, 160, 60)),
    (57, 55.4, (196, 62, 48)),
    (33, 50.4, (118, 146, 66)),
    (44, 50, (206, 186, 150)),
)


def pan(sketch: Sketch, tint: Colour) -> None:
    """A pan seen from the side and above, of iron or steel."""
    metal, light = (STEEL, "metal") if tint == STEEL else (IRON, "round")
    sketch.shadow(42, 72, 64)
    sketch.line([(66, 55), (82, 50), (94, 46)], 5.4, lit(metal, 0.8) if tint == STEEL else IRON, soft=True)
    sketch.ring(92, 46.6, 1.3, 1.3, 1.2, CREAM)
    sketch.body([(10, 52), (74, 52), (68, 68), (58, 72), (26, 72), (16, 68)], metal, light)
    sketch.disc(42, 52, 32, 11, lit(metal, 1.12))
    sketch.disc(42, 53.4, 29, 9.2, lit(metal, 0.75))
    if sketch.variation:
        for x, y, colour in PANFUL:
            sketch.disc(x, y, 5, 2.2, colour, "round")
    else:
        sketch.disc(38, 54, 15, 5, (250, 246, 236))
        sketch.disc(41, 53.4, 5, 2.6, (240, 172, 40))
    sketch.gleam([(16, 62), (24, 69)], 2.4)


def pot(sketch: Sketch, tint: Colour) -> None:
    """A heavy casserole with its lid on."""
    sketch.shadow(50, 78, 64)
    for side in (-1, 1):
        sketch.line(
            [(50 + side * 31, 52), (50 + side * 40, 50), (50 + side * 40, 58), (50 + side * 31, 60)],
            3.6,
            lit(tint, 0.85),
            soft=True,
        )
    sketch.body([(18, 45), (82, 45), (80, 73), (76, 78), (24, 78), (20, 73)], tint)
    sketch.body([(16, 45), (84, 45), (78, 36), (62, 30), (38, 30), (22, 36)], lit(tint, 1.04))
    sketch.box(15.5, 43, 84.5, 46.5, lit(tint, 0.86), "round", 1.5)
    if sketch.variation:
        sketch.line([(42, 31), (43, 25), (57, 25), (58, 31)], 2.4, INK, soft=True)
        sketch.line([(21, 62), (79, 62)], 0.5, lit(tint, 0.8))
    else:
        sketch.box(45, 25, 55, 30.5, STEEL, "metal", 1.5)
        sketch.disc(50, 24.6, 6.4, 2.4, STEEL, "metal")
    sketch.gleam([(28, 51), (30, 73)], 3.4)


def knife(sketch: Sketch, tint: Colour) -> None:
    """A chef's knife, lying."""
    sketch.shadow(52, 66, 82, 3)
    sketch.body([(6, 62), (20, 53), (40, 46), (64, 42), (64, 58), (30, 63)], lit(STEEL, 1.08), "metal")
    sketch.line([(7, 62), (30, 63), (64, 58)], 0.7, lit(STEEL, 1.3), soft=True)
    sketch.body([(63, 42), (67, 41.6), (67, 53), (63, 58)], STEEL, "metal")
    if sketch.variation:
        sketch.body([(67, 41.8), (72, 41.2), (72, 52.4), (67, 52)], INK, "flat")
    handle = [(67, 41.8), (90, 39), (95, 41), (95, 49), (90, 51), (67, 52)]
    sketch.body(handle, LEATHER if tint == PLAIN else tint, "flat")
    for x in (72, 80, 88):
        sketch.disc(x, 46, 1, 1, STEEL)


def breadknife(sketch: Sketch, tint: Colour) -> None:
    """A long knife with a wavy edge beside a loaf."""
    del tint
    sketch.shadow(48, 62, 60)
    sketch.body([(14, 60), (18, 38), (34, 28), (62, 28), (78, 38), (82, 60)], BATTER, "round", soft=True)
    for x in (30, 43, 56):
        sketch.line([(x, 34), (x + 9, 46)], 1.8, lit(BATTER, 1.3), soft=True)
    sketch.shadow(52, 80, 84, 3)
    wave = [(8 + step * 2.0, 76.4 + (0.9 if step % 2 else -0.1)) for step in range(30)]
    sketch.body([(8, 74), (12, 69), (67, 68), (67, 77), *reversed(wave)], lit(STEEL, 1.05), "metal")
    sketch.body([(67, 68), (92, 67), (94, 72), (92, 77), (67, 78)], WOOD, "flat")


def board(sketch: Sketch, tint: Colour) -> None:
    """A board of glued staves, leaning against the wall; one with a handle, one round."""
    oak = (201, 160, 110) if tint == PLAIN else tint
    if sketch.variation == 2:
        sketch.shadow(50, 86, 46)
        sketch.disc(51, 54.6, 32, 32, lit(oak, 0.72))
        sketch.disc(49, 53.6, 32, 32, oak, "round")
        for x in (30.0, 38.0, 46.0, 54.0, 62.0):
            half = (32**2 - (x - 49) ** 2) ** 0.5 - 1
            sketch.line([(x, 53.6 - half), (x, 53.6 + half)], 0.35, lit(oak, 0.86))
        sketch.ring(49, 53.6, 27, 27, 0.9, lit(oak, 0.74))
        sketch.disc(49, 25.4, 2, 2, lit(CREAM, 0.8))
        sketch.gleam([(30, 40), (38, 31), (46, 27.6)], 2.2, 60)
        return
    if sketch.variation == 1:
        sketch.box(44, 6, 56, 30, lit(oak, 0.96), "flat", 4)
    sketch.shadow(50, 86, 50)
    sketch.box(27, 16, 73, 86, oak, "flat", 5)
    for place, x in enumerate((32.5, 39.5, 46.5, 53.5, 60.5)):
        sketch.box(x, 16.4, x + 7, 85.6, lit(oak, 1.04 - 0.04 * (place % 3)), "flat")
        sketch.line([(x, 17), (x, 85)], 0.4, lit(oak, 0.82))
    hole = 11.0 if sketch.variation == 1 else 23.4
    sketch.disc(50, hole, 3, 3, lit(CREAM, 0.85))
    sketch.ring(50, hole, 3.2, 3.2, 0.6, lit(oak, 0.7))


def plate(sketch: Sketch, tint: Colour) -> None:
    """A stack of plates with one standing behind."""
    sketch.shadow(50, 84, 66)
    sketch.disc(50, 44, 31, 31, lit(tint, 1.02))
    sketch.ring(50, 44, 31, 31, 0.9, lit(tint, 0.78))
    sketch.disc(50, 44, 23, 23, lit(tint, 0.95))
    sketch.ring(50, 44, 23, 23, 0.5, lit(tint, 0.84))
    if sketch.variation:
        sketch.ring(50, 44, 28.6, 28.6, 1.3, mixed(lit(tint, 0.6), CREAM, 0.35))
    for step in range(4):
        y = 84 - step * 4
        sketch.body([(17, y - 3), (83, y - 3), (66, y), (34, y)], lit(tint, 0.9 + 0.03 * step), "round")
    sketch.disc(50, 69, 33, 3.2, lit(tint, 1.06))


def bowl(sketch: Sketch, tint: Colour) -> None:
    """A deep bowl."""
    sketch.shadow(50, 77, 46)
    sketch.body(
        [(20, 42), (50, 41), (80, 42), (77, 56), (67, 69), (50, 75), (33, 69), (23, 56)], tint, soft=True
    )
    if sketch.variation:
        sketch.body([(24.4, 58), (75.6, 58), (67, 69), (50, 75), (33, 69)], CLAY)
    sketch.box(40, 73, 60, 77, CLAY if sketch.variation else lit(tint, 0.8), "round", 1)
    sketch.disc(50, 42, 30, 7.4, lit(tint, 1.1))
    sketch.disc(50, 43, 27.6, 6, lit(tint, 0.8))
    sketch.disc(51, 45.4, 22, 3.2, lit(tint, 0.9))
    sketch.gleam([(28, 50), (36, 65)], 3)


def apron(sketch: Sketch, tint: Colour) -> None:
    """An apron on a hook."""
    sketch.disc(50, 8, 1.6, 1.6, STEEL, "metal")
    sketch.line([(40, 26), (43, 14), (50, 8), (57, 14), (60, 26)], 1.6, lit(tint, 0.8), soft=True)
    cloth = [(38, 25), (62, 25), (64, 42), (74, 50), (75, 90), (25, 90), (26, 50), (36, 42)]
    sketch.laid(cloth)
    sketch.body(cloth, tint, "flat")
    for x, foot in ((35, 30), (50, 51), (65, 70)):
        sketch.line([(x, 52), (foot, 89)], 0.5, lit(tint, 0.86), soft=True)
    sketch.box(37, 55, 63, 72, lit(tint, 0.93), "flat", 1.5)
    sketch.line([(37, 57.6), (63, 57.6)], 0.5, lit(tint, 0.75))
    sketch.line([(26, 50), (15, 55), (17, 66)], 1.4, lit(tint, 0.85), soft=True)
    sketch.line([(74, 50), (85, 55), (83, 66)], 1.4, lit(tint, 0.85), soft=True)


def towel(sketch: Sketch, tint: Colour) -> None:
    """Two folded towels with stripes."""
    sketch.shadow(50, 80, 62)
    linen = (238, 230, 214)
    for shift, top in ((0, 58), (3, 38)):
        sketch.box(20 + shift, top, 80 + shift, top + 21, linen, "flat", 3)
        sketch.line([(20 + shift, top + 10.5), (80 + shift, top + 10.5)], 0.6, lit(linen, 0.82))
        for x in (28, 33, 38):
            sketch.box(x + shift, top, x + 2.4 + shift, top + 21, tint, "flat")
        for row in range(6):
            sketch.line(
                [(44 + shift, top + 3 + row * 3), (77 + shift, top + 3 + row * 3)], 0.25, lit(linen, 0.88)
            )


def scale(sketch: Sketch, tint: Colour) -> None:
    """Flat scales with a cup on them."""
    sketch.shadow(50, 80, 68)
    sketch.box(18, 66, 82, 80, tint, "flat", 4)
    sketch.box(18, 64, 82, 70, lit(tint, 1.1), "flat", 3)
    sketch.box(58, 72, 76, 77.6, (30, 42, 44), "flat", 1)
    sketch.line([(62, 74.8), (72, 74.8)], 1.4, (150, 226, 190))
    sketch.disc(26, 75, 1.6, 1.6, STEEL, "metal")
    sketch.body([(32, 36), (58, 36), (55, 61), (52, 64), (38, 64), (35, 61)], CREAM)
    sketch.ring(59, 48, 6, 7.4, 2.2, lit(CREAM, 0.86))
    sketch.disc(45, 36, 13, 3, (70, 42, 28))
    sketch.gleam([(38, 42), (40, 60)], 2.2)


def waffle(sketch: Sketch, tint: Colour) -> None:
    """A waffle of five hearts on its iron."""
    del tint
    sketch.shadow(50, 82, 64)
    sketch.disc(50, 66, 34, 15, INK)
    sketch.disc(50, 63, 32, 13, lit(INK, 1.2))
    sketch.box(80, 62, 96, 67, INK, "flat", 2)
    for x, y in ((50, 46), (66, 53), (60, 66), (40, 66), (34, 53)):
        heart = [(x, y + 9), (x - 9, y), (x - 7, y - 6.6), (x, y - 4), (x + 7, y - 6.6), (x + 9, y)]
        sketch.body(heart, lit(BATTER, 0.8), "flat", soft=True)
        sketch.body(
            [(px * 0.92 + x * 0.08, py * 0.92 + y * 0.08) for px, py in heart], BATTER, "flat", soft=True
        )
        for shift in (-4, 0, 4):
            sketch.line([(x + shift, y - 4), (x + shift, y + 5 - abs(shift))], 0.7, lit(BATTER, 0.74))
            sketch.line(
                [(x - 6 + max(shift, 0), y + shift), (x + 6 - max(shift, 0), y + shift)],
                0.7,
                lit(BATTER, 0.74),
            )
    sketch.disc(50, 57, 8, 4.2, (176, 44, 60))
    sketch.disc(47, 56, 2, 1.4, (214, 96, 104))


def slicer(sketch: Sketch, tint: Colour) -> None:
    """A cheese slicer on a wedge of cheese."""
    del tint
    cheese = (240, 200, 96)
    sketch.shadow(48, 78, 66)
    sketch.body([(14, 62), (78, 52), (82, 58), (82, 76), (16, 78)], cheese, "flat")
    sketch.body([(14, 62), (78, 52), (82, 58), (20, 66)], lit(cheese, 1.2), "flat")
    sketch.body([(30, 44), (58, 30), (66, 42), (40, 58)], lit(STEEL, 1.06), "metal")
    sketch.line([(37, 50), (60, 38)], 1.2, (40, 40, 46))
    sketch.line([(62, 36), (90, 20)], 5.2, lit(WOOD, 0.95))
    sketch.line([(62, 35), (90, 19)], 1.2, lit(WOOD, 1.25))


def book(sketch: Sketch, tint: Colour) -> None:
    """A tablet that shows the cover of a book."""
    del tint
    night = (36, 52, 66)
    sketch.shadow(50, 88, 44)
    sketch.box(27, 12, 73, 88, INK, "flat", 4)
    sketch.box(30, 16, 70, 84, night, "flat", 1)
    sketch.body(
        [(30, 62), (42, 48), (50, 57), (58, 45), (70, 60), (70, 84), (30, 84)], lit(night, 0.7), "flat"
    )
    sketch.body([(50, 58), (56, 68), (55, 76), (45, 76), (44, 68)], (230, 120, 40), "flat", soft=True)
    sketch.body(
        [(50, 64), (53.4, 70), (52.4, 75.6), (47.6, 75.6), (46.6, 70)], (250, 208, 90), "flat", soft=True
    )
    sketch.line([(42, 78), (58, 75)], 1.6, WOOD)
    sketch.line([(42, 75), (58, 78)], 1.6, lit(WOOD, 0.8))
    sketch.line([(38, 25), (62, 25)], 2.2, CREAM)
    sketch.line([(42, 31), (58, 31)], 1.2, CREAM)
    for x, y in ((36, 40), (64, 37), (55, 40), (45, 37)):
        sketch.disc(x, y, 0.5, 0.5, CREAM)


SHAPES = {
    drawn.__name__: drawn
    for drawn in (
        pan, pot, knife, breadknife, board, plate, bowl, apron, towel, scale, waffle, slicer, book,
    )
}  # fmt: skip
