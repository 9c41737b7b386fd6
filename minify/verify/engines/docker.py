"""docker: the first client on PATH that reaches a daemon and can build with BuildKit."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from minify.verify.engine import EngineError
from minify.verify.engines.client import Client, programs
from minify.verify.engines.commands import ClientEngine
from minify.verify.engines.containers import Reach
from minify.verify.engines.inspection import parse
from minify.verify.engines.session import Session

_ANSWER_SECONDS: Final = 20.0

_BUILT_IN: Final = 23
"""From this version on the client has no BuildKit of its own and asks the buildx plugin."""

_ENVIRONMENT: Final = {
    "BUILDKIT_PROGRESS": "plain",
    # An attestation would make another image of the same Dockerfile
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "DOCKER_CLI_HINTS": "false",
}


class DockerEngine(ClientEngine):
    """A docker daemon by its client: `docker 20.10.24`."""

    def __init__(self, name: str, client: Client, *, buildx: bool) -> None:
        super().__init__(name, client)
        self._buildx = buildx

    def _build_command(self, folder: Path) -> Sequence[str]:
        return ("buildx", "build", "--load") if self._buildx else ("build",)

    def _log_options(self) -> Sequence[str]:
        # Another driver of the daemon's may give nothing back
        return ("--log-driver", "json-file", "--log-opt", "max-size=64m")

    def _make_network(self) -> tuple[str, Reach] | None:
        name = self._name()
        create = ("network", "create", "--label", self._session.label)
        made = self._client.run(*create, "--internal", name, check=False)
        if not made.ok:
            return None
        # The bridge is an interface of this machine only when the daemon runs on it, and not in a virtual one
        if has_interface(f"br-{made.stdout.strip()[:12]}"):
            return name, Reach.DIRECT
        # An internal network publishes no ports; without masquerading the containers of this one get no answers from outside
        self._client.run("network", "rm", name, check=False)
        unmasked = ("--opt", "com.docker.network.bridge.enable_ip_masquerade=false")
        made = self._client.run(*create, *unmasked, name, check=False)
        return (name, Reach.PUBLISHED) if made.ok else None


def has_interface(name: str) -> bool:
    """Whether this machine has a network interface of that name."""
    return sys.platform.startswith("linux") and Path("/sys/class/net", name).exists()


def find(session: Session) -> DockerEngine | str:
    """The engine, or why there is none; the empty text when docker is not installed."""
    problem = ""
    for program in programs("docker"):
        client = Client(program, session, environment={**_ENVIRONMENT, "DOCKER_BUILDKIT": "1"})
        asked = client.run("version", "--format", "{{json .}}", timeout=_ANSWER_SECONDS, check=False)
        if "podman" in asked.stderr.lower() or "podman" in asked.stdout.lower():
            # podman's own imitation: asked under its own name
            continue
        if asked.timed_out:
            problem = problem or f"docker is installed but did not answer within {_ANSWER_SECONDS:.0f} s"
            continue
        version = _version(asked.stdout)
        server = version.get("Server") or {}
        if not server.get("Version"):
            problem = problem or f"docker is installed but its daemon does not answer: {asked.complaint}"
            continue
        if server.get("Os", "linux") != "linux":
            problem = problem or f"docker's daemon runs {server['Os']} containers, and only Linux images are compared"
            continue
        known = str((version.get("Client") or {}).get("Version") or "")
        buildx = client.run("buildx", "version", timeout=_ANSWER_SECONDS, check=False).ok
        if not buildx and _major(known) >= _BUILT_IN:
            problem = problem or f"docker {known} ({program}) cannot build with BuildKit: its buildx plugin is missing"
            continue
        engine = DockerEngine(f"docker {_plain(str(server['Version']))}", client, buildx=buildx)
        engine.sweep()
        return engine
    return problem


def _version(said: str) -> dict[str, Any]:
    try:
        found = parse(said)
    except EngineError:
        return {}
    return found if isinstance(found, dict) else {}


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    # A client built from a branch has no number, and is newer than any with BuildKit of its own
    return int(found[0]) if found else _BUILT_IN


def _plain(version: str) -> str:
    """`20.10.24` of a distribution's `20.10.24+dfsg1`."""
    return re.split(r"[+~]", version)[0]
