"""Whether everything that a file of the new image needs of other files is there, as it was in the original.

Libraries and their symbol versions, loaders, interpreters of scripts, targets of symlinks. What was missing in the original too
is no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from minify.analysis.contract import USUAL_PATH
from minify.verify import libraries, scripts
from minify.verify.entries import Kind
from minify.verify.filesystem import Filesystem
from minify.verify.links import shown
from minify.verify.localtime import UTC
from minify.verify.pair import Pair, Side, count, some
from minify.verify.verdict import Finding, Section, Verdict

NAME: Final = "closure"
_SYSTEM: Final = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
_DOCUMENTATION: Final = re.compile(r"/share/(?:doc|info|man)(?:/|$)")


def compare(
    before: Filesystem,
    after: Filesystem,
    environment: Mapping[str, str],
    *,
    original: Mapping[str, str] | None = None,
    started: Sequence[str] = (),
) -> Section:
    """The section `closure`. `environment` is the new image's, `original` the original's where it is another one.

    `started` are programs that the new image starts by path or name: a script among them has to find its interpreter.
    """
    old = Side(before, environment if original is None else original)
    pair = Pair(old, Side(after, environment))
    found, notes = libraries.findings(pair)
    idle: list[str] = []
    empty: list[str] = []
    found += [*_scripts(pair, started, idle), *_links(pair, empty), *_preloaded(pair)]
    by_program = pair.after.needs.by_program
    if by_program:
        notes.append(
            f"{count(by_program, 'library is', 'libraries are')} found only where a program has it loaded before"
        )
    if idle:
        script = count(
            len(idle),
            "script that nothing is known to start lacks its",
            "scripts that nothing is known to start lack their",
        )
        notes.append(f"{script} interpreter: {some(idle)}")
    if empty:
        link = count(len(empty), "symlink", "symlinks")
        notes.append(f"{link} to documentation, empty directories or UTC point nowhere: {some(empty)}")
    if after.ignored:
        notes.append(f"{count(after.ignored, 'member', 'members')} of the image left out: no path has such a name")
    number = count(pair.after.needs.files, "dynamic ELF file", "dynamic ELF files")
    summary = f"{number}, {len(found)} things missing that the original has" if found else f"{number}, nothing missing"
    return Section.of(NAME, summary, found, [*notes, *after.notes])


def _scripts(pair: Pair, started: Sequence[str], idle: list[str]) -> Iterator[Finding]:
    """Scripts that somebody may start and that lack their interpreter now; `idle` is given the others.

    A script on PATH may be started when its interpreter was the application's own. Those of the system's shells and perl go
    with them: what is known to be started is what says that one is needed.
    """
    search = pair.after.environment.get("PATH", USUAL_PATH)
    before = pair.before.environment.get("PATH", USUAL_PATH)
    old = dict(scripts.broken(pair.before.files, pair.before.environment))
    run = {pair.after.files.resolve(found) for name in started if (found := pair.after.files.which(name, search))}
    on_path = {pair.after.files.resolve(folder) for folder in search.split(":") if folder}
    lacking: dict[str, list[str]] = {}
    for path, interpreter in scripts.broken(pair.after.files, pair.after.environment):
        origins = pair.origins(path)
        if origins and all(origin in old for origin in origins):
            continue
        was = pair.before.files.which(interpreter, before)
        own = was is not None and was.rpartition("/")[0] not in _SYSTEM
        if path in run or (own and path.rpartition("/")[0] in on_path):
            lacking.setdefault(interpreter, []).append(path)
        else:
            idle.append(path)
    for interpreter, users in lacking.items():
        place = pair.before.files.which(interpreter, before)
        yield Finding(
            what=shown(interpreter),
            verdict=Verdict.DIFFERENT,
            before=shown(place or ""),
            after="missing",
            detail=f"the interpreter of {some(users)}",
            repair=pair.brought(place) if place is not None else (),
        )


def _links(pair: Pair, idle: list[str]) -> Iterator[Finding]:
    """Symlinks that point nowhere now, by what they pointed to; `idle` is given those that nothing is lost with."""
    users: dict[str, list[str]] = {}
    for path, entry in pair.after.files.entries.items():
        if entry.kind is Kind.SYMLINK and not pair.after.files.exists(path):
            target = pair.before.files.resolve(path)
            if target is None:
                continue
            if _nothing(pair.before.files, target):
                idle.append(path)
            else:
                users.setdefault(target, []).append(path)
    for target, dangling in users.items():
        yield Finding(
            what=shown(target),
            verdict=Verdict.DIFFERENT,
            before="there",
            after="missing",
            detail=f"the target of {some(dangling)}",
            repair=pair.brought(*dangling),
        )


def _nothing(files: Filesystem, path: str) -> bool:
    """Whether what was there is as good as nothing: documentation, an empty directory, the time zone that holds anyway."""
    if _DOCUMENTATION.search(path) or path in UTC:
        return True
    entry = files.entries.get(path)
    return entry is not None and entry.kind is Kind.DIRECTORY and files.empty(path)


def _preloaded(pair: Pair) -> Iterator[Finding]:
    """Libraries that are loaded into every program: LD_PRELOAD and /etc/ld.so.preload."""
    said = pair.after.environment.get("LD_PRELOAD", "").replace(":", " ").split()
    said += pair.after.files.text("/etc/ld.so.preload").replace(":", " ").split()
    for path in dict.fromkeys(said):
        if path.startswith("/") and pair.before.files.exists(path) and not pair.after.files.exists(path):
            yield Finding(
                what=shown(path),
                verdict=Verdict.DIFFERENT,
                before="there",
                after="missing",
                detail="preloaded into every program",
                repair=pair.brought(path),
            )
