"""Files and functions stay short enough to be read, and are named for what they do."""

import ast
import re

from tests.architecture.code import files, lines, place, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
NAMES_THAT_GROW = {
    "service",
    "services",
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "base",
}
OURS = ("src", "tests", "bench")


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(*OURS)}
    long = [f"{name}: {length} lines" for name, length in lengths.items() if length > LONGEST_FILE]
    assert not long, lines(long)


def test_no_function_is_longer_than_forty_lines() -> None:
    long = []
    for path in files("src", "bench"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1 - _length_of_docstring(node)
                if length > LONGEST_FUNCTION:
                    long.append(f"{place(path, node)} {node.name}: {length} lines")
    assert not long, lines(long)


def test_no_file_has_a_name_that_takes_anything() -> None:
    growing = [place(path) for path in files(*OURS) if path.stem in NAMES_THAT_GROW]
    assert not growing, lines(growing)


def test_every_module_says_why_it_exists() -> None:
    silent = [
        place(path)
        for path in files("src")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert not silent, lines(silent)


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"#.*\b(" + "TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    left = [place(path) for path in files(*OURS) if mark.search(path.read_text(encoding="utf-8"))]
    assert not left, lines(left)


def test_an_ignored_type_error_says_why() -> None:
    unexplained = re.compile(r"#\s*type:\s*ignore(\[[^\]]*\])?\s*$", re.MULTILINE)
    found = [place(path) for path in files(*OURS) if unexplained.search(path.read_text(encoding="utf-8"))]
    assert not found, lines(found)


def test_no_exception_is_swallowed() -> None:
    swallowed = []
    for path in files("src"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node) and _does_nothing(node):
                swallowed.append(place(path, node))
    assert not swallowed, lines(swallowed)


def _length_of_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return len((ast.get_docstring(node, clean=False) or "").splitlines())


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )


def _does_nothing(node: ast.ExceptHandler) -> bool:
    return all(isinstance(part, ast.Pass | ast.Continue) for part in node.body)
