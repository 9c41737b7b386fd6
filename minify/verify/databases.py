"""How many system packages are installed, by the package managers' own databases.

>>> dpkg("Package: a\\nStatus: install ok installed\\n\\nPackage: b\\nStatus: deinstall ok config-files\\n")
1
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.verify.filesystem import Filesystem

_INSTALLED: Final = re.compile(r"^Status: \S+ \S+ installed$", re.MULTILINE)
_APK: Final = re.compile(r"^P:", re.MULTILINE)
_RPM: Final = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
# Berkeley DB and ndb, which only RPM reads
_RPM_CLOSED: Final = ("Packages", "Packages.db")


def packages(files: Filesystem) -> tuple[int, tuple[str, ...]]:
    """The number of packages of all databases, and notes of those that cannot be read."""
    number = dpkg(files.text("/var/lib/dpkg/status"))
    number += sum(1 for path in files.entries if _status_file(path))
    for path in _once(files, "/lib/apk/db/installed", "/usr/lib/apk/db/installed"):
        number += len(_APK.findall(files.text(path)))
    number += sum(1 for path in files.entries if path.startswith("/var/lib/pacman/local/") and path.endswith("/desc"))
    notes = []
    for path in _once(files, *(f"{folder}/rpmdb.sqlite" for folder in _RPM)):
        counted = rpm(files.data(path) or b"")
        if counted is None:
            notes.append(f"{path} cannot be read: its packages are not counted")
        number += counted or 0
    closed = _once(files, *(f"{folder}/{name}" for folder in _RPM for name in _RPM_CLOSED))
    notes.extend(f"{path} is of a format that only RPM reads: its packages are not counted" for path in closed)
    return number, tuple(notes)


def dpkg(status: str) -> int:
    """The installed packages of /var/lib/dpkg/status."""
    return len(_INSTALLED.findall(status))


def rpm(database: bytes) -> int | None:
    """The packages of an rpmdb.sqlite; None where it is no such database."""
    import sqlite3
    from contextlib import closing

    if not database:
        return None
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(_without_journal(database))
            return int(connection.execute("SELECT count(*) FROM Packages").fetchone()[0])
    except (sqlite3.Error, OverflowError):
        return None


def _without_journal(database: bytes) -> bytes:
    """A database in memory has no write-ahead log: bytes 18 and 19 say whether there is one.

    https://www.sqlite.org/fileformat2.html#file_format_version_numbers
    """
    return database[:18] + b"\1\1" + database[20:] if database[18:20] == b"\2\2" else database


def _status_file(path: str) -> bool:
    """A file of distroless: one for each package, with a list of checksums beside it."""
    return path.startswith("/var/lib/dpkg/status.d/") and not path.endswith(".md5sums")


def _once(files: Filesystem, *paths: str) -> Iterator[str]:
    """The files that are there; one that has several names, once."""
    return iter(dict.fromkeys(found for path in paths if (found := files.resolve(path)) is not None))
