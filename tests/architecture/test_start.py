"""What a start has to carry: libraries that only some requests need come with the first of them."""

import subprocess
import sys
from typing import Final

LATER: Final = ("holidays", "markdown_it", "rapidfuzz")
LOADED: Final = f"import sys, torg.server, torg.worker; print(sorted(sys.modules.keys() & set({LATER!r})))"


def test_a_start_loads_no_library_that_only_some_requests_need() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
