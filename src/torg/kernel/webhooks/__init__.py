"""Webhooks: the same events as in the feed, pushed to other programs and signed after Standard Webhooks.

Owns endpoints, their secrets, and the log of deliveries. Promises that an event reaches each endpoint that wants it at
least once under one id, however often the target fails within three days; that a bad target harms no other; that
nothing is sent to an address inside the retailer's network.
"""

from torg.kernel.webhooks.dispatch import Dispatcher
from torg.kernel.webhooks.endpoints import Door
from torg.kernel.webhooks.fan_out import SUBSCRIPTIONS

__all__ = ["SUBSCRIPTIONS", "Dispatcher", "Door"]
