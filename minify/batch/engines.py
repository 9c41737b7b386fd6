"""Where tasks run: processes of this machine, or a Dask cluster; both through `concurrent.futures`.

A bounded number of tasks is under way at any time. A task that ends its process is found and told; the others are done.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait as wait_for
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self, TypeVar

from minify.errors import DockminifyError, UsageError

T = TypeVar("T", bound=tuple[Any, ...])
R = TypeVar("R")

_PRELOADED: Final = ("minify.batch.survey", "minify.batch.work", "minify.cli.shared")
_SECONDS_TO_END: Final = 30


class Failure(NamedTuple):
    """What a task ended with in place of a result; `crashed`: the process that did it is gone."""

    message: str
    crashed: bool = False
    ours: bool = False
    """A bug of ours, not a message for the user."""


class Engine(Protocol):
    """Runs a function for many tasks, each a tuple of its arguments, and gives results as they come."""

    workers: int

    def map(self, function: Callable[..., R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        """Every task with its result, in any order; no more tasks are taken than can soon be done."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers; at once when something went wrong."""
        ...


class Local:
    """Processes of this machine."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[..., R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        waiting = iter(tasks)
        pending: dict[Future[R], T] = {}
        suspects: list[T] = []
        while True:
            for task in islice(waiting, 2 * self.workers + 2 - len(pending)):
                try:
                    pending[self._started().submit(function, *task)] = task
                except BrokenProcessPool:
                    suspects.append(task)
            if not pending and not suspects:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED) if pending else (set(), None)
            for future in done:
                task = pending.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    suspects.append(task)
                else:
                    yield task, _answer(future)
            if suspects:
                # One of those that were under way ended its process, and the others with it
                suspects += pending.values()
                pending.clear()
                self.close()
                for task in suspects:
                    yield task, self._alone(function, task)
                suspects.clear()

    def _alone(self, function: Callable[..., R], task: T) -> R | Failure:
        with _pool(1) as pool:
            future = pool.submit(function, *task)
            if isinstance(future.exception(), BrokenProcessPool):
                return Failure(
                    "the process that worked on it was ended: it crashed, or the memory was not enough", crashed=True
                )
            found: R | Failure = _answer(future)
            return found

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = _pool(self.workers)
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            # What they are at is not wanted any more; builds take theirs away when they are asked to end
            for child in multiprocessing.active_children():
                child.terminate()
        self.close()


class Dask:
    """The workers of a Dask cluster that runs already."""

    def __init__(self, scheduler: str | None) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UsageError(
                "--engine dask needs the package distributed", hint="pip install 'dockminify[dask]'"
            ) from None
        if scheduler is None:
            raise UsageError("--engine dask needs --scheduler", hint="as in --scheduler tcp://10.0.0.1:8786")
        try:
            # What it logs when a connection ends is told by us, in a line
            logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
            # Typed as anything: what distributed says of its types is not whole
            open_client: Any = Client
            self._client: Any = open_client(scheduler, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"the scheduler {scheduler} does not answer: {error}", hint="it is started with `dask scheduler`"
            ) from None
        self._executor: Executor = self._client.get_executor(pure=False)
        self.workers = max(1, sum(self._client.nthreads().values()))
        self._check_versions()

    def _check_versions(self) -> None:
        from minify import __version__

        try:
            found = self._client.run(_version)
        except ImportError as error:
            self._client.close()
            raise UsageError(
                f"a Dask worker has no dockminify: {error}", hint="install it in the workers' environment"
            ) from None
        others = sorted({version for version in found.values() if version != __version__})
        if others:
            self._client.close()
            raise UsageError(f"the Dask workers have dockminify {', '.join(others)}, this is {__version__}")

    def map(self, function: Callable[..., R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        waiting = iter(tasks)
        pending: dict[Future[R], T] = {}
        while True:
            for task in islice(waiting, 4 * self.workers + 4 - len(pending)):
                pending[self._executor.submit(function, *task)] = task
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                task = pending.pop(future)
                yield task, _answer(future)

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _answer(future: Future[Any]) -> Any:
    """The result of a task, or the Failure that it ended with."""
    if future.cancelled():
        raise UsageError("the scheduler is gone", hint="what is done is kept: run again to go on")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, DockminifyError):
        return Failure(f"{error}\n{error.hint}" if error.hint else str(error), ours=error.exit_code == 70)
    if type(error).__name__ == "KilledWorker":
        return Failure(
            "the workers that worked on it were ended: they crashed, or the memory was not enough", crashed=True
        )
    if not isinstance(error, Exception):
        raise error
    return Failure(f"{type(error).__name__}: {error}", ours=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    # Not forked from here: this process has threads, and a database that is open
    method = "forkserver" if sys.platform.startswith("linux") else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(list(_PRELOADED))
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)


def _begin() -> None:
    """A worker ends with the run, even with one that is killed; an interrupt is for the run to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    # A build removes its containers then
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_END)
    os._exit(1)


def _version() -> str:
    from minify import __version__

    return __version__
