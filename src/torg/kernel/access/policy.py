"""How strict access is in this installation: made once from the settings by the composition root.

Everything that depends on the installation's secret (encrypted second factors, device marks) hangs on `vault`.
"""

from datetime import timedelta
from typing import Final

from msgspec import Struct

from torg.kernel.access.throttle import Limit
from torg.kernel.access.vault import Vault

COOKIE: Final = "torg_session"
DEVICE_COOKIE: Final = "torg_device"

STAFF_LONGEST: Final = timedelta(days=7)
CUSTOMER_IDLE: Final = timedelta(days=60)
CUSTOMER_LONGEST: Final = timedelta(days=365)
DEVICE_REMEMBERED: Final = timedelta(days=400)
INVITATION_LASTS: Final = timedelta(days=7)
RESET_LASTS: Final = timedelta(hours=1)
STEP_LASTS: Final = timedelta(minutes=10)
TRIES_SPAN: Final = timedelta(minutes=10)


class Policy(Struct, frozen=True):
    """Lifetimes, limits and the origin that links and cookies belong to."""

    vault: Vault
    origin: str
    tries: int = 10
    staff_idle: timedelta = timedelta(hours=12)

    @property
    def https(self) -> bool:
        """Whether people reach Torg over TLS, so that cookies may (and must) be bound to it."""
        return self.origin.startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; with TLS the browser itself holds it to this host."""
        return f"__Host-{COOKIE}" if self.https else COOKIE

    @property
    def device_cookie(self) -> str:
        """The name of the cookie that marks a device on which somebody has signed in before."""
        return f"__Host-{DEVICE_COOKIE}" if self.https else DEVICE_COOKIE

    def limit(self, name: str) -> Limit:
        """The limit on tries to prove who one is."""
        return Limit.within(name, self.tries, TRIES_SPAN)

    @classmethod
    def of(cls, *, secret: str, origin: str, session_hours: int = 12, tries: int = 10) -> "Policy":
        """The policy that the settings ask for."""
        return cls(Vault(secret), origin.rstrip("/"), tries, timedelta(hours=session_hours))
