"""What images and programs are for, from data/purposes.yaml: those that build, keep data, call other tools or are worked in by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from minify.image import data
from minify.image.reference import ImageReference


def starts(kind: str) -> tuple[str, ...]:
    """Programs by how they are started: `waits`, `services`, `work`, `builds`."""
    return tuple(_facts()["starts"][kind].split())


def installing_words(program: str) -> tuple[str, ...]:
    """The sub-commands with which a program installs or builds: `installing_words("npm")` has `ci`."""
    return tuple(_facts()["starts"]["installs"].get(program, "").split())


def ambiguous(program: str) -> tuple[str, ...] | None:
    """For a name that an application may have as well, the words with which a file means the program; None for any other.

    >>> ambiguous("lb"), ambiguous("nodemon")
    (('live-build',), None)
    """
    words = _facts()["starts"]["ambiguous"].get(program)
    return None if words is None else tuple(words.split())


def installers() -> tuple[str, ...]:
    """Programs that install, and run what they are told."""
    return tuple(_facts()["installers"].split())


def copied() -> frozenset[str]:
    """Programs that install, and that files copy from images of their own: `"uv" in copied()`."""
    return frozenset(_facts()["copied"].split())


def stages() -> tuple[str, ...]:
    """Words in the names of stages that people and tools work in."""
    return tuple(_facts()["stages"].split())


def builders(kind: str) -> tuple[str, ...]:
    """The `labels` and `variables` that mark an image in which others are built."""
    return tuple(_facts()["builders"][kind].split())


def behind(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What is started behind a program that only finds it.

    >>> behind(("bundle", "exec", "rspec")), behind(("python", "-m", "pytest", "-q")), behind(("python", "app.py"))
    (('rspec',), ('pytest', '-q'), ('python', 'app.py'))
    """
    while argv:
        word = _facts()["starts"]["behind"].get(argv[0].rpartition("/")[2])
        at = next((n for n, text in enumerate(argv[1:], 1) if text in word.split()), 0) if word else 0
        if word is None or (word and not at) or len(argv) <= at + 1:
            break
        argv = argv[at + 1 :]
    return argv


def untouched(reference: ImageReference | None, family: str = "") -> str | None:
    """Why images on a base keep their shape, None when they need not.

    >>> untouched(ImageReference.parse("postgis/postgis:16-3.4"))[:22], untouched(ImageReference.parse("acme/web"))
    ('a database or broker i', None)
    """
    for row in _facts()["images"].values():
        if family and {family, family.partition("/")[0]} & set(row["families"].split()):
            return str(row["reason"])
    for row in _facts()["images"].values():
        if reference is not None and any(_named(reference.name, pattern) for pattern in row["names"].split()):
            return str(row["reason"])
    return None


def _named(name: str, pattern: str) -> bool:
    return fnmatchcase(name if "/" in pattern else name.rpartition("/")[2], pattern)


@cache
def _facts() -> Mapping[str, Any]:
    path = data.ROOT / "purposes.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    return facts
