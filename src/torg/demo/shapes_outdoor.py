"""How things for the outdoors look: a drawing per family of goods, tinted by its colour."""

from torg.demo.drawing import CREAM, INK, LEATHER, STEEL, WOOD, Colour, Sketch, lit, mixed

FLAME: Colour = (96, 150, 220)


def tent(sketch: Sketch, tint: Colour) -> None:
    """A tunnel tent with its porch open, or a dome."""
    if sketch.variation:
        _dome(sketch, tint)
        return
    sketch.shadow(50, 78, 88, 4)
    sketch.body(
        [(6, 78), (14, 52), (30, 38), (52, 34), (74, 40), (88, 56), (95, 78)], tint, "round", soft=False
    )
    for top, foot in ((30, 22), (52, 46), (74, 72)):
        sketch.line([(top, 38 if top != 52 else 34), (foot, 78)], 0.6, lit(tint, 0.78), soft=True)
    sketch.body([(60, 78), (66, 50), (75, 43), (84, 56), (88, 78)], lit(tint, 0.55), "flat")
    sketch.body([(60, 78), (66, 50), (75, 43), (70, 60), (67, 78)], lit(tint, 1.12), "flat")
    for start, end in (((14, 52), (2, 76)), ((88, 56), (98.5, 77))):
        sketch.line([start, end], 0.5, lit(CREAM, 0.8))
    sketch.gleam([(20, 54), (30, 42), (48, 37.5)], 2.6)


def _dome(sketch: Sketch, tint: Colour) -> None:
    sketch.shadow(50, 80, 80, 4)
    sketch.body([(12, 80), (22, 54), (36, 36), (50, 30), (64, 36), (78, 54), (88, 80)], tint)
    sketch.line([(22, 80), (40, 44), (62, 33)], 0.8, lit(tint, 0.74), soft=True)
    sketch.line([(78, 80), (60, 44), (38, 33)], 0.8, lit(tint, 0.74), soft=True)
    sketch.body([(38, 80), (44, 58), (50, 48), (56, 58), (62, 80)], lit(tint, 0.5), "flat", soft=False)
    sketch.body([(38, 80), (44, 58), (50, 48), (47, 64), (46, 80)], lit(tint, 1.16), "flat")
    for start, end in (((22, 54), (5, 79)), ((78, 54), (95, 79))):
        sketch.line([start, end], 0.5, lit(CREAM, 0.8))
    sketch.gleam([(26, 54), (38, 39), (48, 34)], 2.6)


def sleepingbag(sketch: Sketch, tint: Colour) -> None:
    """A mummy bag, opened a little."""
    sketch.shadow(50, 88, 42)
    sketch.body(
        [(34, 20), (50, 10), (66, 20), (71, 40), (64, 70), (60, 88), (40, 88), (36, 70), (29, 40)],
        tint,
        "round",
        soft=True,
    )
    for y, half in ((34, 20.5), (44, 20), (54, 18), (64, 15.5), (74, 13.4)):
        sketch.line([(50 - half, y), (50, y + 2), (50 + half, y)], 0.7, lit(tint, 0.8), soft=True)
    sketch.disc(50, 22, 10, 8, lit(tint, 0.5))
    sketch.disc(50, 23.6, 8, 6, (226, 186, 120))
    sketch.line([(58, 27), (61, 48), (57, 62)], 0.9, STEEL, soft=True)
    sketch.gleam([(38, 34), (37, 56)], 3)


def hammock(sketch: Sketch, tint: Colour) -> None:
    """A hammock between two trunks."""
    bark = (112, 84, 62)
    sketch.box(6, 6, 15, 90, bark)
    sketch.box(85, 6, 94, 90, bark)
    sketch.shadow(50, 88, 60, 3)
    sketch.box(5, 30, 16, 34, INK)
    sketch.box(84, 30, 95, 34, INK)
    sketch.line([(15, 32), (28, 42)], 0.9, CREAM)
    sketch.line([(85, 32), (72, 42)], 0.9, CREAM)
    sketch.body(
        [(24, 40), (34, 46), (50, 49), (66, 46), (76, 40), (68, 62), (50, 70), (32, 62)],
        tint,
        "round",
        soft=True,
    )
    sketch.body(
        [(26, 41), (34, 46), (50, 49), (66, 46), (74, 41), (64, 53), (50, 56), (36, 53)],
        lit(tint, 0.72),
        "flat",
        soft=True,
    )
    sketch.gleam([(32, 58), (46, 67)], 2.4)


def stove(sketch: Sketch, tint: Colour) -> None:
    """A gas burner, lit, with a small pot."""
    del tint
    sketch.shadow(50, 84, 44)
    sketch.box(37, 66, 63, 84, (196, 70, 44), "round", 4)
    sketch.box(45, 60, 55, 67, STEEL, "metal", 1)
    sketch.line([(55, 63), (67, 63)], 1.2, STEEL)
    sketch.disc(69, 63, 2.4, 3, INK)
    for x in (38, 50, 62):
        sketch.line([(50, 60), (x, 50)], 1.4, lit(STEEL, 0.75))
    for x, height in ((43, 4), (47, 6), (51, 6.4), (55, 5)):
        sketch.body([(x - 1.6, 55), (x, 55 - height), (x + 1.6, 55)], FLAME, "flat")
    sketch.box(30, 26, 70, 50, STEEL, "metal", 2)
    sketch.disc(50, 26, 20, 3.6, lit(STEEL, 0.7))
    sketch.line([(70, 32), (88, 30)], 2, lit(STEEL, 0.6))
    for x in (43, 50, 57):
        sketch.line([(x, 20), (x + 1.6, 15), (x - 1, 11)], 0.8, (255, 255, 255), soft=True)


def backpack(sketch: Sketch, tint: Colour) -> None:
    """A hiking pack."""
    sketch.shadow(50, 90, 46)
    sketch.ring(50, 13, 5, 5, 1.8, INK)
    sketch.body(
        [(30, 26), (36, 15), (64, 15), (70, 26), (73, 60), (70, 88), (30, 88), (27, 60)],
        tint,
        "round",
        soft=False,
    )
    sketch.body([(29, 30), (33, 17), (50, 14), (67, 17), (71, 30), (50, 36)], lit(tint, 0.86), "round")
    sketch.box(34, 50, 66, 82, lit(tint, 0.92), "round", 4)
    sketch.line([(36, 57), (64, 57)], 0.8, INK)
    for x in (40, 60):
        sketch.line([(x, 30), (x, 50)], 1.2, INK)
        sketch.box(x - 2, 42, x + 2, 46, STEEL, "metal", 0.6)
    sketch.box(22, 60, 29, 82, lit(tint, 0.7), "round", 2)
    sketch.box(71, 60, 78, 82, lit(tint, 0.7), "round", 2)
    if sketch.variation:
        sketch.box(38, 62, 62, 66, lit(tint, 0.72), "flat", 1)
        sketch.box(44, 69, 56, 76, LEATHER, "flat", 1)
    else:
        sketch.line([(38, 64), (62, 76)], 0.5, CREAM)
        sketch.line([(62, 64), (38, 76)], 0.5, CREAM)
    sketch.gleam([(33, 34), (32, 56)], 2.6)


def headlamp(sketch: Sketch, tint: Colour) -> None:
    """A headlamp with its strap and a beam."""
    sketch.shadow(50, 78, 46)
    sketch.ring(52, 46, 30, 25, 5, lit(tint, 0.9))
    sketch.ring(52, 46, 28.6, 23.6, 0.8, lit(tint, 0.6))
    sketch.box(33, 54, 67, 78, INK, "round", 5)
    sketch.disc(50, 66, 9.4, 9.4, STEEL, "metal")
    sketch.disc(50, 66, 7.4, 7.4, (255, 248, 214))
    sketch.disc(50, 66, 3, 3, (255, 255, 255))
    sketch.disc(61.6, 60, 1.6, 1.6, (206, 52, 48))
    sketch.gleam([(40, 58), (58, 58)], 1.6)


def axe(sketch: Sketch, tint: Colour) -> None:
    """An axe, stuck in a stump."""
    del tint
    sketch.shadow(46, 88, 52)
    sketch.box(24, 66, 70, 88, (150, 112, 78), "round", 2)
    sketch.disc(47, 66, 23, 6, (222, 188, 142))
    for across in (17, 11, 5):
        sketch.ring(47, 66, across, across * 0.26, 0.4, (176, 138, 96))
    sketch.line([(47, 47), (66, 28), (84, 10)], 3.8, lit(WOOD, 1.05))
    sketch.body(
        [(38, 44), (50, 38), (57, 47), (50, 55), (41, 66), (28, 62), (32, 52)], lit(STEEL, 0.8), "metal"
    )
    sketch.line([(28, 62), (41, 66)], 1, lit(STEEL, 1.3))
    sketch.line([(80, 13), (84, 10)], 4, LEATHER)


def seat(sketch: Sketch, tint: Colour) -> None:
    """A felt pad, rolled and strapped, on another that lies flat."""
    sketch.shadow(50, 80, 70)
    sketch.body([(14, 72), (76, 66), (90, 76), (26, 84)], tint, "flat")
    sketch.body([(26, 84), (90, 76), (90, 79), (26, 87)], lit(tint, 0.75), "flat")
    sketch.box(22, 46, 78, 72, tint, "flat", 12)
    sketch.disc(72, 59, 6.4, 12.6, lit(tint, 0.85))
    for across in (5, 3.4, 1.8):
        sketch.ring(72, 59, across, across * 2, 0.7, lit(tint, 0.65))
    for x in (34, 52):
        sketch.box(x, 45, x + 3.4, 73, LEATHER, "flat")
        sketch.box(x - 0.8, 56, x + 4.2, 62, STEEL, "metal", 0.8)


def sweater(sketch: Sketch, tint: Colour) -> None:
    """A sweater with a patterned yoke, with stripes, or plain."""
    outline = [
        (34, 22),
        (22, 30),
        (8, 74),
        (18, 78),
        (30, 50),
        (30, 84),
        (70, 84),
        (70, 50),
        (82, 78),
        (92, 74),
        (78, 30),
        (66, 22),
    ]
    sketch.laid(outline)
    sketch.body(outline, tint, "flat")
    sketch.box(39, 13, 61, 26, lit(tint, 0.92), "flat", 3)
    sketch.disc(50, 15, 9.6, 2.4, lit(tint, 0.55))
    if sketch.variation == 0:
        _yoke(sketch, tint)
    if sketch.variation == 1:
        for y in (36, 44, 52, 60, 68, 76):
            half = 24 if y < 50 else 19.8
            sketch.line([(50 - half, y), (50 + half, y)], 2, mixed(tint, CREAM, 0.8))
    if sketch.variation == 2:
        for x in range(33, 69, 4):
            sketch.line([(x, 28 if 38 < x < 62 else 34), (x, 79)], 0.35, lit(tint, 0.88))
    for y in (80, 82):
        sketch.line([(30, y), (70, y)], 0.6, lit(tint, 0.8))
    sketch.line([(30, 50), (29, 36)], 0.5, lit(tint, 0.75))
    sketch.line([(70, 50), (71, 36)], 0.5, lit(tint, 0.75))


def _yoke(sketch: Sketch, tint: Colour) -> None:
    for row, half in enumerate((13, 18, 22, 25)):
        y = 30 + row * 5
        for step in range(-half // 3, half // 3 + 1):
            x = 50 + step * 3.2
            colour = CREAM if (step + row) % 2 else lit(tint, 0.62)
            sketch.body([(x - 1.4, y), (x, y - 2), (x + 1.4, y), (x, y + 2)], colour, "flat")


def base(sketch: Sketch, tint: Colour) -> None:
    """A plain long-sleeved top."""
    outline = [
        (38, 18),
        (24, 25),
        (10, 76),
        (18, 79),
        (31, 46),
        (32, 86),
        (68, 86),
        (69, 46),
        (82, 79),
        (90, 76),
        (76, 25),
        (62, 18),
    ]
    sketch.laid(outline)
    sketch.body(outline, tint, "flat")
    sketch.disc(50, 18, 12, 4.4, lit(tint, 0.6))
    sketch.ring(50, 17.6, 12.4, 5, 1.2, lit(tint, 0.85))
    for start, end in (((38, 19), (31, 46)), ((62, 19), (69, 46))):
        sketch.line([start, end], 0.4, lit(tint, 0.78 if sum(tint) > 200 else 1.3), soft=True)
    sketch.box(60, 74, 64, 79, CREAM, "flat", 0.6)


def socks(sketch: Sketch, tint: Colour) -> None:
    """A pair of socks."""
    for shift in (14, 0):
        tone = lit(tint, 0.88 if shift else 1.0)
        outline = [
            (30 + shift, 14),
            (48 + shift, 14),
            (48 + shift, 52),
            (50 + shift, 60),
            (66 + shift, 70),
            (72 + shift, 80),
            (64 + shift, 86),
            (48 + shift, 84),
            (34 + shift, 72),
            (30 + shift, 58),
        ]
        sketch.laid(outline)
        sketch.body(outline, tone)
        for x in range(31, 48, 2):
            sketch.line([(x + shift, 15), (x + shift, 24)], 0.4, lit(tone, 0.8))
        for y in (28, 34, 40, 46) if sketch.variation else (28, 31):
            sketch.line([(30.4 + shift, y), (47.6 + shift, y)], 1.2, mixed(tint, CREAM, 0.8))
        heel, toe = lit(tone, 0.76), [(62, 68), (70, 75), (72, 81), (66, 86), (57, 85)]
        sketch.body(
            [(30.2 + shift, 62), (37 + shift, 64), (41 + shift, 72), (38 + shift, 75), (32.6 + shift, 69)],
            heel,
        )
        sketch.body([(x + shift, y) for x, y in toe], heel)


def beanie(sketch: Sketch, tint: Colour) -> None:
    """A ribbed hat with a fold."""
    sketch.shadow(50, 76, 54)
    sketch.body([(22, 62), (24, 38), (36, 22), (50, 18), (64, 22), (76, 38), (78, 62)], tint, soft=True)
    for step in range(-5, 6):
        sketch.line(
            [(50 + step * 1.8, 19 + abs(step) * 0.8), (50 + step * 5, 58)], 0.6, lit(tint, 0.82), soft=True
        )
    sketch.box(20, 57, 80, 76, lit(tint, 0.95), "round", 4)
    for x in range(23, 79, 3):
        sketch.line([(x, 58.4), (x, 74.6)], 0.6, lit(tint, 0.78))
    if sketch.variation:
        sketch.disc(50, 16, 7.4, 7, mixed(tint, CREAM, 0.7), "round")
        for y in (40, 46):
            sketch.line([(24, y + 2), (50, y), (76, y + 2)], 1.6, mixed(tint, CREAM, 0.75), soft=True)
    sketch.box(60, 63, 67, 71, LEATHER, "flat", 0.8)


SHAPES = {
    drawn.__name__: drawn
    for drawn in (
        tent, sleepingbag, hammock, stove, backpack, headlamp, axe, seat, sweater, base, socks, beanie,
    )
}  # fmt: skip
