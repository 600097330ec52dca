"""The test gateway's signature: HMAC-SHA256 over the time and the body, refused when it is wrong or old."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

HEADER: Final = "test-gateway-signature"
OLDEST: Final = timedelta(minutes=5)


def derive(secret: str, purpose: str) -> bytes:
    """A key for one purpose, made from the installation's secret."""
    return hmac.digest(secret.encode(), f"test-gateway {purpose}".encode(), hashlib.sha256)


def sign(key: bytes, body: bytes, at: datetime) -> str:
    """The header for a body that is sent now: `t=1763640000,v1=…`."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_mac(key, moment, body)}"


def genuine(key: bytes, header: str, body: bytes, at: datetime) -> bool:
    """Whether the header fits the body and is at most five minutes old (or early)."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        return False
    fresh = abs(int(at.timestamp()) - int(moment)) <= OLDEST.total_seconds()
    given = parts.get("v1", "")
    return given.isascii() and fresh and hmac.compare_digest(_mac(key, int(moment), body), given)


def _mac(key: bytes, moment: int, body: bytes) -> str:
    return hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
