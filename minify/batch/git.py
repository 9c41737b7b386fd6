"""The one door to git: plumbing commands only, that run no hook, read no work tree and ask for nothing.

with Objects(Path("api.git")) as objects:
    objects.read("HEAD").kind          # "commit"
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from minify.errors import UsageError

SECONDS: Final = 600
"""How long one command may take: a clone of a large repository over a slow line."""

_LOCAL: Final = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"),
    *(
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_QUARANTINE_PATH",
    ),
)
"""What a hook that starts us would make git look at in place of the repository that is meant."""

_SETTINGS: Final = (
    # Settings of the repository must not start programs of its own
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.quotePath=false"),
)


class GitError(UsageError):
    """A repository cannot be read or written; the message is git's own."""


class Object(NamedTuple):
    """One object: its identifier, its kind (`commit`, `tree`, `blob`), its size, and its first bytes as asked for."""

    oid: str
    kind: str
    size: int
    data: bytes


def run(
    folder: Path, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> bytes:
    """The standard output of a git command in a repository; GitError when it fails."""
    command = ["git", *_SETTINGS, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, env=_environment(extra), timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise _no_git() from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} took longer than {seconds:.0f} seconds", path=str(folder)) from None
    if done.returncode:
        raise _failed(folder, arguments[0], done.stderr)
    return done.stdout


def text(folder: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
    """The first line that a command prints."""
    return run(folder, *arguments, extra=extra).decode("utf-8", "surrogateescape").partition("\n")[0]


class Objects:
    """The objects of a repository, read through one process; a limit bounds what is kept of a large one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = ["git", *_SETTINGS, "-C", str(folder), "cat-file", "--batch"]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(None))
        except FileNotFoundError:
            raise _no_git() from None

    def read(self, name: str, limit: int | None = None) -> Object | None:
        """An object by its identifier, or by a name like `HEAD`; None when there is none."""
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        try:
            writer.write(f"{name}\n".encode())
            writer.flush()
            header = reader.readline()
        except BrokenPipeError:
            header = b""
        words = header.split()
        if not words:
            errors = self._process.stderr
            raise _failed(self._folder, "cat-file", errors.read() if errors is not None else b"")
        if len(words) != 3:
            # "<name> missing", "<name> ambiguous"
            return None
        size = int(words[2])
        data = _exactly(reader, size if limit is None else min(size, limit))
        _pass_over(reader, size - len(data) + 1)
        return Object(oid=words[0].decode(), kind=words[1].decode(), size=size, data=data)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _exactly(reader: IO[bytes], size: int) -> bytes:
    data = reader.read(size)
    if len(data) < size:
        raise GitError("git cat-file ended in the middle of an object")
    return data


def _pass_over(reader: IO[bytes], size: int) -> None:
    while size > 0:
        size -= len(_exactly(reader, min(size, 1 << 16)))


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    found |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    # A remote helper can be any program: none is asked for
    found.setdefault("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
    found.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    return found | dict(extra or {})


def _no_git() -> GitError:
    return GitError("git is not installed", hint="batch reads repositories through the program git")


def _failed(folder: Path, command: str, errors: bytes) -> GitError:
    lines = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "no message")
    message = said.partition(": ")[2] if said.startswith(("fatal:", "error:")) else said
    hint = None
    if "dubious ownership" in message:
        message, hint = "belongs to another user", "git config --global --add safe.directory allows it"
    return GitError(f"git {command}: {message}", path=str(folder), hint=hint)
