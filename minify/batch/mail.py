"""A patch as a mail that `git am` applies: the commit message, and a diff with the blobs before and after."""

from __future__ import annotations

import hashlib
import quopri
import re
from collections.abc import Sequence
from email.header import Header
from typing import Final, NamedTuple

from minify.diff import Patch
from minify.syntax import Source

_PLAIN_PATH: Final = re.compile(r'[^"\\\x00-\x1f\x7f\ud800-\udfff]+')


class Author(NamedTuple):
    """Who and when: `date` is seconds and zone as git writes them, `1700000000 +0100`."""

    name: str
    email: str
    date: str


class Changed(NamedTuple):
    """A file before and after, with its mode in git."""

    path: str
    before: bytes
    after: bytes
    mode: str


def mail(message: str, author: Author, files: Sequence[Changed], *, sha256: bool = False) -> bytes:
    """The bytes of a mailbox with one mail."""
    subject, _, body = message.partition("\n")
    diff = b"".join(_diff(file, sha256=sha256) for file in files)
    content = (
        body.lstrip("\n").encode("utf-8", "replace") + b"---\n" + _stat(files) + b"\n" + diff + b"-- \ndockminify\n"
    )
    # Carriage returns and long lines do not survive as they are: mail programs and `git am` itself take them out
    coded = b"\r" in content or any(len(line) > 990 for line in content.split(b"\n"))
    head = [
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001",
        f"From: {_address(author)}",
        f"Date: {_date(author.date)}",
        f"Subject: [PATCH] {_header(subject)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        f"Content-Transfer-Encoding: {'quoted-printable' if coded else '8bit'}",
        "",
        "",
    ]
    if coded:
        content = b"".join(_quoted(line) + b"\n" for line in content.split(b"\n")[:-1])
    return "\n".join(head).encode() + content


def _quoted(line: bytes) -> bytes:
    return (
        quopri.encodestring(line + b"\n", quotetabs=False, header=False).rstrip(b"\n")
        if b"\r" not in line
        else (b"=0D".join(quopri.encodestring(part).rstrip(b"\n") for part in line.split(b"\r")))
    )


def _diff(file: Changed, *, sha256: bool) -> bytes:
    patch = Patch(Source.from_bytes(file.before, file.path), Source.from_bytes(file.after, file.path))
    old, new = _path(f"a/{file.path}"), _path(f"b/{file.path}")
    lines = patch.unified(file.path).encode("utf-8", "surrogateescape").split(b"\n", 2)
    blobs = f"{blob(file.before, sha256=sha256)}..{blob(file.after, sha256=sha256)}"
    head = f"diff --git {old} {new}\nindex {blobs} {file.mode}\n--- {_tabbed(old)}\n+++ {_tabbed(new)}\n"
    return head.encode("utf-8", "surrogateescape") + lines[2]


def blob(data: bytes, *, sha256: bool = False) -> str:
    """The identifier that git gives a file's content."""
    algorithm = hashlib.sha256 if sha256 else hashlib.sha1
    return algorithm(b"blob %d\0" % len(data) + data).hexdigest()


def _path(path: str) -> str:
    """As git writes paths in diffs: in quotes and escapes where it has to be."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    data = path.encode("utf-8", "surrogateescape")
    named = {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r", ord('"'): '\\"', ord("\\"): "\\\\"}
    return '"' + "".join(named.get(b, chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in data) + '"'


def _tabbed(path: str) -> str:
    """A path with a space ends with a tab, so that `patch` sees its end too."""
    return f"{path}\t" if " " in path and not path.startswith('"') else path


def _stat(files: Sequence[Changed]) -> bytes:
    added = removed = 0
    lines = []
    for file in files:
        more, less = Patch(Source.from_bytes(file.before), Source.from_bytes(file.after)).counts
        added, removed = added + more, removed + less
        lines.append(f" {_path(file.path)} | +{more} -{less}\n")
    lines.append(
        f" {len(files)} file{'s' * (len(files) != 1)} changed, {added} insertions(+), {removed} deletions(-)\n"
    )
    return "".join(lines).encode("utf-8", "surrogateescape")


def _address(author: Author) -> str:
    name = author.name.replace("<", "").replace(">", "").replace("\n", " ").strip()
    if name.isascii():
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if re.search(r"[^\w \-]", name) else name
    else:
        name = _header(name)
    return f"{name} <{author.email}>"


def _header(text: str) -> str:
    """A header's value: one line, encoded where it is not ASCII."""
    text = " ".join(text.split())
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=76).encode(linesep="\n")


def _date(date: str) -> str:
    """`1700000000 +0100` → `Tue, 14 Nov 2023 23:13:20 +0100`."""
    from datetime import UTC, datetime, timedelta, timezone
    from email.utils import format_datetime

    seconds, _, zone = date.partition(" ")
    sign = -1 if zone.startswith("-") else 1
    digits = zone.lstrip("+-") or "0000"
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4])) * sign
    moment = datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(offset))
    return format_datetime(moment)
