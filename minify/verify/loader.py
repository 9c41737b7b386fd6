"""Where a dynamic loader finds libraries inside an image: glibc's and musl's rules over the files that are there.

loader = Loader(files, {"LD_LIBRARY_PATH": "/opt/lib"})
loader.load("/usr/bin/curl").missing

https://man7.org/linux/man-pages/man8/ld.so.8.html, https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from minify.verify.elf import Elf
from minify.verify.entries import Entry
from minify.verify.filesystem import Filesystem
from minify.verify.loader_cache import cached_paths

_TRIPLETS: Final = {
    ("x86-64", 64): "x86_64-linux-gnu",
    ("x86-64", 32): "x86_64-linux-gnux32",
    ("i386", 32): "i386-linux-gnu",
    ("aarch64", 64): "aarch64-linux-gnu",
    ("arm", 32): "arm-linux-gnueabihf",
    ("ppc64", 64): "powerpc64le-linux-gnu",
    ("s390x", 64): "s390x-linux-gnu",
    ("riscv", 64): "riscv64-linux-gnu",
    ("loongarch", 64): "loongarch64-linux-gnu",
    ("mips", 64): "mips64el-linux-gnuabi64",
}
_MUSL_DIRECTORIES: Final = ("/lib", "/usr/local/lib", "/usr/lib")
# These are all in the loader itself
_MUSL_OWN: Final = tuple(f"lib{name}." for name in ("c", "pthread", "rt", "m", "dl", "util", "xnet"))


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that a file needs and the loader does not find.

    `file` is the path of the one that needs it, `name` a library's, `version` one of its symbol versions where only that is lacking.
    """

    file: str
    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file and all that is loaded with it: paths as they were found, by the name that was asked for."""

    objects: Mapping[str, str]
    missing: tuple[Lacking, ...]


@dataclass(frozen=True, slots=True)
class _Object:
    """A loaded file. `origin` are the directories that $ORIGIN may stand for."""

    path: str
    elf: Elf | None
    origin: tuple[str, ...]
    by: _Object | None


class Loader:
    """The loader of an image, with the environment that its containers start with."""

    def __init__(self, files: Filesystem, environment: Mapping[str, str]) -> None:
        self._files = files
        self._environment = environment
        self._found: dict[str, Entry | None] = {}

    def load(self, path: str) -> Loaded:
        """Load a file as the kernel or `dlopen` would, with nothing loaded before."""
        first = self._object(path, None)
        if first is None or first.elf is None:
            return Loaded({}, ())
        musl = self._is_musl(first.elf)
        # The loader itself is there before all others
        machine = (first.elf.machine, first.elf.bits)
        loader = first.elf.interpreter or next(iter(self._loaders.get(machine, ())), None)
        starter = self._object(loader, first) if loader is not None else None
        objects = {name: each for each in (first, starter) if each is not None for name in _names(each)}
        missing: list[Lacking] = []
        waiting = [first]
        for loading in waiting:
            for name in loading.elf.needed if loading.elf else ():
                if name in objects or (musl and name.startswith(_MUSL_OWN)):
                    continue
                library = self._search(name, loading, musl)
                if library is None:
                    missing.append(Lacking(loading.path, name))
                    continue
                known = next((o for o in waiting if self._same(o.path, library.path)), None)
                objects[name] = known or library
                for own in _names(library):
                    objects.setdefault(own, library)
                if known is None:
                    waiting.append(library)
        for loaded in waiting:
            missing.extend(_lacking_versions(loaded, objects))
        return Loaded({name: found.path for name, found in objects.items()}, tuple(dict.fromkeys(missing)))

    def find(self, name: str, like: Elf) -> str | None:
        """Where a file without paths of its own finds a library, when it is made for the same machine as `like`."""
        for loader in self._loaders.get((like.machine, like.bits), ()):
            if loader.rpartition("/")[2] == name:
                return loader
        bare = Elf(machine=like.machine, bits=like.bits, dynamic=True, needed=like.needed, versions={})
        found = self._search(name, _Object("/", bare, ("/",), None), self._is_musl(bare))
        return found.path if found is not None else None

    def _search(self, name: str, by: _Object, musl: bool) -> _Object | None:
        elf = by.elf
        assert elf is not None, "what has no tables needs nothing"
        for path in [name] if "/" in name else self._places(name, by, elf, musl):
            found = self._object(path, by)
            # A library for another machine is passed over
            if found is not None and (
                found.elf is None or (found.elf.machine, found.elf.bits) == (elf.machine, elf.bits)
            ):
                return found
        return None

    def _places(self, name: str, by: _Object, elf: Elf, musl: bool) -> Iterator[str]:
        preset = self._environment.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
        libraries = [path for path in preset if path.startswith(("/", "$"))]
        if musl:
            folders = [*_expanded(libraries, by), *_inherited(by, always=True), *self._musl_directories(elf)]
        else:
            # RUNPATH is for what the file itself needs, and puts RPATH out of force; RPATH is inherited
            above = [] if elf.runpath else _inherited(by, always=False)
            folders = [*above, *_expanded(libraries, by), *_expanded(elf.runpath, by)]
        for folder in dict.fromkeys(folders):
            yield f"{folder}/{name}"
        if not musl and not elf.own_paths_only:
            yield from self._cache.get(name, ())
            for folder in self._directories(elf):
                yield f"{folder}/{name}"

    def _object(self, path: str, by: _Object | None) -> _Object | None:
        if path not in self._found:
            self._found[path] = self._files.entry(path)
        entry = self._found[path]
        # A text that the linker reads (libc.so of the headers' package) is no library
        if entry is None or entry.content is None or not entry.content.is_elf:
            return None
        folders = (path.rpartition("/")[0] or "/", entry.path.rpartition("/")[0] or "/")
        return _Object(path, entry.content.elf, tuple(dict.fromkeys(folders)), by)

    def _same(self, one: str, other: str) -> bool:
        first, second = self._found.get(one), self._found.get(other)
        return first is not None and second is not None and first.content is second.content

    def _is_musl(self, elf: Elf) -> bool:
        if elf.interpreter is not None:
            return "ld-musl" in elf.interpreter
        if any(name == "libc.so" or name.startswith("libc.musl-") for name in elf.needed):
            return True
        return "libc.so.6" not in elf.needed and bool(self._files.find("ld-musl-*"))

    def _directories(self, elf: Elf) -> Sequence[str]:
        entries = (self._files.entries[path] for path in self._loaders.get((elf.machine, elf.bits), ()))
        own = [folder for entry in entries if entry.content is not None for folder in entry.content.directories]
        if own:
            return own
        triplet = _TRIPLETS.get((elf.machine, elf.bits))
        folders = [f"/lib/{triplet}", f"/usr/lib/{triplet}"] if triplet else []
        return [*folders, *(["/lib64", "/usr/lib64"] if elf.bits == 64 else []), "/lib", "/usr/lib"]

    @cached_property
    def _loaders(self) -> Mapping[tuple[str, int], tuple[str, ...]]:
        """glibc's loaders that are in the image, by machine."""
        found: dict[tuple[str, int], tuple[str, ...]] = {}
        for path, entry in self._files.entries.items():
            if entry.content is not None and entry.content.directories and entry.content.elf is not None:
                machine = (entry.content.elf.machine, entry.content.elf.bits)
                found[machine] = (*found.get(machine, ()), path)
        return found

    @cached_property
    def _cache(self) -> Mapping[str, tuple[str, ...]]:
        return cached_paths(self._files.data("/etc/ld.so.cache") or b"")

    def _musl_directories(self, elf: Elf) -> Sequence[str]:
        for path in self._files.find("ld-musl-*.path"):
            if path.startswith("/etc/"):
                return [folder for folder in self._files.text(path).replace("\n", ":").split(":") if folder]
        return _MUSL_DIRECTORIES


def _names(of: _Object) -> list[str]:
    """What a loaded file is known by when another one needs it."""
    return [name for name in (of.elf.soname if of.elf is not None else None, of.path.rpartition("/")[2]) if name]


def _inherited(by: _Object, *, always: bool) -> list[str]:
    """The RPATH of a file and of those that loaded it; `always`: their RUNPATH too, as musl does."""
    folders: list[str] = []
    at: _Object | None = by
    while at is not None:
        if at.elf is not None:
            folders += _expanded(at.elf.rpath + (at.elf.runpath if always else ()), at)
        at = at.by
    return folders


def _expanded(folders: Sequence[str], of: _Object) -> list[str]:
    """`$ORIGIN/../lib` → the directories that it may stand for."""
    elf = of.elf
    assert elf is not None, "what has no tables has no paths"
    platform = {"x86-64": "x86_64", "i386": "i686"}.get(elf.machine, elf.machine)
    triplet = _TRIPLETS.get((elf.machine, elf.bits))
    found: list[str] = []
    for folder in folders:
        text = re.sub(r"\$\{(ORIGIN|LIB|PLATFORM)\}", r"$\1", folder).replace("$PLATFORM", platform)
        texts = [text.replace("$LIB", lib) for lib in ("lib64", "lib", f"lib/{triplet}")] if "$LIB" in text else [text]
        found += [text.replace("$ORIGIN", origin) for text in texts for origin in of.origin]
    return [folder for folder in dict.fromkeys(found) if folder.startswith("/")]


def _lacking_versions(loaded: _Object, objects: Mapping[str, _Object]) -> Iterator[Lacking]:
    for name, versions in loaded.elf.versions.items() if loaded.elf else ():
        library = objects.get(name)
        # A library without any version is taken as it is, with a warning
        if library is None or library.elf is None or not library.elf.defines:
            continue
        for version in versions:
            if not version.weak and version.name not in library.elf.defines:
                yield Lacking(loaded.path, name, version.name)
