"""Money is never computed with floats."""

import ast
from pathlib import Path

from tests.architecture.code import SOURCES, files, lines, place, tree

MONEY = ("pricing", "promotions", "carts", "payments", "orders", "fulfilment")


def money_files() -> list[Path]:
    """The files in which amounts are computed."""
    return [
        path
        for path in files("src")
        if path.relative_to(SOURCES).parts[0] in MONEY or path == SOURCES / "kernel" / "money.py"
    ]


def test_no_code_that_handles_amounts_uses_floats() -> None:
    found = []
    for path in money_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                found.append(f"{place(path, node)} the number {node.value}")
            elif isinstance(node, ast.Name) and node.id == "float":
                found.append(f"{place(path, node)} float")
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _is_path(node):
                found.append(f"{place(path, node)} a true division")
    assert not found, lines(found)


def _is_path(node: ast.BinOp) -> bool:
    """A path is joined with the same sign; there one side is a text."""
    sides = (node.left, node.right)
    return any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in sides)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
