"""The database as the use cases see it: transactions, retries, rows as Structs.

Guarantees: one `run` is one transaction and the unit of retry, so the work given to it may happen several times and
must touch nothing outside; events recorded in it are written with its commit, or not at all; nothing leaves Torg while
one is open (`external`). Reads outside a transaction run on connections that cannot write.
"""

from torg.kernel.database.before import NeedsBefore, TakeBack
from torg.kernel.database.pools import Database, LostCommit
from torg.kernel.database.silence import NETWORK, NOTICED
from torg.kernel.database.transaction import (
    TALLY,
    InsideTransaction,
    Tally,
    Transaction,
    Unstorable,
    external,
)
from torg.kernel.database.wire import NotCommitted

__all__ = [
    "NETWORK",
    "NOTICED",
    "TALLY",
    "Database",
    "InsideTransaction",
    "LostCommit",
    "NeedsBefore",
    "NotCommitted",
    "TakeBack",
    "Tally",
    "Transaction",
    "Unstorable",
    "external",
]
