"""Law 3: fix(fix(x)) == fix(x), and the same input gives the same bytes whatever the hash seed or order of a directory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from minify.errors import DockminifyError
from tests.laws.cases import Case, broken, fix, sample_files
from tests.syntax.conftest import CORPUS

WORKER = Path(__file__).with_name("order_worker.py")


def test_a_second_fix_changes_nothing(cases: tuple[Case, ...], changed: tuple[Case, ...]) -> None:
    failures = []
    for case in changed:
        try:
            again = fix(case.after.encode("utf-8", "surrogateescape"), case.context)
        except DockminifyError as error:
            failures.append((case.name, f"refused the second time: {error}"))
            continue
        if not again.patch.empty:
            codes = ", ".join(applied.fix.code for applied in again.applied)
            failures.append((case.name, f"the second time changes by {codes}: {first_change(again.patch.unified())}"))
    assert not failures, broken(failures, len(cases))


def first_change(diff: str) -> str:
    """The first changed lines of a diff, in one."""
    lines = [line for line in diff.splitlines()[2:] if line.startswith(("-", "+"))]
    return " | ".join(line[:100] for line in lines[:3])


@pytest.mark.parametrize("files", ["samples", "corpus"])
def test_hash_seed_and_directory_order(files: str, tmp_path: Path) -> None:
    if files == "corpus" and not CORPUS.exists():
        pytest.skip("the corpus of real Dockerfiles is not next to this checkout")
    paths = [str(CORPUS)] if files == "corpus" else [str(path) for _, path in sample_files()]
    runs = [
        subprocess.Popen(
            [sys.executable, str(WORKER), order, str(tmp_path / order), *paths],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, order in (("0", "sorted"), ("4711", "reversed"))
    ]
    first, second = (json.loads(run.communicate()[0]) for run in runs)
    assert len(first) >= len(paths)
    differing = [name for name in first if first[name] != second[name]]
    assert first.keys() == second.keys()
    assert not differing, broken([(name, f"differs: {first[name]} {second[name]}") for name in differing], len(first))
