"""What the runtimes of JavaScript have in common: where the application's files lie, and its package.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import under
from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.context.needs import node_installers
from minify.context.node import PackageManifest, package_manifest
from minify.ecosystems.data_files import placements
from minify.ecosystems.node_reach import WORKSPACES, Reach
from minify.ecosystems.programs import by_name
from minify.ecosystems.servers import Parts, command
from minify.ecosystems.sources import holds, unseen
from minify.image import catalog
from minify.image.layouts import layout_of_image
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, RefusalKind, Tree, refuse
from minify.shell.effects import Builds
from minify.shell.script import Command

SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".vue", ".svelte", ".coffee")


def all_placements(facts: Facts, depth: int = 4) -> tuple[Placement, ...]:
    """The context's files by their path in the final image: copied there, or by way of stages that it copies from."""
    found = list(placements(facts))
    for written in facts.footprint.written:
        stage = stage_facts(facts, written.origin[6:]) if written.origin.startswith("stage:") and depth else None
        if stage is None or not written.path:
            continue
        inner = facts._replace(placed=stage.placed, footprint=stage.footprint, lineage=facts.graph.lineage(stage.node))
        source = join("/", written.source or ".")
        for placement in all_placements(inner, depth - 1):
            if under(placement.target, source):
                below = placement.target[len(source.rstrip("/")) :]
                name = source.rsplit("/", 1)[-1]
                # COPY puts a file under its name or another, and a directory's content into the destination
                target = (
                    written.path
                    if not below and written.path.endswith(f"/{name}")
                    else written.path.rstrip("/") + (below or f"/{name}")
                )
                found.append(Placement(placement.source, target))
    return tuple({p.target: p for p in found}.values())


def manifest_of(facts: Facts, placed: tuple[Placement, ...]) -> PackageManifest | None:
    """The package.json that lies in the working directory; the packages of a workspace ask for theirs through it."""
    target = join(facts.contract.workdir, "package.json")
    source = next((p.source for p in placed if p.target == target), None)
    manifest = package_manifest(facts.context, source.rpartition("/")[0]) if source is not None else None
    if manifest is None:
        return None
    sources = [p.source for p in placed if "node_modules" not in p.source.split("/")]
    folders = dict.fromkeys(path.rpartition("/")[0] for path in sources if path.rpartition("/")[2] == "package.json")
    others = [one for folder in folders if (one := package_manifest(facts.context, folder)) is not None]
    if not any(one.workspaces for one in others) and not any(p.rpartition("/")[2] in WORKSPACES for p in sources):
        return manifest
    asked = {name: version for one in (*others, manifest) for name, version in one.dependencies.items()}
    return manifest._replace(dependencies=MappingProxyType(asked))


def asked_for(facts: Facts, manifest: PackageManifest | None) -> Mapping[str, str]:
    """The packages of an application, each with what asks for it: its package.json, or a RUN that installs it by its name."""
    found = dict.fromkeys(manifest.dependencies, manifest.path) if manifest is not None else {}
    for package, line in by_name(facts, *node_installers()):
        found.setdefault(package[:1] + package[1:].partition("@")[0], f"{facts.dockerfile.source.path}:{line}")
    return found


def home_of(facts: Facts, trees: tuple[str, ...]) -> tuple[Tree, ...]:
    """What a user that the base image made has of its own: a home to write to, and a name where USER is a number."""
    assert facts.base is not None
    user = facts.contract.user.partition(":")[0]
    for entry in facts.base.users:
        name, uid, _, home = entry.split(":")
        if user not in (name, uid) or user in ("", "root", "0"):
            continue
        found = [] if any(under(home, tree) for tree in trees) else [home]
        own = tuple(Tree(path=path, reason=f"the home of {name}", certain=False, scanned=False) for path in found)
        if user != uid or facts.footprint.users:
            return own
        accounts = ("/etc/passwd", "/etc/group")
        return (*own, *(Tree(path=p, reason=f"says that {uid} is {name}", scanned=False) for p in accounts))
    return ()


def recognised(facts: Facts, name: str) -> Detection:
    """What is said of a runtime that starts: it gives its name to the ecosystem and to its images' language."""
    assert facts.base is not None
    own = facts.base.language == name
    brought = [Evidence(what=f"{facts.base_written} brings it", line=facts.lineage[0].stage.from_.line)] if own else []
    return Detection(
        ecosystem=name,
        version=facts.base.version if own else None,
        evidence=(Evidence(what=f"{facts.launch.argv[0]} is what starts", line=facts.launch.line), *brought),
    )


def ready(facts: Facts, name: str) -> str | Refusal:
    """Where a runtime lies, or why nothing can be said of an application that it runs."""
    program = _program_of(facts, name)
    line = facts.launch.line
    if program is None:
        return refuse(f"where {name} comes from is not known: {facts.base_written} is no image of it for glibc", line)
    if not holds(facts, SOURCES):
        return unseen("the application's sources", line)
    return program


def _program_of(facts: Facts, name: str) -> str | None:
    """The path in the runtime's own image, of a copy out of one, or where its installer puts it."""
    base = facts.base
    row = layout_of_image(name, base.family) if base is not None else None
    search = facts.contract.path.split(":")
    for written in facts.footprint.written:
        image = catalog.lookup(written.origin[6:]) if written.origin.startswith("stage:") else None
        if image is not None and image.language == name and stage_facts(facts, written.origin[6:]) is None:
            directory, _, last = written.path.rpartition("/")
            if last == name and directory in search:
                return written.path
        if written.path.endswith(f"/.{name}") and f"{written.path}/bin" in search and written.origin == "run":
            return f"{written.path}/bin/{name}"
    if row is not None and base is not None and base.libc == "glibc":
        return row.program
    return None


def split_of(facts: Facts, program: str, argv: tuple[str, ...]) -> Parts:
    """ENTRYPOINT and CMD that start `argv`: as they stand where the base's own script only put the program before CMD."""
    entrypoint, cmd = facts.launch.entrypoint, facts.launch.cmd
    if facts.contract.entrypoint is None and cmd.rewritten and cmd.argv == argv and cmd.placed is not None:
        said = cmd.placed.instruction.exec_form
        if said is not None and (argv[0], *said) == argv:
            return (program,), None
    if (*entrypoint.argv, *cmd.argv) == argv:
        return command(facts)
    if entrypoint.argv and cmd.argv and argv[-len(cmd.argv) :] == cmd.argv and len(cmd.argv) < len(argv):
        return argv[: -len(cmd.argv)], None if not cmd.rewritten else cmd.argv
    if entrypoint.argv:
        return argv, ()
    return () if entrypoint.rewritten else None, argv


def signals_of(facts: Facts, name: str, via: Sequence[str], files: Sequence[str]) -> Iterator[Decision]:
    """As process 1, a runtime gets no default action of a signal: behind a package manager it was another process, which SIGTERM ended."""
    spoken = facts.launch.entrypoint if facts.launch.entrypoint.placed else facts.launch.cmd
    # /bin/sh as process 1 ignored the signal as well.
    if via and not spoken.rewritten and not any("SIGTERM" in (facts.context.read_text(path) or "") for path in files):
        yield Decision(
            subject="docker stop",
            outcome=Outcome.CHECK,
            reason=f"{name} is process 1 now, and no source handles SIGTERM: without a handler or --init it waits until it kills",
            line=facts.launch.line,
        )


class Compiled(NamedTuple):
    """A program that a runtime was put into together with the application: where it lies, and the command that made it."""

    path: str
    command: Command
    placed: tuple[Placement, ...]
    """The files of the context in the stage that makes it."""


def compiled_by(facts: Facts, tool: str) -> Compiled | None:
    """What starts, when `deno compile` or `bun build --compile` makes it, in the final stage or one that it copies from."""
    argv = facts.launch.argv
    if not argv:
        return None
    search = facts.contract.path
    wanted = [join(d, argv[0]) for d in search.split(":") if d] if "/" not in argv[0] else []
    wanted = wanted or [join(facts.contract.workdir, argv[0])]
    for _, effect in facts.footprint.effects():
        if isinstance(effect, Builds) and effect.tool == tool and effect.output in wanted:
            return Compiled(effect.output, effect.command, placements(facts))
    for written in facts.footprint.written:
        stage = stage_facts(facts, written.origin[6:]) if written.origin.startswith("stage:") else None
        path = written.path if written.path in wanted else join(written.path, written.source.rpartition("/")[2])
        if stage is None or path not in wanted:
            continue
        for _, effect in stage.footprint.effects():
            if isinstance(effect, Builds) and effect.tool == tool and effect.output == join("/", written.source):
                return Compiled(path, effect.command, placements(facts, stage.placed))
    return None


def not_there(facts: Facts, made: Compiled, found: Reach) -> Iterator[Refusal]:
    """Why nothing is known of a program whose sources are not in the context: a stage fetched them, or makes them."""
    if not found.started:
        reason = f"what {made.path} calls is not known: the source that it is made of is not in the build context"
        yield refuse(reason, facts.launch.line, kind=RefusalKind.UNSEEN)
