"""A container engine for the end-to-end tests: found if one runs, started if none does.

`python -m tests.e2e.engine find|start|stop` does it from a shell; stop ends only what start started.

with Engine.open() as engine:
    engine.build(Path("samples/flask"), tag="flask:before")
    print(engine.run("flask:before", "python", "--version").stdout)
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self, cast

DAEMON_SOCKET: Final = Path("/var/run/docker.sock")
START_SECONDS: Final = 60


class EngineError(RuntimeError):
    """The engine is missing, did not start, or refused what it was asked."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command of the engine gave: `Ran(status=0, stdout="3.12.1\\n", stderr="", seconds=0.4)`."""

    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path of an image's file system: `Entry(path="/etc/passwd", kind="file", mode=0o644, …)`."""

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    link: str


def cache_directory() -> Path:
    """Where archives and the engine's own data are kept: `~/.cache/dockminify-bases`."""
    named = os.environ.get("DOCKMINIFY_BASES_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "dockminify-bases"


def find_client() -> str | None:
    """The client that fits the daemon: Debian's package puts both into /usr, a newer one may shadow it."""
    packaged = Path("/usr/bin/docker")
    return str(packaged) if packaged.exists() else shutil.which("docker")


class Engine:
    """A reachable daemon and its client; stops the daemon on exit only if it started it."""

    def __init__(self, client: str, socket: Path, daemon: subprocess.Popen[bytes] | None = None) -> None:
        self.client = client
        self.socket = socket
        self._daemon = daemon
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")},
            "DOCKER_HOST": f"unix://{socket}",
            "DOCKER_BUILDKIT": "1",
            "BUILDKIT_PROGRESS": "plain",
        }

    # -- life ---------------------------------------------------------------------------------------

    @classmethod
    def find(cls) -> Engine | None:
        """The engine that answers, or None: `DOCKMINIFY_ENGINE_SOCKET`, the tests' own, the system's."""
        client = find_client()
        if client is None:
            return None
        named = os.environ.get("DOCKMINIFY_ENGINE_SOCKET")
        sockets = [Path(named)] if named else [cache_directory() / "engine" / "docker.sock", DAEMON_SOCKET]
        for socket in sockets:
            engine = cls(client, socket)
            if socket.exists() and engine.answers():
                return engine
        return None

    @classmethod
    def open(cls, *, keep: bool = False) -> Engine:
        """The running engine, else a new one: with `keep` it outlives this program."""
        found = cls.find()
        return found if found is not None else cls.start(keep=keep)

    @classmethod
    def start(cls, home: Path | None = None, *, keep: bool = False) -> Engine:
        """Starts a daemon of its own: no bridge and no firewall rules, so RUN needs the host's network."""
        client, daemon = (
            find_client(),
            shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin"),
        )
        if client is None or daemon is None:
            raise EngineError("no container engine is installed; on Debian run .ci/engine")
        home = home or cache_directory() / "engine"
        home.mkdir(parents=True, exist_ok=True)
        socket = home / "docker.sock"
        # A stale pid file makes dockerd refuse to start after a crash or a reboot.
        (home / "dockerd.pid").unlink(missing_ok=True)
        with (home / "dockerd.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    daemon,
                    *("--iptables=false", "--ip6tables=false", "--bridge=none"),
                    *("--data-root", str(home / "data")),
                    *("--exec-root", str(home / "exec")),
                    *("--pidfile", str(home / "dockerd.pid")),
                    *("--host", f"unix://{socket}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        engine = cls(client, socket, None if keep else process)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if socket.exists() and engine.answers():
                return engine
            if process.poll() is not None:
                break
            time.sleep(0.2)
        tail = (home / "dockerd.log").read_text(errors="replace").splitlines()[-5:]
        raise EngineError("the container engine did not start:\n" + "\n".join(tail))

    def stop(self) -> None:
        """Ends the daemon if this object started it."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(timeout=60)
            self._daemon = None
            _unmount(self.socket.parent)

    @staticmethod
    def halt(home: Path | None = None) -> None:
        """Ends a daemon that `start(home, keep=True)` left running, in whatever process that was."""
        home = home or cache_directory() / "engine"
        pid_file = home / "dockerd.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        _unmount(home)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def answers(self) -> bool:
        return self.docker("version", "--format", "{{.Server.Version}}", check=False).ok

    # -- commands -----------------------------------------------------------------------------------

    def docker(
        self,
        *arguments: str,
        check: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Ran:
        """One client command: `engine.docker("tag", "a:1", "b:1")`; EngineError unless `check=False`."""
        begun = time.monotonic()
        try:
            done = subprocess.run(
                [self.client, *arguments],
                env=self._environment,
                input="" if stdin is None else stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"docker {arguments[0]} took more than {timeout} s") from error
        ran = Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)
        if check and not ran.ok:
            # BuildKit repeats the whole step after a line of dashes: what went wrong is before it.
            said = (ran.stderr or ran.stdout).split("\n------\n", 1)[0]
            last = "\n".join(said.strip().splitlines()[-40:])
            raise EngineError(f"docker {' '.join(arguments[:4])} … failed with {ran.status}:\n{last}")
        return ran

    def build(
        self,
        context: Path,
        *,
        tag: str,
        dockerfile: Path | None = None,
        target: str | None = None,
        build_args: Mapping[str, str] | None = None,
        no_cache: bool = False,
        check: bool = True,
        timeout: float | None = 1800,
    ) -> Ran:
        """Builds a context with BuildKit: `engine.build(Path("."), tag="app:after", dockerfile=path)`."""
        arguments = ["build", "--network", "host", "--tag", tag]
        if dockerfile is not None:
            arguments += ["--file", str(dockerfile)]
        if target is not None:
            arguments += ["--target", target]
        for name, value in (build_args or {}).items():
            arguments += ["--build-arg", f"{name}={value}"]
        if no_cache:
            arguments.append("--no-cache")
        try:
            return self.docker(*arguments, str(context), check=check, timeout=timeout)
        except EngineError as error:
            # Docker 20.10's cache may name a layer that its store has lost, after a full disk
            if no_cache or "layer does not exist" not in str(error):
                raise
            return self.docker(*arguments, "--no-cache", str(context), timeout=timeout)

    def run(
        self,
        image: str,
        *command: str,
        options: Sequence[str] = (),
        network: str = "host",
        check: bool = True,
        timeout: float | None = 300,
    ) -> Ran:
        """Runs a container to its end and removes it: `engine.run("debian:trixie", "id", "-u")`."""
        return self.docker(
            *("run", "--rm", "--network", network, *options, image, *command), check=check, timeout=timeout
        )

    @contextlib.contextmanager
    def container(self, image: str, *command: str, options: Sequence[str] = ()) -> Iterator[str]:
        """A container in the background for as long as the block: yields its id."""
        name = self.docker("run", "--detach", "--network", "host", *options, image, *command).stdout.strip()
        try:
            yield name
        finally:
            self.docker("rm", "--force", "--volumes", name, check=False)

    def logs(self, container: str) -> str:
        ran = self.docker("logs", container, check=False)
        return ran.stdout + ran.stderr

    def inspect(self, image: str) -> dict[str, Any]:
        """The image's description: `engine.inspect("debian:trixie")["Config"]["Env"]`."""
        return cast(dict[str, Any], json.loads(self.docker("image", "inspect", image).stdout)[0])

    def image_id(self, image: str) -> str | None:
        ran = self.docker("image", "inspect", "--format", "{{.Id}}", image, check=False)
        return ran.stdout.strip() if ran.ok else None

    def size(self, image: str) -> int:
        """Bytes of all layers, uncompressed."""
        return int(self.docker("image", "inspect", "--format", "{{.Size}}", image).stdout)

    def tag(self, image: str, *names: str) -> None:
        for name in names:
            self.docker("tag", image, name)

    def remove(self, *images: str) -> None:
        for image in images:
            self.docker("image", "rm", "--force", image, check=False)

    def load(self, archive: Path) -> None:
        self.docker("load", "--quiet", "--input", str(archive))

    @contextlib.contextmanager
    def created(self, image: str) -> Iterator[str]:
        """A container that never runs, to read files from: any command will do, even in an empty image."""
        name = self.docker("create", "--network", "none", image, "/never-run").stdout.strip()
        try:
            yield name
        finally:
            self.docker("rm", "--force", "--volumes", name, check=False)

    @contextlib.contextmanager
    def exported(self, image: str) -> Iterator[tarfile.TarFile]:
        """The image's whole file system as a tar stream to read once, front to back."""
        with (
            self.created(image) as name,
            subprocess.Popen([self.client, "export", name], env=self._environment, stdout=subprocess.PIPE) as process,
        ):
            stream = cast(IO[bytes], process.stdout)
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                yield tar
            # The client waits for its last, empty blocks to be taken.
            while stream.read(1 << 20):
                pass

    def listing(self, image: str) -> tuple[Entry, ...]:
        """Every path of the image, sorted, without what the engine mounts (/dev, /proc, /etc/hosts)."""
        entries: list[Entry] = []
        with self.exported(image) as tar:
            for member in tar:
                path = "/" + member.name.strip("/").removeprefix("./")
                if path in _MOUNTED or path.startswith(("/dev/", "/proc/", "/sys/")):
                    continue
                entries.append(
                    Entry(
                        path=path,
                        kind=_kind(member),
                        mode=member.mode & 0o7777,
                        uid=member.uid,
                        gid=member.gid,
                        size=member.size,
                        link=member.linkname,
                    )
                )
        return tuple(sorted(entries, key=lambda entry: entry.path))

    def read(self, image: str, path: str) -> bytes | None:
        """One file of an image, links followed, or None: `engine.read("app:after", "/etc/passwd")`."""
        with self.created(image) as name:
            done = subprocess.run(
                [self.client, "cp", "--follow-link", f"{name}:{path}", "-"],
                env=self._environment,
                capture_output=True,
                check=False,
            )
        if done.returncode:
            return None
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            first = tar.next()
            file = None if first is None or not first.isfile() else tar.extractfile(first)
            return None if file is None else file.read()


_MOUNTED: Final = frozenset(
    (
        "/",
        "/.dockerenv",
        "/dev",
        "/proc",
        "/sys",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/mtab",
    )
)


def _unmount(home: Path) -> None:
    """The network namespace that the daemon made for its containers stays mounted, and its folder could not be removed."""
    subprocess.run(["umount", str(home / "exec" / "netns" / "default")], check=False, capture_output=True)


def _kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "directory"
    if member.issym():
        return "symlink"
    if member.islnk():
        return "hardlink"
    return "file" if member.isfile() else "special"


def main(verb: str) -> int:
    """0 when it is done, or when an engine is found; 1 otherwise."""
    try:
        match verb:
            case "find":
                found = Engine.find()
                print(found.socket if found else "no engine answers")
                return 0 if found else 1
            case "start":
                print(Engine.start(keep=True).socket)
            case "stop":
                Engine.halt()
            case _:
                print("usage: python -m tests.e2e.engine find|start|stop", file=sys.stderr)
                return 2
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
