"""How things for the table and the cabin look: a drawing per family of goods, tinted by its colour."""

from torg.demo.drawing import (
    COFFEE,
    CREAM,
    INK,
    LEATHER,
    SEE_THROUGH,
    STEEL,
    WOOD,
    Colour,
    Sketch,
    lit,
    mixed,
)

GLOW: Colour = (255, 236, 190)
BLADE: Colour = (198, 202, 206)
CLEAR: Colour = (236, 242, 243)


def bar(sketch: Sketch, tint: Colour) -> None:
    """A bar of chocolate in its sleeve, a few squares bare."""
    cocoa = (84, 52, 36)
    sketch.shadow(50, 86, 40)
    sketch.box(30, 14, 70, 84, cocoa, "flat", 1.5)
    for row in range(2):
        for column in range(3):
            left, top = 31.5 + column * 12.7, 16 + row * 12
            sketch.box(left, top, left + 11.4, top + 10.6, lit(cocoa, 1.16), "round", 1)
            sketch.box(left + 1.6, top + 1.6, left + 9.8, top + 9, lit(cocoa, 1.04), "flat", 0.8)
    sketch.body([(28, 42), (38, 40), (50, 43), (62, 40), (72, 42), (72, 86), (28, 86)], tint, "flat")
    sketch.box(28, 74, 72, 78, mixed(tint, CREAM, 0.5), "flat")
    sketch.box(38, 50, 62, 68, CREAM, "flat", 1)
    sketch.disc(50, 57, 4.4, 4.4, tint)
    sketch.line([(43, 64), (57, 64)], 0.9, lit(tint, 0.8))
    sketch.gleam([(32, 48), (31, 82)], 2.2, 70)


def cup(sketch: Sketch, tint: Colour) -> None:
    """A coffee cup on its saucer."""
    sketch.shadow(50, 80, 66)
    sketch.disc(50, 77, 36, 7.4, lit(tint, 0.86), "round")
    sketch.disc(50, 75.6, 36, 7.2, lit(tint, 1.05))
    sketch.disc(50, 75.4, 23, 4.2, lit(tint, 0.88))
    sketch.ring(76, 54, 8.4, 9, 2.6, lit(tint, 0.84))
    right = [(74, 44), (73.4, 50), (71.6, 57), (68.6, 63.4), (64.4, 69), (59, 73.4), (54, 75.6)]
    sketch.body([*right, *((100 - x, y) for x, y in reversed(right))], tint)
    if sketch.variation == 1:
        sketch.body([(27.4, 51), (72.6, 51), (71.6, 56), (28.4, 56)], mixed(tint, CREAM, 0.55))
    sketch.disc(50, 44, 24, 5.6, lit(tint, 1.12))
    sketch.disc(50, 44.6, 22.2, 4.6, lit(tint, 0.8))
    sketch.disc(50, 45.6, 20, 3.4, COFFEE)
    sketch.ring(50, 45.6, 18, 2.7, 0.5, (150, 104, 66))
    sketch.gleam([(33, 50), (40, 69)], 2.6)


def teapot(sketch: Sketch, tint: Colour) -> None:
    """A round teapot with a wooden knob."""
    sketch.shadow(50, 82, 58)
    sketch.line([(70, 46), (88, 44), (87, 66), (69, 70)], 4, lit(tint, 0.82), soft=True)
    sketch.body([(30, 56), (16, 52), (10, 40), (6, 42), (12, 62), (28, 72)], lit(tint, 0.92), soft=False)
    sketch.disc(8, 41, 2.6, 1.4, lit(tint, 0.6))
    sketch.ware(
        [(27, 56), (34, 42), (50, 38), (66, 42), (73, 56), (70, 72), (60, 81), (40, 81), (30, 72)],
        tint,
        soft=True,
    )
    if sketch.variation == 1:
        for y in (58, 62, 66):
            sketch.line([(29.6, y), (50, y + 2), (70.4, y)], 0.5, lit(tint, 0.8), soft=True)
    sketch.disc(50, 41, 15, 4, lit(tint, 1.08))
    sketch.ring(50, 41, 15, 4, 0.6, lit(tint, 0.78))
    sketch.disc(50, 38.4, 11, 3, lit(tint, 1.12))
    sketch.disc(50, 33.4, 3.8, 4, WOOD, "round")
    sketch.gleam([(36, 50), (35, 70)], 3)


def canister(sketch: Sketch, tint: Colour) -> None:
    """A canister for beans with an oak lid."""
    sketch.shadow(50, 86, 46)
    if tint in SEE_THROUGH:
        sketch.box(31, 48, 69, 84, lit(COFFEE, 1.1), "round", 3)
        sketch.glass([(29, 36), (71, 36), (71, 84), (69, 86), (31, 86), (29, 84)], tint, 0.34)
    else:
        sketch.box(29, 36, 71, 86, tint, "metal" if tint == STEEL else "round", 3.5)
    if sketch.variation == 1 and tint not in SEE_THROUGH:
        sketch.box(29, 62, 71, 86, lit(tint, 0.84), "metal" if tint == STEEL else "round", 3.5)
    sketch.box(30, 33.4, 70, 37.4, lit(tint, 0.72), "round", 1)
    sketch.box(27.5, 24, 72.5, 35, WOOD, "round", 2.4)
    sketch.disc(50, 24.4, 22.4, 3.8, lit(WOOD, 1.14))
    sketch.ring(50, 24.4, 15, 2.4, 0.35, lit(WOOD, 0.86))
    sketch.disc(50, 56, 8.4, 8.4, CREAM)
    sketch.disc(50, 56, 3.4, 5, COFFEE)
    sketch.line([(50, 51.6), (49.2, 56), (50.6, 60.4)], 0.6, CREAM, soft=True)
    sketch.gleam([(34.5, 41), (34.5, 81)], 2.6)


def dish(sketch: Sketch, tint: Colour) -> None:
    """An oven dish with a golden gratin."""
    golden = (224, 168, 84)
    sketch.shadow(50, 76, 78)
    for side in (-1, 1):
        sketch.box(50 + side * 38 - 7, 54, 50 + side * 38 + 7, 61, lit(tint, 0.9), "round", 3.4)
    sketch.body([(12, 52), (88, 52), (83, 73), (79, 77), (21, 77), (17, 73)], tint)
    if sketch.variation == 1:
        for x in range(22, 82, 5):
            sketch.line([(x, 58), (50 + (x - 50) * 0.94, 74)], 0.5, lit(tint, 0.84))
    sketch.disc(50, 52, 38, 11, lit(tint, 1.1))
    sketch.disc(50, 52.6, 35.4, 9.6, lit(tint, 0.78))
    sketch.disc(50, 53.2, 34, 8.8, golden)
    for x, y, size in ((36, 51, 6), (52, 55, 7), (64, 50.6, 5), (46, 49, 4), (26, 54, 4), (73, 54.6, 4)):
        sketch.disc(x, y, size, size * 0.34, lit(golden, 0.82))
    for x, y in ((31, 51), (44, 53), (58, 52), (69, 53.6), (52, 48.6)):
        sketch.disc(x, y, 1.6, 0.7, (96, 124, 62))
    sketch.gleam([(24, 60), (28, 73)], 3)


def mill(sketch: Sketch, tint: Colour) -> None:
    """A turned pepper mill."""
    sketch.shadow(50, 88, 30)
    sketch.body(
        [
            (38, 88),
            (36.5, 78),
            (41, 64),
            (43, 52),
            (40, 44),
            (60, 44),
            (57, 52),
            (59, 64),
            (63.5, 78),
            (62, 88),
        ],
        tint,
    )
    sketch.box(38.4, 83.6, 61.6, 88, lit(tint, 0.82), "round", 1)
    sketch.box(40.4, 41.4, 59.6, 44.6, STEEL, "metal", 0.6)
    if sketch.variation == 1:
        sketch.box(39.4, 26, 60.6, 42, tint, "round", 5)
    else:
        sketch.disc(50, 31.4, 11, 11, tint, "round")
    sketch.disc(50, 19.6, 2.6, 2.4, STEEL, "metal")
    for y in (69, 72.4):
        sketch.line([(40.6, y), (59.4, y)], 0.35, lit(tint, 0.78))
    sketch.gleam([(45, 50), (42, 80)], 2)


def glass(sketch: Sketch, tint: Colour) -> None:
    """Two drinking glasses, one behind the other."""
    for x, y, size in ((62, -5, 0.86), (40, 0, 1.0)):
        top, foot, half = 36 + y, 86 + y, 17 * size
        inward = 0.8 if sketch.variation == 0 else 0.92
        sketch.shadow(x, foot, half * 2)
        sides = [(x - half, top), (x + half, top), (x + half * inward, foot), (x - half * inward, foot)]
        sketch.glass(sides, mixed(tint, CLEAR, 0.35), 0.62)
        base = [(x - half * inward - 0.4, foot - 6), (x + half * inward + 0.4, foot - 6)]
        sketch.glass([*base, (x + half * inward, foot), (x - half * inward, foot)], lit(tint, 0.82), 0.66)
        sketch.glass(
            [(x - half * 0.97, top + 16), (x + half * 0.97, top + 16), *reversed(base)], lit(tint, 1.3), 0.3
        )
        if sketch.variation == 1:
            for step in range(-3, 4):
                sketch.line(
                    [(x + step * half / 4, top + 20), (x + step * half / 4.3, foot - 6)], 0.4, lit(tint, 1.5)
                )
        sketch.ring(x, top, half, 3, 0.6, lit(tint, 1.35))
        sketch.ring(x, top + 16, half * 0.96, 2.6, 0.4, lit(tint, 1.2))
        sketch.gleam([(x - half * 0.62, top + 6), (x - half * 0.54, foot - 10)], 2, 150)


def jug(sketch: Sketch, tint: Colour) -> None:
    """A jug with a spout."""
    sketch.shadow(48, 86, 42)
    sketch.line([(66, 36), (84, 36), (80, 62), (64, 68)], 4, lit(tint, 0.84), soft=True)
    sketch.ware(
        [(32, 30), (66, 30), (64, 42), (70, 64), (66, 82), (60, 87), (36, 87), (30, 82), (26, 64), (32, 42)],
        tint,
        soft=False,
    )
    sketch.body([(32, 30), (23, 26), (27, 36), (33, 40)], lit(tint, 0.94))
    if sketch.variation == 1:
        sketch.body([(27.6, 58), (68.6, 58), (70, 64), (69, 70), (27, 70), (26, 64)], mixed(tint, CREAM, 0.5))
    sketch.disc(48.6, 30, 18, 3.8, lit(tint, 1.1))
    sketch.disc(48.8, 30.4, 16, 2.8, lit(tint, 0.62))
    sketch.gleam([(36, 38), (32, 64), (36, 80)], 2.8)


def cookbook(sketch: Sketch, tint: Colour) -> None:
    """A hardback, standing, its cover towards us."""
    paper = (244, 238, 226)
    sketch.shadow(52, 88, 46)
    sketch.body([(74, 17), (79, 20), (79, 89), (74, 86)], paper, "flat")
    for x in (75.4, 76.8, 78):
        sketch.line([(x, 18 + (x - 74) * 0.6), (x, 86.6 + (x - 74) * 0.6)], 0.2, lit(paper, 0.82))
    sketch.box(26, 15, 74.6, 87, tint, "flat", 1)
    sketch.box(26, 15, 31, 87, lit(tint, 0.82), "flat", 1)
    sketch.box(36, 24, 70, 40, mixed(tint, CREAM, 0.88), "flat", 0.8)
    sketch.line([(40, 29.6), (66, 29.6)], 1.5, lit(tint, 0.7))
    sketch.line([(44, 34.6), (62, 34.6)], 0.9, lit(tint, 0.8))
    sketch.disc(53, 62, 14, 14, mixed(tint, CREAM, 0.75))
    sketch.disc(53, 62, 10.4, 10.4, mixed(tint, CREAM, 0.92))
    sketch.line([(47, 68), (59, 56)], 1.4, lit(tint, 0.75))
    sketch.line([(59, 68), (47, 56)], 1.4, lit(tint, 0.75))
    sketch.gleam([(34, 20), (34, 82)], 1.6, 60)


def mat(sketch: Sketch, tint: Colour) -> None:
    """A sleeping mat, half rolled up."""
    sketch.shadow(52, 80, 84)
    sketch.body([(34, 60), (84, 56), (97, 74), (40, 81)], lit(tint, 1.04), "flat")
    sketch.body([(40, 81), (97, 74), (97, 77.6), (40, 85)], lit(tint, 0.7), "flat")
    for step in range(1, 6):
        x, foot = 34 + step * 8.4, 40 + step * 9.5
        sketch.line([(x, 60 - step * 0.7), (foot, 80.6 - step * 1.1)], 0.7, lit(tint, 0.82))
    sketch.box(8, 44, 52, 84, tint, "flat", 17)
    sketch.box(8, 44, 46, 84, lit(tint, 0.92), "round", 17)
    sketch.disc(29, 64, 19, 19.4, lit(tint, 0.86))
    for across in (15.4, 11.6, 7.8, 4):
        sketch.ring(29, 64, across, across * 1.02, 1.1, lit(tint, 0.66))
    sketch.disc(88, 71, 1.8, 1.2, INK)
    sketch.gleam([(16, 52), (26, 47)], 2)


def lantern(sketch: Sketch, tint: Colour) -> None:
    """A lantern, lit."""
    sketch.shadow(50, 88, 40)
    sketch.ring(50, 24, 17, 15, 1.4, lit(STEEL, 0.7))
    sketch.box(32, 76, 68, 88, tint, "round", 3)
    sketch.body([(34, 36), (66, 36), (60, 25), (40, 25)], tint)
    sketch.disc(50, 25, 10, 2.2, lit(tint, 1.15))
    sketch.body([(36, 38), (64, 38), (68, 57), (64, 76), (36, 76), (32, 57)], GLOW, soft=False)
    sketch.disc(50, 58, 12, 16, (255, 246, 222))
    if sketch.variation == 1:
        for x in (40, 50, 60):
            sketch.line([(x, 37), (50 + (x - 50) * 1.34, 57), (x, 76)], 0.8, lit(tint, 0.9), soft=True)
    else:
        for x in (34, 66):
            sketch.line([(x, 36), (50 + (x - 50) * 1.16, 57), (x, 77)], 1.2, lit(tint, 0.8), soft=True)
    sketch.body([(48, 66), (50, 50), (52, 66)], (255, 214, 120), "flat", soft=True)
    sketch.box(33, 34.4, 67, 38, lit(tint, 0.84), "round", 1)
    sketch.disc(50, 82, 3, 2.4, STEEL, "metal")
    sketch.gleam([(39, 42), (36, 57), (39, 72)], 1.8, 130)


def campknife(sketch: Sketch, tint: Colour) -> None:
    """A camp knife with its leather sheath."""
    sketch.shadow(48, 48, 76, 3)
    sketch.body([(8, 46), (16, 40), (30, 36), (54, 35), (54, 46)], BLADE, "metal")
    sketch.line([(9, 46), (30, 45.4), (54, 45.4)], 0.7, lit(BLADE, 1.3))
    sketch.box(53, 33.6, 57, 47.4, (196, 160, 92), "metal", 0.8)
    sketch.body([(57, 35), (70, 32.6), (88, 34), (92, 40), (89, 47), (72, 46), (57, 46.4)], tint, "round")
    if sketch.variation == 1:
        sketch.body([(70, 32.7), (74, 32.8), (75, 46.1), (71, 46)], (60, 44, 38), "round")
    sketch.disc(88, 40.4, 1.4, 1.4, STEEL, "metal")
    sketch.shadow(50, 78, 78, 3)
    sketch.body(
        [(10, 72), (18, 66), (46, 62), (60, 60), (88, 60), (88, 76), (58, 77), (22, 78)], LEATHER, "flat"
    )
    sketch.body([(60, 60), (88, 60), (88, 76), (59, 77)], lit(LEATHER, 1.12), "flat")
    sketch.line([(14, 74), (24, 75.6), (58, 74.6), (86, 73.8)], 0.35, lit(LEATHER, 1.5))
    sketch.ring(91, 68, 4, 4.6, 1.5, lit(LEATHER, 0.8))


def mittens(sketch: Sketch, tint: Colour) -> None:
    """A pair of knitted mittens."""
    sketch.shadow(50, 87, 62, 4)
    for side in (1, -1):
        middle, tone = 50 + side * 17, lit(tint, 0.93 if side > 0 else 1.0)
        hand = [(-12, 66), (-13, 40), (-11, 24), (0, 14), (11, 24), (13, 40), (12, 66)]
        thumb = [(8, 62), (12, 50), (19, 40), (23, 43), (20, 55), (12, 66)]
        sketch.laid([(middle + side * x, y) for x, y in hand])
        sketch.body([(middle + side * x, y) for x, y in thumb], lit(tone, 0.9), soft=True)
        sketch.body([(middle + side * x, y) for x, y in hand], tone, soft=False)
        sketch.body([(middle - 10, 25), (middle, 12.6), (middle + 10, 25)], tone, soft=False)
        if sketch.variation == 1:
            for row in range(3):
                for step in range(-2, 3):
                    x, y = middle + step * 4.4, 34 + row * 8
                    flake = [(x - 1.5, y), (x, y - 2), (x + 1.5, y), (x, y + 2)]
                    sketch.body(flake, mixed(tint, CREAM, 0.8), "flat")
        sketch.box(middle - 12.6, 64, middle + 12.6, 86, lit(tone, 0.92), "round", 2)
        for step in range(-5, 6):
            sketch.line([(middle + step * 2.2, 66), (middle + step * 2.2, 84.6)], 0.5, lit(tone, 0.76))
        sketch.gleam([(middle - 8, 30), (middle - 9, 60)], 2, 60)


def blanket(sketch: Sketch, tint: Colour) -> None:
    """A folded throw with fringes."""
    pale = mixed(tint, CREAM, 0.72)
    sketch.shadow(50, 84, 76)
    for top, tone in ((66, 0.86), (50, 0.94), (34, 1.02)):
        sketch.box(16, top, 84, top + 18, lit(tint, tone), "flat", 6)
        if sketch.variation == 0:
            for y in (top + 4, top + 6.4):
                sketch.line([(20, y), (80, y)], 0.9, pale)
        else:
            for x in range(24, 82, 12):
                sketch.box(x, top, x + 3.4, top + 18, mixed(lit(tint, tone), CREAM, 0.35), "flat")
            sketch.line([(18, top + 9), (82, top + 9)], 1.8, mixed(lit(tint, tone), CREAM, 0.35))
        sketch.line([(19, top + 17.6), (81, top + 17.6)], 0.7, lit(tint, 0.6))
    for step in range(22):
        left = 19 + step * 2.9
        sketch.line([(left, 50.6), (left + (0.7 if step % 2 else -0.5), 58)], 0.8, pale)
    sketch.box(66, 58, 75, 64, LEATHER, "flat", 0.8)


SHAPES = {
    drawn.__name__: drawn
    for drawn in (
        bar, cup, teapot, canister, dish, mill, glass, jug, cookbook, mat, lantern, campknife, mittens, blanket,
    )
}  # fmt: skip
