"""How long a user waits: `python benchmarks/run.py` prints a table of medians.

The corpus of real Dockerfiles is measured where it is next to the checkout; `--corpus` names another one.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from minify import api
from minify.errors import RefusedError

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "python-flask-postgres" / "context" / "Dockerfile"
CORPUS = ROOT.parent / "shared" / "corpus" / "dockerfiles.jsonl.gz"
RUNS = 15


def process(*arguments: str) -> Callable[[], None]:
    """A run of the command in a process of its own, as a user starts it."""
    command = [str(Path(sys.executable).with_name("dockminify")), *arguments]

    def call() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    return call


def corpus(path: Path) -> tuple[int, Callable[[], None]]:
    """Every file of a corpus in this process, without build contexts."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        files = [base64.b64decode(json.loads(line)["content_base64"]) for line in lines]

    def call() -> None:
        for data in files:
            try:
                api.fix_text(data)
            except RefusedError:
                continue

    return len(files), call


def measure(call: Callable[[], None], runs: int) -> list[float]:
    """Seconds of each run, after one that warms the caches of the file system."""
    call()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    asked = parser.parse_args()
    rows = [
        ("python -c pass", asked.runs, python_alone),
        ("dockminify --version", asked.runs, process("--version")),
        ("dockminify fix (a sample with its context)", asked.runs, process("fix", str(SAMPLE), "--stdout")),
    ]
    if asked.corpus.exists():
        count, call = corpus(asked.corpus)
        rows.append((f"{count} files in one process", 3, call))
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors; milliseconds\n")
    print(f"{'what':<45} {'runs':>5} {'median':>9} {'best':>9} {'worst':>9}")
    for name, runs, call in rows:
        found = [1000 * seconds for seconds in measure(call, runs)]
        print(f"{name:<45} {runs:>5} {statistics.median(found):>9.0f} {min(found):>9.0f} {max(found):>9.0f}")


def python_alone() -> None:
    """What every Python program waits for before its own first line."""
    subprocess.run([sys.executable, "-c", "pass"], check=True)


if __name__ == "__main__":
    main()
