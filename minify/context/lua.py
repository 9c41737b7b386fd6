"""What Lua sources start, and the modules that they ask for: with comments and the texts of strings blanked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

_DATA: Final = Path(__file__).parent / "data" / "lua-needs.yaml"
# MoonScript, Teal and Fennel call the same functions
ENDINGS: Final = (".lua", ".moon", ".tl", ".fnl", ".luac", ".ljbc")
# Text with Lua in it, whose quotes are not Lua's: https://github.com/leafo/etlua
_TEMPLATES: Final = (".etlua", ".elua", ".lp", ".lsp")
# https://www.lua.org/manual/5.4/manual.html#pdf-lua_load: the first byte of what is compiled
_COMPILED: Final = (b"\x1bLua", b"\x1bLJ")
_WORD: Final = re.compile(r"[\w.+-]+")
_PIECES: Final = re.compile(
    r"--\[(?P<level>=*)\[.*?(?:\](?P=level)\]|\Z)|--[^\n]*|\[(?P<equals>=*)\[.*?\](?P=equals)\]"
    r"|\"(?:[^\"\\\n]|\\(?:z\s*|.))*\"|'(?:[^'\\\n]|\\(?:z\s*|.))*'",
    re.DOTALL,
)
# Both go through /bin/sh; a mention may be called under another name. https://www.lua.org/manual/5.4/manual.html#pdf-io.popen
_CALL: Final = re.compile(
    r"\bos\s*\.\s*execute\b|\bio\s*\.\s*popen\b|(?<![\w.:])(?:os|io|_G|_ENV)\s*\[|\(\s*(?:os|io)\s*\)\s*[.\[]"
)
# Where one of the two libraries goes on as a value; what `execute` or `popen` is called of is not known then
_VALUE: Final = re.compile(r"(?<![\w:])(?<!jit\.)(?:os|io)\b(?!\s*(?:[.:]\s*\w|\[|=(?!=)))")
_REQUIRED_VALUE: Final = re.compile(r"\brequire\b[\s,(]*[\"'](?:os|io)[\"']|\bpackage\s*\.\s*loaded\s*\[")
_GLOBALS: Final = re.compile(r"(?<![\w.:])(?:_G|_ENV)\b(?!\s*[.\[])|\bgetfenv\b")
_LOCAL: Final = re.compile(r"\blocal\s+(?P<names>[\w\s,]+?)=(?!=)(?P<values>[^\n;]*)")
_MEMBER: Final = re.compile(r"\.\s*(?:execute|popen)\b")
_MEMBER_TEXT: Final = re.compile(r"[\"'](?:execute|popen)[\"']")
_LOADS_TEXT: Final = re.compile(r"(?<![\w.:])load(?:string)?\b")
# `dofile("routes")`: source, whatever it is called
_FILE: Final = re.compile(r"\b(?:dofile|loadfile)\b(?P<rest>[^\n]*)")
_REQUIRE: Final = re.compile(r"\brequire\b[\s,(]*(?:\"([^\"\n]+)\"|'([^'\n]+)'|\[\[([^\]\n]+)\]\])")
_LIBRARY: Final = re.compile(r"\bffi\s*\.\s*load\b|\bpackage\s*\.\s*loadlib\b")


class LuaFacts(NamedTuple):
    """Programs that the sources start, by a shell; `loads` are places that load a library; `modules` those asked for, each with its file."""

    programs: tuple[Called, ...]
    loads: tuple[str, ...]
    modules: tuple[tuple[str, str], ...]
    sources: int
    compiled: tuple[str, ...] = ()
    """Files that cannot be read."""


class _Calls(NamedTuple):
    """Offsets in one text: what surely starts a program, and what does when a library came to it under another name."""

    certain: tuple[int, ...]
    by_member: tuple[int, ...]
    by_text: tuple[int, ...]
    libraries_given: bool
    globals_given: bool


def lua_facts(context: Context, files: Sequence[str], started: str | None = None) -> LuaFacts:
    """Read the Lua files among some files of the context; `started` is the one that the container starts.

    `os.execute("ls")` starts a shell; `o.execute("ls")` does where some file says `o = os`; `connection:execute(sql)` is a method.
    """
    loads: list[str] = []
    compiled: list[str] = []
    modules: dict[str, str] = {}
    read: list[tuple[str, str, _Calls]] = []
    listed, included = list(files), set[str]()
    by_name: dict[str, list[str]] = {}
    unused = tests(context, files, (started,) if started else ())
    for path in files:
        if not path.endswith((*ENDINGS, *_TEMPLATES)):
            by_name.setdefault(path.rpartition("/")[2], []).append(path)
    for path in listed:
        source = path == started or path.endswith((*ENDINGS, *_TEMPLATES)) or path in included
        if not source and "." in path.rpartition("/")[2]:
            continue
        if source and (context.read(path) or b"").startswith(_COMPILED):
            compiled.append(path)
            continue
        text = context.read_text(path)
        if text is None or not (source or _by_lua(text)):
            continue
        code = text if path.endswith(_TEMPLATES) else _blanked(text)
        read.append((path, text, _calls(text, code)))
        # One that was passed over before is read after the others
        more = [file for name in _included(text, code) for file in by_name.get(name, ()) if file not in included]
        included.update(more)
        listed += more
        if path not in unused:
            loads += [f"{path}:{line_of(code, found.start())}" for found in _LIBRARY.finditer(code)]
            for found in _REQUIRE.finditer(text):
                if code.startswith("require", found.start()):
                    modules.setdefault(next(name for name in found.groups() if name), path)
    own = [calls for path, _, calls in read if path not in unused]
    libraries, globals_ = any(calls.libraries_given for calls in own), any(calls.globals_given for calls in own)
    programs = [
        Called(program=None, shell=True, path=path, line=line_of(text, offset), in_tests=path in unused)
        for path, text, calls in read
        for offset in sorted(
            {
                *calls.certain,
                *(calls.by_member if libraries else ()),
                *(calls.by_text if libraries or globals_ else ()),
            }
        )
    ]
    return LuaFacts(tuple(programs), tuple(loads), tuple(modules.items()), len(read), tuple(compiled))


def _calls(text: str, code: str) -> _Calls:
    certain = [found.start() for found in _CALL.finditer(code)]
    if _LOADS_TEXT.search(code):
        certain += [found.start() for found in _CALL.finditer(_blanked(text, comments_only=True))]
    spoken = _blanked(text, comments_only=True)
    own = _LOCAL.sub(_under_other_names, code)
    return _Calls(
        certain=tuple(certain),
        by_member=tuple(found.start() for found in _MEMBER.finditer(code)),
        by_text=tuple(found.start() for found in _MEMBER_TEXT.finditer(spoken)),
        libraries_given=_VALUE.search(own) is not None or _REQUIRED_VALUE.search(spoken) is not None,
        globals_given=_GLOBALS.search(code) is not None,
    )


def _under_other_names(found: re.Match[str]) -> str:
    """`local io, o = io, os` as the values that get another name: `os`."""
    names = [name.strip() for name in found["names"].split(",")]
    values = [value.strip() for value in found["values"].split(",")]
    return ", ".join(value for number, value in enumerate(values) if names[number : number + 1] != [value])


def _included(text: str, code: str) -> Iterator[str]:
    for found in _FILE.finditer(code):
        yield from _WORD.findall(text, found.start("rest"), found.end("rest"))


def _by_lua(text: str) -> bool:
    return text.startswith("#!") and "lua" in text.partition("\n")[0]


def _blanked(text: str, *, comments_only: bool = False) -> str:
    def blank(found: re.Match[str]) -> str:
        return found[0] if comments_only and not found[0].startswith("--") else re.sub(r"[^\n]", " ", found[0])

    return _PIECES.sub(blank, text)


def module_files(names: Collection[str]) -> tuple[str, ...]:
    """Files of the system that modules look up by name."""
    table: dict[str, str] = precompiled.table(_DATA)["files"]
    found = (row.split() for module, row in table.items() if module in names)
    return tuple(dict.fromkeys(path for paths in found for path in paths))


@cache
def lua_needs(module: str) -> str | None:
    """Why a module, or the one that it is a part of, cannot do its work without a shell; None when nothing is known against it.

    >>> lua_needs("posix.unistd"), lua_needs("socket.http")
    ('starts programs that only its caller knows', None)
    """
    data = precompiled.table(_DATA)
    if module in data["harmless"].split():
        return None
    table: dict[str, str] = data["modules"]
    return table.get(module) or table.get(module.partition(".")[0])
