"""What travels between the steps of a batch: all of it is small, frozen, and can be sent to another process."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from minify.planner import Wish


class Kind(enum.StrEnum):
    """What an input turned out to be."""

    WORK_TREE = "work tree"
    BARE = "bare repository"
    CLONE = "clone"
    FOLDER = "folder"


class Repository(NamedTuple):
    """One thing that gets one patch: a git repository, or a folder of files that are in none.

    `name` is unique in a run and names its files; `locator` is where it is, as the user may read it (a URL has no password).
    `path` is its folder on this machine; `url` is what a clone is fetched from; `below` bounds the search.
    """

    name: str
    locator: str
    kind: Kind
    path: Path
    url: str = ""
    below: str = ""


class Claim(NamedTuple):
    """What a file of the repository says about a Dockerfile: the build context, and where it is said.

    `target` is the stage that is built; "" for the last one, None where that is not known.

    >>> Claim("api/Dockerfile", "api", "compose", "docker-compose.yml", 4).said
    'docker-compose.yml:4 (compose)'
    """

    dockerfile: str
    context: str
    source: str
    path: str
    line: int | None = None
    target: str | None = ""

    @property
    def said(self) -> str:
        """`docker-compose.yml:4 (compose)`."""
        return f"{self.path}:{self.line} ({self.source})" if self.line else f"{self.path} ({self.source})"


class Found(NamedTuple):
    """A Dockerfile: its path in the repository, its build context there and why, and what makes it the same as before.

    `digest` is that of the file's own bytes; `key` is that of everything else that its result depends on.
    """

    path: str
    context: str
    evidence: tuple[str, ...]
    digest: str
    key: str
    targets: tuple[tuple[str, str], ...] = ()
    """The stages that are built by name, "" for a build without one, and where each is said first."""


class Survey(NamedTuple):
    """What a repository holds; `commit` is what was read, empty for files on disk."""

    commit: str
    found: tuple[Found, ...]


class State(enum.StrEnum):
    """What became of a Dockerfile."""

    PENDING = "pending"
    """Found, and not looked at yet."""
    UNPROVEN = "to be proven"
    """A change is there, and the builds that prove it are not."""
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    REJECTED = "not proven"
    """No rung passed its builds: nothing is written."""
    ERROR = "error"
    """Settings or templates that cannot be used, or a file that cannot be read any more."""
    FAILED = "failed"
    """A bug of ours, or a file that ended its process."""


class Base(NamedTuple):
    """One FROM that names an image: what an inventory wants to know of it."""

    reference: str
    normalized: str
    line: int
    final: bool
    known: bool
    tagged: bool
    floating: bool
    pinned: bool
    publisher: str
    eol: str | None
    status: str


class Blocker(NamedTuple):
    """What stops a rung in a file; `kind` is the reason without what is this file's own."""

    rung: str
    kind: str
    reason: str
    line: int | None


class Result(NamedTuple):
    """What became of one Dockerfile; `document` is the JSON report of `fix`, `text` the new file when there is one."""

    path: str
    state: State
    rung: str = ""
    base_before: str = ""
    base_after: str = ""
    saved_mb: float | None = None
    """Estimated: of the base images alone."""
    measured_mb: float | None = None
    message: str = ""
    document: str = ""
    text: bytes | None = None
    bases: tuple[Base, ...] = ()
    blockers: tuple[Blocker, ...] = ()


class Settings(NamedTuple):
    """What is the same for every file of a run.

    `wish` gives what is asked for of a file of that name in a folder, the settings there included; `digest` is that of everything it depends on.
    `on_disk`: the files of work trees are read as they are, not as their last commit has them.
    """

    wish: Callable[[Path | None, str | None], Wish]
    digest: str
    on_disk: bool = False
    prove: bool = False
    page: bool = False
    """Whether what the page of all changes shows is kept with each document."""


def headline(message: str) -> str:
    """The line of a message that says it: of a traceback the last one, else the first.

    >>> headline("Dockerfile:2:1: unknown instruction: FORM\\ndid you mean FROM?")
    'Dockerfile:2:1: unknown instruction: FORM'
    """
    lines = message.strip().splitlines() or [""]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]
