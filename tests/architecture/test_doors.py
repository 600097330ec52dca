"""Packages are entered through their front doors."""

from tests.architecture.code import SOURCES, imports, lines

# The composition root mounts what contexts keep behind their doors: their handlers, reactions and jobs.
MAY_REACH_IN = ("torg.app", "torg.worker")


def contexts() -> list[str]:
    """Every package of commerce and every surface's own package, by the folders that exist."""
    others = {"kernel", "commands", "migrations", "surfaces", "connectors", "demo", "__pycache__"}
    return sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and path.name not in others)


def test_a_context_is_entered_through_its_front_door() -> None:
    entered = []
    graph = imports()
    for name in contexts():
        package = f"torg.{name}"
        for module in sorted(graph.modules):
            if module.startswith(f"{package}."):
                for importer in sorted(graph.find_modules_that_directly_import(module)):
                    if not _inside(importer, package) and importer not in MAY_REACH_IN:
                        entered.append(f"{importer} imports {module}; it may import {package}")
    assert not entered, lines(entered)


def test_nobody_imports_the_sql_of_another_package() -> None:
    entered = []
    graph = imports()
    for module in sorted(graph.modules):
        package, _, rest = module.partition(".store")
        if module.startswith("torg.") and rest.partition(".")[0] == "" and module != package:
            for importer in sorted(graph.find_modules_that_directly_import(module)):
                if not _inside(importer, package):
                    entered.append(f"{importer} imports {module}")
    assert not entered, lines(entered)


def test_the_http_framework_stays_at_the_edge() -> None:
    strange = []
    graph = imports()
    for importer in sorted(graph.find_modules_that_directly_import("litestar")):
        parts = importer.split(".")
        at_edge = parts[-1] in ("api", "api_staff") or parts[1] in ("surfaces", "connectors", "kernel", "app")
        if not at_edge:
            strange.append(importer)
    assert not strange, lines(strange)


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
