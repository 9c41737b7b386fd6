"""What docker and podman have in common: an engine that is driven by the commands of its client program."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from minify.verify.engine import BuildError, BuildOptions, Ended, EngineError, Image, Progress, Start
from minify.verify.engines.builds import DOCKERFILE, build_arguments, private_copy, without_syntax_line
from minify.verify.engines.client import Client
from minify.verify.engines.containers import ClientContainer, Reach, checked
from minify.verify.engines.inspection import Json, configuration, one
from minify.verify.engines.owner import is_gone
from minify.verify.engines.progress import BuildKitReader, BuildReader
from minify.verify.engines.reasons import is_the_images
from minify.verify.engines.session import LABEL, REPOSITORY, Ending

LOG: Final = "build.log"
_START_SECONDS: Final = 120.0
_NEWER: Final = "a newer version may know it; --engine names another engine"
_MADE = re.compile(rf"{REPOSITORY}[:-](?P<session>\S+)$")


class ClientEngine:
    """An engine by its client program; subclasses say how it builds and what its networks are."""

    name: str
    local = False
    """Whether the numbers of processes that it tells are surely those of this machine."""
    build_ending = Ending.TERMINATE
    remove_command: tuple[str, ...] = ("rm", "--force", "--volumes")

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self._client = client
        self._session = client.session
        self._lock = threading.Lock()
        self._containers: dict[str, ClientContainer] = {}
        self._networks: dict[str, Reach] = {}
        self._free: list[str] = []
        self._images: list[str] = []
        self._session.begin(self._clean)

    # -- images -------------------------------------------------------------------------------------

    def build(
        self, dockerfile: bytes, context: Path, options: BuildOptions, *, path: str, original: bool, progress: Progress
    ) -> Image:
        """Build a Dockerfile's text with a context; BuildError names `path` and the line that failed."""
        folder = private_copy(dockerfile, path, self._session.folder)
        tag = f"{REPOSITORY}:{self._session.fresh()}"
        reader = self._read_build(folder, context, options, tag, progress)
        notes: tuple[str, ...] = ()
        rest = without_syntax_line(dockerfile) if reader.missing_frontend() else None
        if rest is not None:
            (folder / DOCKERFILE).write_bytes(rest[0])
            notes = (f"built without its `{rest[1]}` line: that image could not be had",)
            reader = self._read_build(folder, context, options, tag, progress)
        if reader.lost_layer() and not options.no_cache:
            notes = (*notes, "built without the engine's cache: it names a layer that is not there any more")
            reader = self._read_build(folder, context, replace(options, no_cache=True), tag, progress)
        log = folder / LOG
        if not reader.ok:
            failure = reader.failure(rest[0] if rest else dockerfile)
            raise BuildError(
                failure.message, log=log.read_text("utf-8"), original=original, path=path, line=failure.line
            )
        self._images.append(tag)
        image = self.image(tag)
        return replace(image, log=log, notes=(*notes, *image.notes))

    def _read_build(
        self, folder: Path, context: Path, options: BuildOptions, tag: str, progress: Progress
    ) -> BuildReader:
        arguments = [*self._build_command(folder), "--file", str(folder / DOCKERFILE), "--tag", tag]
        arguments += [*build_arguments(options), str(context)]
        client = self._client.lines(*arguments, timeout=options.timeout, ending=self.build_ending)
        reader = self._reader()
        with client as lines, (folder / LOG).open("a", encoding="utf-8") as log:
            for line in lines:
                log.write(f"{line}\n")
                step = reader.read(line)
                if step is not None:
                    progress(step)
        if client.timed_out:
            reader.broken_off(f"it took more than {options.timeout:.0f} s")
        reader.ok = client.status == 0 and not client.timed_out
        unknown = None if reader.ok else reader.unknown_option()
        if unknown is not None:
            raise EngineError(f"{self.name} cannot build with {unknown}", hint=_NEWER)
        return reader

    def _build_command(self, folder: Path) -> Sequence[str]:
        raise NotImplementedError

    def _reader(self) -> BuildReader:
        return BuildKitReader()

    def image(self, reference: str) -> Image:
        """What is known of an image that is there."""
        inspected = self._inspected(reference)
        return Image(
            id=str(inspected["Id"]),
            configuration=configuration(inspected),
            size=self._size(reference, int(inspected.get("Size") or 0)),
            layers=len((inspected.get("RootFS") or {}).get("Layers") or ()),
        )

    def _inspected(self, reference: str) -> Json:
        return one(self._client.run("image", "inspect", reference).stdout)

    def _size(self, reference: str, told: int) -> int:
        """The bytes of all layers: docker's own sum is one of compressed layers where containerd stores them."""
        asked = ("image", "history", "--human=false", "--format", "{{.Size}}", reference)
        sizes = self._client.run(*asked, check=False).stdout.split()
        return sum(map(int, sizes)) if sizes and all(size.isdigit() for size in sizes) else told

    @contextlib.contextmanager
    def export(self, image: str) -> Iterator[IO[bytes]]:
        """The image's whole file system as one tar stream, to be read once and front to back."""
        name = self._name()
        # Nothing of it is ever run, but an image without a command needs one
        self._client.run(
            *("create", "--name", name, "--label", self._session.label, "--network", "none", image, "/none")
        )
        try:
            with self._client.stream("export", name) as stream:
                yield stream
        finally:
            self._client.run(*self.remove_command, name, check=False)

    # -- containers ---------------------------------------------------------------------------------

    def network(self) -> str:
        """A private network for one container: no way out of this machine; what `Start.network` takes.

        One whose container was removed is used again. "none" where the engine cannot make any.
        """
        with self._lock:
            if self._free:
                return self._free.pop()
        made = self._make_network()
        if made is None:
            return "none"
        with self._lock:
            self._networks[made[0]] = made[1]
        return made[0]

    def _make_network(self) -> tuple[str, Reach] | None:
        """A new network's name, and how this machine reaches what is in it."""
        raise NotImplementedError

    def start(self, image: str, how: Start) -> ClientContainer:
        """Start a container in the background."""
        container = self._create(image, how)
        try:
            container.begin(_START_SECONDS)
        except BaseException:
            container.remove()
            raise
        return container

    def run(self, image: str, how: Start) -> Ended:
        """Run a container to its end, or to its time limit, and remove it."""
        container = self._create(image, how)
        try:
            return container.attend()
        finally:
            container.remove()

    def _create(self, image: str, how: Start) -> ClientContainer:
        arguments = self._run_arguments(image, how)
        name = self._name()

        def removed() -> None:
            if self._session.keep:
                return
            with self._lock:
                self._containers.pop(name, None)
                used = {one.network for one in self._containers.values()}
                if how.network in self._networks and how.network not in used:
                    self._free.append(how.network)

        container = ClientContainer(
            self._client,
            name,
            limits=how.limits,
            network=how.network,
            reach=self._networks.get(how.network, Reach.NONE),
            local=self.local,
            remove_command=self.remove_command,
            removed=removed,
        )
        with self._lock:
            self._containers[name] = container
            if how.network in self._free:
                self._free.remove(how.network)
        made = self._client.run("create", "--name", name, *arguments, check=False)
        if not made.ok:
            container.remove()
            if not is_the_images(made.complaint):
                raise EngineError(f"the container cannot be made: {made.complaint}")
            container.refused(made)
        return container

    def _run_arguments(self, image: str, how: Start) -> list[str]:
        limits, own = how.limits, checked(how.arguments)
        arguments = ["--label", self._session.label, *self._log_options()]
        memory = ("--memory", f"{limits.memory_mb}m", "--memory-swap", f"{limits.memory_mb}m")
        arguments += self._limits(memory, ("--pids-limit", str(limits.processes)))
        # Checks in the background would come and go in what it writes; who wants to know executes the command
        arguments.append("--no-healthcheck")
        if not any(argument.partition("=")[0] in ("--network", "--net") for argument in own):
            arguments += ["--network", how.network]
            arguments += self._published(image, how)
        for pair in how.env:
            arguments += ["--env", pair]
        if how.entrypoint is not None:
            arguments += ["--entrypoint", how.entrypoint]
        return [*arguments, *own, image, *(how.command or ())]

    def _limits(self, memory: Sequence[str], processes: Sequence[str]) -> Sequence[str]:
        return (*memory, *processes)

    def _log_options(self) -> Sequence[str]:
        return ()

    def _published(self, image: str, how: Start) -> Iterator[str]:
        """Where containers are not reached at their own address their ports are given one of this machine's."""
        if self._networks.get(how.network) is not Reach.PUBLISHED:
            return
        exposed = (port.partition("/") for port in self.image(image).configuration.exposed)
        ports = {int(port) for port, _, protocol in exposed if protocol != "udp" and port.isdigit()}
        for port in sorted(ports | set(how.ports)):
            yield from ("--publish", f"127.0.0.1::{port}")

    def _name(self) -> str:
        return f"{REPOSITORY}-{self._session.fresh()}"

    # -- the end ------------------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the images and containers that stay, when they are to stay."""
        return (*self._images, *self._containers, *self._networks) if self._session.keep else ()

    def close(self) -> None:
        """Remove everything that was made through this object, unless it is to be kept: containers, networks, images."""
        self._session.close()

    def _clean(self) -> None:
        for container in tuple(self._containers.values()):
            container.abandon()
        if not self._session.keep:
            self._remove(lambda name: name.startswith(f"{self._session.name}-"))

    def sweep(self) -> None:
        """Remove what a program left behind that was killed before it could."""
        self._remove(is_gone)
        self._session.sweep_folders(is_gone)

    def _remove(self, chosen: Callable[[str], bool]) -> None:
        """Remove the containers, networks and images of the sessions that are chosen by name."""
        labelled = ("--filter", f"label={LABEL}")
        self._remove_listed(self.remove_command, ("ps", "--all", *labelled, "--format", "{{.Names}}"), chosen)
        self._remove_listed(("network", "rm"), ("network", "ls", *labelled, "--format", "{{.Name}}"), chosen)
        tagged = ("images", "--filter", f"reference={REPOSITORY}:*", "--format", "{{.Repository}}:{{.Tag}}")
        self._remove_listed(("rmi",), tagged, chosen)

    def _remove_listed(self, command: Sequence[str], listing: Sequence[str], chosen: Callable[[str], bool]) -> None:
        listed = self._client.run(*listing, check=False).stdout.split()
        marks = ((name, _MADE.search(name)) for name in listed)
        names = [name for name, mark in marks if mark is not None and chosen(mark["session"])]
        if names:
            self._client.run(*command, *names, check=False)
