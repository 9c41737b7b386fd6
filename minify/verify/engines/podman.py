"""podman: docker's commands without a daemon; it builds as buildah does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from minify.verify.engine import EngineError, Image
from minify.verify.engines.builds import ignore_file
from minify.verify.engines.client import Client, programs
from minify.verify.engines.commands import ClientEngine
from minify.verify.engines.containers import Reach
from minify.verify.engines.inspection import Json, one, parse
from minify.verify.engines.progress import BuildahReader, BuildReader
from minify.verify.engines.session import Ending, Session

_ANSWER_SECONDS: Final = 30.0
QUIET: Final = ("--log-level", "error")
"""Warnings would come among what a container writes to its standard error."""

_UNTOLD: Final = ("SHELL", "ONBUILD")


class PodmanEngine(ClientEngine):
    """podman on this machine, with or without root, or one that a client here reaches: `podman 4.3.1`."""

    build_ending = Ending.HANG_UP
    remove_command = ("rm", "--force", "--time", "0", "--volumes")

    def __init__(self, client: Client, host: Json, version: str) -> None:
        self._remote = bool(host.get("serviceIsRemote")) or not sys.platform.startswith("linux")
        self._rootless = bool((host.get("security") or {}).get("rootless"))
        self._controllers = frozenset(host.get("cgroupControllers") or ())
        without = [name for name in ("memory", "pids") if name not in self._controllers]
        name = f"podman {version}"
        # Without root an old cgroup hierarchy limits nothing: a reader should know
        super().__init__(f"{name} (no limit of {', '.join(without)})" if without else name, client)
        self.local = not self._remote

    def _build_command(self, folder: Path) -> Sequence[str]:
        # The other format has no HEALTHCHECK
        return ("build", "--format", "docker", "--force-rm", *ignore_file(folder))

    def _reader(self) -> BuildReader:
        return BuildahReader()

    def image(self, reference: str) -> Image:
        """What is known of an image that is there."""
        image, inspected = super().image(reference), self._inspected(reference)
        made = [str(one.get("created_by", "")) for one in inspected.get("History") or ()]
        untold = [word for word in _UNTOLD if any(f"#(nop) {word} " in text for text in made)]
        notes = tuple(f"podman does not tell the {word} of an image: it was not compared" for word in untold)
        return replace(image, notes=notes)

    def _limits(self, memory: Sequence[str], processes: Sequence[str]) -> Sequence[str]:
        given = {"memory": memory, "pids": processes}
        return [word for name, words in given.items() if name in self._controllers for word in words]

    def _log_options(self) -> Sequence[str]:
        return ("--log-driver", "k8s-file", "--log-opt", "max-size=64mb")

    def _make_network(self) -> tuple[str, Reach] | None:
        name = self._name()
        create = ("network", "create", "--label", self._session.label)
        if self._remote and not self._rootless:
            # In a virtual machine the ports of an internal network are not published
            routeless = self._client.run(*create, "--opt", "no_default_route=1", name, check=False)
            return (name, Reach.PUBLISHED) if routeless.ok else None
        if not self._client.run(*create, "--internal", name, check=False).ok:
            return None
        if self._rootless:
            return name, Reach.PUBLISHED
        # Only netavark gives this machine an address in it
        subnets = one(self._client.run("network", "inspect", name).stdout).get("subnets") or ()
        return name, Reach.DIRECT if any(subnet.get("gateway") for subnet in subnets) else Reach.NONE


def find(session: Session) -> PodmanEngine | str:
    """The engine, or why there is none; the empty text when podman is not installed."""
    program = next(programs("podman"), None)
    if program is None:
        return ""
    client = Client(program, session, options=QUIET)
    asked = client.run("info", "--format", "json", timeout=_ANSWER_SECONDS, check=False)
    if asked.timed_out:
        return f"podman is installed but did not answer within {_ANSWER_SECONDS:.0f} s"
    host, version = _info(asked.stdout)
    if not asked.ok or not host:
        return f"podman is installed but does not work: {asked.complaint}"
    engine = PodmanEngine(client, host, version)
    engine.sweep()
    return engine


def _info(said: str) -> tuple[Json, str]:
    try:
        found: Any = parse(said)
    except EngineError:
        return {}, ""
    if not isinstance(found, dict):
        return {}, ""
    version = found.get("version") or {}
    return found.get("host") or {}, str(version.get("Version") or "of an unknown version")
