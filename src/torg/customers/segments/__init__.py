"""Customers for whom something is meant: lists that staff and programs keep, and that promotions ask for.

A segment says who, not why: whoever reckons it (a mailing tool, a list of names) puts customers in and takes them out.
It is never deleted, since promotions name it; and it changes no price list, which is what groups are for. Who is in one
pays less: changing that takes the right `customers:group`, and every change is in the audit log.
"""

from torg.customers.segments.keep import add_segment, change_members, change_segment
from torg.customers.segments.look import known_segments, members, segments, segments_of
from torg.customers.segments.model import InSegment, Moved, Segment, SegmentTaken, UnknownSegment

__all__ = [
    "InSegment",
    "Moved",
    "Segment",
    "SegmentTaken",
    "UnknownSegment",
    "add_segment",
    "change_members",
    "change_segment",
    "known_segments",
    "members",
    "segments",
    "segments_of",
]
