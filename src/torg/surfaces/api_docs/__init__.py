"""The API to browse: every operation with who may call it, what it takes, what it gives, and a call to copy.

Written by the server from the same description that `/openapi.json` gives, so it is complete without a script and
cannot differ from what runs. The words of the operations are English, as the code is; all around them is translated.
"""

from torg.surfaces.api_docs.pages import ROUTES

__all__ = ["ROUTES"]
