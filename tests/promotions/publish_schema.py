"""Writes docs/promotions.schema.json anew: .venv/bin/python -m tests.promotions.publish_schema"""

import json

import msgspec

from torg.promotions import Promotion
from torg.settings import ROOT

if __name__ == "__main__":
    made = json.dumps(msgspec.json.schema(Promotion), indent=1, sort_keys=True) + "\n"
    (ROOT / "docs" / "promotions.schema.json").write_text(made, encoding="utf-8")
