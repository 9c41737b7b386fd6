"""Programs that a final image should not hold: known by their names, and shells by what stands in them.

>>> sorted(known().categories_of("x86_64-linux-gnu-gcc-12"))
['compiler']
>>> sorted(known().categories_of("python3.12")), sorted(known().categories_of("gunicorn"))
(['interpreter'], [])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from minify.image import data

CATEGORIES: Final = ("package-manager", "shell", "network-tool", "text-editor", "compiler", "interpreter")
_PATH: Final = Path(__file__).parent / "data" / "programs.yaml"
# What is put around a program's own name: the target of a cross compiler in front, a version behind
_TARGET: Final = re.compile(r"^[a-z0-9_]+-(?:[a-z0-9]+-)?linux-(?:gnu|musl)[a-z0-9]*-")
_VERSION: Final = re.compile(r"-?\d+(?:\.\d+)*[a-z]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Texts that tell a program under any name: `Mark(name="bash", categories=("shell",), texts=(b"@(#)Bash version",))`."""

    name: str
    categories: tuple[str, ...]
    texts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """data/programs.yaml, checked: categories by name, and by the end of a path; marks."""

    names: Mapping[str, tuple[str, ...]]
    files: Mapping[str, str]
    marks: tuple[Mark, ...]

    def categories_of(self, name: str) -> tuple[str, ...]:
        """What a program of this name is for; empty for one that is not known."""
        if name in self.names:
            return self.names[name]
        bare = _TARGET.sub("", name)
        return self.names.get(bare) or self.names.get(_VERSION.sub("", bare), ())

    def marks_in(self, content: bytes) -> tuple[str, ...]:
        """The names of the marks that a file bears."""
        return tuple(mark.name for mark in self.marks if all(text in content for text in mark.texts))


@cache
def known() -> Programs:
    """What is known, read once."""
    return read(data.read_yaml(_PATH))


def read(facts: Mapping[str, Any]) -> Programs:
    """Check what the file says; an InternalError names what is wrong."""
    data.check_origin(_PATH, facts)
    names: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    if tuple(facts["categories"]) != CATEGORIES:
        data.wrong(_PATH, "categories", f"must be {', '.join(CATEGORIES)}")
    for category, group in facts["categories"].items():
        if not group.get("source"):
            data.wrong(_PATH, f"categories.{category}.source", "is missing")
        for name in group["programs"].split():
            if category in names.get(name, ()):
                data.wrong(_PATH, f"categories.{category}", f"{name} is listed twice")
            names[name] = (*names.get(name, ()), category)
        files |= dict.fromkeys((f"/{ending}" for ending in group.get("files", "").split()), category)
    marks = dict(facts["marks"])
    if not marks.pop("source", ""):
        data.wrong(_PATH, "marks.source", "is missing")
    return Programs(names=names, files=files, marks=tuple(_mark(name, row) for name, row in marks.items()))


def _mark(name: str, row: Mapping[str, Any]) -> Mark:
    categories = tuple(row["categories"].split())
    if not set(categories) <= set(CATEGORIES) or not categories:
        data.wrong(_PATH, f"marks.{name}.categories", "must be categories of this file")
    if not row["texts"] or not all(len(text) >= 6 for text in row["texts"]):
        data.wrong(_PATH, f"marks.{name}.texts", "must be texts that no other program holds")
    return Mark(name=name, categories=categories, texts=tuple(text.encode() for text in row["texts"]))
