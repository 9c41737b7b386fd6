"""What stands at a path of an image: types only."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from minify.verify.elf import Elf

# Put there by the engine when the container is made: no part of the image
MOUNTED: Final = ("/dev", "/proc", "/sys")
_MOUNTED_FILES: Final = frozenset(
    {"/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv"}
)


class Kind(enum.StrEnum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    DEVICE = "device"
    FIFO = "fifo"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """What stands in a file, as far as it is known. Hard links have the same object."""

    size: int
    script: str | None = None
    """What stands behind `#!` in its first line."""
    is_elf: bool = False
    elf: Elf | None = None
    """None where the file is broken, or was not asked for."""
    directories: tuple[str, ...] = ()
    """Of a dynamic loader: where it looks for libraries by itself."""
    marks: tuple[str, ...] = ()
    """The programs of data/programs.yaml whose texts it holds."""
    data: bytes | None = None
    """All of it, of the few files that are read as a whole."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One path: `Entry("/bin", Kind.SYMLINK, 0o777, 0, 0, "usr/bin")`."""

    path: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    link: str = ""
    content: Content | None = None
    """Of files only."""
    capabilities: bool = False

    @property
    def size(self) -> int:
        """Bytes of a file; 0 of anything else."""
        return self.content.size if self.content else 0

    @property
    def executable(self) -> bool:
        """Whether it is a file that somebody may execute."""
        return self.kind is Kind.FILE and bool(self.mode & 0o111)


def mounted(path: str) -> bool:
    """Whether the engine mounts something there."""
    return path in MOUNTED or path.startswith(tuple(f"{folder}/" for folder in MOUNTED)) or path in _MOUNTED_FILES
