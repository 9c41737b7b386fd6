"""The oracle, and the real Dockerfiles where they are."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dockerfiles.jsonl.gz"

Oracle = Callable[[str], Any]


@pytest.fixture(scope="session")
def buildkit() -> Iterator[Oracle]:
    """BuildKit's own parser: a list of commands, a dict with its error, None for what it cannot tell."""
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("oracle_worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin and worker.stdout

    def ask(text: str) -> Any:
        assert worker.stdin and worker.stdout
        worker.stdin.write(json.dumps(text) + "\n")
        worker.stdin.flush()
        return json.loads(worker.stdout.readline())

    with worker:
        yield ask
        worker.stdin.close()


@pytest.fixture(scope="session")
def corpus() -> dict[str, bytes]:
    """Real Dockerfiles by name, byte for byte."""
    if not CORPUS.exists():
        pytest.skip("the corpus of real Dockerfiles is not next to this checkout")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["name"]: base64.b64decode(row["content_base64"]) for row in rows}
