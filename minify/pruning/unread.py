"""What of the running application cannot be read: its texts would have to say which programs it calls."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import Footprint, under
from minify.ecosystems.absent import absent
from minify.ecosystems.started import started
from minify.image.packages import role
from minify.image.pruning import words
from minify.image.purposes import starts
from minify.pruning.texts import copied, readable
from minify.shell.effects import Builds, Downloads, InstallsLibraries
from minify.syntax import Add, Copy

# Data that no interpreter and no loader runs
_DATA: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4",
    ".ogg", ".wav", ".webm", ".pdf", ".parquet", ".npy", ".npz", ".h5", ".onnx", ".db", ".sqlite", ".sqlite3", ".mo", ".pem", ".crt", ".der", ".p12",
    ".jks", ".geojson", ".mmdb", ".xlsx", ".docx", ".dat", ".pyc", ".DS_Store",
)  # fmt: skip
_FETCHERS: Final = ("git", "hg", "svn", "curl", "wget", "aria2c")


class Unread(NamedTuple):
    """What cannot be read, and where it comes from."""

    reason: str
    line: int | None = None


def unread(facts: Facts) -> Unread | None:
    """The first thing that runs, or may, and cannot be read; None when every text of the application is known."""
    return next(_all(facts), None)


def _all(facts: Facts) -> Iterator[Unread]:
    if facts.base is not None and facts.base.asked:
        yield Unread(f"what {facts.base_written} holds was not read", facts.lineage[0].stage.from_.line)
    yield from _of_context(facts)
    yield from _of_stage(facts.footprint, [placed.instruction for placed in facts.placed], facts)
    for stage in _stages(facts):
        yield from _of_stage(stage.footprint, [placed.instruction for placed in stage.placed], facts)
    yield from _program(facts)


def _stages(facts: Facts) -> Iterator[StageFacts]:
    own = {node.stage.index for node in facts.lineage}
    for index in sorted(facts.graph.needed() - own):
        stage = stage_facts(facts, str(index))
        if stage is not None:
            yield stage


def _of_context(facts: Facts) -> Iterator[Unread]:
    files = copied(facts)
    nothing = not any(map(readable, files))
    for index in sorted(facts.graph.needed()):
        for instruction in facts.graph.nodes[index].stage.instructions:
            if isinstance(instruction, Copy | Add) and not instruction.flag("from"):
                named = [s for s in instruction.sources if not s.startswith("<<")]
                if named and not facts.context.known:
                    yield Unread("the build context is not known", instruction.line)
                    return
                if named and nothing:
                    yield Unread("nothing of the application is in the build context", instruction.line)
                for source in named:
                    if "://" in source or source.startswith("git@"):
                        yield Unread(f"{source} is fetched when the image is built", instruction.line)
                    elif "$" not in source and not any(c in source for c in "*?[") and not facts.context.exists(source):
                        yield Unread(f"{source} is not in the build context", instruction.line)
    if facts.context.truncated:
        yield Unread("the build context holds more files than are looked at")
    for path in files:
        if readable(path) and not path.endswith(_DATA):
            head = facts.context.read(path, limit=4096)
            if head is None or b"\0" in head:
                yield Unread(f"{path} is no text")


def _of_stage(footprint: Footprint, instructions: list[object], facts: Facts) -> Iterator[Unread]:
    for line, reason in footprint.unknown:
        yield Unread(reason, line)
    for run in footprint.runs:
        for command in run.script.commands:
            if command.name in _FETCHERS and _fetches(command.name, command.args):
                yield Unread(
                    f"{command.name} fetches what may run", run.placed.instruction.source.line(command.span.start)
                )
        for effect in run.effects:
            if isinstance(effect, Downloads):
                line = run.placed.instruction.line
                yield Unread("what is downloaded may run", line)
    for instruction in instructions:
        name = instruction.flag("from") if isinstance(instruction, Copy) else None
        if name and isinstance(instruction, Copy):
            yield from _copied(instruction, name, facts)


def _copied(instruction: Copy, name: str, facts: Facts) -> Iterator[Unread]:
    """What comes from an image: one that is named, or the base of a stage that did not make it itself."""
    stage = stage_facts(facts, name)
    sources = [source for source in instruction.sources if not _is_data(source)]
    if not sources:
        return
    if stage is None:
        yield Unread(f"what comes from the image {name} may run", instruction.line)
        return
    made = [written.path for written in stage.footprint.written]
    for source in sources:
        if not any(under(source.rstrip("/"), path) or under(path, source.rstrip("/")) for path in made):
            yield Unread(f"what {stage.node.written} has at {source} may run", instruction.line)


def _is_data(path: str) -> bool:
    return path.endswith(_DATA) or any(under(path.rstrip("/"), place) for place in words("data"))


def _fetches(name: str, args: tuple[str | None, ...]) -> bool:
    if name in ("git", "hg", "svn"):
        return any(word in ("clone", "checkout", "co", "export", "pull", "fetch", "submodule") for word in args)
    return any(word is None or "://" in word or "$" in word for word in args)


def _program(facts: Facts) -> Iterator[Unread]:
    """What starts, when neither its text nor its language is known."""
    argv = facts.launch.argv
    if (script := absent(facts)) is not None:
        yield Unread(f"{script} is not in the build context", facts.launch.line)
    # A text that a shell runs is read as a text, and what it starts may be of a package that nothing is known of
    if facts.launch.needs_shell or facts.launch.shelled:
        yield from _packages(facts)
        return
    if not argv:
        return
    name = argv[0].rsplit("/", 1)[-1]
    if name.rstrip("0123456789.") in starts("runtimes") or name.endswith((".sh", ".py", ".js")):
        return
    if name in ("sh", "bash", "ash", "dash", "env") or (facts.context.known and started(facts) is not None):
        return
    made = [effect for _, effect in facts.footprint.effects() if isinstance(effect, Builds | InstallsLibraries)]
    packages = {package.name for install in facts.footprint.installs for package in install.packages}
    if name not in packages and (made or any(w.path.rsplit("/", 1)[-1] == name for w in facts.footprint.written)):
        return
    yield Unread(f"{argv[0]} may start other programs", facts.launch.line)


def _packages(facts: Facts) -> Iterator[Unread]:
    """The packages that the file installs and that no table says the use of, but for those that hold no program."""
    distro = facts.base.distro if facts.base is not None else None
    for install in facts.footprint.installs:
        for package in install.packages:
            quiet = any(fnmatchcase(package.name, pattern) for pattern in words("quiet"))
            if not quiet and role(install.manager, package.name, distro) is None:
                line = facts.dockerfile.source.line(package.span.start)
                yield Unread(f"{package.name} may start other programs", line)
