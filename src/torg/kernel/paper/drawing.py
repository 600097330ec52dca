"""A drawing (SVG) as a PDF file of one page of exactly its size, with the fonts of papers as subsets."""

import asyncio

from torg.kernel.paper.pdf import AT_ONCE, fonts

SOURCE = b"""#set document(date: none)
#set page(
  width: float(sys.inputs.width) * 1mm, height: float(sys.inputs.height) * 1mm, margin: 0pt
)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""


def _set(svg: bytes, width_mm: int, height_mm: int) -> bytes:
    import typst  # here, since it is large and most processes never set anything

    made = typst.compile(
        SOURCE,
        font_paths=fonts(),
        format="pdf",
        sys_inputs={"svg": svg.decode(), "width": str(width_mm), "height": str(height_mm)},
    )
    assert isinstance(made, bytes)
    return made


async def drawn(svg: bytes, *, width_mm: int, height_mm: int) -> bytes:
    """The drawing as a PDF file: the same bytes for the same drawing."""
    async with AT_ONCE:
        return await asyncio.to_thread(_set, svg, width_mm, height_mm)
