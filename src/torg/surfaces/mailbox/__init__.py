"""The mailbox of a demo or practice copy: every mail that Torg would have sent, to be read by whoever tries
things out.

It shows codes and links that open things, so it does not exist (404) in a live installation or when mail
really leaves; in a practice copy, which may hold real people's data, it opens only for staff who may read every
customer and manage staff.
"""

from torg.surfaces.mailbox.pages import ROUTES

__all__ = ["ROUTES"]
