"""How much of the practice retailer is filled in."""

from enum import StrEnum


class Size(StrEnum):
    """The whole practice retailer, or what purchases need: fewer goods, no thousands of customers and their year."""

    whole = "whole"
    small = "small"
