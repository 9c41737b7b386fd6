"""What the tests of launchers share: a place to run in, a process that forks, a port that listens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.harness import SHELLS, Forks, Ground


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A directory with recorders on PATH."""
    if not SHELLS or not Path("/proc/self/environ").exists():
        pytest.skip("needs dash or bash, and /proc")
    made = Ground(tmp_path_factory.mktemp("ground"))
    made.prepare()
    return made


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """A Python process that runs launchers."""
    process = Forks()
    yield process
    process.close()


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """A port of this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server.getsockname()[1]
