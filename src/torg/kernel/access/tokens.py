"""Tokens: 256 random bits that are shown once and kept only as a hash.

A token says by its beginning what it is, so that one which leaks is recognised (and found by secret scanners), and one
that is sent in the wrong place is refused without asking the database. A fast hash is right here, unlike for passwords:
nobody guesses 256 bits.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

API_KEY: Final = "torg_sk_"
BEARER: Final = "torg_ss_"
COOKIE: Final = "torg_sc_"
LINK: Final = "torg_ln_"
STEP: Final = "torg_st_"
SHOWN: Final = 6

_FORM = re.compile(r"torg_(sk|ss|sc|ln|st)_[A-Za-z0-9_-]{43}", re.ASCII)


def new(kind: str) -> str:
    """A new token of this kind."""
    return kind + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def is_token(text: str, kind: str) -> bool:
    """Whether this has the form of a token of this kind."""
    return text.startswith(kind) and _FORM.fullmatch(text) is not None


def beginning(token: str) -> str:
    """As much of an API key as may be shown to recognise it by."""
    return token[: len(API_KEY) + SHOWN]


def page_token(session_token: str) -> str:
    """A fresh token for the forms of a page, bound to the session: only who has the session's cookie can make one.

    It is masked anew each time, so that compression of the page leaks nothing about it.
    """
    mask = secrets.token_hex(8)
    return f"{mask}.{_seal(session_token, mask)}"


def is_page_token(text: str | None, session_token: str) -> bool:
    """Whether this form token was made for this session."""
    mask, _, seal = (text or "").partition(".")
    return hmac.compare_digest(seal.encode(), _seal(session_token, mask).encode())


def _seal(session_token: str, mask: str) -> str:
    return hmac.new(session_token.encode(), f"page\n{mask}".encode(), hashlib.sha256).hexdigest()
