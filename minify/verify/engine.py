"""What a container engine must be able to do for a verification: one Protocol, and the values that it takes and gives.

An image is named by its id or tag, a container by its id. Every method blocks; times are seconds, sizes bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from minify.errors import UsageError, VerificationError

Progress = Callable[[str], None]
"""Is told one line of what happens, as it happens."""


def silent(line: str) -> None:
    """Progress that nobody watches."""


class EngineError(UsageError):
    """No engine, or one that does not answer: the user has to do something about it (exit code 2)."""


class BuildError(VerificationError):
    """A Dockerfile that does not build; `line` is the instruction that failed, where the engine tells.

    `original` says whose it is: when the file that the user wrote does not build, nothing can be said about the patch.
    """

    def __init__(
        self,
        message: str,
        *,
        log: str,
        original: bool,
        path: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, path=path, line=line, hint=hint)
        self.log = log
        self.original = original


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What both builds are given, in the engine's own words: `--build-arg NAME=VALUE` and the like."""

    build_args: tuple[str, ...] = ()
    target: str | None = None
    platform: str | None = None
    secrets: tuple[str, ...] = ()
    build_contexts: tuple[str, ...] = ()
    network: str | None = None
    ssh: tuple[str, ...] = ()
    no_cache: bool = False
    """BuildKit takes a COPY from its cache when only owners differ: seen with Docker 20.10."""
    timeout: float = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck:
    """`HEALTHCHECK`: `test` is `("CMD", …)` or `("CMD-SHELL", "…")`; times in seconds, None where the engine's default holds."""

    test: tuple[str, ...]
    interval: float | None = None
    timeout: float | None = None
    start_period: float | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The image's configuration: what `docker image inspect` says, in one shape for every engine."""

    user: str = ""
    workdir: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    """`("8080/tcp",)`, sorted."""
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    healthcheck: Healthcheck | None = None
    stop_signal: str | None = None
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    architecture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image: its id, its configuration, the bytes of all layers uncompressed, and their number."""

    id: str
    configuration: Configuration
    size: int
    layers: int
    log: Path | None = None
    """The build's whole output."""
    notes: tuple[str, ...] = ()
    """What was done to build it that a reader should know: a `# syntax=` line left out because its image could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a container may use: 1 GiB of memory, 512 processes, 1 GiB written, and `seconds` before it is killed."""

    memory_mb: int = 1024
    processes: int = 512
    disk_mb: int = 1024
    seconds: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a container is started.

    `command` takes the place of CMD when it is given, `entrypoint` that of ENTRYPOINT; `arguments` are the engine's own,
    as the user wrote them (`--run-arg`). `network` is a network that `Engine.network` made, or "none".
    """

    command: tuple[str, ...] | None = None
    entrypoint: str | None = None
    env: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    network: str = "none"
    ports: tuple[int, ...] = ()
    """TCP ports to be reached from this machine, beside those that the image exposes."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A container that ended: exit status, and what it wrote."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False
    out_of_memory: bool = False
    out_of_disk: bool = False
    started: bool = True
    """False when the engine could not even start its program: no such file, no such user. `stderr` is the engine's reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A socket that a container listens on: `Listening(port=8080, protocol="tcp", address="0.0.0.0")`."""

    port: int
    protocol: str = "tcp"
    address: str = "0.0.0.0"


class Container(Protocol):
    """A container that was started and may still run."""

    id: str

    def running(self) -> bool:
        """Whether its first process lives."""

    def output(self) -> tuple[str, str]:
        """What it wrote so far: standard output and standard error."""

    def listening(self) -> tuple[Listening, ...] | None:
        """The sockets it listens on, sorted; None where this machine cannot see them."""

    def reach(self, port: int) -> tuple[str, int] | None:
        """Where a client on this machine connects to reach a port of it: address and port; None when it cannot."""

    def execute(self, argv: Sequence[str], *, timeout: float) -> Ended:
        """Run a command inside; a program that is not there gives status 127 or 126, not an error."""

    def signal(self, name: str) -> None:
        """`container.signal("TERM")`."""

    def wait(self, timeout: float) -> Ended | None:
        """Its end, or None when it still runs after `timeout` seconds."""

    def remove(self) -> None:
        """Kill and remove it with its anonymous volumes; nothing happens when it is gone already."""


class Engine(Protocol):
    """A container engine: docker, podman or buildah."""

    name: str
    """`docker 20.10.24`."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the images, containers and networks that stay: none, unless they are to be kept."""

    def build(
        self, dockerfile: bytes, context: Path, options: BuildOptions, *, path: str, original: bool, progress: Progress
    ) -> Image:
        """Build a Dockerfile's text with a context; BuildError names `path` and the line that failed.

        `path` is the Dockerfile's own path: a `<path>.dockerignore` beside it counts, as it would for the user.
        """

    def image(self, reference: str) -> Image:
        """What is known of an image that is there."""

    def export(self, image: str) -> AbstractContextManager[IO[bytes]]:
        """The image's whole file system as one tar stream, to be read once and front to back."""

    def network(self) -> str:
        """A private network for one container: no way out of this machine; what `Start.network` takes."""

    def start(self, image: str, how: Start) -> Container:
        """Start a container in the background."""

    def run(self, image: str, how: Start) -> Ended:
        """Run a container to its end, or to its time limit, and remove it."""

    def close(self) -> None:
        """Remove everything that was made through this object, unless it is to be kept: containers, networks, images."""
