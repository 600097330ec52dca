"""Files: images that were uploaded, kept on disk or in an S3-compatible store under the hash of their content.

`await files.keep(database, store, content, by=actor)` takes an upload for what it is, not for what it is called: JPEG,
PNG, WebP, AVIF and GIF are decoded, turned upright, freed of everything but their pixels (no GPS, no camera, no colour
profile but sRGB), and painted anew as a master. Everything else is refused as
`file-type-refused`, SVG and HTML above all, since they can run scripts. Whoever keeps a file remembers its `name`;
`files.find(tx, names)` gives the files with their renditions, `url(name)` the address. A rendition (AVIF or JPEG at one
of several widths) is made of the master when it is asked for the first time, and kept beside it.

Promises: a name never changes its content, so it is cached for ever; a crash at any step leaves nothing in the store
that no row tells of, and the sweeper removes it. The store is a port: `ports.get(FileStore)`.
"""

from torg.kernel.files.keep import keep
from torg.kernel.files.model import (
    BrokenImage,
    File,
    FileRefused,
    FileTooLarge,
    ImageTooLarge,
    Rendition,
    StoreUnavailable,
    url,
)
from torg.kernel.files.read import find
from torg.kernel.files.store import FileStore

__all__ = [
    "BrokenImage",
    "File",
    "FileRefused",
    "FileStore",
    "FileTooLarge",
    "ImageTooLarge",
    "Rendition",
    "StoreUnavailable",
    "find",
    "keep",
    "url",
]
