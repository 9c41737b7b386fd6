"""What is known of a JVM application: its sources, its archives and its libraries, wherever the build context has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.scopes import Placed
from minify.context.artifacts import built_before
from minify.context.java import JavaFacts, is_test, java_facts
from minify.context.java_archives import ARCHIVES, ArchiveFacts, archives, artifact, is_library
from minify.context.java_projects import JavaProjects, java_projects
from minify.context.needs import Needs, java_needs
from minify.context.tree import Context
from minify.ecosystems.gate import starts
from minify.plan import Decision, Outcome, Refusal, RefusalKind, refuse
from minify.syntax import Add, Copy, process_word

_WRAPPERS = ("gradle-wrapper.jar", "maven-wrapper.jar")


class Application(NamedTuple):
    """The evidence: sources, archives, build files, and the libraries by name with the place that names each."""

    sources: JavaFacts
    archives: tuple[ArchiveFacts, ...]
    projects: JavaProjects
    libraries: tuple[tuple[str, str], ...]
    context: Context
    files: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether anything of the application itself was read."""
        return bool(self.sources.sources or self.archives)

    @property
    def needs(self) -> tuple[tuple[Needs, str], ...]:
        """What its libraries need beside themselves, with the place that names each."""
        rows = ((java_needs(name), place) for name, place in self.libraries)
        return tuple((need, place) for need, place in rows if need.why)

    def pictures(self) -> str | None:
        """The first place that draws or measures text."""
        for place in self.sources.pictures:
            return f"{place.path}:{place.line}"
        for archive in self.archives:
            if archive.pictures:
                return f"{archive.path} ({archive.pictures[0]})"
        return next((f"{where} ({need.name})" for need, where in self.needs if "fonts" in need.files), None)

    def tools(self) -> str | None:
        """The first place that uses what only a JDK has."""
        for place in self.sources.tools:
            return f"{place.path}:{place.line}"
        for archive in self.archives:
            if archive.tools:
                return f"{archive.path} ({archive.tools[0]})"
        return next((f"{where} ({need.name})" for need, where in self.needs if need.loads), None)

    def home(self) -> str | None:
        """The first place that reads JAVA_HOME."""
        for place in self.sources.homes:
            return f"{place.path}:{place.line}"
        return next((f"{a.path} ({a.homes[0]})" for a in self.archives if a.homes), None)


def application(facts: Facts) -> Application:
    """Read what the needed stages copy; where they copy what a tool built before, its project."""
    context = facts.context
    files: dict[str, None] = {}
    missing = False
    for placed in _instructions(facts):
        instruction = placed.instruction
        assert isinstance(instruction, Copy | Add)
        for written in instruction.sources:
            if written.startswith("<<") or "://" in written:
                continue
            source = process_word(written, placed.scope.values)
            if source.unresolved:
                missing = True
                continue
            found = context.expand(source.text)
            files.update(dict.fromkeys(found))
            missing |= not found and built_before(context, source.text)
    if missing:
        context = context.whole
        files.update(dict.fromkeys(context.files()))
    listed = tuple(sorted(files))
    projects = java_projects(context, listed)
    read = archives(context, [f for f in listed if not is_test(f) and not f.endswith(_WRAPPERS)])
    return Application(
        sources=java_facts(context, listed),
        archives=read,
        projects=projects,
        libraries=tuple(dict(_libraries(listed, projects, read)).items()),
        context=context,
        files=listed,
    )


def _libraries(
    files: tuple[str, ...], projects: JavaProjects, read: tuple[ArchiveFacts, ...]
) -> Iterator[tuple[str, str]]:
    for path in files:
        if path.endswith(ARCHIVES) and is_library(path):
            yield artifact(path), path
    for archive in read:
        for name in archive.libraries:
            yield name, archive.path
    for dependency in projects.dependencies:
        yield dependency.name, f"{dependency.path}:{dependency.line}"


def _instructions(facts: Facts) -> Iterator[Placed]:
    """The COPY and ADD of the context in every stage that the final image depends on."""
    final = facts.final.stage.index
    for index in sorted(facts.graph.needed()):
        stage = stage_facts(facts, str(index)) if index != final else None
        for placed in stage.placed if stage is not None else facts.placed if index == final else ():
            instruction = placed.instruction
            if isinstance(instruction, Copy | Add) and not instruction.flag("from"):
                yield placed


def stops(app: Application, line: int | None) -> Iterator[Refusal]:
    """What the application starts or loads that a final image without a shell could not give."""
    if not app.known:
        reason = (
            "neither the application's sources nor its archive are in the build context, so what it calls is not known"
        )
        yield refuse(reason, line, kind=RefusalKind.UNSEEN)
        return
    yield from started(app)


def started(app: Application) -> Iterator[Refusal]:
    """The same of as much of it as is known: its sources, archives and libraries."""

    for archive in app.archives:
        if archive.problem:
            yield refuse(f"{archive.problem}, so what it calls is not known")
            break
    for called in app.sources.programs:
        yield starts(called)
        break
    else:
        for archive in app.archives:
            if archive.programs:
                yield refuse(f"{archive.path}: the class {archive.programs[0]} starts a program")
                break
    for place in app.sources.loads:
        yield refuse(f"{place.path}:{place.line} loads a native library by name")
        break
    else:
        for archive in app.archives:
            if archive.loads:
                yield refuse(f"{archive.path}: the class {archive.loads[0]} loads a native library by name")
                break
    for need, where in app.needs:
        if need.optional:
            continue
        if need.programs or need.shell or need.unknown:
            what = f"starts {', '.join(need.programs)}" if need.programs else "starts other programs"
            yield refuse(f"{where}: {need.name} {what} ({need.why})")
            break
        if need.libraries:
            yield refuse(f"{where}: {need.name} loads {', '.join(need.libraries)} by name ({need.why})")
            break


def looks(app: Application) -> Iterator[Decision]:
    """Libraries some of whose features start programs: worth a look."""
    for need, where in app.needs:
        if need.optional and (need.programs or need.shell or need.unknown or need.libraries):
            yield Decision(
                subject=f"{need.name} ({where})",
                outcome=Outcome.CHECK,
                reason=f"some of its features need what the final image has not: {need.why}",
            )


SOURCE_PATHS = re.compile(r"[\"'](?:\./)?(src/[\w./-]+)[\"']")


def opened(app: Application) -> tuple[str, ...]:
    """Paths below src/ that a source names as it runs: relative ones, as written."""
    found: dict[str, None] = {}
    for path in app.files:
        if path.endswith((".java", ".kt", ".groovy", ".scala")):
            text = app.context.read_text(path) or ""
            if "src/" in text:
                found.update(dict.fromkeys(SOURCE_PATHS.findall(text)))
    return tuple(found)
