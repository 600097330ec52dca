"""What a template says to people without a translator having seen it, and which texts it asks for in vain.

A template's HTML is read with its expressions taken out. Words between tags, and in attributes that are read aloud or
shown, must come from `t(…)`; what is rightly the same everywhere (a brand, UTC, a code) stands in an element with
`translate="no"`. Calls of `t` and `html` with a plain key are compared with the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from torg.kernel.i18n.messages import Message

KINDS: Final = ("templates", "mails")
SHOWN: Final = frozenset(
    {
        "alt",
        "title",
        "placeholder",
        "aria-label",
        "aria-description",
        "aria-roledescription",
        "aria-valuetext",
        "content",
    }
)
SILENT: Final = frozenset({"script", "style", "code", "svg"})
VOID: Final = frozenset(
    {"meta", "link", "img", "input", "br", "hr", "source", "wbr", "col", "area", "base", "path", "circle"}
)
MACHINE_META: Final = frozenset(
    {"viewport", "color-scheme", "supported-color-schemes", "format-detection", "robots", "theme-color"}
)
WORD: Final = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTES: Final = re.compile(r'(\s*[\w-]+="[^"]*")+\s*')  # what a macro adds to a tag
HOLE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
ASKING: Final = frozenset({"t", "html"})


def problems(roots: Iterable[Path], english: Mapping[str, Message]) -> Iterator[str]:
    """Every finding in every template under the folders."""
    for root in roots:
        for kind in KINDS:
            for file in sorted(root.glob(f"**/{kind}/*.*")):
                yield from (f"{file}: {finding}" for finding in of_file(file, english))


def of_file(file: Path, english: Mapping[str, Message]) -> Iterator[str]:
    """Every finding in one template."""
    try:
        tree = Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
    except TemplateSyntaxError as wrong:
        yield f"line {wrong.lineno}: {wrong.message}"
        return
    if file.suffix == ".html":
        reader = _Reader()
        reader.feed(_without_expressions(tree))
        reader.close()
        yield from reader.found
    elif file.suffix == ".txt":
        yield from (
            f"says {line.strip()!r} without a translator" for line in _lines(_without_expressions(tree))
        )
    yield from _asked(tree, english)


def _without_expressions(tree: nodes.Template) -> str:
    def written(output: nodes.Output) -> str:
        return "".join(part.data if isinstance(part, nodes.TemplateData) else HOLE for part in output.nodes)

    return "".join(written(output) for output in tree.find_all(nodes.Output))


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if WORD.search(line) and line.strip() != "Torg")


class _Reader(HTMLParser):
    """Reads HTML as a person would: the words shown, and the words in attributes that are shown or spoken."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _silent(self) -> bool:
        return any(silent for _, silent in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        silent = tag in SILENT or known.get("translate") == "no"
        if not silent and not self._silent:
            machine = tag == "meta" and (known.get("name") in MACHINE_META or "name" not in known)
            for name, value in known.items():
                if name in SHOWN and value and WORD.search(value) and not machine:
                    self.found.append(f"<{tag} {name}> says {value!r} without a translator")
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(name == tag for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._silent or self._is_brand(data) or ATTRIBUTES.fullmatch(data.strip(HOLE)):
            return
        if WORD.search(data):
            self.found.append(f"says {' '.join(data.split())!r} without a translator")

    def _is_brand(self, data: str) -> bool:
        return bool(self._open) and self._open[-1][0] == "title" and data.strip(f" –{HOLE}\n") == "Torg"


def _asked(tree: nodes.Template, english: Mapping[str, Message]) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in ASKING and call.args):
            continue
        key = call.args[0]
        if not isinstance(key, nodes.Const) or not isinstance(key.value, str):
            continue
        message = english.get(key.value)
        if message is None:
            yield f"line {call.lineno}: there is no text {key.value}"
            continue
        given = {keyword.key for keyword in call.kwargs}
        wanted = message.slots | ({"count"} if len(message.forms) > 1 else set())
        if call.dyn_kwargs is None and given != wanted:
            shown = ", ".join(sorted(given ^ wanted))
            yield f"line {call.lineno}: the facts of {key.value} do not fit: {shown}"
