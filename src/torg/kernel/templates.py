"""Jinja templates of all packages: found in their folders, named after the package, strict about missing
names."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from torg.kernel.i18n.messages import PACKAGE


def folders(kind: str, root: Path = PACKAGE) -> dict[str, Path]:
    """The template folders of a kind (`templates`, `mails`) by the package that owns them."""
    found: dict[str, Path] = {}
    for folder in sorted(root.glob(f"**/{kind}")):
        if folder.is_dir() and found.setdefault(folder.parent.name, folder) != folder:
            raise ValueError(f"two packages called {folder.parent.name} have {kind}")
    return found


def environment(kind: str, escape: bool | Callable[[str | None], bool], root: Path = PACKAGE) -> Environment:
    """A Jinja environment over the folders of a kind: `mailbox/list.html` is the list of the package
    mailbox."""
    loaders = {name: FileSystemLoader(folder) for name, folder in folders(kind, root).items()}
    return Environment(
        loader=PrefixLoader(loaders),
        autoescape=escape,  # noqa: S701  # off for plain text only, and said by the caller
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
