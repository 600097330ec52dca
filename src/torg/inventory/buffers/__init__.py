"""What a sales channel leaves to others at a location: so many units of every variant.

A level may say otherwise for its variant (its plan), and then that counts, also when it is less. Either comes on top of
the level's own buffer, which nobody is promised. Other channels still sell what one leaves to them.
"""

from torg.inventory.buffers.keep import buffers, keep_back, known_buffers
from torg.inventory.buffers.store import ChannelBuffer

__all__ = ["ChannelBuffer", "buffers", "keep_back", "known_buffers"]
