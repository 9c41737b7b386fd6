"""Libraries, symbol versions and loaders that the new image's ELF files need, do not find, and found in the original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minify.verify import plugins
from minify.verify.elf import Elf
from minify.verify.filesystem import Filesystem
from minify.verify.links import shown
from minify.verify.loader import Lacking
from minify.verify.pair import Pair, count, some
from minify.verify.verdict import Finding, Verdict


def findings(pair: Pair) -> tuple[list[Finding], list[str]]:
    """One finding for each library and loader that is missing, and notes of those that the original lacks as well."""
    known = set(pair.before.needs.libraries)
    users: dict[tuple[str, str], list[str]] = {}
    old: list[str] = []
    orphans: list[str] = []
    for each in pair.after.needs.libraries:
        origins = pair.origins(each.file)
        if origins and all(Lacking(path, each.name, each.version) in known for path in origins):
            old.append(each.name)
        elif plugins.orphan(pair.after.files, each.file, "" if each.version else each.name):
            orphans.append(each.file)
        else:
            users.setdefault((each.name, each.version), []).append(each.file)
    found = [_library(pair, name, version, files) for (name, version), files in users.items()]
    found.extend(_loaders(pair))
    notes = []
    if old:
        missing = count(len(set(old)), "library is", "libraries are")
        notes.append(f"{missing} missing as in the original: {some(sorted(set(old)))}")
    if orphans:
        plugin = count(len(set(orphans)), "plugin of a library that is", "plugins of libraries that are")
        notes.append(f"{plugin} not there: {some(sorted(set(orphans)))}")
    return found, notes


def _library(pair: Pair, name: str, version: str, users: Sequence[str]) -> Finding:
    path = next(_originals(pair, name, users), None)
    if version:
        return Finding(
            what=shown(f"{name}: {version}"),
            verdict=Verdict.DIFFERENT,
            before=shown(path or ""),
            after=shown(pair.after.loader.load(users[0]).objects.get(name, "")),
            detail=f"needed by {some(users)}; the library is there, in another version than the one they were linked with",
        )
    return Finding(
        what=shown(name),
        verdict=Verdict.DIFFERENT,
        before=shown(path or ""),
        after="missing",
        detail=f"needed by {some(users)}",
        repair=pair.brought(path, *_its_own(pair, path)) if path is not None else (),
    )


def _originals(pair: Pair, name: str, users: Sequence[str]) -> Iterator[str]:
    """Where the original has a library: as its loader found it for the very files, else by its name."""
    for origin in (origin for user in users for origin in pair.origins(user)):
        found = pair.before.loader.load(origin).objects.get(name)
        if found is not None:
            yield found
    user = _elf(pair.after.files, users[0])
    for path in pair.before.files.find(name):
        elf = _elf(pair.before.files, path)
        if elf is not None and user is not None and (elf.machine, elf.bits) == (user.machine, user.bits):
            yield path


def _its_own(pair: Pair, path: str) -> Iterator[str]:
    """What a library of the original loads itself, and the new image would not find."""
    elf = _elf(pair.before.files, path)
    for name, found in pair.before.loader.load(path).objects.items():
        if elf is not None and pair.after.loader.find(name, elf) is None:
            yield found


def _loaders(pair: Pair) -> Iterator[Finding]:
    users: dict[str, list[str]] = {}
    for program, path in pair.after.needs.interpreters.items():
        origins = pair.origins(program)
        if not origins or any(origin not in pair.before.needs.interpreters for origin in origins):
            users.setdefault(path, []).append(program)
    for path, programs in users.items():
        yield Finding(
            what=shown(path),
            verdict=Verdict.DIFFERENT,
            before="there" if pair.before.files.exists(path) else "",
            after="missing",
            detail=f"the loader of {some(programs)}",
            repair=pair.brought(path),
        )


def _elf(files: Filesystem, path: str) -> Elf | None:
    entry = files.entry(path)
    return entry.content.elf if entry is not None and entry.content is not None else None
