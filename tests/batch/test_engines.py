"""Where tasks run: a task that ends its process is found, and the others are done; on Dask too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify.batch.engines import Dask, Failure, Local
from minify.batch.work import TooLongError, limited
from minify.errors import RefusedError, UsageError
from tests.batch.conftest import ROOT, Batch, command, environment, hashes
from tests.batch.generate import tree
from tests.batch.test_state import results


def task(number: int, folder: str) -> int:
    """A task that does what its number says."""
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 6:
        raise RefusedError("not this one", path="Dockerfile", line=3)
    if number == 7:
        raise ZeroDivisionError("ours")
    with Path(folder, str(number)).open("a") as file:
        file.write("x")
    return number


def test_one_task_that_crashes(tmp_path: Path) -> None:
    with Local(2) as engine:
        found = {number: answer for (number, _), answer in engine.map(task, ((n, str(tmp_path)) for n in range(30)))}
    assert sorted(found) == list(range(30))
    failures = {number: answer for number, answer in found.items() if isinstance(answer, Failure)}
    assert sorted(failures) == [5, 6, 7]
    assert failures[5].crashed
    assert failures[6] == Failure("Dockerfile:3: not this one")
    assert failures[7] == Failure("ZeroDivisionError: ours", ours=True)
    assert all(found[n] == n for n in range(30) if n not in failures)


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken = []

    def tasks() -> Iterator[tuple[float]]:
        for number in range(1000):
            taken.append(number)
            yield (0.0,)

    with Local(1) as engine:
        answers = engine.map(time.sleep, tasks())
        next(answers)
        assert len(taken) < 20


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TooLongError), limited(0.05):
        while True:
            pass


def test_a_scheduler_that_does_not_answer() -> None:
    with pytest.raises(UsageError, match="does not answer"):
        Dask("tcp://127.0.0.1:1")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and three workers, each a process, as somebody would start them."""
    address = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    where = {**environment(), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    dask = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    scheduler = subprocess.Popen([*dask, "--scheduler-file", str(address)], env=where, **quiet)  # type: ignore[call-overload]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--scheduler-file", str(address), "--local-directory", str(tmp_path)]
    workers = [subprocess.Popen(worker, env=where, **quiet) for _ in range(3)]  # type: ignore[call-overload]
    try:
        from distributed import Client

        end = time.monotonic() + 60
        while not address.exists() and time.monotonic() < end:
            time.sleep(0.1)
        with Client(scheduler_file=str(address), set_as_default=False) as client:
            client.wait_for_workers(3, timeout=60)
            yield client.scheduler.address, workers
    finally:
        for process in (*workers, scheduler):
            process.terminate()
            process.wait()


@pytest.mark.slow
def test_dask_with_a_worker_killed(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, batch: Batch
) -> None:
    """The same result as local, byte for byte, although one of three workers is killed midway."""
    address, workers = cluster
    tree(tmp_path / "repos", 10, 60, seed=7)
    assert batch("repos", "--output", "local", "--patches", "p-local").code == 0
    run = subprocess.Popen(
        command("repos", "--output", "dask", "--patches", "p-dask", "--engine", "dask", "--scheduler", address),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # type: ignore[call-overload]
    )
    done = 0
    end = time.monotonic() + 60
    while done < 8 and time.monotonic() < end:
        done = len(
            [row for row in batch("status", "dask").out.splitlines() if ": changed" in row or ": unchanged" in row]
        )
    workers[0].kill()
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert 8 <= done < 60
    assert results(tmp_path / "dask") == results(tmp_path / "local")
    assert hashes(tmp_path / "p-dask") == hashes(tmp_path / "p-local")
