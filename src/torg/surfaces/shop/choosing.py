"""Which variant of a product is looked at, and where each other choice leads.

A choice that the rest of the choice does not come in leads to the nearest variant that it does come in, so that no
choice is ever a dead end.
"""

from collections.abc import Iterator

from msgspec import Struct

from torg.surfaces.shop.front import Front
from torg.surfaces.storefront.views import (
    Availability,
    ShopProductDetail,
    ShopProductPicture,
    ShopVariantDetail,
)

GONE = frozenset({Availability.out})


class ChoiceLink(Struct, frozen=True):
    """A value of an option: where it leads, whether it is the present one, and whether it can be had."""

    name: str
    url: str
    chosen: bool
    there: bool


class OptionLinks(Struct, frozen=True):
    """By what the variants differ, as links."""

    name: str
    chosen: str
    choices: tuple[ChoiceLink, ...]


def chosen(product: ShopProductDetail, wished: str | None) -> ShopVariantDetail | None:
    """The variant that the address names (by SKU), else the first that can be had, else the first."""
    named = next((variant for variant in product.variants if variant.sku == wished), None)
    can_be_had = (v for v in product.variants if v.price is not None and v.availability not in GONE)
    return named or next(can_be_had, None) or next(iter(product.variants), None)


def options(at: Front, product: ShopProductDetail, present: ShopVariantDetail) -> Iterator[OptionLinks]:
    """Each option with a link for each of its values."""
    for option in product.options:
        links = []
        for choice in option.choices:
            best = _nearest(product, present, option.code, choice.code)
            if best is None:
                continue
            links.append(
                ChoiceLink(
                    choice.name,
                    at.to("p", product.slug, variant=best.sku) + "#buy",
                    present.choices.get(option.code) == choice.code,
                    best.availability not in GONE,
                )
            )
        name = next((link.name for link in links if link.chosen), "")
        yield OptionLinks(option.name, name, tuple(links))


def pictures(product: ShopProductDetail, present: ShopVariantDetail | None) -> list[ShopProductPicture]:
    """The pictures, those first that show what was chosen; the rest in their order."""
    choices = present.choices if present else {}

    def strange(picture: ShopProductPicture) -> int:
        return sum(choices.get(code) != value for code, value in picture.shows.items())

    return sorted(product.pictures, key=strange)


def _nearest(
    product: ShopProductDetail, present: ShopVariantDetail, option: str, value: str
) -> ShopVariantDetail | None:
    """The variant with this value that differs least from the present one, and rather one that can be had."""
    fitting = [variant for variant in product.variants if variant.choices.get(option) == value]
    order = [one.code for one in product.options]

    def differs(variant: ShopVariantDetail) -> tuple[int, bool]:
        others = (code for code in order if code != option)
        return (
            sum(variant.choices.get(code) != present.choices.get(code) for code in others),
            variant.availability in GONE,
        )

    return min(fitting, key=differs, default=None)
