"""What the ELF files of one image need and do not find: libraries, versions of their symbols, loaders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from minify.verify.filesystem import Filesystem
from minify.verify.loader import Lacking, Loader
from minify.verify.opened import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Everything that the dynamic loaders of an image would ask for."""

    files: int
    """How many ELF files were looked at."""
    libraries: tuple[Lacking, ...]
    """What is not found, by whom: paths without links."""
    interpreters: Mapping[str, str]
    """Programs whose loader (/lib64/ld-linux-x86-64.so.2) is not there, with its path."""
    by_program: int
    """How many libraries are found only because a program has loaded them before."""


def needs(files: Filesystem, loader: Loader) -> Needs:
    """Load every program, then every other file that no program loaded: a plugin finds what its program has loaded already."""
    lacking: dict[Lacking, None] = {}
    interpreters: dict[str, str] = {}
    reached: set[str] = set()
    names: dict[tuple[str, int], set[str]] = {}
    dynamic = [(path, elf) for path, elf in files.elves() if elf.dynamic]
    for path, elf in dynamic:
        if elf.interpreter is None:
            continue
        if not _starts(files, elf.interpreter):
            interpreters[path] = elf.interpreter
        loaded = loader.load(path)
        reached.update(_real(files, found) for found in loaded.objects.values())
        names.setdefault((elf.machine, elf.bits), set()).update(loaded.objects)
        lacking |= dict.fromkeys(_plain(files, loaded.missing))
    by_program = 0
    for path, elf in dynamic:
        if path in reached:
            continue
        for missing in _plain(files, loader.load(path).missing):
            known = missing.name in names.get((elf.machine, elf.bits), ()) or opened(files, missing.name, elf)
            if not missing.version and known:
                by_program += 1
            else:
                lacking[missing] = None
    return Needs(files=len(dynamic), libraries=tuple(lacking), interpreters=interpreters, by_program=by_program)


def _starts(files: Filesystem, path: str) -> bool:
    entry = files.entry(path)
    return entry is not None and entry.executable


def _real(files: Filesystem, path: str) -> str:
    return files.resolve(path) or path


def _plain(files: Filesystem, missing: tuple[Lacking, ...]) -> list[Lacking]:
    return [Lacking(_real(files, each.file), each.name, each.version) for each in missing]
