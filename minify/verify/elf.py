"""What a dynamic loader reads of an ELF file: what it needs, from where, and in which versions.

The tables are few and fixed, and an image has thousands of files: read directly, each takes 0.1 ms.
https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

MAGIC: Final = b"\x7fELF"
Read = Callable[[int, int], bytes]
"""Bytes of the file: offset and number; fewer where the file ends."""

_MACHINES: Final[Mapping[int, str]] = {
    3: "i386",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86-64",
    183: "aarch64",
    243: "riscv",
    258: "loongarch",
}
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_NULL, _NEEDED, _STRTAB, _SONAME, _RPATH, _RUNPATH = 0, 1, 5, 14, 15, 29
_FLAGS_1, _VERDEF, _VERDEFNUM, _VERNEED, _VERNEEDNUM = 0x6FFFFFFB, 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_NODEFLIB = 0x800
_WEAK = 0x2
# No file of any distribution has as many: what says so is broken
_MOST: Final = 20_000
_LONGEST: Final = 4096
# A loader carries the directories that it searches by itself, one after the other
_DIRECTORIES: Final = re.compile(rb"(?:/[\w.+/-]{1,80}/\0){2,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a library's symbols that a file was linked against: `Version(name="GLIBC_2.34", weak=False)`."""

    name: str
    weak: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """`Elf(machine="x86-64", bits=64, dynamic=True, interpreter="/lib64/ld-linux-x86-64.so.2", needed=("libc.so.6",), …)`."""

    machine: str
    bits: int
    dynamic: bool
    """Whether a loader has anything to do with it: not so for static programs, object files and debugging symbols."""
    interpreter: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    """As written: `$ORIGIN/../lib`. Of no effect beside a `runpath`."""
    runpath: tuple[str, ...] = ()
    own_paths_only: bool = False
    """Whether the loader's own directories are not searched (`-z nodefaultlib`)."""
    versions: Mapping[str, tuple[Version, ...]]
    """What is needed of each library."""
    defines: frozenset[str] = frozenset()
    """The versions that it has itself."""


def parse(read: Read) -> Elf | None:
    """What is known of a file; None when it is broken. Bytes are read where its tables point to.

    >>> parse(reader(b"\\x7fELF and so on")) is None
    True
    """
    try:
        return _Parser(read).elf()
    except (struct.error, OverflowError, ValueError):
        return None


def reader(data: bytes) -> Read:
    """A `Read` of bytes in memory."""
    return partial(_slice, data)


def _slice(data: bytes, offset: int, size: int) -> bytes:
    return data[offset : offset + size] if offset >= 0 else b""


def search_directories(data: bytes) -> tuple[str, ...]:
    """Where a loader (ld-linux-x86-64.so.2) looks by itself: `("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", …)`."""
    found = _DIRECTORIES.search(data)
    return tuple(d.decode("ascii").rstrip("/") for d in found[0].split(b"\0") if d) if found else ()


def dynamic_range(read: Read) -> tuple[int, int] | None:
    """Offset and size of the dynamic section, which stands far behind the other tables."""
    try:
        return _Parser(read).dynamic
    except (struct.error, OverflowError, ValueError):
        return None


class _Parser:
    """Reads the program headers on creation; struct.error or ValueError where the file is not what it says."""

    def __init__(self, read: Read) -> None:
        self._read = read
        ident = read(0, 16)
        if len(ident) < 16 or ident[:4] != MAGIC or ident[4] not in (1, 2) or ident[5] not in (1, 2):
            raise ValueError("no ELF file")
        self.bits = 32 * ident[4]
        self._order = "<" if ident[5] == 1 else ">"
        self._records = 0
        wide = self.bits == 64
        header = self._order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
        fields = struct.unpack(header, read(16, struct.calcsize(header)))
        self.machine = _MACHINES.get(fields[1], f"machine {fields[1]}")
        offset, size, count = fields[4], fields[8], fields[9]
        segment = struct.Struct(self._order + ("IIQQQQQQ" if wide else "IIIIIIII"))
        self._loads: list[tuple[int, int, int]] = []
        self.dynamic: tuple[int, int] | None = None
        self._interpreter: tuple[int, int] | None = None
        if count and size != segment.size:
            raise ValueError("program headers of another size")
        for row in segment.iter_unpack(read(offset, size * count)):
            place = (row[2], row[5]) if wide else (row[1], row[4])
            if row[0] == _PT_LOAD:
                self._loads.append((row[3] if wide else row[2], *place))
            elif row[0] == _PT_DYNAMIC:
                self.dynamic = place
            elif row[0] == _PT_INTERP:
                self._interpreter = place

    def elf(self) -> Elf:
        interpreter = None
        if self._interpreter is not None:
            offset, size = self._interpreter
            interpreter = _text(self._read(offset, min(size, _LONGEST)))
        tags = self._tags()
        if not tags:
            return Elf(machine=self.machine, bits=self.bits, dynamic=False, interpreter=interpreter, versions={})
        needed: list[str] = []
        one: dict[int, int] = {}
        strings = next((self._offset(value) for tag, value in tags if tag == _STRTAB), 0)
        for tag, value in tags:
            if tag == _NEEDED:
                needed.append(self._string(strings, value))
            else:
                one[tag] = value
        soname = self._string(strings, one[_SONAME]) if _SONAME in one else None
        runpath = self._paths(strings, one.get(_RUNPATH))
        return Elf(
            machine=self.machine,
            bits=self.bits,
            dynamic=True,
            interpreter=interpreter,
            soname=soname,
            needed=tuple(dict.fromkeys(needed)),
            rpath=() if runpath else self._paths(strings, one.get(_RPATH)),
            runpath=runpath,
            own_paths_only=bool(one.get(_FLAGS_1, 0) & _NODEFLIB),
            versions=self._versions_needed(strings, one),
            defines=frozenset(self._versions_defined(strings, one)),
        )

    def _tags(self) -> list[tuple[int, int]]:
        if self.dynamic is None:
            return []
        entry = struct.Struct(self._order + ("qQ" if self.bits == 64 else "iI"))
        offset, size = self.dynamic
        data = self._read(offset, min(size, _MOST * entry.size))
        tags = []
        for tag, value in entry.iter_unpack(data[: len(data) - len(data) % entry.size]):
            if tag == _NULL:
                break
            tags.append((tag, value))
        return tags

    def _offset(self, address: int) -> int:
        """Where in the file an address of the loaded program stands."""
        for start, offset, size in self._loads:
            if start <= address < start + size:
                return address - start + offset
        raise ValueError("an address outside of the file")

    def _string(self, strings: int, at: int) -> str:
        # Names are short, and reading 4 KiB for each would cost more than all the rest
        data = self._read(strings + at, 128)
        if b"\0" not in data:
            data = self._read(strings + at, _LONGEST)
        return _text(data)

    def _paths(self, strings: int, at: int | None) -> tuple[str, ...]:
        return () if at is None else tuple(path for path in self._string(strings, at).split(":") if path)

    def _versions_needed(self, strings: int, one: Mapping[int, int]) -> dict[str, tuple[Version, ...]]:
        found: dict[str, tuple[Version, ...]] = {}
        for at, (_, count, file, first, _) in self._list(one, _VERNEED, _VERNEEDNUM, "HHIII"):
            versions = []
            for _, (_, flags, _, name, _) in self._chain(at + first, count, "IHHII"):
                versions.append(Version(name=self._string(strings, name), weak=bool(flags & _WEAK)))
            library = self._string(strings, file)
            found[library] = found.get(library, ()) + tuple(versions)
        return found

    def _versions_defined(self, strings: int, one: Mapping[int, int]) -> Iterator[str]:
        for at, (_, _, _, count, _, first, _) in self._list(one, _VERDEF, _VERDEFNUM, "HHHHIII"):
            # The first name is the version's own, the others are those that it succeeds
            for _, (name, _) in self._chain(at + first, min(count, 1), "II"):
                yield self._string(strings, name)

    def _list(
        self, one: Mapping[int, int], table: int, number: int, fields: str
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        return self._chain(self._offset(one[table]), one.get(number, 0), fields) if table in one else iter(())

    def _chain(self, at: int, count: int, fields: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Records of which each says, in its last field, how far the next one is; 0 in the last."""
        record = struct.Struct(self._order + fields)
        for _ in range(count):
            self._records += 1
            if self._records > _MOST:
                raise ValueError("more records than any file has")
            row = record.unpack(self._read(at, record.size))
            yield at, row
            if not row[-1]:
                return
            at += row[-1]


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
