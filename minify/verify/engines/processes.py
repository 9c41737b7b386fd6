"""A container of buildah: its `run` command as a process of ours, and the first process inside of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from minify.verify.engine import Ended, EngineError, Limits, Listening
from minify.verify.engines import signals, sockets
from minify.verify.engines.client import OUTPUT_LIMIT, Client, is_alive, wait
from minify.verify.engines.owner import started
from minify.verify.engines.reasons import is_the_images
from minify.verify.engines.session import Ending

_PROC: Final = Path("/proc")
_MIB: Final = 1 << 20
_LOOK_SECONDS: Final = 5.0

# What buildah adds to the standard error of the program that it ran
_OWN_LINES = re.compile(
    r"(?:^(?:Error: (?:while running runtime: )?exit status \d+|subprocess exited with status \d+"
    r"|container exited on [a-z ]+)\n)+\Z",
    re.MULTILINE,
)
_EXITED_ON = re.compile(r"^container exited on (?P<what>[a-z ]+)$", re.MULTILINE)
_NOT_STARTED = re.compile(r"^error running container: .*?creating container for .*?: (?P<why>.*)$", re.MULTILINE)
_LOGGED = re.compile(r'msg="((?:[^"\\]|\\.)*)"')


class BuildahContainer:
    """One working container whose program runs in a process of ours: on no network, and without a terminal."""

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        isolation: str,
        options: Sequence[str],
        argv: Sequence[str],
        limits: Limits,
        removed: Callable[[], None],
    ) -> None:
        self.id = name
        self._client = client
        self._options = ("--isolation", isolation, *options)
        self._limits = limits
        self._removed = removed
        self._files = [client.session.folder / f"{name}.{kind}" for kind in ("stdout", "stderr")]
        self._first: tuple[int, str] | None = None
        self._ended: Ended | None = None
        self._timed_out = False
        self._out_of_disk = False
        self._gone = False
        self._stop = threading.Event()
        self._begun = time.monotonic()
        self._opened = client.background(*self._run("none"), name, "--", *argv, outputs=self._files)
        self._process = self._opened.__enter__()
        threading.Thread(target=self._guard, daemon=True).start()

    # -- life ---------------------------------------------------------------------------------------

    def _guard(self) -> None:
        """Kill it after its time, and when it writes more than it may to its outputs."""
        end = self._begun + self._limits.seconds
        while not self._stop.wait(min(_LOOK_SECONDS, max(0.0, end - time.monotonic()))):
            if not is_alive(self._process):
                return
            self._timed_out = time.monotonic() >= end
            self._out_of_disk = sum(file.stat().st_size for file in self._files) > self._limits.disk_mb * _MIB
            if self._timed_out or self._out_of_disk:
                self._kill()
                return

    def _kill(self) -> None:
        first = self._inside()
        if first is None or not _send(first, signal.SIGKILL):
            # Asked to hang up it kills what it runs
            with signals.held():
                self._process.send_signal(signal.SIGHUP)

    def remove(self) -> None:
        """Kill and remove it; nothing happens when it is gone already."""
        self._stop.set()
        if self._gone:
            return
        self._gone = True
        if self.running():
            self._kill()
        self._opened.__exit__(None, None, None)
        if not self._client.session.keep:
            self._client.run("rm", self.id, check=False)
        self._removed()

    def running(self) -> bool:
        """Whether its first process lives."""
        return is_alive(self._process)

    def output(self) -> tuple[str, str]:
        """What it wrote so far: standard output and standard error."""
        if self._ended is not None:
            return self._ended.stdout, self._ended.stderr
        out, err = (_beginning(file) for file in self._files)
        return out, err if self.running() else _OWN_LINES.sub("", err)

    def wait(self, timeout: float) -> Ended | None:
        """Its end, or None when it still runs after `timeout` seconds."""
        if self._ended is None and wait(self._process, timeout):
            self._stop.set()
            out, err = (_beginning(file) for file in self._files)
            self._ended = ended(
                self._process.returncode,
                out,
                err,
                seconds=time.monotonic() - self._begun,
                timed_out=self._timed_out,
                out_of_disk=self._out_of_disk,
            )
        return self._ended

    # -- inside -------------------------------------------------------------------------------------

    def execute(self, argv: Sequence[str], *, timeout: float) -> Ended:
        """Run a command on its files and its network; it does not see its processes."""
        first = self._inside()
        network = _PROC / str(first) / "ns" / "net"
        if first is None or not os.access(network, os.R_OK):
            why = (
                "the container is not running" if first is None else "buildah enters a container's network only as root"
            )
            return Ended(status=126, stdout="", stderr=f"{why}\n", seconds=0, started=False)
        run = (*self._run(f"ns:{network}"), self.id, "--", *argv)
        done = self._client.run(*run, timeout=timeout, check=False, ending=Ending.HANG_UP)
        return ended(done.status, done.stdout, done.stderr, seconds=done.seconds, timed_out=done.timed_out)

    def _run(self, network: str) -> tuple[str, ...]:
        # What the user gave comes last, and counts
        return ("run", "--network", network, *self._options)

    def signal(self, name: str) -> None:
        """Send a signal to its first process; nothing happens when it ended already."""
        number = getattr(signal, f"SIG{name.upper().removeprefix('SIG')}", None)
        first = self._inside()
        if number is None:
            raise EngineError(f"unknown signal: {name}")
        if first is not None and not _send(first, number):
            self._client.run("unshare", "kill", "-s", name.upper().removeprefix("SIG"), str(first), check=False)

    def listening(self) -> tuple[Listening, ...] | None:
        """The sockets it listens on, sorted; None where this machine cannot see them."""
        first = self._inside()
        return None if first is None else sockets.listening(first)

    def reach(self, port: int) -> tuple[str, int] | None:
        """None: buildah makes no networks."""
        return None

    def _inside(self) -> int | None:
        """The container's first process as this machine numbers it: the descendant that is number 1 in its own namespace."""
        if self._first is not None and started(self._first[0]) == self._first[1]:
            return self._first[0]
        if sys.platform.startswith("linux") and self.running():
            for process in _descendants(self._process.pid):
                with contextlib.suppress(OSError):
                    status = (_PROC / str(process) / "status").read_text("utf-8", "replace")
                    if re.search(r"^NSpid:.*\t1$", status, re.MULTILINE):
                        self._first = (process, started(process))
                        return process
        return None


def ended(
    status: int, stdout: str, stderr: str, *, seconds: float, timed_out: bool = False, out_of_disk: bool = False
) -> Ended:
    """The end that buildah's client tells of, without what is its own."""
    if refused := _NOT_STARTED.search(stderr):
        # Several things go wrong then, one of them first
        reasons = [one.replace('\\"', '"') for one in _LOGGED.findall(stderr)] or [refused["why"]]
        why = next(filter(is_the_images, reasons), None)
        if why is None:
            raise EngineError(
                f"buildah cannot run containers here: {reasons[0]}",
                hint="another runtime may: BUILDAH_RUNTIME names it, /usr/sbin/runc for one",
            )
        return Ended(status=127, stdout="", stderr=f"{why}\n", seconds=seconds, started=False)
    killed = _EXITED_ON.search(stderr)
    return Ended(
        status=128 + _number(killed["what"]) if killed else status,
        stdout=stdout,
        stderr=_OWN_LINES.sub("", stderr),
        seconds=seconds,
        timed_out=timed_out,
        out_of_disk=out_of_disk,
    )


def _number(described: str) -> int:
    """9 of "killed": signals as they are described."""
    for one in signal.Signals:
        if (signal.strsignal(one) or "").lower() == described:
            return one
    return signal.SIGKILL


def _send(process: int, number: int) -> bool:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True


def _beginning(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(OUTPUT_LIMIT).decode("utf-8", "replace")


def _descendants(process: int) -> Iterator[int]:
    """Every process below another, parents first."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    todo = [process]
    while todo:
        below = children.get(todo.pop(), [])
        yield from below
        todo += below
