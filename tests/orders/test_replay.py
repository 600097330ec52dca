"""Routing rules are tried on what was sent, from the terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from torg.__main__ import main

STORES = {"name": "stores first", "kinds": ["store"]}
ANYBODY = {"name": "anybody", "most_parcels": 5}


def test_rules_are_tried_from_the_terminal(
    world_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORG_DATABASE_URL", world_url)
    monkeypatch.setenv("TORG_SECRET", "s" * 40)
    monkeypatch.setenv("TORG_DATA", str(tmp_path))
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [STORES, ANYBODY]}))
    told = CliRunner().invoke(main, ["stock", "simulate", "web-no", str(rules), "--orders", "50"])
    assert told.exit_code == 0, told.output
    assert set(json.loads(told.output)["would_be"]) >= {"orders", "split", "on_time", "cost", "loads"}
    rules.write_text('{"rules": [{"name": 7}]}')
    wrong = CliRunner().invoke(main, ["stock", "simulate", "web-no", str(rules)])
    assert wrong.exit_code == 1 and "no routing rules" in wrong.output
