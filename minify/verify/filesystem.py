"""The root file system of an image, known without being unpacked: read once, from the tar stream that an engine exports.

with engine.export(image.id) as stream:
    files = read(stream, elf=True, progress=silent)
files.resolve("/usr/bin/python3"), files.size, files.compressed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import cached_property
from re import compile as pattern
from typing import IO, Final

from minify.verify import links
from minify.verify.compression import Compression
from minify.verify.contents import Contents
from minify.verify.elf import Elf
from minify.verify.engine import Progress
from minify.verify.entries import Content, Entry, Kind, mounted
from minify.verify.tarstream import Member, TarStream

_PROGRESS_STEP: Final = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Filesystem:
    """Every path of an image but those that the engine mounts."""

    entries: Mapping[str, Entry]
    compressed: int = 0
    """Bytes of the tar stream when gzip's fastest level packs it, a MiB at a time: what all layers come to, roughly."""
    ignored: int = 0
    """Members whose name stands for no path (it has a `..`, or is too long), and hard links to nothing."""
    notes: tuple[str, ...] = ()
    """What a reader must know: files too large to be looked at."""

    @cached_property
    def size(self) -> int:
        """The sizes of all files; hard links count once."""
        return sum(content.size for content in self._contents)

    @cached_property
    def files(self) -> int:
        """The number of regular files; hard links count once."""
        return len(self._contents)

    def resolve(self, path: str) -> str | None:
        """The path behind all links, None when nothing is there: `/usr/bin/python3` is `/usr/bin/python3.11`.

        What points into /dev, /proc or /sys is there: they are mounted when a container starts.
        """
        found = links.follow(path, self._link)
        return found if found is not None and (found in self.entries or mounted(found)) else None

    def passed(self, path: str) -> tuple[str, ...]:
        """Every symlink on the way of `resolve`, in order, and the path itself at the end; empty when nothing is there."""
        crossed: list[str] = []
        found = links.follow(path, self._link, crossed)
        return tuple(dict.fromkeys((*crossed, found))) if found in self.entries and found is not None else ()

    def exists(self, path: str) -> bool:
        """Whether something is there, links followed."""
        return self.resolve(path) is not None

    def entry(self, path: str) -> Entry | None:
        """What is there, links followed."""
        found = self.resolve(path)
        return self.entries.get(found) if found is not None else None

    def find(self, name: str) -> tuple[str, ...]:
        """Every path with that last part, sorted; `*` stands for anything: `find("libpq.so.5")`, `find("_ssl.*.so")`."""
        if "*" not in name:
            return self._names.get(name, ())
        wanted = pattern(translate(name.replace("[", "[[]").replace("?", "[?]"))).match
        return tuple(sorted(path for last, paths in self._names.items() if wanted(last) for path in paths))

    def shebang(self, path: str) -> str | None:
        """What stands behind `#!` in a file's first line: `/usr/bin/env python3`; None when it is no script."""
        found = self.entry(path)
        return found.content.script if found is not None and found.content is not None else None

    def data(self, path: str) -> bytes | None:
        """The content of one of the files that are read as a whole; None when it is not there."""
        found = self.entry(path)
        return found.content.data if found is not None and found.content is not None else None

    def text(self, path: str) -> str:
        """The same as text, empty when it is not there: `text("/etc/passwd")`."""
        return (self.data(path) or b"").decode("utf-8", "replace")

    def elves(self) -> Iterator[tuple[str, Elf]]:
        """Every ELF file that was understood, once: of hard links the first."""
        seen: set[int] = set()
        for path, entry in self.entries.items():
            content = entry.content
            if content is not None and content.elf is not None and id(content) not in seen:
                seen.add(id(content))
                yield path, content.elf

    def empty(self, path: str) -> bool:
        """Whether nothing is below a directory (a path without links)."""
        return not self._folders.get(path.rstrip("/"))

    def children(self, path: str) -> tuple[str, ...]:
        """What is in a directory, links to it followed: `children("/bin")` → `("/usr/bin/[", "/usr/bin/apt", …)`."""
        folder = self.resolve(path)
        return self._folders.get(folder.rstrip("/"), ()) if folder is not None else ()

    def which(self, name: str, path: str, folder: str = "/") -> str | None:
        """Where a program is started from: `which("python", "/usr/local/bin:/usr/bin")`; a name with a slash is a path itself.

        The path as it was found, links not followed; None where no executable file is.
        """
        places = [name] if "/" in name else [f"{place or '.'}/{name}" for place in path.split(":")]
        for place in places:
            found = links.joined(folder, place)
            entry = self.entry(found)
            if entry is not None and entry.executable:
                return links.normal(found) or found
        return None

    def _link(self, path: str) -> str | None:
        entry = self.entries.get(path)
        return entry.link if entry is not None and entry.kind is Kind.SYMLINK else None

    @cached_property
    def _contents(self) -> tuple[Content, ...]:
        unique = {id(e.content): e.content for e in self.entries.values() if e.content is not None}
        return tuple(unique.values())

    @cached_property
    def _folders(self) -> Mapping[str, tuple[str, ...]]:
        folders: dict[str, list[str]] = {}
        for path in sorted(self.entries):
            if path != "/":
                folders.setdefault(path.rpartition("/")[0], []).append(path)
        return {folder: tuple(paths) for folder, paths in folders.items()}

    @cached_property
    def _names(self) -> Mapping[str, tuple[str, ...]]:
        names: dict[str, list[str]] = {}
        for path in sorted(self.entries):
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(paths) for name, paths in names.items()}


def read(stream: IO[bytes], *, elf: bool, progress: Progress) -> Filesystem:
    """Read the stream to its end; `elf` asks for what ELF files need. VerificationError where it is cut off or no tar."""
    with Compression() as compression:
        tar = TarStream(stream, compression.add)
        reading = _Reading(tar, elf)
        told = 0
        for member in tar:
            reading.add(member)
            if compression.taken - told >= _PROGRESS_STEP:
                told = compression.taken
                progress(f"read {told / 1e6:,.0f} MB of the file system")
        return reading.done(compression.size())


class _Reading:
    """The entries so far."""

    def __init__(self, tar: TarStream, elf: bool) -> None:
        self._contents = Contents(tar, elf)
        self._entries: dict[str, Entry] = {}
        self._ignored = 0

    def add(self, member: Member) -> None:
        path = links.normal(member.name)
        if path is None:
            self._ignored += 1
        elif mounted(path) or path == "/":
            return
        elif member.kind == "hard link":
            target = links.normal(member.link)
            linked = self._entries.get(target) if target is not None else None
            if linked is None or linked.kind is Kind.DIRECTORY:
                self._ignored += 1
                return
            # The same inode: what the archive says of it a second time is no matter
            self._entries[path] = replace(linked, path=path)
        elif member.kind == "file":
            self._put(path, Kind.FILE, member, "", self._contents.read(path, member))
        else:
            self._put(path, Kind(member.kind), member, member.link if member.kind == "symlink" else "", None)

    def done(self, compressed: int) -> Filesystem:
        """All entries, with the directories that stand in no member of their own."""
        for path in tuple(self._entries):
            folder = path.rpartition("/")[0]
            while folder and folder not in self._entries:
                self._entries[folder] = Entry(folder, Kind.DIRECTORY, 0o755, 0, 0)
                folder = folder.rpartition("/")[0]
        self._entries.setdefault("/", Entry("/", Kind.DIRECTORY, 0o755, 0, 0))
        return Filesystem(
            entries=self._entries, compressed=compressed, ignored=self._ignored, notes=tuple(self._contents.notes)
        )

    def _put(self, path: str, kind: Kind, member: Member, link: str, content: Content | None) -> None:
        # What comes later takes the place of what was there, as it does when an archive is unpacked
        self._entries.pop(path, None)
        self._entries[path] = Entry(path, kind, member.mode, member.uid, member.gid, link, content, member.capabilities)
