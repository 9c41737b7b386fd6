"""Helpers of a launcher in Python: files, and what small programs do to them."""

# A launcher is short: os.path is there, pathlib would be one more import
# ruff: noqa: PTH101, PTH108, PTH109, PTH110, PTH112, PTH114, PTH116, PTH118, PTH119, PTH121, PTH123, PTH202, PTH207, PTH208, PTH211, SIM117

from __future__ import annotations

import contextlib
import glob
import grp
import os
import pwd
import re
import resource
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from typing import Any

from minify.launcher.writing.python_helpers.running import complain, exported
from minify.launcher.writing.python_helpers.state import FAILURE, env


def split(text: str) -> list[str]:
    """The fields of unquoted text: it is split at blanks, and a pattern is the files that it matches."""
    fields = []
    for field in re.findall(r"[^ \t\n]+", text):
        fields += sorted(glob.glob(field)) or [field]
    return fields


def words(text: str) -> list[str]:
    """The fields of unquoted text: it is split at blanks."""
    return re.findall(r"[^ \t\n]+", text)


def files(pattern: str) -> list[str]:
    """The files that a pattern matches, or the pattern where there are none."""
    return sorted(glob.glob(pattern)) or [pattern]


def attempt(task: Callable[..., object], *paths: str, failure: int = 1, **options: Any) -> int:
    """Do a task for each path, and go on where it fails: 0 when none did."""
    status = 0
    for path in paths:
        try:
            task(path, **options)
        except (OSError, LookupError) as error:
            complain("{}: {}".format(path, getattr(error, "strerror", None) or error))
            status = failure
    return status


def quietly(task: Callable[..., int], *arguments: Any, **options: Any) -> int:
    """Do it without a word about what fails."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        return task(*arguments, **options)


def remove(path: str) -> None:
    """rm -f"""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_tree(path: str, strict: bool = False) -> None:
    """rm -rf"""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif strict or os.path.lexists(path):
        os.unlink(path)


def touch(path: str) -> None:
    """touch"""
    with open(path, "a"):
        os.utime(path)


def target_of(path: str, source: str, follow: bool = True) -> str:
    """Where a source goes: into a directory that is there, or to the path itself."""
    if follow and os.path.isdir(path):
        return os.path.join(path, os.path.basename(source.rstrip("/")))
    return path


def link(path: str, to: str, force: bool = False, follow: bool = True) -> None:
    """ln -s"""
    path = target_of(path, to, follow)
    if force and os.path.lexists(path):
        os.unlink(path)
    os.symlink(to, path)


def move(path: str, source: str) -> None:
    """mv"""
    shutil.move(source, target_of(path, source))


def copy(path: str, source: str) -> None:
    """cp: a new file has the mode of its source, an old one keeps its own"""
    path = target_of(path, source)
    is_new = not os.path.exists(path)
    shutil.copyfile(source, path)
    if is_new:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(path, os.stat(source).st_mode & 0o777 & ~mask)


def below(path: str) -> Iterator[str]:
    """A path and all that is below it, links not followed."""
    yield path
    if os.path.isdir(path) and not os.path.islink(path):
        for name in sorted(os.listdir(path)):
            yield from below(os.path.join(path, name))


def change_mode(path: str, mode: int, add: bool = False, recursive: bool = False) -> None:
    """chmod"""
    for each in below(path) if recursive else [path]:
        if each == path or not os.path.islink(each):
            os.chmod(each, os.stat(each).st_mode & 0o7777 | mode if add else mode)


def executable_by(who: str) -> int:
    """The bits of +x that the umask leaves, or those of u+x, a+x."""
    mask = os.umask(0)
    os.umask(mask)
    bits = {"u": 0o100, "g": 0o010, "o": 0o001, "a": 0o111}
    return sum({bits[letter] for letter in who}) if who else 0o111 & ~mask


def change_owner(path: str, owner: str, recursive: bool = False) -> None:
    """chown user:group"""
    user, colon, group = owner.partition(":")
    uid = -1 if not user else int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    gid = -1 if not group else int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    if colon and user and not group:
        gid = pwd.getpwuid(uid).pw_gid
    if recursive:
        for each in below(path):
            os.chown(each, uid, gid, follow_symlinks=False)
    else:
        os.chown(path, uid, gid)


def write(path: str, text: str = "", mode: str = "w") -> None:
    """Write to a file: `> path`, or `>> path` with the mode "a"."""
    with open(path, mode, errors="surrogateescape") as file:
        file.write(text)


def show(path: str) -> None:
    """cat"""
    with open(path, "rb") as file:
        sys.stdout.flush()
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()


def substitute(path: str, source: str, names: list[str] | None = None, mode: str = "w") -> None:
    """envsubst: each $name and ${name}, or those of these names only, becomes its value."""

    def replaced(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return exported().get(name, "") if names is None or name in names else match[0]

    with open(source, errors="surrogateescape", newline="") as file:
        with open(path, mode, errors="surrogateescape", newline="") as target:
            target.write(re.sub(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", replaced, file.read(), flags=re.ASCII))


def directory() -> str:
    """The working directory by the name that it was entered by."""
    there = env.get("PWD", "")
    if there.startswith("/") and os.path.exists(there) and os.path.samefile(there, "."):
        return there
    return os.getcwd()


def cd(path: str | None = None, *others: str) -> int:
    """Change the directory."""
    before = directory()
    path = env.get("HOME", "") if path is None else path
    try:
        os.chdir(path or ".")
    except OSError:
        complain(f"cd: can't cd to {path}")
        return FAILURE
    env["OLDPWD"] = before
    env["PWD"] = os.path.normpath(os.path.join(before, path))
    return 0


def limit(value: str, kind: int, unit: int = 1, soft: bool = True, hard: bool = True) -> None:
    """ulimit"""
    try:
        number = resource.RLIM_INFINITY if value == "unlimited" else int(value) * unit
        before = resource.getrlimit(kind)
        resource.setrlimit(kind, (number if soft else before[0], number if hard else before[1]))
    except ValueError as error:
        raise OSError(str(error)) from None


def content(path: str) -> str:
    """What a file holds, less the newlines at the end."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read().replace(b"\0", b"")).rstrip("\n")
    except OSError as error:
        complain(f"{path}: {error.strerror}")
        return ""


def has_content(path: str) -> bool:
    """Whether a file is there and not empty."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def is_socket(path: str) -> bool:
    """Whether a path is a socket."""
    return os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)


def is_pipe(path: str) -> bool:
    """Whether a path is a named pipe."""
    return os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode)
