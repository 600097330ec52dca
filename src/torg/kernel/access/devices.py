"""Devices that somebody has signed in on before, so that strangers cannot lock the owner of an account out.

Tries from unknown devices share the account's counter and their address's; a device that carries a mark for this very
account counts for itself alone. Whoever hammers an account therefore stops other strangers, not its owner. A mark is
given only after a sign-in, says nothing about the account to others, and opens nothing.
"""

import hashlib
from collections.abc import Sequence

from torg.kernel.access import throttle
from torg.kernel.access.policy import Policy
from torg.kernel.access.throttle import Counter

MOST = 8
PURPOSE = "device"


def mark(policy: Policy, account: str, before: str | None, nonce: str) -> str:
    """The mark of a device on which this account (and those before) have signed in."""
    kept = [tag for tag in _tags(policy, before) if tag != _tag(account)][: MOST - 1]
    text = ".".join([_nonce(policy, before) or nonce, _tag(account), *kept])
    return f"{text}.{policy.vault.seal(text, purpose=PURPOSE)}"


def counters(policy: Policy, account: str, *, device: str | None, address: str | None) -> Sequence[Counter]:
    """What a try to prove to be the owner of this account counts on."""
    if knows(policy, account, device):
        return [policy.limit("known-device").counting(f"{_nonce(policy, device)} {account}")]
    return [
        policy.limit("address").counting(throttle.network(address)),
        policy.limit("account").counting(account),
    ]


def knows(policy: Policy, account: str, device: str | None) -> bool:
    """Whether this account has signed in on this device before."""
    return _tag(account) in _tags(policy, device)


def _tag(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:16]


def _read(policy: Policy, device: str | None) -> list[str]:
    text, _, seal = (device or "").rpartition(".")
    if text and len(text) < 300 and policy.vault.is_sealed(text, seal, purpose=PURPOSE):
        return text.split(".")
    return []


def _nonce(policy: Policy, device: str | None) -> str | None:
    return next(iter(_read(policy, device)), None)


def _tags(policy: Policy, device: str | None) -> list[str]:
    return _read(policy, device)[1:]
