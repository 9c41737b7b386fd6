"""Files of the base image that an application opens by their absolute path: what its sources have as a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from minify.analysis.footprint import SYSTEM, under
from minify.context.places import PathLiteral

_DATA: Final = ("/usr/share", "/usr/lib", "/etc", "/opt", "/var/lib")
"""Where a base image has files that an application may open; programs are another matter."""
_KNOWN: Final = (
    "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/ssl",
    "/usr/lib/python3", "/etc/os-release", "/usr/lib/os-release", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache", "/etc/apt",
    "/var/lib/dpkg", "/var/lib/apt", "/usr/share/doc", "/usr/share/man",
)  # fmt: skip
"""Files that the final base has itself, that the engine makes, or that are a package manager's."""


def opened(literals: Sequence[PathLiteral]) -> Iterator[str]:
    """Paths in the sources that lie where a base image keeps data, and that are no whole directory of the system's.

    >>> from minify.context.places import PathLiteral
    >>> list(opened([PathLiteral("/usr/share/dict/words", "a.py", 1), PathLiteral("/etc/passwd", "a.py", 2)]))
    ['/usr/share/dict/words']
    """
    for item in literals:
        path = item.literal.rstrip("/")
        if item.in_tests or path in SYSTEM or path.count("/") < 2 or is_known(path):
            continue
        if any(under(path, directory) for directory in _DATA) and path not in _WHOLE:
            yield path


_WHOLE: Final = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/share/locale", "/usr/share/i18n")


def is_known(path: str) -> bool:
    """Whether the final image has a file anyway, or it is none of the application's business."""
    return path.startswith("/root/") or any(under(path, known) for known in _KNOWN)
