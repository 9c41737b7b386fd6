"""Sources that a RUN fetches: what they call is not known, since no file of the build context says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, Footprint, under
from minify.analysis.scopes import join
from minify.ecosystems.data_files import placements
from minify.plan import Refusal, refuse
from minify.shell.effects import Builds, Downloads, RunsProject, Writes
from minify.shell.script import Command

_CLONE: Final = ("git", "hg", "svn")
_UNPACK: Final = ("tar", "bsdtar")


def places(footprint: Footprint) -> Mapping[str, Command]:
    """Directories that are clones or hold what an archive was spread into: `{"/src/app": git clone …}`.

    An archive mostly makes a directory of its own below; then what lies around it is somebody else's.
    """
    found: dict[str, Command] = {}
    for _, effect in footprint.effects():
        if isinstance(effect, Writes | Downloads) and effect.path not in (None, *SYSTEM):
            _note(found, effect)
    return found


def built_among(footprint: Footprint) -> Command | None:
    """The command that fetched the very directory that the program is built in; libraries are built before it."""
    found: dict[str, Command] = {}
    last = None
    for _, effect in footprint.effects():
        if isinstance(effect, Builds | RunsProject):
            last = next((c for place, c in found.items() if under(effect.command.cwd, place)), None)
        elif isinstance(effect, Writes | Downloads) and effect.path not in (None, *SYSTEM):
            _note(found, effect)
    return last


def started_among(facts: Facts) -> Refusal | None:
    """Why what an interpreter runs is not known: its file or module is none of the context's, and sources were fetched there."""
    fetched = places(facts.footprint)
    if not fetched:
        return None
    workdir = facts.contract.workdir
    targets = {placement.target for placement in placements(facts)}
    words = [word for word in facts.launch.argv[1:] if not word.startswith("-")]
    if any(candidate in targets for word in words for candidate in _files(workdir, word)):
        return None
    named = [join(workdir, word) for word in words]
    for place, command in fetched.items():
        if under(workdir, place) or under(place, workdir) or any(under(path, place) for path in named):
            line = facts.dockerfile.source.line(command.span.start)
            reason = "what runs is not known: it is none of the build context's files, and sources are fetched here"
            return refuse(reason, line)
    return None


def scripts_among(facts: Facts) -> Refusal | None:
    """Why what a server of scripts runs is not known: any file may be asked for, and archives or clones were fetched."""
    downloaded = False
    for run, effect in facts.footprint.effects():
        command = effect.command
        downloaded = downloaded or isinstance(effect, Downloads)
        if command is None or not isinstance(effect, Writes | Downloads):
            continue
        if _clones(effect) or (downloaded and command.name in (*_UNPACK, "unzip")):
            line = run.placed.instruction.source.line(command.span.start)
            reason = "which scripts run is not known: some are fetched here, beside those of the build context"
            return refuse(reason, line)
    return None


def _note(found: dict[str, Command], effect: Writes | Downloads) -> None:
    command = effect.command
    spread = any((word.static or "").startswith("--strip") for word in command.argv)
    if effect.path and (_clones(effect) or (command.name in _UNPACK and spread)):
        found.setdefault(effect.path, command)


def _clones(effect: Writes | Downloads) -> bool:
    return effect.command.name in _CLONE or (isinstance(effect, Downloads) and effect.sources)


def _files(workdir: str, word: str) -> tuple[str, ...]:
    """Where a word of a command may lie: a path, or a module with what it holds (`shop.wsgi:application`)."""
    module = word.partition(":")[0].replace(".", "/")
    return (
        join(workdir, word),
        join(workdir, f"{module}.py"),
        join(workdir, f"{module}/__init__.py"),
        join(workdir, f"{module}/__main__.py"),
    )
