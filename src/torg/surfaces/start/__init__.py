"""The start page: what runs here and where to go, for whoever opens the address for the first time.

In a demo it also says how to sign in as each role; nowhere else, since elsewhere those accounts do not exist.
"""

from torg.surfaces.start.pages import ROUTES, SignIn, SignIns

__all__ = ["ROUTES", "SignIn", "SignIns"]
