"""A tar stream, front to back, with nothing written anywhere: what an engine exports is read like any stranger's archive.

for member in TarStream(stream, tap):
    member.name, member.kind, stream.take(64)
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from minify.errors import VerificationError

BLOCK: Final = 512
CHUNK: Final = 1 << 20
# A name is at most 4,096 bytes long; what says more of a member than this is an attack on memory
_HEADER_LIMIT: Final = 1 << 20

_KINDS: Final = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.LNKTYPE: "hard link",
    tarfile.SYMTYPE: "symlink",
    tarfile.DIRTYPE: "directory",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
    tarfile.FIFOTYPE: "fifo",
}
_CAPABILITIES: Final = "SCHILY.xattr.security.capability"


class Member(NamedTuple):
    """One member: `Member("usr/bin/env", "file", 0o755, 0, 0, 48536, "", False)`; names as they stand in the archive."""

    name: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    link: str
    capabilities: bool
    """Whether the file has capabilities (setcap)."""


class TarStream:
    """Iterate over the members; between two of them, `take` reads from the front of the member's content.

    `tap` is given the whole stream, chunk by chunk. VerificationError where it ends early or is no tar stream.
    """

    def __init__(self, stream: IO[bytes], tap: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._tap = tap
        self._chunk = b""
        self._at = 0
        self._left = 0
        self._padding = 0
        self._global: dict[str, str] = {}

    def __iter__(self) -> Iterator[Member]:
        said: dict[str, str] = {}
        while True:
            self.skip(self._left)
            self._skip_raw(self._padding)
            self._left = self._padding = 0
            try:
                info = tarfile.TarInfo.frombuf(self._raw(BLOCK), "utf-8", "surrogateescape")
            except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
                break
            except (tarfile.HeaderError, ValueError) as error:
                raise _broken(f"a header that is none ({error})") from error
            if info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE):
                records = _records(self._header(info.size))
                if info.type == tarfile.XGLTYPE:
                    self._global |= records
                else:
                    said |= records
            elif info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
                key = "path" if info.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                said[key] = self._header(info.size).rstrip(b"\0").decode("utf-8", "surrogateescape")
            else:
                member = _member(info, self._global | said)
                said = {}
                if member.kind == "file":
                    self._left, self._padding = member.size, -member.size % BLOCK
                yield member
        self._drain()

    def take(self, count: int) -> bytes:
        """The next bytes of the member's content, at most `count`."""
        count = min(count, self._left)
        self._left -= count
        return self._raw(count)

    def skip(self, count: int) -> None:
        """Pass over bytes of the member's content."""
        count = min(count, self._left)
        self._left -= count
        self._skip_raw(count)

    def _header(self, size: int) -> bytes:
        if not 0 <= size <= _HEADER_LIMIT:
            raise _broken(f"a header of {size} bytes")
        data = self._raw(size)
        self._skip_raw(-size % BLOCK)
        return data

    def _raw(self, count: int) -> bytes:
        end = self._at + count
        if end <= len(self._chunk):
            piece = self._chunk[self._at : end]
            self._at = end
            return piece
        pieces = [self._chunk[self._at :]]
        count -= len(pieces[0])
        while count > 0:
            self._fill()
            pieces.append(self._chunk[:count])
            self._at = len(pieces[-1])
            count -= self._at
        return b"".join(pieces)

    def _skip_raw(self, count: int) -> None:
        count -= len(self._chunk) - self._at
        while count > 0:
            self._fill()
            count -= len(self._chunk)
        self._at = len(self._chunk) + count

    def _fill(self) -> None:
        """The next chunk; the stream must not be at its end."""
        if not self._next():
            raise VerificationError("the image's file system ended early: the engine's stream was cut off")

    def _next(self) -> bool:
        pieces: list[bytes] = []
        length = 0
        try:
            while length < CHUNK and (piece := self._stream.read(CHUNK - length)):
                pieces.append(piece)
                length += len(piece)
        except (OSError, ValueError) as error:
            raise VerificationError(f"the image's file system cannot be read: {error}") from error
        self._chunk = b"".join(pieces) if len(pieces) != 1 else pieces[0]
        self._at = 0
        if self._chunk:
            self._tap(self._chunk)
        return bool(self._chunk)

    def _drain(self) -> None:
        """Read what stands behind the end, so that the writer is not stopped."""
        while self._next():
            pass


def _member(info: tarfile.TarInfo, said: dict[str, str]) -> Member:
    kind = _KINDS.get(info.type)
    if kind is None:
        raise _broken(f"a member of type {info.type!r}")
    name = said.get("path", info.name)
    # Before POSIX a directory was a file whose name ends in a slash
    if kind == "file" and info.type == tarfile.AREGTYPE and name.endswith("/"):
        kind = "directory"
    try:
        size, uid, gid = (
            int(said[key]) if key in said else value
            for key, value in (("size", info.size), ("uid", info.uid), ("gid", info.gid))
        )
    except ValueError as error:
        raise _broken(f"an extended header that is none ({error})") from error
    if size < 0:
        raise _broken(f"a member of {size} bytes")
    return Member(
        name=name,
        kind=kind,
        mode=info.mode & 0o7777,
        uid=uid,
        gid=gid,
        size=size if kind == "file" else 0,
        link=said.get("linkpath", info.linkname),
        capabilities=_CAPABILITIES in said,
    )


def _records(data: bytes) -> dict[str, str]:
    """The records of a pax header: `b"12 path=a/b\\n"`; a value may hold line breaks, so lengths are believed."""
    records: dict[str, str] = {}
    at = 0
    while at < len(data) and data[at] != 0:
        digits, space, _ = data[at : at + 20].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = data[at : at + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if len(record) != length or length <= len(digits) + 1 or not equals or record[-1:] != b"\n":
            raise _broken("an extended header that is none")
        records[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at += length
    return records


def _broken(what: str) -> VerificationError:
    return VerificationError(f"the image's file system is no tar stream that can be read: it has {what}")
