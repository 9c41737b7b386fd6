"""What a user named: folders, repositories, lists of them, globs, URLs. They come one by one, in an order that does not change."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit, urlunsplit

from minify.batch import git
from minify.batch.dockerfiles import is_named_so
from minify.batch.records import Kind, Repository
from minify.batch.state import safe_name
from minify.batch.trees import STATE, VENDORED, is_bare, is_repository
from minify.errors import UsageError

_SCHEME: Final = re.compile(r"(?:https?|ssh|git|file)://\S+", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*::?//|[a-z]+::", re.IGNORECASE)
_SCP: Final = re.compile(r"(?:[\w.\-]+@)?[\w.\-]+\.[\w.\-]+:(?!//)[^\s\\]+|[\w.\-]+@[\w.\-]+:[^\s\\]+")

Problem = Callable[[str, str], None]
"""Told of what is no input: where it was named, and why."""


def repositories(named: Sequence[str], clones: Path, standard_input: IO[str], problem: Problem) -> Iterator[Repository]:
    """Every repository that the inputs mean. What the command line itself names must be there."""
    for text in named:
        if text == "-":
            yield from _listed("standard input", standard_input, clones, problem)
        elif is_url(text):
            yield _clone(text, clones)
        else:
            yield from _path(text, clones, problem)


def check(named: Sequence[str]) -> None:
    """Tell at once what cannot be an input, before a long run begins."""
    if list(named).count("-") > 1:
        raise UsageError("- is named twice: standard input is read once")
    for text in named:
        if text == "-" or is_url(text):
            continue
        if _OTHER_SCHEME.match(text):
            raise UsageError(
                f"{without_password(text)} is no URL that is cloned", hint="https, http, ssh, git and file are"
            )
        path = Path(text)
        if not os.path.lexists(path):
            if not glob.has_magic(text):
                raise UsageError(
                    "no such file or folder",
                    path=text,
                    hint="name folders, repositories, URLs, or a file that lists them",
                )
            if not _matches(text):
                raise UsageError("matches nothing", path=text)
        elif not path.exists():
            raise UsageError("is a symbolic link to nothing", path=text)
        elif path.is_file() and is_named_so(path.name):
            raise UsageError("is one Dockerfile", path=text, hint=f"for one file: dockminify fix {text}")
        elif not path.is_dir() and not path.is_file():
            raise UsageError("is a device or a pipe", path=text, hint="- reads a list from standard input")


def is_url(text: str) -> bool:
    """Whether a text is a URL that git clones; a path that is there is one never.

    >>> is_url("https://git.example/team/api"), is_url("git@git.example:team/api.git"), is_url("team/api")
    (True, True, False)
    """
    return (_SCHEME.fullmatch(text) is not None or _SCP.fullmatch(text) is not None) and not os.path.lexists(text)


def _path(text: str, clones: Path, problem: Problem) -> Iterator[Repository]:
    if not os.path.lexists(text) and glob.has_magic(text):
        matches = _matches(text)
        if not matches:
            problem(text, "matches nothing")
        for match in matches:
            # A glob that matches files means the folders among them
            if Path(match).is_dir():
                yield from _folder(Path(match), clones)
        return
    path = Path(text)
    if path.is_dir():
        yield from _folder(path, clones)
    elif path.is_file():
        try:
            with path.open(encoding="utf-8", errors="surrogateescape") as lines:
                yield from _listed(text, lines, clones, problem)
        except OSError as error:
            problem(text, f"cannot be read: {error.strerror}")
    else:
        problem(text, "no such file or folder")


def _matches(pattern: str) -> list[str]:
    # As a shell does it, with absolute patterns and `..`, which Path.glob refuses
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207


def _listed(source: str, lines: IO[str], clones: Path, problem: Problem) -> Iterator[Repository]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        place = f"{source}:{number}"
        if is_url(text):
            yield _clone(text, clones)
        elif _OTHER_SCHEME.match(text):
            problem(place, f"{without_password(text)} is no URL that is cloned")
        elif "\0" in text:
            problem(place, "is no text: a list has one path or URL a line")
        elif Path(text).is_file():
            problem(place, f"{text} is a file: a list names folders, repositories and URLs")
        else:
            yield from _path(text, clones, lambda _where, why, said=text, at=place: problem(at, f"{said}: {why}"))  # type: ignore[misc]


def _folder(path: Path, clones: Path) -> Iterator[Repository]:
    """A repository, a part of one, or a folder that holds some."""
    name = safe_name(path.resolve().name or "root")
    if (path / ".git").exists():
        yield Repository(name, str(path), Kind.WORK_TREE, path)
        return
    if is_bare(path):
        yield Repository(name.removesuffix(".git"), str(path), Kind.BARE, path)
        return
    around = _around(path)
    if around is not None:
        below = path.resolve().relative_to(around).as_posix()
        yield Repository(safe_name(f"{around.name}/{below}"), str(path), Kind.WORK_TREE, around, below=below)
        return
    loose = False
    pending = [path]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(entry.name == STATE for entry in entries):
            # What an earlier run wrote, with its clones
            continue
        deeper: list[Path] = []
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                loose = loose or is_named_so(entry.name)
            elif entry.name not in VENDORED:
                found = Path(entry.path)
                inner = f"{name}/{found.relative_to(path).as_posix()}"
                if (found / ".git").exists():
                    yield Repository(safe_name(inner), str(found), Kind.WORK_TREE, found)
                elif is_bare(found):
                    yield Repository(safe_name(inner.removesuffix(".git")), str(found), Kind.BARE, found)
                else:
                    deeper.append(found)
        pending.extend(reversed(deeper))
    if loose:
        yield Repository(name, str(path), Kind.FOLDER, path)


def _around(path: Path) -> Path | None:
    """The work tree that a folder is a part of."""
    if not any(is_repository(folder) for folder in path.resolve().parents):
        return None
    try:
        top = Path(git.text(path, "rev-parse", "--show-toplevel"))
    except UsageError:
        return None
    return top if top != path.resolve() and str(top) != "" else None


def _clone(url: str, clones: Path) -> Repository:
    shown = without_password(url)
    name = clone_name(url)
    return Repository(name, shown, Kind.CLONE, clones / f"{name}.git", url=url)


def clone_name(url: str) -> str:
    """`https://git.example/team/api.git` → `git.example/team/api`."""
    if _SCHEME.fullmatch(url):
        parts = urlsplit(url)
        name = f"{parts.hostname or ''}/{parts.path}"
    else:
        host, _, path = url.rpartition("@")[2].partition(":")
        name = f"{host}/{path}"
    return safe_name(name.rstrip("/").removesuffix(".git").lstrip("/"))


def without_password(url: str) -> str:
    """A URL as it may be shown and kept: without what it logs in with.

    >>> without_password("https://token:x@git.example/api"), without_password("ssh://git@git.example/api")
    ('https://git.example/api', 'ssh://git@git.example/api')
    """
    if "://" not in url:
        return url
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    # Over HTTP a user's name may be the token itself
    shown = f"{user}@{host}" if user and parts.scheme.lower() == "ssh" else host
    return urlunsplit(parts._replace(netloc=shown, query="", fragment=""))
