"""What the laws are checked on: the samples always, and the corpus where it is, with and without a build context."""

from __future__ import annotations

import pytest

from tests.laws.cases import Case, invent, run, sample_files
from tests.syntax.conftest import buildkit, corpus

__all__ = ["buildkit", "corpus"]


@pytest.fixture(scope="session", params=["samples", "corpus", "corpus with contexts"])
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, ...]:
    """Every file with its outcome; only what is refused may raise, and that with exit code 3."""
    if request.param == "samples":
        return tuple(run(name, path.read_bytes(), path) for name, path in sample_files())
    files: dict[str, bytes] = request.getfixturevalue("corpus")
    if request.param == "corpus":
        return tuple(run(name, data, None) for name, data in files.items())
    root = tmp_path_factory.mktemp("contexts")
    return tuple(run(name, data, invent(root / f"{n}", data)) for n, (name, data) in enumerate(files.items()))


@pytest.fixture(scope="session")
def changed(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases that `fix` changes."""
    return tuple(case for case in cases if case.outcome is not None and not case.outcome.patch.empty)
