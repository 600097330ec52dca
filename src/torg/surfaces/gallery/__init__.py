"""Every part that pages are made of, in all its states and the three densities, on one page: to look at when a part is
changed. Not in live installations.
"""

from torg.surfaces.gallery.pages import ROUTES

__all__ = ["ROUTES"]
