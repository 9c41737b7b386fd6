"""buildah: builds, and runs commands in working containers; it has no networks, and does not start an image by itself."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Final

from minify.verify.engine import Ended, EngineError, Image, Start
from minify.verify.engines.builds import ignore_file
from minify.verify.engines.client import Client, programs
from minify.verify.engines.commands import ClientEngine
from minify.verify.engines.containers import checked
from minify.verify.engines.inspection import Json, configuration, one, parse
from minify.verify.engines.podman import QUIET
from minify.verify.engines.processes import BuildahContainer
from minify.verify.engines.progress import BuildahReader, BuildReader
from minify.verify.engines.session import REPOSITORY, Ending, Session

_ANSWER_SECONDS: Final = 30.0
_TAR: Final = ("--create", "--format=pax", "--numeric-owner", "--xattrs", "--xattrs-include=*")


class BuildahEngine(ClientEngine):
    """buildah on this machine: `buildah 1.28.2 (no network, …)`."""

    build_ending = Ending.HANG_UP

    def __init__(self, client: Client, version: str, *, rootless: bool) -> None:
        self._rootless = rootless
        without = ["memory"] if rootless else []
        super().__init__(f"buildah {version} (no network, no limit of {', '.join((*without, 'pids', 'disk'))})", client)
        self._running: dict[str, BuildahContainer] = {}

    # -- images -------------------------------------------------------------------------------------

    def _build_command(self, folder: Path) -> Sequence[str]:
        # The other format has no HEALTHCHECK; without layers nothing is cached
        return ("build", "--format", "docker", "--layers", "--force-rm", *ignore_file(folder))

    def _reader(self) -> BuildReader:
        return BuildahReader()

    def image(self, reference: str) -> Image:
        """What is known of an image that is there."""
        inspected = one(self._client.run("inspect", "--type", "image", reference).stdout)
        docker: Json = inspected.get("Docker") or {}
        manifest = parse(str(inspected.get("Manifest") or "{}"))
        sizes = [int(layer.get("size") or 0) for layer in manifest.get("layers") or ()]
        return Image(
            id=str(inspected["FromImageID"]),
            configuration=configuration({"Config": docker.get("config"), "Architecture": docker.get("architecture")}),
            size=sum(sizes),
            layers=len(sizes),
        )

    @contextlib.contextmanager
    def export(self, image: str) -> Iterator[IO[bytes]]:
        """The image's whole file system as one tar stream, to be read once and front to back."""
        name = self._from(image)
        try:
            with self._tar(name) as stream:
                yield stream
        finally:
            self._client.run("rm", name, check=False)

    def _tar(self, name: str) -> AbstractContextManager[IO[bytes]]:
        if self._rootless:
            # The files belong to users that are there in buildah's own user namespace only
            script = f'exec tar {" ".join(_TAR)} --directory "$ROOT" .'
            return self._client.stream("unshare", "--mount", f"ROOT={name}", "sh", "-c", script)
        mounted = self._client.run("mount", name).stdout.strip()
        program = next(programs("tar"), None)
        if program is None:
            raise EngineError("buildah needs the program tar to read an image's files, and it is not installed")
        return Client(program, self._session).stream(*_TAR, "--directory", mounted, ".")

    # -- containers ---------------------------------------------------------------------------------

    def network(self) -> str:
        """Always "none": there is an interface to itself, and no other."""
        return "none"

    def start(self, image: str, how: Start) -> BuildahContainer:  # type: ignore[override]
        """Start a container in the background."""
        own, argv = checked(how.arguments), self._argv(image, how)
        memory = (
            ()
            if self._rootless
            else ("--memory", f"{how.limits.memory_mb}m", "--memory-swap", f"{how.limits.memory_mb}m")
        )
        name = self._from(image, *memory)
        options = [word for pair in how.env for word in ("--env", pair)]

        def removed() -> None:
            if not self._session.keep:
                self._running.pop(name, None)

        container = BuildahContainer(
            self._client,
            name,
            # Any other kind of isolation would leave it on this machine's network
            isolation="rootless" if self._rootless else "oci",
            options=[*options, *own],
            argv=argv,
            limits=how.limits,
            removed=removed,
        )
        self._running[name] = container
        return container

    def run(self, image: str, how: Start) -> Ended:
        """Run a container to its end, or to its time limit, and remove it."""
        container = self.start(image, how)
        try:
            # It is killed at its time limit, which takes a moment
            done = container.wait(how.limits.seconds + 60)
            if done is None:
                raise EngineError("buildah did not end a container that was killed")
            return done
        finally:
            container.remove()

    def _argv(self, image: str, how: Start) -> list[str]:
        """What the image would start: `buildah run` does not know of ENTRYPOINT."""
        if how.entrypoint is not None:
            return [how.entrypoint, *(how.command or ())]
        settings = self.image(image).configuration
        argv = [*settings.entrypoint, *(settings.cmd if how.command is None else how.command)]
        if not argv:
            raise EngineError(f"{image} has no command: no ENTRYPOINT and no CMD")
        return argv

    def _from(self, image: str, *options: str) -> str:
        name = self._name()
        self._client.run("from", "--pull-never", "--name", name, *options, image)
        return name

    # -- the end ------------------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the images and containers that stay, when they are to stay."""
        return (*self._images, *self._running) if self._session.keep else ()

    def _clean(self) -> None:
        for container in tuple(self._running.values()):
            container.remove()
        super()._clean()

    def _remove(self, chosen: Callable[[str], bool]) -> None:
        self._remove_listed(("rm",), ("containers", "--format", "{{.ContainerName}}"), chosen)
        tagged = ("images", "--filter", f"reference={REPOSITORY}:*", "--format", "{{.Name}}:{{.Tag}}")
        self._remove_listed(("rmi",), tagged, chosen)


def find(session: Session) -> BuildahEngine | str:
    """The engine, or why there is none; the empty text when buildah is not installed."""
    program = next(programs("buildah"), None)
    if program is None:
        return ""
    client = Client(program, session, options=QUIET)
    asked = client.run("--version", timeout=_ANSWER_SECONDS, check=False)
    version = re.search(r"version (\S+)", asked.stdout)
    works = client.run("images", "--quiet", timeout=_ANSWER_SECONDS, check=False)
    if version is None or not works.ok:
        return f"buildah is installed but does not work: {works.complaint}"
    engine = BuildahEngine(client, version[1], rootless=hasattr(os, "geteuid") and os.geteuid() != 0)
    engine.sweep()
    return engine
