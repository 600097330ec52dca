"""Signatures after the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`.

Secrets are 32 random bytes, shown once as `whsec_…`. While a secret is being replaced the old one signs along, so that
a receiver can change over without losing anything.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"


def new_secret() -> bytes:
    """A new signing secret."""
    return secrets.token_bytes(32)


def shown(secret: bytes) -> str:
    """The secret as a receiver enters it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(message_id: str, body: bytes, keys: Sequence[bytes], at: datetime) -> dict[str, str]:
    """The headers that prove who sent the body, and when."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}" for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }
