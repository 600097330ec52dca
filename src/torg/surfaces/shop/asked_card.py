"""What somebody has written of gift cards on their product's page, and what of it cannot be."""

from collections.abc import Mapping

from msgspec import Struct


class AskedCard(Struct, frozen=True):
    """The fields as they were written, with what is wrong by field."""

    amount: str = ""
    name: str = ""
    email: str = ""
    language: str = ""
    message: str = ""
    send_on: str = ""
    quantity: int = 1
    wrong: Mapping[str, str] = {}
