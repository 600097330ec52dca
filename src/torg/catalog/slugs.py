"""Addresses that people can read: `Kaffekanne på bål` becomes `kaffekanne-pa-bal`.

An address is plain ASCII, so that it survives being copied into mails and chats. A name without Latin letters
(Japanese) gives none; the caller then takes another language's.
"""

import re
import unicodedata

LONGEST = 100
_SPELLED = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ł": "l", "þ": "th", "œ": "oe", "&": " "})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def slug_of(name: str, language: str) -> str | None:
    """The address made of a name as its language spells it without accents, or None when nothing Latin is in it.

    >>> slug_of("Kaffekanne på bål", "nb"), slug_of("Käsereibe", "de"), slug_of("Kåsa", "sv"), slug_of("珈琲", "ja")
    ('kaffekanne-pa-bal', 'kaesereibe', 'kasa', None)
    """
    text = unicodedata.normalize("NFKC", name).lower()
    if language == "de":
        text = text.translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:LONGEST].rstrip("-") or None if re.search("[a-z]", slug) else None
