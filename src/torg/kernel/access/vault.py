"""Secrets that Torg must be able to read again, kept unreadable in the database; and seals that only Torg can make.

Everything hangs on the one secret of the settings; each purpose gets a key of its own from it, and what was encrypted
for one owner cannot be moved to another.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Undecipherable(RuntimeError):
    """The row was written with another secret (`TORG_SECRET`), or has been tampered with."""


class Vault:
    """Encrypts and seals with keys that are derived from the settings' secret."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        self._root = secret.encode()

    def lock(self, plain: bytes, *, purpose: str, owner: str) -> bytes:
        """Encrypt for this purpose and owner."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._key(purpose)).encrypt(nonce, plain, owner.encode())

    def unlock(self, locked: bytes, *, purpose: str, owner: str) -> bytes:
        """Decrypt what was locked for this purpose and owner."""
        try:
            return AESGCM(self._key(purpose)).decrypt(locked[:NONCE], locked[NONCE:], owner.encode())
        except InvalidTag:
            raise Undecipherable(f"{purpose} of {owner} was encrypted with another secret") from None

    def seal(self, text: str, *, purpose: str) -> str:
        """A seal on the text that only who has the secret can make."""
        mac = hmac.new(self._key(purpose), text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def is_sealed(self, text: str, seal: str, *, purpose: str) -> bool:
        """Whether the seal is ours and belongs to this text."""
        return hmac.compare_digest(seal.encode(), self.seal(text, purpose=purpose).encode())

    def _key(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"torg {purpose}".encode()).derive(
            self._root
        )
