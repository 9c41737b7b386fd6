"""A container engine without containers: an image is a command, a container a process of this machine.

    engine = FakeEngine()
    image = engine.image_of([sys.executable, "-c", "print('hello')"])
    engine.run(image.id, Start()).stdout

A container's ports are real sockets under other numbers: the command finds the number for port 8000 in $PORT_8000.
"""

from __future__ import annotations

import fnmatch
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from minify.verify.engine import (
    BuildOptions,
    Configuration,
    Ended,
    EngineError,
    Image,
    Listening,
    Progress,
    Start,
)


@dataclass(frozen=True)
class FakeFiles:
    """The files of an image: `FakeFiles({"/usr/bin/env": "", "/usr/bin/app": "/usr/bin/env python3"})` with their `#!`."""

    scripts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    def exists(self, path: str) -> bool:
        return self.resolve(path) is not None

    def find(self, name: str) -> tuple[str, ...]:
        paths = (*self.scripts, *self.links)
        return tuple(sorted(path for path in paths if fnmatch.fnmatchcase(path.rpartition("/")[2], name)))

    def resolve(self, path: str) -> str | None:
        path = self.links.get(path, path)
        below = any(one.startswith(f"{path}/") for one in self.scripts)
        return path if path in self.scripts or below else None

    def shebang(self, path: str) -> str | None:
        return self.scripts.get(self.links.get(path, path)) or None

    def which(self, name: str, path: str, folder: str = "/") -> str | None:
        places = [name] if "/" in name else [f"{place}/{name}" for place in path.split(":")]
        found = (os.path.normpath(os.path.join(folder, place)) for place in places)  # noqa: PTH118
        return next((place for place in found if place in self.scripts or place in self.links), None)


@dataclass(frozen=True, kw_only=True)
class FakeSubject:
    """An image with its files."""

    image: Image
    filesystem: FakeFiles = field(default_factory=FakeFiles)


class FakeContainer:
    """A process of this machine; `ports` tells which of its sockets stands for which port of the container."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], ports: Mapping[int, int]) -> None:
        self.id = name
        self.removed = False
        self._env = {**os.environ, **env}
        self._ports = ports
        self._begun = time.monotonic()
        self._ended: Ended | None = None
        self._files = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115
        self._failure: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                argv,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=self._files[0],
                stderr=self._files[1],
                start_new_session=True,
            )
        except OSError:
            self._failure = f'exec: "{argv[0]}": executable file not found in $PATH'

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> tuple[str, str]:
        if self._failure is not None:
            return "", self._failure
        if self._ended is not None:
            return self._ended.stdout, self._ended.stderr
        out, err = (_read(file) for file in self._files)
        return out, err

    def listening(self) -> tuple[Listening, ...] | None:
        if self._process is None:
            return ()
        numbers = {number: port for port, number in self._ports.items()}
        found = (
            Listening(port=numbers[number], address="0.0.0.0")
            for number in _listening_numbers(self._process.pid)
            if number in numbers
        )
        return tuple(sorted(found, key=lambda one: one.port))

    def reach(self, port: int) -> tuple[str, int] | None:
        return ("127.0.0.1", self._ports[port]) if port in self._ports else None

    def execute(self, argv: Sequence[str], *, timeout: float) -> Ended:
        begun = time.monotonic()
        try:
            done = subprocess.run(
                argv,
                env=self._env,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            return Ended(status=127, stdout="", stderr=f"{argv[0]}: not found", seconds=0)
        except subprocess.TimeoutExpired:
            return Ended(status=-1, stdout="", stderr="", seconds=timeout, timed_out=True)
        return Ended(status=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=time.monotonic() - begun)

    def signal(self, name: str) -> None:
        if self._process is not None and self.running():
            self._process.send_signal(int(name) if name.isdigit() else getattr(signal, f"SIG{name}"))

    def wait(self, timeout: float) -> Ended | None:
        if self._failure is not None:
            return Ended(status=127, stdout="", stderr=self._failure, seconds=0)
        assert self._process is not None
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        if self._ended is None:
            out, err = self.output()
            # As an engine tells of a signal
            status = 128 - status if status < 0 else status
            self._ended = Ended(status=status, stdout=out, stderr=err, seconds=time.monotonic() - self._begun)
        return self._ended

    def remove(self) -> None:
        self.removed = True
        if self._process is not None:
            if self.running():
                os.killpg(self._process.pid, signal.SIGKILL)
            self.wait(10)
        for file in self._files:
            file.close()


class FakeEngine:
    """Images are made by `image_of`; every container that was started is in `started`."""

    name = "fake 1"
    kept: tuple[str, ...] = ()

    def __init__(self, ports: Sequence[int] = (8000,)) -> None:
        self.started: list[FakeContainer] = []
        self.hows: list[Start] = []
        self._ports = tuple(ports)
        self._images: dict[str, Image] = {}
        self._own_env: dict[str, Mapping[str, str]] = {}

    def image_of(self, argv: Sequence[str], configuration: Configuration | None = None, **env: str) -> Image:
        """An image that runs a command, with variables of its own."""
        name = f"image-{len(self._images)}"
        base = configuration or Configuration()
        image = Image(id=name, configuration=replace(base, cmd=tuple(argv)), size=1, layers=1)
        self._images[name] = image
        self._own_env[name] = env
        return image

    def build(
        self, dockerfile: bytes, context: Path, options: BuildOptions, *, path: str, original: bool, progress: Progress
    ) -> Image:
        raise EngineError("this engine builds nothing")

    def image(self, reference: str) -> Image:
        return self._images[reference]

    def export(self, image: str) -> AbstractContextManager[IO[bytes]]:
        raise EngineError("this engine has no files")

    def network(self) -> str:
        return "fake"

    def start(self, image: str, how: Start) -> FakeContainer:
        configuration = self._images[image].configuration
        entrypoint = (how.entrypoint,) if how.entrypoint is not None else configuration.entrypoint
        command = how.command if how.command is not None or how.entrypoint is not None else configuration.cmd
        ports = dict(zip(self._ports, _free_ports(len(self._ports)), strict=True))
        env = {**configuration.env, **self._own_env[image], **dict(pair.partition("=")[::2] for pair in how.env)}
        env |= {f"PORT_{port}": str(number) for port, number in ports.items()}
        env["RUN"] = str(len(self.started))
        container = FakeContainer(f"container-{len(self.started)}", (*entrypoint, *(command or ())), env, ports)
        self.started.append(container)
        self.hows.append(how)
        return container

    def run(self, image: str, how: Start) -> Ended:
        container = self.start(image, how)
        try:
            ended = container.wait(how.limits.seconds)
            out, err = container.output()
            return ended or Ended(status=137, stdout=out, stderr=err, seconds=how.limits.seconds, timed_out=True)
        finally:
            container.remove()

    def close(self) -> None:
        for container in self.started:
            container.remove()


def _read(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), 1 << 24, 0).decode("utf-8", "replace")


def _free_ports(count: int) -> list[int]:
    """Numbers that nobody listens on, below those that the system gives to whoever connects."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            one = held.enter_context(socket.socket())
            with suppress(OSError):
                one.bind(("127.0.0.1", random.randrange(12_000, 32_000)))
                found.append(int(one.getsockname()[1]))
    return found


def _listening_numbers(process: int) -> set[int]:
    """The TCP ports that a process listens on, as this machine numbers them."""
    inodes: set[str] = set()
    try:
        for one in Path(f"/proc/{process}/fd").iterdir():
            target = os.readlink(one)  # noqa: PTH115
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return set()
    rows = (line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
