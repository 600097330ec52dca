"""A picture as HTML: at the widths and in the formats that there are, so that a browser takes the smallest that does.

A shelf shows the same pictures to everybody, so what was written of one is kept.
"""

from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Final

from markupsafe import Markup, escape

from torg.surfaces.storefront.pictures import ShopPicture, ShopRendition

PLAIN: Final = "image/jpeg"
MOST_KEPT: Final = 20_000


@lru_cache(maxsize=MOST_KEPT)
def picture(shown: ShopPicture, sizes: str, alt: str = "", eager: bool = False) -> Markup:
    """The picture as wide as `sizes` says. What is seen first is `eager`, all others wait until they are near; without
    `alt` it only decorates.
    """
    kind = attrgetter("media_type")
    formats = {one: list(group) for one, group in groupby(sorted(shown.renditions, key=kind), kind)}
    sources = "".join(
        f'<source type="{escape(media_type)}" srcset="{_set(group)}" sizes="{escape(sizes)}">'
        for media_type, group in formats.items()
        if media_type != PLAIN
    )
    when = 'fetchpriority="high"' if eager else 'loading="lazy"'
    return Markup(  # noqa: S704  # its parts are escaped
        f'<picture>{sources}<img src="{escape(shown.url)}" srcset="{_set(formats.get(PLAIN, []))}"'
        f' sizes="{escape(sizes)}" width="{shown.width}" height="{shown.height}" alt="{escape(alt)}" {when}'
        ' decoding="async"></picture>'
    )


def _set(renditions: list[ShopRendition]) -> str:
    return escape(", ".join(f"{one.url} {one.width}w" for one in renditions))
