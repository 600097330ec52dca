"""Access: who is asking, and may she?

Owns staff, roles, sessions and API keys. Promises that a right taken away counts from the next request on, that
nobody gives a right which she does not hold, and that neither passwords nor tokens can be read out of the database.
"""

from torg.kernel.access.model import (
    SYSTEM,
    VISITOR,
    Actor,
    ActorKind,
    Grant,
    RightMissing,
    SignInNeeded,
)

__all__ = ["SYSTEM", "VISITOR", "Actor", "ActorKind", "Grant", "RightMissing", "SignInNeeded"]
