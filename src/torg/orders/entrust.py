"""What a use case of orders has allowed somebody includes what other contexts must do for it."""

from typing import Final

from msgspec.structs import replace

from torg.kernel.access import EVERYTHING, Actor, Grant

ALL: Final = (Grant(frozenset({EVERYTHING})),)


def entrusted(by: Actor) -> Actor:
    """The same somebody, who may do what follows from a step whose right was checked before: goods back, money back.

    Whoever takes goods back in a store needs no right of her own over the stock or over payments of other channels.
    """
    return replace(by, grants=ALL)
