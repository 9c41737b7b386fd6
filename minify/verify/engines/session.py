"""What one engine object made, and its end: everything is removed again however the program ends.

What is made carries the session's name, which names this process: what a killed process left behind is found by it.
"""

from __future__ import annotations

import atexit
import contextlib
import enum
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from minify.verify.engines import signals
from minify.verify.engines.owner import this_process

LABEL: Final = "org.dockminify.session"
REPOSITORY: Final = "dockminify-verify"
"""The name of every temporary image; the tag is the session's name and a number."""

KEPT: Final = "kept"
"""In place of a process in the name of a session whose things are to stay."""


class Ending(enum.Enum):
    """How a client program is asked to end, before it is killed."""

    TERMINATE = enum.auto()
    HANG_UP = enum.auto()
    """For buildah, which ends the RUN and removes its working containers then; at other signals it leaves them behind."""
    KILL = enum.auto()
    """For a client that would only pass the signal on."""


_GRACE_SECONDS: Final = 3.0


class Session:
    """The name, the temporary folder and the client programs of one engine object.

    `clean` removes what the engine made; it runs once, at the latest when the program ends.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep
        self.name = f"{KEPT if keep else this_process()}-{secrets.token_hex(4)}"
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._clients: set[subprocess.Popen[bytes]] = set()
        self._clean: Callable[[], None] | None = None
        self._folder: Path | None = None
        self._number = 0

    @property
    def label(self) -> str:
        """What containers and networks are labelled with: `org.dockminify.session=…`."""
        return f"{LABEL}={self.name}"

    @property
    def folder(self) -> Path:
        """A private folder for logs and copies, removed at the end unless things are kept."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=f"{REPOSITORY}-{self.name}-"))
        return self._folder

    @staticmethod
    def sweep_folders(chosen: Callable[[str], bool]) -> None:
        """Remove the private folders of other sessions that are chosen by name."""
        prefix = f"{REPOSITORY}-"
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if chosen(folder.name.removeprefix(prefix)):
                shutil.rmtree(folder, ignore_errors=True)

    def fresh(self) -> str:
        """Another name for something that is made: `<session>-1`."""
        with self._lock:
            self._number += 1
            return f"{self.name}-{self._number}"

    def begin(self, clean: Callable[[], None]) -> None:
        """From now on something may be there that `clean` has to remove."""
        self._clean = clean
        signals.install()
        _open.append(self)

    def close(self) -> None:
        """End the clients and clean up; nothing happens the second time, or in a forked child."""
        if self._process != os.getpid():
            return
        clean, self._clean = self._clean, None
        with signals.undisturbed():
            self.end_clients()
            try:
                if clean is not None:
                    clean()
            finally:
                if self._folder is not None and not self.keep:
                    shutil.rmtree(self._folder, ignore_errors=True)
                with contextlib.suppress(ValueError):
                    _open.remove(self)
                if not _open:
                    signals.restore()

    # -- client programs ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def client(
        self, argv: list[str], ending: Ending = Ending.TERMINATE, **how: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A client program in a session of its own, so that Ctrl-C reaches us first; ended with the block."""
        process: subprocess.Popen[bytes] | None = None
        try:
            with signals.held():
                process = subprocess.Popen(argv, start_new_session=True, **how)
                with self._lock:
                    self._clients.add(process)
            yield process
        finally:
            with signals.held():
                if process is not None:
                    self._finish(process, ending)

    def _finish(self, process: subprocess.Popen[bytes], ending: Ending) -> None:
        end(process, ending)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        with self._lock:
            self._clients.discard(process)

    def end_clients(self) -> None:
        """End whatever client still runs, in other threads too."""
        with self._lock:
            clients = tuple(self._clients)
        for process in clients:
            end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def end(process: subprocess.Popen[bytes], ending: Ending = Ending.TERMINATE) -> None:
    """End a client and whatever it started; returns when it is gone."""
    if process.poll() is None and ending is not Ending.KILL:
        hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)
        _send(process, hang_up if ending is Ending.HANG_UP else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    if process.poll() is None:
        _send(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()


def _send(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


# -- the end of the program ---------------------------------------------------------------------------

_open: list[Session] = []


@atexit.register
def _close_all() -> None:
    for session in tuple(_open):
        session.close()
