"""Pages on which staff sign in, choose passwords, and keep their account: second factor, recovery codes, sessions.

They need no script. What was typed wrongly comes back with the reason beside its field; what has been done is told on
the page that follows, so that loading it again repeats nothing.
"""

from torg.surfaces.sign_in.pages import ROUTES

__all__ = ["ROUTES"]
