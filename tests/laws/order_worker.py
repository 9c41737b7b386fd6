"""Fix files in a process with a hash seed of its own, where every directory is listed in a given order.

`order_worker.py sorted|reversed FOLDER PATH…`: digests of the output and of the report by name, as JSON. A path is a
Dockerfile in its context, or the corpus, whose contexts are invented below FOLDER.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minify.report.json import document
from tests.laws.cases import Case, invent, run


class Listed:
    """What os.scandir gives, in an order of ours."""

    def __init__(self, entries: list[os.DirEntry[Any]]) -> None:
        self.entries = entries

    def __iter__(self) -> Iterator[os.DirEntry[Any]]:
        return iter(self.entries)

    def __enter__(self) -> Iterator[os.DirEntry[Any]]:
        return iter(self.entries)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open."""


def order_directories(reverse: bool) -> None:
    """Make every listing of a directory come in name order, or the other way round."""
    scandir, listdir = os.scandir, os.listdir

    def ordered_scandir(path: Any = ".") -> Any:
        with scandir(path) as entries:
            return Listed(sorted(entries, key=lambda entry: entry.name, reverse=reverse))

    def ordered_listdir(path: Any = ".") -> Any:
        return sorted(listdir(path), reverse=reverse)

    os.scandir = ordered_scandir
    os.listdir = ordered_listdir


def digest(case: Case) -> list[str]:
    """Short digests of what a user sees: the file, and the report."""
    if case.outcome is None:
        said = str(case.refused).encode("utf-8", "surrogateescape")
        return ["refused", hashlib.sha256(said).hexdigest()[:12]]
    after = case.outcome.patch.after.encode()
    report = json.dumps(document(case.outcome)).encode()
    return [hashlib.sha256(data).hexdigest()[:12] for data in (after, report)]


def main(order: str, folder: str, paths: list[str]) -> None:
    """Print the digests."""
    found: dict[str, list[str]] = {}
    if paths[0].endswith(".gz"):
        Path(folder).mkdir()
        with gzip.open(paths[0], "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        files = [(row["name"], base64.b64decode(row["content_base64"])) for row in rows]
        placed = [(name, data, invent(Path(folder) / str(n), data)) for n, (name, data) in enumerate(files)]
        order_directories(order == "reversed")
        for name, data, path in placed:
            # The report names no path: both orders have folders of their own.
            found[name] = digest(run(name, data, path))
            found[f"{name} without a context"] = digest(run(name, data, None))
    else:
        order_directories(order == "reversed")
        for path in map(Path, paths):
            found[str(path)] = digest(run(str(path), path.read_bytes(), path))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
