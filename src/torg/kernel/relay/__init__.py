"""The relay: from the outbox into the feed, and along the feed to everybody who wants to know.

Promises that every recorded event gets exactly one position, without gaps and in the order of its aggregate,
and that each subscription handles each of its events exactly once as far as its transaction reaches."""

from torg.kernel.relay.follow import Follower, Unread
from torg.kernel.relay.leader import Leader
from torg.kernel.relay.move import move
from torg.kernel.relay.parked import Subscriptions

__all__ = ["Follower", "Leader", "Subscriptions", "Unread", "move"]
