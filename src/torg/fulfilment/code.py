"""The code of six digits that a customer shows: a slow hash of it proves, encrypted it is shown to her again."""

import secrets

from torg.fulfilment import rules
from torg.fulfilment.model import Fulfilment
from torg.kernel.access import Policy

PURPOSE = "pick-up codes"


def new_code() -> str:
    """A code that nobody can guess."""
    return f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"


def sealed(policy: Policy, code: str, fulfilment: Fulfilment) -> bytes:
    """The code encrypted for this fulfilment."""
    return policy.vault.lock(code.encode(), purpose=PURPOSE, owner=fulfilment.id.hex)


def code_of(policy: Policy, fulfilment: Fulfilment) -> str | None:
    """The code of a fulfilment that has one."""
    if fulfilment.sealed is None:
        return None
    return policy.vault.unlock(fulfilment.sealed, purpose=PURPOSE, owner=fulfilment.id.hex).decode()
