"""Makefiles and justfiles: `docker build` in recipes, with the variables that the file sets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from minify.batch.evidence import commands
from minify.batch.evidence.paths import folder_of
from minify.batch.records import Claim

SOURCE: Final = "Makefile"
PATHS: Final = re.compile(r"(?:^|/)(?:GNUmakefile|[Mm]akefile|[\w.\-]+\.mk|\.?[Jj]ustfile)$")

_ASSIGNED: Final = re.compile(
    r"^[ ]*(?:export[ ]+)?([A-Za-z_][\w.\-]*)[ \t]*(?:\?=|:?:?=)[ \t]*([^#\n]*)", re.MULTILINE
)
_NAME: Final = re.compile(r"\$\((\w[\w.\-]*)\)|\$\{(\w[\w.\-]*)\}|\{\{\s*(\w+)\s*\}\}")
_RECIPE: Final = re.compile(r"^(?:\t|[ ]{2,})[@\-+]*")
_MOST_ROUNDS: Final = 5


def claims(path: str, text: str) -> Iterator[Claim]:
    """Each recipe line is a shell of its own; it starts in the Makefile's folder."""
    if "build" not in text and "bud" not in text:
        return
    variables = {name: value.strip().strip("\"'") for name, value in _ASSIGNED.findall(text)}
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        first = at
        while lines[at].rstrip("\r").endswith("\\") and at + 1 < len(lines):
            at += 1
        recipe = "\n".join(lines[first : at + 1])
        at += 1
        if _RECIPE.match(recipe) and ("build" in recipe or "bud" in recipe or "$(" in recipe):
            command = _expanded(_RECIPE.sub("", recipe), variables)
            yield from commands.claims(SOURCE, path, command, first=first + 1, folder=folder_of(path))


def _expanded(command: str, variables: Mapping[str, str]) -> str:
    """With the values that the file says; `$$` is one for the shell."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3]
        return variables.get(name, match[0])

    for _ in range(_MOST_ROUNDS):
        after = _NAME.sub(value, command)
        if after == command or len(after) > 20_000:
            break
        command = after
    return command.replace("$$", "$")
