"""Who is calling, as far as the network can tell."""

import ipaddress
from collections.abc import Mapping
from typing import Any


def client_address(scope: Mapping[str, Any], proxies: int) -> str:
    """The caller's address: the peer, or what the outermost of our `proxies` saw.

    Each proxy adds to the right of `X-Forwarded-For` whom it was called by, so only as many entries from the right are
    believed as there are proxies of ours; everything further left a caller can invent.
    """
    peer = (scope.get("client") or ("", 0))[0]
    if not proxies:
        return str(peer)
    given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    seen = [part.strip() for part in given.decode("latin-1").split(",") if part.strip()]
    if not seen:
        return str(peer)
    found = seen[-proxies] if len(seen) >= proxies else seen[0]
    return found if _is_address(found) else str(peer)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
