"""Who the first process of a container is, and where it may write.

>>> identity("1000:50", "", "").gid
50
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minify.verify.entries import Kind
from minify.verify.filesystem import Filesystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`Identity(uid=1000, gid=1000, groups=frozenset(), home="/home/node")`."""

    uid: int
    gid: int
    groups: frozenset[int]
    home: str

    def __str__(self) -> str:
        more = ",".join(map(str, sorted(self.groups)))
        return f"{self.uid}:{self.gid}" + (f" with groups {more}" if more else "")


def identity(user: str, passwd: str, group: str) -> Identity | None:
    """Who `USER node` or `USER 1000:1000` is; None for a name that is not there: such a container does not start.

    https://github.com/moby/sys/blob/user/v0.3.0/user/user.go (GetExecUser)
    """
    name, _, group_name = user.partition(":")
    name = name or "0"
    entry = next((row for row in _rows(passwd, 7) if name in (row[0], row[2])), None)
    if entry is None and not name.isdecimal():
        return None
    uid, gid = (int(entry[2]), int(entry[3])) if entry is not None else (int(name), 0)
    groups: frozenset[int] = frozenset()
    if group_name:
        named = next((row for row in _rows(group, 3) if group_name in (row[0], row[2])), None)
        if named is None and not group_name.isdecimal():
            return None
        gid = int(named[2] if named is not None else group_name)
    elif entry is not None:
        members = (row for row in _rows(group, 4) if entry[0] in row[3].split(","))
        groups = frozenset(int(row[2]) for row in members) - {gid}
    return Identity(uid=uid, gid=gid, groups=groups, home=(entry[5] if entry is not None else "") or "/")


def of_image(files: Filesystem, user: str) -> Identity | None:
    """The same, by the users that an image knows."""
    return identity(user, files.text("/etc/passwd"), files.text("/etc/group"))


def writable(files: Filesystem, path: str, who: Identity) -> bool:
    """Whether somebody may make files in a directory, by its owner and mode."""
    entry = files.entry(path)
    if entry is None or entry.kind is not Kind.DIRECTORY:
        return False
    if who.uid == 0:
        return True
    if entry.uid == who.uid:
        return bool(entry.mode & 0o200)
    if entry.gid == who.gid or entry.gid in who.groups:
        return bool(entry.mode & 0o020)
    return bool(entry.mode & 0o002)


def _rows(text: str, fields: int) -> Iterator[list[str]]:
    """The lines that are as they should be: with numbers where numbers belong."""
    for line in text.splitlines():
        row = line.split(":")
        if len(row) >= fields and row[2].isdecimal() and (fields < 7 or row[3].isdecimal()):
            yield row
