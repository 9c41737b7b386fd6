"""Engines whose client program is a fake one of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minify.verify.engine import Engine
from minify.verify.engines import choose

Choose = Callable[..., Engine]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets PATH to folders of the test's: `path("first second")`; temporary files go below the test's folder too."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def among(places: str = "bin") -> None:
        monkeypatch.setenv("PATH", ":".join(str(tmp_path / place) for place in places.split()))

    among()
    return among


@pytest.fixture
def chosen(path: Callable[[str], None]) -> Iterator[Choose]:
    """`choose`, and the engines are closed at the end."""
    opened: list[Engine] = []

    def one(name: str | None = None, *, keep: bool = False) -> Engine:
        opened.append(choose(name, keep=keep))
        return opened[-1]

    yield one
    for engine in opened:
        engine.close()
