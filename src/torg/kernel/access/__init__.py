"""Access: who is asking, and may she?

Owns staff, roles, sessions and API keys. Promises that a right taken away counts from the next request on, that
nobody gives a right which she does not hold, that tries are counted over all processes without anybody being locked out
for good, and that neither passwords nor tokens can be read out of the database. Publishes `staff.…`, `role.changed`,
`api-key.…`.
"""

from torg.kernel.access.identify import require_own_origin, require_own_page
from torg.kernel.access.model import (
    EVERYTHING,
    SYSTEM,
    VISITOR,
    Actor,
    ActorKind,
    BadToken,
    ForeignPage,
    Grant,
    RightMissing,
    Session,
    SignInNeeded,
    TooManyTries,
    Transport,
    Vocabulary,
)
from torg.kernel.access.policy import Policy
from torg.kernel.access.roles_of import roles_of
from torg.kernel.access.sessions import Device, Opened, open_session
from torg.kernel.access.tokens import page_token

__all__ = [
    "EVERYTHING",
    "SYSTEM",
    "VISITOR",
    "Actor",
    "ActorKind",
    "BadToken",
    "Device",
    "ForeignPage",
    "Grant",
    "Opened",
    "Policy",
    "RightMissing",
    "Session",
    "SignInNeeded",
    "TooManyTries",
    "Transport",
    "Vocabulary",
    "open_session",
    "page_token",
    "require_own_origin",
    "require_own_page",
    "roles_of",
]
