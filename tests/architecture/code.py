"""What the architecture tests look at: our files, their syntax trees, and who imports whom."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp

from torg.settings import ROOT

SOURCES = ROOT / "src" / "torg"


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Every Python file of ours below these folders."""
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def imports() -> grimp.ImportGraph:
    """Who imports whom, packages of others included."""
    return grimp.build_graph("torg", include_external_packages=True, cache_dir=None)


def place(path: Path, node: ast.AST | None = None) -> str:
    """Where something is, as an editor opens it."""
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def lines(found: Iterable[str]) -> str:
    """What was found, a line each, for the message of an assertion."""
    return "\n" + "\n".join(found)
