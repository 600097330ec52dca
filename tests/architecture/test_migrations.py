"""The chain of migrations is one line, and a file's name tells its place in it."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from torg.kernel import migrate


def modules() -> list[ModuleType]:
    return [_load(path) for path in sorted(migrate.MIGRATIONS.glob("[0-9]*.py"))]


def _load(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"migration_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_step_follows_the_one_before_it() -> None:
    chain = [(module.revision, module.down_revision) for module in modules()]
    expected = [revision for revision, _ in chain]
    assert [former for _, former in chain] == [None, *expected[:-1]]
    assert tuple(expected) == migrate.revisions()


def test_a_file_is_named_by_date_time_and_subject() -> None:
    odd = [
        path.name
        for path in migrate.MIGRATIONS.glob("*.py")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d-\d{4}_[a-z_]+\.py", path.name)
    ]
    assert odd == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert migrate.upgrade(database_url) == ()
    assert migrate.status(database_url).ready
