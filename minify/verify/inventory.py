"""What an application container should not hold, before and after: found by what files are, not only by their names.

take(files).counts()  # {"package-manager": 9, "shell": 2, "set-uid": 7, …}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from minify.verify import programs
from minify.verify.databases import packages
from minify.verify.entries import Entry, Kind
from minify.verify.filesystem import Filesystem
from minify.verify.pair import count, some
from minify.verify.verdict import Finding, Section, Verdict

NAME: Final = "inventory"
CATEGORIES: Final[Mapping[str, str]] = {
    "package-manager": "package managers",
    "shell": "shells",
    "network-tool": "network tools",
    "text-editor": "text editors",
    "compiler": "compilers and build tools",
    "interpreter": "interpreters",
    "set-uid": "set-uid, set-gid and privileged files",
    "world-writable": "world-writable files and directories",
}
_FOLDERS: Final = ("bin", "sbin")
_SET_ID: Final = 0o6000
_STICKY: Final = 0o1000
_WORLD: Final = 0o002


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Paths by category, in the order of CATEGORIES: of a program with many names only its file. `packages` are the system's."""

    found: Mapping[str, tuple[str, ...]]
    packages: int
    notes: tuple[str, ...] = ()

    def counts(self) -> Mapping[str, int]:
        """How many there are of each category."""
        return {category: len(paths) for category, paths in self.found.items()}


def take(files: Filesystem) -> Inventory:
    """Look at every path."""
    found: dict[str, dict[object, str]] = {category: {} for category in CATEGORIES}
    for path, entry in files.entries.items():
        for category in _rights(entry):
            found[category].setdefault(_identity(entry), path)
        for category, program in _programs(files, path, entry):
            # One file that is a program under many names counts once, by its own
            found[category].setdefault(_identity(program), program.path)
    number, notes = packages(files)
    return Inventory(
        found={category: tuple(sorted(paths.values())) for category, paths in found.items()},
        packages=number,
        notes=notes,
    )


def compare(before: Filesystem, after: Filesystem) -> Section:
    """The section `inventory`: better with fewer, different where something is there that was not there before."""
    old, new = take(before), take(after)
    findings = [_category(category, old.found[category], new.found[category]) for category in CATEGORIES]
    unneeded = [category for category in CATEGORIES if category != "interpreter"]
    before_after = [sum(len(each.found[category]) for category in unneeded) for each in (old, new)]
    thing = count(before_after[0], "thing", "things")
    summary = f"{thing} that an application does not need before, {before_after[1]:,} after"
    notes = [f"the original: {note}" for note in old.notes] + [f"the new image: {note}" for note in new.notes]
    return Section.of(NAME, summary, findings, notes)


def _category(category: str, old: Sequence[str], new: Sequence[str]) -> Finding:
    added = [path for path in new if path not in set(old)]
    if not old and new:
        verdict, detail = Verdict.DIFFERENT, f"the original has none: {some(new)}"
    elif len(new) > len(old):
        verdict, detail = Verdict.DIFFERENT, f"more than in the original: {some(added)}"
    elif len(new) == len(old):
        verdict, detail = Verdict.SAME, some(new)
    elif added:
        verdict, detail = Verdict.SAME, f"fewer, and other ones: {some(added)}"
    else:
        verdict, detail = Verdict.BETTER, some(new)
    return Finding(
        what=CATEGORIES[category], verdict=verdict, before=f"{len(old):,}", after=f"{len(new):,}", detail=detail
    )


def _rights(entry: Entry) -> Iterator[str]:
    if entry.kind is Kind.FILE and (entry.mode & _SET_ID or entry.capabilities) and entry.mode & 0o111:
        yield "set-uid"
    writable = entry.mode & _WORLD and entry.kind in (Kind.FILE, Kind.DIRECTORY)
    if writable and not (entry.kind is Kind.DIRECTORY and entry.mode & _STICKY):
        yield "world-writable"


def _programs(files: Filesystem, path: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
    """The categories of a path, each with the file that is behind it."""
    known = programs.known()
    folder, _, name = path.rpartition("/")
    content = entry.content
    for mark in known.marks if content is not None and content.marks and entry.executable else ():
        if content is not None and mark.name in content.marks:
            yield from ((category, entry) for category in mark.categories)
    for ending, category in known.files.items():
        if path.endswith(ending):
            yield category, entry
    if folder.rpartition("/")[2] in _FOLDERS and (categories := known.categories_of(name)):
        program = files.entry(path)
        if program is not None and program.executable:
            yield from ((category, program) for category in categories)


def _identity(entry: Entry) -> object:
    """The same for all hard links of a file."""
    return id(entry.content) if entry.content is not None else entry.path
