"""Every SQL text of ours is understood by the migrated schema, and stands where it is looked for."""

import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import psycopg
from psycopg import errors
from tests.architecture.code import SOURCES, files, place, tree

from torg.settings import ROOT

STATEMENT = re.compile(r"^\s*(--[^\n]*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE)\s", re.IGNORECASE)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TIME = re.compile(r"(^|_)(now|at|before|after|since|until|from|to)$")
# Nothing but the missing type of a parameter, which the driver sends along with its value.
ONLY_UNTYPED = (errors.IndeterminateDatatype, errors.AmbiguousParameter, errors.AmbiguousFunction)


def stores() -> Iterator[ModuleType]:
    """Every module that may hold SQL: store.py, or the modules of a package `store`, of any package."""
    for path in files("src"):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        if "store" in parts:
            yield import_module(".".join(parts))


def statements() -> Iterator[tuple[str, str]]:
    """Name and text of every constant that is a whole statement."""
    for module in stores():
        for name, value in vars(module).items():
            if (
                name.isupper()
                and not name.startswith("_")
                and isinstance(value, str)
                and STATEMENT.match(value)
            ):
                yield f"{module.__name__}.{name}", value


def prepared(text: str, timed: bool) -> bytes:
    """A PREPARE of the text; `timed` says that parameters named like a time are one, as the driver would."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    body = PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")
    types = ["timestamptz" if timed and TIME.search(name) else "unknown" for name in names]
    declared = f"({', '.join(types)})" if types else ""
    return f"PREPARE looked_at {declared} AS {body}".encode()


def refusal(connection: psycopg.Connection[tuple[object, ...]], text: str) -> str | None:
    """Why the server does not understand the text."""
    why = None
    for timed in (False, True):
        try:
            connection.execute(prepared(text, timed))
            connection.execute("DEALLOCATE looked_at")
            return None
        except ONLY_UNTYPED:
            return None
        except psycopg.Error as error:
            why = str(error)
    return why


def test_every_statement_is_understood_by_the_schema(database_url: str) -> None:
    found = dict(statements())
    assert found
    with psycopg.connect(database_url, autocommit=True) as connection:
        refused = {name: refusal(connection, text) for name, text in found.items()}
    assert "\n".join(f"{name}: {why}" for name, why in refused.items() if why) == ""


def test_sql_stands_only_in_stores() -> None:
    strays = []
    for path in files("src"):
        parts = path.relative_to(SOURCES).parts
        if parts[0] in ("kernel", "migrations", "commands", "demo") or "store" in path.with_suffix("").parts:
            continue
        for node in tree(path).body:
            value = getattr(node, "value", None)
            text = getattr(value, "value", None)
            if isinstance(text, str) and STATEMENT.match(text) and " " in text.strip():
                strays.append(place(path, node))
    assert strays == []
