"""What is kept of a file's content as it passes by: of most files nothing, of ELF files what a loader reads of them."""

from __future__ import annotations

from typing import Final

from minify.verify import elf as elf_files
from minify.verify import links, programs
from minify.verify.entries import Content
from minify.verify.tarstream import CHUNK, Member, TarStream

# Files that are read as a whole: users, the loader's settings, and what is installed
_TEXTS: Final = frozenset(
    {"/etc/passwd", "/etc/group", "/etc/os-release", "/usr/lib/os-release", "/etc/ld.so.cache", "/etc/ld.so.preload"}
    | {"/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/apk/db/installed"}
    | {"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"}
)
_TEXT_FOLDERS: Final = ("/var/lib/dpkg/status.d/", "/etc/ld-musl-")
_TEXT_LIMIT: Final = 64 << 20
_TEXTS_LIMIT: Final = 256 << 20
# A program of a size in which shells come
_MARKS_LIMIT: Final = 8 << 20
# A larger ELF file is not held as a whole: its tables stand at its front, but for the dynamic section
_ELF_LIMIT: Final = 64 << 20


class Contents:
    """Reads the content of one file member after the other.

    `elf` asks for what ELF files need. `notes` say what could not be looked at.
    """

    def __init__(self, tar: TarStream, elf: bool) -> None:
        self.notes: list[str] = []
        self._tar = tar
        self._elf = elf
        self._marks_in = programs.known().marks_in
        self._held = 0

    def read(self, path: str, member: Member) -> Content:
        """What is known of the file that comes next in the stream."""
        size = member.size
        if path in _TEXTS or path.startswith(_TEXT_FOLDERS):
            if size <= _TEXT_LIMIT and self._held + size <= _TEXTS_LIMIT:
                self._held += size
                return Content(size=size, data=self._tar.take(size))
            self.notes.append(f"{links.shown(path)} is too large to be read")
            return Content(size=size)
        head = self._tar.take(256)
        if head.startswith(b"#!"):
            line = head[2:].partition(b"\n")[0]
            return Content(size=size, script=line.decode("utf-8", "surrogateescape").strip())
        if not head.startswith(elf_files.MAGIC):
            return Content(size=size)
        return self._binary(path, member, head)

    def _binary(self, path: str, member: Member, head: bytes) -> Content:
        data = head + self._tar.take(_ELF_LIMIT)
        marks: tuple[str, ...] = ()
        if member.mode & 0o111 and member.size <= _MARKS_LIMIT:
            marks = self._marks_in(data)
        if not self._elf:
            return Content(size=member.size, is_elf=True, marks=marks)
        tables = elf_files.reader(data)
        if len(data) < member.size:
            tables = self._behind(data, tables)
        parsed = elf_files.parse(tables)
        if parsed is None and len(data) < member.size:
            self.notes.append(f"{links.shown(path)} is too large to be understood")
        name = path.rpartition("/")[2]
        directories = elf_files.search_directories(data) if name.startswith("ld") and ".so" in name else ()
        return Content(size=member.size, is_elf=True, elf=parsed, directories=directories, marks=marks)

    def _behind(self, data: bytes, tables: elf_files.Read) -> elf_files.Read:
        """The front of a large file, and the dynamic section that comes later in the stream."""
        place = elf_files.dynamic_range(tables)
        if place is None or place[0] < len(data) or place[1] > CHUNK:
            return tables
        offset, size = place
        self._tar.skip(offset - len(data))
        dynamic = self._tar.take(size)
        return lambda at, count: dynamic[:count] if at == offset else tables(at, count)
