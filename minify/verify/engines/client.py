"""Running an engine's client program: what it said, within limits of time and of memory."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, cast

from minify.verify.engine import EngineError
from minify.verify.engines import signals
from minify.verify.engines.session import Ending, Session, end

OUTPUT_LIMIT: Final = 16 << 20
"""Bytes of each of the two outputs that are kept; a program that writes without end does not take our memory."""

SECONDS: Final = 60.0
"""For a command that asks or removes something."""

_LOOK_SECONDS: Final = 0.1
_FIRST_PAUSE: Final = 0.001
_LAST_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Done:
    """What a client program gave: `Done(status=0, stdout="…", stderr="", seconds=0.1, timed_out=False)`."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself and well."""
        return self.status == 0 and not self.timed_out

    @property
    def complaint(self) -> str:
        """The last thing it said, in one line: what the user is told."""
        lines = [line.strip() for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        # docker adds where its help is to be found
        said = [line for line in lines if not line.startswith(("See '", "Run '", 'See "'))]
        return said[-1].removeprefix("Error: ") if said else f"exit status {self.status}"


def programs(name: str) -> Iterator[str]:
    """Every program of that name on PATH, the first one first, each file once."""
    seen: set[str] = set()
    for folder in os.get_exec_path():
        found = shutil.which(name, path=folder)
        if found is not None and os.path.realpath(found) not in seen:
            seen.add(os.path.realpath(found))
            yield found


class Client:
    """One client program, with the options and the environment that each of its commands gets.

    client.run("inspect", name).stdout
    """

    def __init__(
        self,
        program: str,
        session: Session,
        *,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.program = program
        self.session = session
        self._argv = [program, *options]
        self._environment = {**os.environ, **(environment or {})}

    def run(
        self,
        *arguments: str,
        timeout: float = SECONDS,
        check: bool = True,
        late: Callable[[], None] | None = None,
        ending: Ending = Ending.TERMINATE,
    ) -> Done:
        """One command to its end, or to its time limit; EngineError when it fails, unless `check=False`.

        `late` is called at the time limit in place of ending the client, which then has a moment to end by itself.
        """
        begun = time.monotonic()
        with signals.held(), self._open(arguments, stderr=subprocess.PIPE, ending=ending) as process:
            drains = [_Drain(pipe) for pipe in (process.stdout, process.stderr) if pipe is not None]
            timed_out = not wait(process, timeout)
            if timed_out and late is not None:
                late()
                wait(process, SECONDS)
            end(process, ending)
            for drain in drains:
                drain.join(5)
            done = Done(process.returncode, drains[0].text(), drains[1].text(), time.monotonic() - begun, timed_out)
        if check and not done.ok:
            name = Path(self.program).name
            why = f"took more than {timeout:.0f} s" if timed_out else f"failed: {done.complaint}"
            raise EngineError(f"`{name} {arguments[0]}` {why}")
        return done

    def lines(self, *arguments: str, timeout: float, ending: Ending = Ending.TERMINATE) -> Lines:
        """One long command whose output, both kinds in one, is read line by line."""
        return Lines(self._open(arguments, stderr=subprocess.STDOUT, ending=ending), timeout, ending)

    @contextlib.contextmanager
    def background(self, *arguments: str, outputs: Sequence[Path]) -> Iterator[subprocess.Popen[bytes]]:
        """One command in the background whose two outputs go to files; ended with the block."""
        with (
            outputs[0].open("wb") as stdout,
            outputs[1].open("wb") as stderr,
            self._open(arguments, stdout=stdout, stderr=stderr, ending=Ending.HANG_UP) as process,
        ):
            yield process

    @contextlib.contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """One command whose output is read as bytes, to its end or not; EngineError when it fails before its end."""
        with tempfile.TemporaryFile() as complaints:
            with self._open(arguments, stderr=complaints, ending=Ending.KILL) as process:
                output = cast(IO[bytes], process.stdout)
                yield output
                # The client is done when its last, empty blocks are taken; a reader who stopped early wants no more
                whole = not output.read(1 << 16)
                failed = whole and wait(process, SECONDS) and process.returncode != 0
            if failed:
                complaints.seek(0)
                said = complaints.read().decode("utf-8", "replace").strip()
                raise EngineError(f"the image's files cannot be read: {said}")

    def _open(
        self,
        arguments: Sequence[str],
        *,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes],
        ending: Ending = Ending.TERMINATE,
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        # podman's monitor writes a file where `start` stands when a container wants too much memory
        starts = arguments[:1] == ("start",)
        program = str(Path(self._argv[0]).absolute()) if starts else self._argv[0]
        return self.session.client(
            [program, *self._argv[1:], *arguments],
            ending,
            cwd=self.session.folder if starts else None,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=self._environment,
        )


class Lines:
    """The lines of a command as they come, inside of a `with`; then `status` and `timed_out`."""

    def __init__(self, opened: AbstractContextManager[subprocess.Popen[bytes]], timeout: float, ending: Ending) -> None:
        self.status = -1
        self.timed_out = False
        self._opened = opened
        self._timeout = timeout
        self._ending = ending
        self._held = contextlib.ExitStack()
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def __enter__(self) -> Iterator[str]:
        self._begun = time.monotonic()
        with contextlib.ExitStack() as stack:
            stack.enter_context(signals.held())
            self._process = stack.enter_context(self._opened)
            threading.Thread(target=self._read, daemon=True).start()
            self._held = stack.pop_all()
        return self._lines()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.__exit__(kind, error, trace)
        self.status = self._process.returncode

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for raw in self._process.stdout:
                self._queue.put(raw.decode("utf-8", "replace").rstrip("\r\n"))
        self._queue.put(None)

    def _lines(self) -> Iterator[str]:
        while True:
            signals.check()
            try:
                line = self._queue.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                line = ""
            else:
                if line is None:
                    wait(self._process, SECONDS)
                    return
                yield line
            if time.monotonic() > self._begun + self._timeout:
                self.timed_out = True
                end(self._process, self._ending)
                return


class _Drain:
    """Reads a pipe to its end in the background and keeps the beginning."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes]) -> None:
        kept = 0
        try:
            while part := os.read(pipe.fileno(), 1 << 16):
                if kept < OUTPUT_LIMIT:
                    self._parts.append(part[: OUTPUT_LIMIT - kept])
                    kept += len(part)
        except (OSError, ValueError):
            # The pipe was closed under us: its writer was ended
            return

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def text(self) -> str:
        return b"".join(self._parts).decode("utf-8", "replace")


def wait(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it ended within that time; a signal is raised between two looks only."""
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    with signals.held():
        while process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 2, _LAST_PAUSE)
            signals.check()
    return True


def is_alive(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has not ended yet."""
    with signals.held():
        return process.poll() is None
