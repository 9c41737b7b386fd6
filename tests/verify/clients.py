"""A client program of an engine that answers by a table, and writes down what it was asked."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

# A shell starts in no time, and a test runs many of them; PATH may be anything
_HEAD = """\
#!/bin/sh
if [ "$1" = --log-level ]; then shift 2; fi
line=$$
for word; do line="$line{unit}$word"; done
printf '%s{record}' "$line" >>'{folder}/calls'
"""
_ANSWER = """\
if {condition}; then
{stubborn}
/bin/cat '{folder}/{number}.out'
/bin/cat '{folder}/{number}.err' >&2
{wait}
exit {status}
fi
"""
_UNIT, _RECORD = "\x1f", "\x1e"


@dataclass(frozen=True)
class Call:
    """One time that it was run: the number of the process, and the arguments."""

    process: int
    argv: tuple[str, ...]

    def value(self, option: str) -> str:
        """What follows an option."""
        return self.argv[self.argv.index(option) + 1]

    def values(self, option: str) -> list[str]:
        return [self.argv[at + 1] for at, word in enumerate(self.argv) if word == option]


class FakeClient:
    """A program in `<folder>/<place>/<name>`: what nothing is said of succeeds in silence; the last thing said counts."""

    def __init__(self, folder: Path, name: str, place: str = "bin") -> None:
        self.folder = folder / f".{place}-{name}"
        self.folder.mkdir()
        self.place = folder / place
        self.place.mkdir(exist_ok=True)
        self.program = self.place / name
        self._answers: list[str] = []
        self._write()

    def answers(
        self,
        *words: str,
        stdout: str | object = "",
        stderr: str = "",
        status: int = 0,
        seconds: float = 0,
        stubborn: bool = False,
    ) -> FakeClient:
        """What is answered to commands that begin with these words; an object is answered as JSON."""
        number = len(self._answers)
        said = stdout if isinstance(stdout, str) else json.dumps(stdout)
        (self.folder / f"{number}.out").write_text(said)
        (self.folder / f"{number}.err").write_text(stderr)
        tests = [f'[ "${{{at}-}}" = {shlex.quote(word)} ]' for at, word in enumerate(words, 1)]
        answer = _ANSWER.format(
            condition=" && ".join(tests) or ":",
            folder=self.folder,
            number=number,
            stubborn="trap '' TERM" if stubborn else "",
            wait=f"/bin/sleep {seconds}" if seconds else "",
            status=status,
        )
        self._answers.append(answer)
        self._write()
        return self

    def _write(self) -> None:
        head = _HEAD.format(folder=self.folder, unit=_UNIT, record=_RECORD)
        # In one step: the program that is replaced may be running
        new = self.program.with_name(f".{self.program.name}")
        new.write_text(head + "".join(reversed(self._answers)))
        new.chmod(0o755)
        new.replace(self.program)

    def calls(self, *words: str) -> list[Call]:
        """The times that it was asked something which begins with these words."""
        log = self.folder / "calls"
        lines = log.read_text().split(_RECORD)[:-1] if log.exists() else []
        found = (Call(int(process), tuple(argv)) for process, *argv in (line.split(_UNIT) for line in lines))
        return [call for call in found if call.argv[: len(words)] == words]


def docker_version(client: str = "20.10.24+dfsg1", server: str = "20.10.24+dfsg1", system: str = "linux") -> object:
    """What `docker version --format '{{json .}}'` says."""
    return {"Client": {"Version": client}, "Server": {"Version": server, "Os": system}}


def docker(folder: Path, place: str = "bin") -> FakeClient:
    """A docker that answers, and builds with a BuildKit of its own."""
    fake = FakeClient(folder, "docker", place).answers("version", stdout=docker_version())
    fake.answers("buildx", status=1, stderr="docker: 'buildx' is not a docker command.\nSee 'docker --help'\n")
    fake.answers("image", "inspect", stdout=[IMAGE])
    fake.answers("image", "history", stdout="0\n1000\n0\n77\n")
    return fake.answers("container", "inspect", stdout=[container()])


def podman(
    folder: Path, *, rootless: bool = False, remote: bool = False, controllers: str = "memory pids"
) -> FakeClient:
    """A podman that answers."""
    host = {
        "serviceIsRemote": remote,
        "security": {"rootless": rootless},
        "cgroupControllers": controllers.split(),
    }
    fake = FakeClient(folder, "podman").answers("info", stdout={"host": host, "version": {"Version": "4.3.1"}})
    fake.answers("image", "inspect", stdout=[IMAGE])
    fake.answers("network", "inspect", stdout=[{"subnets": [{"subnet": "10.89.0.0/24", "gateway": "10.89.0.1"}]}])
    return fake.answers("container", "inspect", stdout=[container()])


def container(**state: object) -> dict[str, object]:
    """What `container inspect` says of one that ran, changed by `state`."""
    ran = {
        "Running": False,
        "ExitCode": 0,
        "OOMKilled": False,
        "Pid": 0,
        "StartedAt": "2026-01-01T00:00:00.123456789Z",
        "FinishedAt": "2026-01-01T00:00:02.623456789Z",
    }
    return {"Id": "c" * 64, "State": {**ran, **state}, "HostConfig": {"NetworkMode": "n"}, "NetworkSettings": {}}


IMAGE: dict[str, object] = {
    "Id": "sha256:" + "a" * 64,
    "Architecture": "amd64",
    "Size": 123,
    "RootFS": {"Layers": ["sha256:1", "sha256:2"]},
    "Config": {
        "User": "app",
        "WorkingDir": "/srv",
        "Env": ["PATH=/bin", "OPTIONS=a=b"],
        "Entrypoint": ["/app"],
        "Cmd": None,
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "443/tcp": {}},
        "Volumes": {"/data": {}},
        "Labels": {"a": "b"},
        "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000, "Retries": 3},
        "StopSignal": "SIGQUIT",
        "Shell": ["/bin/bash", "-c"],
        "OnBuild": ["RUN true"],
    },
}
