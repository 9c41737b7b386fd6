"""File systems of images, written down in a test.

filesystem({"/bin": Link("usr/bin"), "/usr/bin/sh": File("#!/bin/x", mode=0o755)})
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minify.verify.engine import silent
from minify.verify.filesystem import Filesystem, read


@dataclass(frozen=True)
class File:
    """A regular file."""

    content: bytes | str = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    capabilities: bool = False


@dataclass(frozen=True)
class Link:
    """A symlink; a hard link with `hard`."""

    target: str
    hard: bool = False


@dataclass(frozen=True)
class Folder:
    """A directory."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0


Members = Mapping[str, File | Link | Folder | bytes | str]


def program(content: bytes | str = b"\x7fELF") -> File:
    """A file that may be executed."""
    return File(content, mode=0o755)


def script(line: str) -> File:
    """An executable script: `script("/bin/sh -e")`."""
    return program(f"#!{line}\nexit\n")


def tar(members: Members, *, tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    """The tar stream that an engine would export."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tar_format, errors="surrogateescape") as archive:
        for path, said in members.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            member = File(said) if isinstance(said, bytes | str) else said
            if isinstance(member, Link):
                info.type = tarfile.LNKTYPE if member.hard else tarfile.SYMTYPE
                info.linkname = member.target.lstrip("/") if member.hard else member.target
                archive.addfile(info)
                continue
            info.mode, info.uid, info.gid = member.mode, member.uid, member.gid
            if isinstance(member, Folder):
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
                continue
            content = member.content.encode() if isinstance(member.content, str) else member.content
            info.size = len(content)
            if member.capabilities:
                info.pax_headers = {"SCHILY.xattr.security.capability": "\x01"}
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def filesystem(members: Members, *, elf: bool = True) -> Filesystem:
    """The same, read."""
    return read(io.BytesIO(tar(members)), elf=elf, progress=silent)


def of_folder(root: Path, *folders: str) -> Members:
    """What lies below a folder of this machine, as an image's root: `of_folder(tmp_path)`."""
    members: dict[str, File | Link | Folder | bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = "/" + path.relative_to(root).as_posix()
        if path.is_symlink():
            members[name] = Link(str(path.readlink()))
        elif path.is_dir():
            members[name] = Folder(path.stat().st_mode & 0o7777)
        else:
            members[name] = File(path.read_bytes(), mode=path.stat().st_mode & 0o7777)
    return members | {folder: Folder() for folder in folders}
