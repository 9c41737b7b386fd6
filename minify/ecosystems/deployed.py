"""Code that a server or a virtual machine is given and that is not in the build context: fetched by ADD or a command, in whichever stage, or of another image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import Footprint, Written, paths_of, under
from minify.analysis.scopes import join
from minify.context.java_archives import artifact
from minify.ecosystems.java_sources import Application
from minify.image import catalog
from minify.image.layouts import Layout
from minify.plan import Refusal, refuse
from minify.shell.effects import Builds, ChangesMode, ChangesOwner, Downloads, Effect, InstallsLibraries, RunsProject
from minify.shell.script import Command

# What a server gives to those who ask, or reads as a setting
_NO_CODE = (
    ".css", ".csv", ".gif", ".htm", ".html", ".ico", ".jpeg", ".jpg", ".js", ".json", ".map", ".md", ".mp4", ".pdf", ".png", ".properties",
    ".svg", ".txt", ".webp", ".woff", ".woff2", ".xml", ".xsl", ".yaml", ".yml",
)  # fmt: skip
_DEEPEST = 8


class Fetched(NamedTuple):
    """What a path holds that is not in the build context: where that is from, and the line."""

    path: str
    what: str
    line: int

    @property
    def name(self) -> str:
        """`geo.war` of https://example.org/releases/geo.war?download=1, unless it is put under a name of its own."""
        names = [self.path.rpartition("/")[2], self.what.partition("?")[0].partition("#")[0].rpartition("/")[2]]
        return next((name for name in names if "." in name.strip(".") and "*" not in name), names[-1])

    @property
    def loadable(self) -> bool:
        """Whether it may be code, by its name."""
        return not self.name.endswith(_NO_CODE)


class Deployed(NamedTuple):
    """What stops the rung, and the libraries among what is fetched: those count by their names, as in the context."""

    refusals: tuple[Refusal, ...]
    libraries: tuple[tuple[str, str], ...]


def deployed(facts: Facts, row: Layout, app: Application, named: Sequence[str] = ()) -> Deployed:
    """Look at everything that comes below a server's folder and others that settings name, and at archives wherever they lie."""
    refusals: list[Refusal] = []
    libraries: dict[str, str] = {}
    for one in from_elsewhere(facts, app, (row.prefix, *named), row):
        name = one.name
        if name.endswith(".jar"):
            libraries[artifact(name)] = f"line {one.line}"
        elif one.loadable:
            reason = f"what {one.what} calls is not known: it is not in the build context"
            refusals.append(refuse(reason, one.line))
    return Deployed(tuple(dict.fromkeys(refusals)), tuple(libraries.items()))


def from_elsewhere(
    facts: Facts, app: Application, places: Sequence[str], row: Layout | None = None
) -> tuple[Fetched, ...]:
    """What comes to some places without being in the build context, each once; what `row` says of its images is known."""
    found: list[Fetched] = []
    here = _fetched(facts.footprint)
    for written in facts.footprint.written:
        if written.source in ("ChangesMode", "ChangesOwner") or not _given(written, places):
            continue
        if written.origin == "run":
            found += [one for one in here if one.path == written.path and one.line == written.line]
        elif written.origin == "url":
            found.append(Fetched(written.path, written.source, written.line))
        elif written.origin.startswith("stage:"):
            found += _of_stage(facts, row, app, written, written.source, written.origin[6:], 0)
        elif written.origin == "context" and facts.context.known and not app.known and not _there(facts, written):
            found.append(Fetched(written.path, written.source, written.line))
    return tuple(dict.fromkeys(found))


def _given(written: Written, places: Sequence[str]) -> bool:
    """Whether a server may load what is written: below its folders, around them, or an archive."""
    archive = written.path.endswith(".war") or written.source.endswith(".war")
    return archive or any(under(written.path, one) or under(one, written.path or "/") for one in places)


def _there(facts: Facts, written: Written) -> bool:
    """Whether the context has it; a heredoc is there by its words."""
    named = [heredoc.delimiter for placed in facts.placed for heredoc in getattr(placed.instruction, "heredocs", ())]
    return written.source in named or bool(facts.context.expand(written.source))


def _fetched(footprint: Footprint) -> tuple[Fetched, ...]:
    """What ADD and commands fetch, and what other commands make of that."""
    found = [Fetched(w.path, w.source, w.line) for w in footprint.written if w.origin == "url"]
    for run, effect in footprint.effects():
        command = effect.command
        if command is None or isinstance(effect, ChangesMode | ChangesOwner):
            continue
        line = run.placed.instruction.source.line(command.span.start)
        what = _fetches(effect, command) or _made_of(effect, command, found)
        if what is not None:
            found += [Fetched(path, what, line) for path in paths_of(effect)]
    return tuple(found)


def _fetches(effect: Effect, command: Command) -> str | None:
    """The address that a command, or one that it is fed by, asks."""
    one: Command | None = command
    while one is not None:
        address = next((word for word in one.args if word and "://" in word), None)
        if address is not None and (isinstance(effect, Downloads) or one is not command):
            return address
        one = one.upstream
    return command.text if isinstance(effect, Downloads) else None


def _made_of(effect: Effect, command: Command, found: Sequence[Fetched]) -> str | None:
    """What is fetched among the files that a command names, or that the sources which it builds are."""
    one: Command | None = command
    while one is not None:
        for word in one.args:
            place = join(one.cwd, word.split("*")[0]) if word else ""
            for other in found:
                if place and other.path and (under(place, other.path) or under(other.path, place)):
                    return other.what
        one = one.upstream
    if isinstance(effect, Builds | RunsProject | InstallsLibraries):
        return next((other.what for other in found if under(command.cwd, other.path)), None)
    return None


def _of_stage(
    facts: Facts, row: Layout | None, app: Application, written: Written, source: str, reference: str, depth: int
) -> Iterator[Fetched]:
    """What is fetched, or not known, behind a COPY from a stage or an image."""
    place = join("/", source.split("*")[0])
    stage = stage_facts(facts, reference)
    image = catalog.lookup(reference) if stage is None else stage.base
    own = row is not None and image is not None and image.family in row.images and under(place, row.prefix)
    unknown = Fetched(written.path, source, written.line)
    if stage is None or depth >= _DEEPEST:
        if not own:
            yield unknown
        return
    fetched = _fetched(stage.footprint)
    if within := [one for one in fetched if under(one.path, place)]:
        for other in within:
            inside = other.path.removeprefix(place.rstrip("/")).lstrip("/")
            yield other._replace(path=join(written.path, inside) if inside else written.path)
        return
    covering = [w for w in stage.footprint.written if w.origin != "workdir" and under(place, w.path)]
    if not covering:
        below = [w for w in stage.footprint.written if w.origin != "workdir" and w.path and under(w.path, place)]
        # A command may put more than it is seen to: of a known image, and of sources that were read, unless something is fetched
        made = image is not None and app.known and not fetched and not stage.footprint.unknown
        if not own and not below and not made:
            yield unknown
        for one in below:
            yield from _behind(facts, row, app, written, one, one.source, depth)
        return
    nearest = max(covering, key=lambda w: (len(w.path), w.line))
    if around := [Fetched(written.path, one.what, written.line) for one in fetched if one.path == nearest.path]:
        yield from around
        return
    inside = place.removeprefix(nearest.path.rstrip("/")).lstrip("/")
    yield from _behind(facts, row, app, written, nearest, f"{nearest.source.rstrip('/')}/{inside}", depth)


def _behind(
    facts: Facts, row: Layout | None, app: Application, written: Written, one: Written, source: str, depth: int
) -> Iterator[Fetched]:
    if one.origin.startswith("stage:"):
        yield from _of_stage(facts, row, app, written, source, one.origin[6:], depth + 1)
    # Sources in the language of the server make code: where none was read, what was built of is not known
    elif not app.known and (written.source.endswith(".war") or (one.origin == "run" and app.projects.files)):
        yield Fetched(written.path, written.source, written.line)
