"""The names that an ELF file has for functions, its own and those of the libraries that it loads.

https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

MAGIC: Final = b"\x7fELF"
_SYMTAB, _DYNAMIC, _DYNSYM = 2, 6, 11


class Names(NamedTuple):
    """What a program's tables of symbols hold."""

    functions: frozenset[str]
    dynamic: bool
    """Whether a loader finds libraries for it; what else is called must then be among the names."""
    stripped: bool
    """Whether the names of what is linked into it are gone."""


def names(data: bytes) -> Names | None:
    """The names in an ELF file; None when it is none, or is broken.

    >>> names(b"#!/bin/sh") is None
    True
    """
    try:
        return _names(data)
    except (struct.error, IndexError, ValueError):
        return None


def _names(data: bytes) -> Names | None:
    if not data.startswith(MAGIC) or data[4] not in (1, 2) or data[5] not in (1, 2):
        return None
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    header = struct.unpack_from(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), data, 16)
    start, size, count = header[5], header[10], header[11]
    section = struct.Struct(order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"))
    if not start or size != section.size:
        # No table of sections, as after `sstrip`
        return Names(frozenset(), dynamic=False, stripped=True)
    sections = [section.unpack_from(data, start + number * size) for number in range(count)]
    found: set[str] = set()
    for row in sections:
        if row[1] in (_SYMTAB, _DYNSYM):
            strings = sections[row[6]]
            table = data[row[4] : row[4] + row[5]]
            found.update(_strings(table, data[strings[4] : strings[4] + strings[5]], order, wide))
    kinds = {row[1] for row in sections}
    return Names(frozenset(found), dynamic=_DYNAMIC in kinds, stripped=_SYMTAB not in kinds)


def _strings(table: bytes, text: bytes, order: str, wide: bool) -> Iterator[str]:
    # A linker lets a name be the end of another one: only the symbols tell where each begins
    for row in struct.iter_unpack(order + ("IBBHQQ" if wide else "IIIBBH"), table):
        if row[0]:
            yield re.sub("@.*", "", text[row[0] : text.index(0, row[0])].decode("utf-8", "replace"))
