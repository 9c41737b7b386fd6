"""What an application's own JavaScript and TypeScript sources need at run time: programs, libraries, paths.

A look by regexes that know comments and strings, no parser: JavaScript is only asked whether it starts
programs and, where a literal says so, which ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.context.command_text import Text, shell_programs
from minify.context.places import Called, Library, Lines, PathLiteral, Place, Uncertain
from minify.context.tests import tests
from minify.context.tree import Context

_SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")

# Comments, strings, and regex literals (they may hold quotes); a string comes out by its group.
_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)'|"""
    r"""`(?P<template>(?:[^`\\]|\\.)*)`|"""
    r"""(?<=[=(,:;!&|?{}\[])[ \t]*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/""",
    re.DOTALL,
)
_INTERESTING = re.compile(
    rb"child_process|\bexeca\b|cross-spawn|shelljs|\bzx\b|npm_|\b(?:ffi-napi|koffi|node-ffi)\b|"
    rb"process\.dlopen|[\"'`]/[A-Za-z]"
)
_PATH = re.compile(r"/[A-Za-z0-9_.@+-]+(?:/[A-Za-z0-9_.@+-]+)*/?")
_NPM = re.compile(r"process\.env(?:\.npm_\w+|\[\s*[\"'`]npm_)")

_RUNNING_MODULES = r"(?:node:)?child_process|execa|cross-spawn|shelljs|zx"
# `const cp = require("…")`, `const { exec: run } = …`, `import * as cp from "…"`, `import { exec } from "…"`
_BOUND = re.compile(
    rf"""(?:\b(?:const|let|var)\s+(?P<left>\w+|\{{[^}}]*\}})\s*(?::[^=]+)?=\s*(?:await\s+)?(?:require|import)\s*\(\s*|"""
    rf"""\bimport\s+(?:type\s+)?(?:(?P<default>\w+)\s*,?\s*)?(?P<names>\*\s*as\s+\w+|\{{[^}}]*\}})?\s*from\s*)"""
    rf"""["'`](?P<module>{_RUNNING_MODULES})["'`]"""
)
_DIRECT = re.compile(
    rf"""(?:require|import)\s*\(\s*["'`](?:{_RUNNING_MODULES})["'`]\s*\)\s*\)?\s*\.\s*(?P<method>\w+)\s*\("""
)
# The module asked for in the midst of an expression: `promisify(require("child_process").exec)`
_REQUIRED = re.compile(rf"""(?:require|import)\s*\(\s*["'`](?:{_RUNNING_MODULES})["'`]\s*\)""")
_PROMISIFIED = re.compile(
    r"""\b(?P<name>\w+)\s*=\s*(?:(?:\w+|require\s*\(\s*["'`][\w:]+["'`]\s*\))\s*\.\s*)?promisify\s*\(\s*"""
    rf"""(?:(?:\w+|{_REQUIRED.pattern})\s*\.\s*)?(?P<method>exec|execFile)\s*\)"""
)
_SHELL_METHODS = ("exec", "execSync", "execaCommand", "execaCommandSync", "$")
_METHODS = (
    *_SHELL_METHODS, "spawn", "spawnSync", "execFile", "execFileSync", "fork", "execa", "execaSync",
    "execaNode", "sync", "default", "which",
)  # fmt: skip
_ARGUMENT = re.compile(
    r"""\s*(?:"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)'|`(?P<template>(?:[^`\\]|\\.)*)`|"""
    r"""(?P<node>process\.(?:execPath|argv0|argv\s*\[\s*0\s*\])))\s*(?P<next>[,)+])"""
)
_BRACKET = r"""[()]|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
_SHELL_OPTION = re.compile(r"\bshell\s*:\s*(?!false\b)\S")
_LIBRARY = re.compile(r"""\b(?:ffi\.Library|koffi\.load|process\.dlopen)\s*\(\s*(?:["'`]([^"'`\n]*)["'`])?""")


class NodeFacts(NamedTuple):
    """What the sources say; all in the order of files and lines. `npm_env`: npm's own variables."""

    programs: tuple[Called, ...] = ()
    npm_env: tuple[Place, ...] = ()
    opened: tuple[PathLiteral, ...] = ()
    libraries: tuple[Library, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()


def node_facts(context: Context, files: Sequence[str], argv: Sequence[str] = ()) -> NodeFacts:
    """Read the JavaScript and TypeScript sources among `files`, those of node_modules excepted; `argv` is what starts."""
    programs: list[Called] = []
    npm_env: list[Place] = []
    opened: list[PathLiteral] = []
    libraries: list[Library] = []
    uncertain: list[Uncertain] = []
    unused = tests(context, files, argv)
    for path in files:
        if not path.endswith(_SUFFIXES) or path.endswith((".min.js", ".d.ts")):
            continue
        if "node_modules" in path.split("/"):
            continue
        data = context.read(path)
        if data is None or not _INTERESTING.search(data):
            continue
        in_tests = path in unused
        text = data.decode("utf-8", "replace")
        if len(data) >= 1_000_000:
            reason = "read only in part: longer than a megabyte"
            uncertain.append(Uncertain(reason=reason, path=path, line=1, in_tests=in_tests))
        code, lines = without_comments(text), Lines(text)
        npm_env.extend(Place(path, lines.at(found.start()), in_tests) for found in _NPM.finditer(code))
        for literal, offset in _paths(text):
            opened.append(PathLiteral(literal=literal, path=path, line=lines.at(offset), in_tests=in_tests))
        for found in _LIBRARY.finditer(code):
            line = lines.at(found.start())
            libraries.append(Library(name=found[1], how="ffi", path=path, line=line, in_tests=in_tests))
        for program, shell, offset in _calls(code):
            line = lines.at(offset)
            argv = (program,) if program is not None else ()
            programs.append(Called(program=program, shell=shell, path=path, line=line, argv=argv, in_tests=in_tests))
    return NodeFacts(
        programs=tuple(programs),
        npm_env=tuple(npm_env),
        opened=tuple(opened),
        libraries=tuple(libraries),
        uncertain=tuple(uncertain),
    )


def without_comments(text: str) -> str:
    """The text with comments and regex literals blanked; every offset stays."""

    def blank(found: re.Match[str]) -> str:
        if found.lastgroup is not None:
            return found[0]
        return re.sub(r"[^\n]", " ", found[0])

    return _TOKEN.sub(blank, text)


def _paths(text: str) -> Iterator[tuple[str, int]]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup is None:
            continue
        literal = found[found.lastgroup]
        if found.lastgroup == "template":
            literal = literal.partition("${")[0]
        if _PATH.fullmatch(literal):
            yield literal, found.start()


def _calls(code: str) -> Iterator[tuple[str | None, bool, int]]:
    """Programs started in one source: (program, through a shell, offset), in order."""
    modules, functions, found_at = _bindings(code)
    if found_at is None:
        return
    callees = [(found.start(), found.end(), found["method"]) for found in _DIRECT.finditer(code)]
    if modules:
        pattern = rf"(?<![\w.$])(?:{'|'.join(map(re.escape, modules))})\s*\.\s*(?P<method>[\w$]+)\s*\("
        callees += [(found.start(), found.end(), found["method"]) for found in re.finditer(pattern, code)]
    if functions:
        pattern = rf"(?<![\w.$])(?P<name>{'|'.join(map(re.escape, functions))})\s*[(`]"
        for found in re.finditer(pattern, code):
            # A template call, $`git log`: the template is the argument.
            end = found.end() - 1 if found[0].endswith("`") else found.end()
            callees.append((found.start(), end, functions[found["name"]]))
    known = [callee for callee in sorted(callees) if callee[2] in _METHODS]
    for start, end, method in known:
        yield from _call(code, start, end, method)
    if not known:
        # Imported and perhaps handed on: what it starts is not known.
        yield None, False, found_at


def _bindings(code: str) -> tuple[list[str], dict[str, str], int | None]:
    """Names bound to modules that start programs, names bound to their functions, the first such place."""
    modules: list[str] = []
    functions: dict[str, str] = {}
    first: int | None = None
    for found in _BOUND.finditer(code):
        first = found.start() if first is None else first
        module = found["module"]
        for names in (found["left"], found["default"], found["names"]):
            if not names:
                continue
            if names.startswith("{"):
                for item in names.strip("{} \n\t").split(","):
                    parts = re.split(r"\s*:\s*|\s+as\s+", item.strip())
                    if parts[0]:
                        functions[parts[-1]] = parts[0]
                continue
            name = names.split()[-1]
            modules.append(name)
            # `import spawn from "cross-spawn"`, `import execa from "execa"` are called themselves.
            if module in ("cross-spawn", "execa"):
                functions[name] = "spawn"
    required = _REQUIRED.search(code)
    if required is not None:
        first = required.start() if first is None else min(first, required.start())
    if first is not None:
        for found in _PROMISIFIED.finditer(code):
            functions[found["name"]] = found["method"]
    return modules, functions, first


def _call(code: str, start: int, end: int, method: str) -> Iterator[tuple[str | None, bool, int]]:
    shell = method in _SHELL_METHODS
    if method == "fork" or method == "execaNode":
        yield "node", False, start
        return
    argument = _ARGUMENT.match(code, end)
    if not shell:
        shell = _SHELL_OPTION.search(code, end, _end_of_call(code, end)) is not None
    if argument is None:
        template = code[end : end + 200] if code[end : end + 1] == "`" else ""
        text, whole = template[1:].partition("`")[0].partition("${")[0], False
    elif argument["node"]:
        yield "node", shell, start
        return
    else:
        text = argument["double"] or argument["single"] or argument["template"] or ""
        whole = argument["next"] != "+" and not (argument["template"] and "${" in text)
        text = text.partition("${")[0] if argument["template"] else text
    if shell:
        for program in shell_programs(Text(text, whole)) or (None,):
            yield program, True, start
    else:
        yield (text if whole and text else None), False, start


def _end_of_call(code: str, start: int) -> int:
    """The offset of the parenthesis that closes a call, strings skipped."""
    depth = 1
    for found in re.finditer(_BRACKET, code[start : start + 4000]):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return start + found.start()
    return min(len(code), start + 4000)
