"""What Lua sources start, and the modules that they ask for: with comments and the texts of strings blanked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

_DATA: Final = Path(__file__).parent / "data" / "lua-needs.yaml"
_PIECES: Final = re.compile(
    r"--\[(?P<level>=*)\[.*?(?:\](?P=level)\]|\Z)|--[^\n]*|\[(?P<equals>=*)\[.*?\](?P=equals)\]"
    r"|\"(?:[^\"\\\n]|\\(?:z\s*|.))*\"|'(?:[^'\\\n]|\\(?:z\s*|.))*'",
    re.DOTALL,
)
# Both go through /bin/sh; a mention may be called under another name. https://www.lua.org/manual/5.4/manual.html#pdf-io.popen
_CALL: Final = re.compile(r"\bos\s*\.\s*execute\b|\bio\s*\.\s*popen\b|(?<![\w.:])(?:os|io|_G)\s*\[")
_REQUIRE: Final = re.compile(r"\brequire\s*\(?\s*(?:\"([^\"\n]+)\"|'([^'\n]+)'|\[\[([^\]\n]+)\]\])")
_LIBRARY: Final = re.compile(r"\bffi\s*\.\s*load\b|\bpackage\s*\.\s*loadlib\b")
_ELSEWHERE: Final = re.compile(r"(?:^|/)(?:lua_modules|\.luarocks|\.rocks)/")


class LuaFacts(NamedTuple):
    """Programs that the sources start, by a shell; `loads` are places that load a library; `modules` those asked for, each with its file."""

    programs: tuple[Called, ...]
    loads: tuple[str, ...]
    modules: tuple[tuple[str, str], ...]
    sources: int


def lua_facts(context: Context, files: Sequence[str], started: str | None = None) -> LuaFacts:
    """Read the Lua files among some files of the context; `started` is the one that the container starts."""
    programs: list[Called] = []
    loads: list[str] = []
    modules: dict[str, str] = {}
    sources = 0
    unused = tests(context, files, (started,) if started else ())
    for path in files:
        if path != started and (not path.endswith(".lua") or _ELSEWHERE.search(path)):
            continue
        text = context.read_text(path)
        if text is None:
            continue
        sources += 1
        code = _blanked(text)
        in_tests = path in unused
        programs += [
            Called(program=None, shell=True, path=path, line=line_of(code, found.start()), in_tests=in_tests)
            for found in _CALL.finditer(code)
        ]
        if not in_tests:
            loads += [f"{path}:{line_of(code, found.start())}" for found in _LIBRARY.finditer(code)]
            for found in _REQUIRE.finditer(text):
                modules.setdefault(next(name for name in found.groups() if name), path)
    return LuaFacts(tuple(programs), tuple(loads), tuple(modules.items()), sources)


def _blanked(text: str) -> str:
    return _PIECES.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


@cache
def lua_needs(module: str) -> str | None:
    """Why a module, or the one that it is a part of, cannot do its work without a shell; None when nothing is known against it.

    >>> lua_needs("posix.unistd"), lua_needs("socket.http")
    ('starts programs that only its caller knows', None)
    """
    table: dict[str, str] = precompiled.table(_DATA)["modules"]
    return table.get(module) or table.get(module.partition(".")[0])
