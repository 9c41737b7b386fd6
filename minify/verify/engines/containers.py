"""A container of an engine whose client speaks docker's commands: docker and podman."""

from __future__ import annotations

import enum
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from minify.verify.engine import Ended, EngineError, Limits, Listening
from minify.verify.engines import sockets
from minify.verify.engines.client import Client, Done
from minify.verify.engines.inspection import Json, one
from minify.verify.engines.owner import started
from minify.verify.engines.reasons import is_the_images
from minify.verify.engines.session import Ending

DISK_SECONDS: Final = 5.0
"""How often the bytes that a container wrote are asked for: few storage drivers can limit them by themselves."""

_NEVER: Final = "0001-01-01"
_NO_PROGRAM = re.compile(r"(?:Error: .*)?OCI runtime (?:exec failed|attempted to invoke)")
_NOT_RUNNING = re.compile(r"Error(?: response from daemon)?: .*(?:is not running|on running containers)")
_NAMED = re.compile(r"^(?:Error: |Error response from daemon: )?(?:unable to start container \"?[0-9a-f]{12,}\"?: )?")
_KILLED: Final = 128 + 9
_MIB: Final = 1 << 20


class Reach(enum.Enum):
    """How this machine reaches the ports of a container on a network."""

    DIRECT = enum.auto()
    """At the container's own address."""
    PUBLISHED = enum.auto()
    """At ports of this machine's loopback interface."""
    NONE = enum.auto()


class ClientContainer:
    """One container, made by `create`, by its name."""

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        limits: Limits,
        network: str = "none",
        reach: Reach = Reach.NONE,
        local: bool = False,
        remove_command: Sequence[str] = ("rm", "--force", "--volumes"),
        removed: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = name
        self.network = network
        self._client = client
        self._limits = limits
        self._reach = reach
        self._local = local
        self._remove_command = remove_command
        self._process: tuple[int, str] | None = None
        self._removed = removed
        self._begun = time.monotonic()
        self._inspected: Json = {}
        self._ended: Ended | None = None
        self._stop = threading.Event()
        self._timed_out = False
        self._out_of_disk = False
        self._gone = False

    # -- life ---------------------------------------------------------------------------------------

    def refused(self, said: Done) -> None:
        """It was not even made, and the image is the cause: it has no command."""
        self._gone = True
        self._ended = Ended(status=125, stdout="", stderr=_reason({}, said), seconds=said.seconds, started=False)

    def begin(self, seconds: float) -> None:
        """Start it in the background, which may take that long, and note what the engine tells of it."""
        if self._ended is not None:
            return
        said = self._client.run("start", self.id, timeout=seconds, check=False)
        self._begun = time.monotonic()
        self._inspected = self.inspect()
        if said.ok:
            self._process = self._first_process()
            self._watch(self._limits.seconds)
        else:
            self._ended = self._end(said, self._inspected)

    def attend(self) -> Ended:
        """Start it and wait for its end, or for its time limit."""
        if self._ended is not None:
            return self._ended
        self._watch(None)
        done = self._client.run(
            *("start", "--attach", self.id),
            timeout=self._limits.seconds,
            check=False,
            late=self._too_late,
            # Asked to end, the client would pass that on to the container and wait for it
            ending=Ending.KILL,
        )
        # The client's status may be its own; a program that ended well leaves nothing to ask
        return self._end(done, self.inspect() if done.status else {})

    def _watch(self, seconds: float | None) -> None:
        threading.Thread(target=self._guard, args=(seconds,), daemon=True).start()

    def _guard(self, seconds: float | None) -> None:
        """Kill it after that time, and when it writes more than it may."""
        end = float("inf") if seconds is None else self._begun + seconds
        while not self._stop.wait(min(DISK_SECONDS, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                self._too_late()
                return
            if self._written() > self._limits.disk_mb * _MIB:
                self._out_of_disk = self._kill()
                return

    def _too_late(self) -> None:
        self._timed_out = self._kill()

    def _kill(self) -> bool:
        """Whether there was something to kill."""
        return self._client.run("kill", self.id, check=False).ok

    def remove(self) -> None:
        """Kill and remove it with its anonymous volumes; nothing happens when it is gone already."""
        self._stop.set()
        if not self._gone:
            self._gone = True
            if self._client.session.keep:
                self._kill()
            else:
                self._client.run(*self._remove_command, self.id, check=False)
            self._removed()

    def abandon(self) -> None:
        """The end of everything: it is removed with all others, or stays but does not run."""
        self._stop.set()
        if self._client.session.keep and not self._gone:
            self._kill()

    # -- state --------------------------------------------------------------------------------------

    def inspect(self) -> Json:
        """What the engine knows of it now."""
        return one(self._client.run("container", "inspect", self.id).stdout)

    def _written(self) -> int:
        """Bytes that it wrote to its own layer, 0 where the engine does not tell."""
        asked = ("container", "inspect", "--size", "--format", "{{.SizeRw}}", self.id)
        said = self._client.run(*asked, check=False).stdout.strip()
        return int(said) if said.isdigit() else 0

    def running(self) -> bool:
        """Whether its first process lives."""
        if self._ended is not None or self._gone:
            return False
        if self._seen() is not None:
            return True
        asked = ("container", "inspect", "--format", "{{.State.Running}}", self.id)
        return self._client.run(*asked, check=False).stdout.strip() == "true"

    def output(self) -> tuple[str, str]:
        """What it wrote so far: standard output and standard error."""
        if self._ended is not None:
            return self._ended.stdout, self._ended.stderr
        done = self._client.run("logs", self.id, check=False)
        return done.stdout, done.stderr

    def wait(self, timeout: float) -> Ended | None:
        """Its end, or None when it still runs after `timeout` seconds."""
        if self._ended is None:
            waited = self._client.run("wait", self.id, timeout=timeout, check=False)
            if waited.timed_out:
                return None
            inspected = self.inspect()
            stdout, stderr = self.output()
            done = Done(0, stdout, stderr, _lifetime(inspected, time.monotonic() - self._begun))
            self._ended = self._end(done, inspected)
            self._stop.set()
        return self._ended

    def _end(self, done: Done, inspected: Json) -> Ended:
        """How it ended: by the engine's own account where there is one."""
        state: Json = inspected.get("State") or {"ExitCode": 0}
        ran = done.ok or not str(state.get("StartedAt", "")).startswith(_NEVER)
        reason = "" if ran else _reason(state, done)
        if not ran and not is_the_images(reason):
            raise EngineError(f"containers cannot be started: {reason.strip()}")
        return Ended(
            status=int(state["ExitCode"]) if ran else int(state["ExitCode"]) or done.status,
            stdout=done.stdout if ran else "",
            stderr=done.stderr if ran else reason,
            seconds=done.seconds,
            timed_out=self._timed_out,
            out_of_memory=bool(state.get("OOMKilled")),
            out_of_disk=self._out_of_disk,
            started=ran,
        )

    # -- inside -------------------------------------------------------------------------------------

    def execute(self, argv: Sequence[str], *, timeout: float) -> Ended:
        """Run a command inside; a program that is not there gives status 127 or 126, not an error."""
        done = self._client.run("exec", self.id, *argv, timeout=timeout, check=False)
        # Some versions say on standard output that there is no such program
        said = done.stdout + done.stderr
        missing = bool(done.status) and bool(_NO_PROGRAM.match(said) or _NOT_RUNNING.match(said))
        return Ended(
            status=_KILLED if done.timed_out else done.status,
            stdout="" if missing else done.stdout,
            stderr=said if missing else done.stderr,
            seconds=done.seconds,
            timed_out=done.timed_out,
            started=not missing,
        )

    def signal(self, name: str) -> None:
        """Send a signal to its first process; nothing happens when it ended already."""
        self._client.run("kill", "--signal", name, self.id, check=False)

    def listening(self) -> tuple[Listening, ...] | None:
        """The sockets it listens on, sorted; None where this machine cannot see them."""
        process = self._seen()
        return None if process is None else sockets.listening(process)

    def reach(self, port: int) -> tuple[str, int] | None:
        """Where a client on this machine connects to reach a port of it: address and port; None when it cannot."""
        settings: Json = self._inspected.get("NetworkSettings") or {}
        if (self._inspected.get("HostConfig") or {}).get("NetworkMode") == "host":
            return "127.0.0.1", port
        if self._reach is Reach.DIRECT:
            # On another network where the user said so
            networks: Json = settings.get("Networks") or {}
            one_of_them: Json = networks.get(self.network) or next(iter(networks.values()), {})
            return (one_of_them["IPAddress"], port) if one_of_them.get("IPAddress") else None
        for published in (settings.get("Ports") or {}).get(f"{port}/tcp") or ():
            if str(published.get("HostPort", "")).isdigit():
                return published.get("HostIp") or "127.0.0.1", int(published["HostPort"])
        return None

    def _first_process(self) -> tuple[int, str] | None:
        """Its first process by the number that this machine knows it by, and when that was started."""
        number = int((self._inspected.get("State") or {}).get("Pid") or 0)
        mode = (self._inspected.get("HostConfig") or {}).get("NetworkMode")
        # On this machine's own network its tables say nothing of the container
        if not sys.platform.startswith("linux") or number <= 0 or mode == "host":
            return None
        return (number, started(number)) if self._local or self._is_ours(number) else None

    def _is_ours(self, process: int) -> bool:
        """The engine may be another machine's, or behind a virtual one: there the number is somebody else's."""
        identity = str(self._inspected.get("Id", ""))
        try:
            return bool(identity) and identity in Path(f"/proc/{process}/cgroup").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False

    def _seen(self) -> int | None:
        """Its first process, as long as it lives."""
        alive = self._process is not None and started(self._process[0]) == self._process[1]
        return self._process[0] if self._process is not None and alive else None


def _reason(state: Json, done: Done) -> str:
    """Why its program was not started, in the engine's words and without what is about the client."""
    return _NAMED.sub("", str(state.get("Error") or done.complaint)) + "\n"


def _lifetime(inspected: Json, otherwise: float) -> float:
    """Seconds from its start to its end, by the engine's clock."""
    state: dict[str, Any] = dict(inspected.get("State") or {})
    try:
        begun, over = (datetime.fromisoformat(str(state[name])) for name in ("StartedAt", "FinishedAt"))
    except (KeyError, ValueError):
        return otherwise
    return max(0.0, (over - begun).total_seconds())


OWN_OPTIONS: Final = frozenset(
    ("--rm", "-d", "--detach", "-i", "--interactive", "-t", "--tty", "-it", "-ti", "--name", "--cidfile", "--restart")
)


def checked(arguments: Sequence[str]) -> tuple[str, ...]:
    """The user's own arguments for the engine's `run`; EngineError for those that would take a container from us."""
    for argument in arguments:
        if argument.partition("=")[0] in OWN_OPTIONS:
            raise EngineError(
                f"{argument.partition('=')[0]} cannot be given for a verification's containers",
                hint="they run in the background, without a terminal, and are removed at the end",
            )
    return tuple(arguments)
