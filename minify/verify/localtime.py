"""The time zone of an image: where /etc/localtime leads, UTC where there is none."""

from __future__ import annotations

from typing import Final

from minify.verify.filesystem import Filesystem

_NAMES: Final = ("UTC", "UCT", "Zulu", "Universal", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich")
UTC: Final = frozenset(
    f"/usr/share/zoneinfo/{area}{name}" for area in ("", "Etc/", "posix/", "posix/Etc/") for name in _NAMES
)
# A zone without any change of its clock is a file of 114 to 130 bytes
_PLAIN: Final = 130


def zone(files: Filesystem) -> str:
    """`Europe/Berlin`, or `UTC`; of a copy, whose name is not known, its size."""
    path = files.resolve("/etc/localtime")
    if path is None or path in UTC:
        return "UTC"
    if "/zoneinfo/" in path:
        return path.partition("/zoneinfo/")[2]
    entry = files.entries.get(path)
    size = entry.size if entry is not None else 0
    return f"a zone of {size:,} bytes" if size > _PLAIN else "UTC"
