"""What sources for Deno and Bun start through the functions of the runtime itself, beside those that Node has too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from minify.context.needs import node_table
from minify.context.node_sources import without_comments
from minify.context.places import Called, Library, Lines
from minify.context.tests import tests
from minify.context.tree import Context

_SUFFIXES: Final = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
# https://docs.deno.com/api/deno/subprocess, https://bun.sh/docs/api/spawn, https://bun.sh/docs/runtime/shell
_STARTS: Final = r"Command|run|spawn|spawnSync|spawnAndWait|\$"
_CALL: Final = re.compile(rf"\b(?:Deno|Bun)\s*(?:\?\.|\.)\s*(?P<method>{_STARTS})(?![\w$])\s*(?P<open>[(`])?")
_LIBRARY: Final = re.compile(r"\bDeno\s*(?:\?\.|\.)\s*dlopen\b|[\"'`]bun:ffi[\"'`]")
# The namespace under another name, or taken apart: what is called then is not followed
_HIDDEN: Final = re.compile(
    rf"\b(?:Deno|Bun)\s*\[|=\s*(?:globalThis\s*\.\s*)?(?:Deno|Bun)\s*[;,)\n]|\{{[^{{}}]*(?<![\w$])(?:{_STARTS})(?![\w$])[^{{}}]*\}}\s*=\s*(?:Deno|Bun)\b"
)
_IMPORTED: Final = re.compile(
    r"\bimport\s+(?P<names>[^\"'`;]*?)\s*from\s*[\"'`]bun[\"'`]|\b(?:require|import)\s*\(\s*[\"'`]bun[\"'`]"
)
_FIRST: Final = re.compile(
    r"\s*(?:\[\s*|\{\s*cmd\s*:\s*\[\s*)?(?:\"(?P<double>[^\"\\\n]*)\"|'(?P<single>[^'\\\n]*)'|(?P<own>Deno\.execPath\(\)|process\.execPath))\s*[,)\]]"
)
_NPM: Final = re.compile(r"[\"'`]npm:/?((?:@[\w.-]+/)?[\w.-]+)")


class RuntimeCalls(NamedTuple):
    """Programs started, libraries loaded, packages of npm that are named in full (`npm:sharp@0.33`), each with its file."""

    programs: tuple[Called, ...]
    libraries: tuple[Library, ...]
    packages: tuple[tuple[str, str], ...]


def runtime_calls(
    context: Context, files: Sequence[str], own: str, manifests: Sequence[str] = (), argv: Sequence[str] = ()
) -> RuntimeCalls:
    """Read the sources among some files of the context; `own` is the program that runs them, `manifests` are deno.json and import maps.

    `new Deno.Command("git")` starts git; `Bun.$` and what is imported from "bun" under names of its own may start anything.
    """
    programs: list[Called] = []
    libraries: list[Library] = []
    packages: dict[str, str] = {}
    unused = tests(context, files, argv)
    for path in (*files, *manifests):
        if not path.endswith(_SUFFIXES) and path not in manifests:
            continue
        text = context.read_text(path)
        if text is None:
            continue
        if path in unused:
            continue
        code, lines = without_comments(text), Lines(text)
        for name in _NPM.findall(code):
            packages.setdefault(name, path)
        programs += [
            Called(program=program, shell=False, path=path, line=lines.at(offset))
            for program, offset in _calls(code, own)
        ]
        libraries += [
            Library(name=None, how="ffi", path=path, line=lines.at(found.start())) for found in _LIBRARY.finditer(code)
        ]
    return RuntimeCalls(tuple(programs), tuple(libraries), tuple(packages.items()))


def _calls(code: str, own: str) -> Iterator[tuple[str | None, int]]:
    """The programs in the order of the source; None where the name is not known."""
    found: dict[int, str | None] = {}
    for match in _CALL.finditer(code):
        # `Deno.Command` as a type
        if match["open"] == "(":
            found[match.start()] = _program(code, match.end(), own)
        elif match["open"] == "`":
            found[match.start()] = None
    for pattern in (_HIDDEN, _runners()):
        for match in pattern.finditer(code):
            found.setdefault(match.start(), None)
    for match in _IMPORTED.finditer(code):
        names = match["names"] or "*"
        if not names.startswith("type ") and re.search(rf"\*|^\w+\s*(?:,|$)|(?<![\w$])(?:{_STARTS})(?![\w$])", names):
            found.setdefault(match.start(), None)
    yield from ((found[offset], offset) for offset in sorted(found))


@cache
def _runners() -> re.Pattern[str]:
    """Packages that start what their caller names, by whatever registry they come."""
    names = "|".join(re.escape(name) for name, row in node_table().items() if row.unknown)
    version = r"(?:@[^\"'`/\s]*)?(?:/[^\"'`\s]*)?[\"'`]"
    return re.compile(
        rf"[\"'`](?:npm:|jsr:|https?://[^\"'`\s]*/)/?(?:{names}){version}"
        rf"|(?:\bfrom|\bimport|(?:\bimport|\brequire)\s*\()\s*[\"'`](?:{names}){version}"
    )


def _program(code: str, start: int, own: str) -> str | None:
    first = _FIRST.match(code, start)
    if first is None:
        return None
    return own if first["own"] else (first["double"] or first["single"] or None)
