"""`python -m tests.docs` runs the commands that docs/use.md shows and writes what they print into it: read its diff."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.docs.console import PAGE, in_a_process, rewritten

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = rewritten(PAGE.read_text("utf-8"), Path(folder) / "context", in_a_process)
    PAGE.write_text(text, "utf-8")
