"""What Perl sources start, and what the modules that they ask for need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.perl_text import code_of
from minify.context.places import Called, is_test, line_of
from minify.context.tree import Context

ENDINGS: Final = (".pl", ".pm", ".psgi", ".cgi", ".fcgi")
_DATA: Final = Path(__file__).parent / "data" / "perl-needs.yaml"
# Modules that came with the context, and what only builds or installs
_ELSEWHERE: Final = re.compile(r"(?:^|/)(?:local|extlib|fatlib|inc|blib|xt)/|(?:^|/)(?:Makefile|Build)\.PL$")
# https://perldoc.perl.org/functions/system, exec, readpipe, open
_CALL: Final = re.compile(
    r"(?<![\w$@%>])(?:[\w:]+::)?(?P<name>system|exec|readpipe)\b(?!\s*(?:=>|\}|:(?!:)))(?P<block>\s*\{)?|(?P<tick>`)[^`]*`"
)
_OPEN: Final = re.compile(r"(?<![\w$@%>:])(?:CORE::)?open\b(?!\s*(?:=>|\}))[\s(]*(?P<rest>[^;]*)")
_DECLARED: Final = re.compile(r"\b(?:sub|method|package)\s+$")
_STRING: Final = re.compile(
    r"\s*\(?\s*(?P<quote>[\"'])(?P<text>(?:[^\"'\\]|\\.)*)(?P=quote)\s*(?P<next>,|=>|\)|;|or\b|and\b|\|\||&&|$)"
)
_SHELL_SIGNS: Final = frozenset("$&*(){}[]'\";\\|?<>~`\n")
"""Perl gives a command to /bin/sh when one of these is in it: `do_exec3` of its source."""
_SELF: Final = re.compile(r"\s*\(?\s*(?:\$\^X|\$\{\^X\}|\$EXECUTABLE_NAME)\b\s*,?")
_PIPED: Final = re.compile(r"^\s*\||\|\s*$")
_LITERAL: Final = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'")
_USE: Final = re.compile(r"(?<![\w$@%>])(?:use|require|use_ok|with|extends)\s*\(?\s*['\"]?([A-Z]\w*(?:::\w+)*)")
_PLUGIN: Final = re.compile(r"\b(?:plugin|enable)\s*\(?\s*['\"]([\w:+]+)['\"]")
_ASKED: Final = re.compile(r"^[ \t]*(?:requires|recommends)\s*\(?\s*['\"]([\w:]+)['\"]", re.MULTILINE)
_DEVELOPS: Final = re.compile(
    r"\bon\s*\(?\s*['\"]?(?:test|develop|configure|build)['\"]?\s*(?:=>|,)\s*sub\s*\{.*?\}", re.DOTALL
)
_MANUAL: Final = re.compile(r"\bpod2usage\b[^;]*-verbose\s*(?:=>|,)\s*[2-9]")
_NAMES: Final = re.compile(r"\bget(?:pw|gr)(?:nam|uid|gid|ent)\b")


class PerlFacts(NamedTuple):
    """Programs that the sources start; `modules` they ask for, each with its file; `named` is the place that looks up users."""

    programs: tuple[Called, ...]
    modules: tuple[tuple[str, str], ...]
    sources: int
    named: str | None = None


def perl_facts(context: Context, files: Sequence[str], started: str | None = None) -> PerlFacts:
    """Read the Perl files among some files of the context; `started` is the one that the container starts.

    `system("gzip", $file)` starts gzip; `system("gzip $file")` may start a shell; `$app->system("x")` is somebody's method.
    """
    programs: list[Called] = []
    modules: dict[str, str] = {}
    sources, named = 0, None
    for path in files:
        if path.rpartition("/")[2] == "cpanfile":
            for name in _ASKED.findall(_DEVELOPS.sub("", context.read_text(path) or "")):
                modules.setdefault(name, path)
        if path != started and _ELSEWHERE.search(path):
            continue
        text = context.read_text(path) if path == started or path.endswith(ENDINGS) or _bare(path) else None
        if text is None or not (path == started or path.endswith(ENDINGS) or _by_perl(text)):
            continue
        sources += 1
        code = code_of(text)
        in_tests = is_test(path)
        programs += [
            Called(program=name, shell=shell, path=path, line=line_of(text, offset), in_tests=in_tests)
            for name, shell, offset in sorted(_calls(text, code), key=lambda found: found[2])
        ]
        if in_tests:
            continue
        for name in (*_USE.findall(code), *(_plugin(m) for m in _PLUGIN.findall(text))):
            modules.setdefault(name, path)
        if named is None and (found := _NAMES.search(code)) is not None:
            named = f"{path}:{line_of(text, found.start())}"
    return PerlFacts(tuple(programs), tuple(modules.items()), sources, named)


def _bare(path: str) -> bool:
    return "." not in path.rpartition("/")[2]


def _by_perl(text: str) -> bool:
    return text.startswith("#!") and "perl" in text.partition("\n")[0]


def _plugin(name: str) -> str:
    """A plugin by the beginning that its framework puts before it: the table names both."""
    return name.lstrip("+")


def programs_of(text: str) -> Iterator[tuple[str | None, bool, int]]:
    """What a piece of code starts, as that after `perl -e`."""
    return _calls(text, code_of(text))


def _calls(text: str, code: str) -> Iterator[tuple[str | None, bool, int]]:
    """Every program that is started: its name, whether a shell may start it, where."""
    for found in _CALL.finditer(code):
        if found["tick"]:
            yield None, True, found.start()
        elif not _DECLARED.search(code, 0, found.start()):
            if found["block"] or found["name"] == "readpipe":
                yield None, found["name"] == "readpipe", found.start()
            elif _SELF.match(code, found.end()):
                # Perl itself: what it runs is one of these sources, or code of theirs
                continue
            else:
                yield *_command(text, found.end()), found.start()
    for found in _OPEN.finditer(code):
        opened = _opened(text, found.start("rest"), found.end("rest"))
        if opened is not None:
            yield *opened, found.start()
    for found in _MANUAL.finditer(text):
        if code[found.start()] != " " and "noperldoc" not in found[0]:
            yield "perldoc", False, found.start()


def _command(text: str, start: int) -> tuple[str | None, bool]:
    """The program of `system`'s arguments, and whether a shell may read them."""
    found = _STRING.match(text, start)
    if found is None:
        return None, False
    words = found["text"]
    if found["next"] in (",", "=>"):
        return (None if _inserted(found["quote"], words) else words), False
    if any(sign in _SHELL_SIGNS for sign in words):
        return None, True
    return (words.split()[0] if words.split() else None), False


def _inserted(quote: str, text: str) -> bool:
    return quote == '"' and ("$" in text or "@" in text)


def _opened(text: str, start: int, end: int) -> tuple[str | None, bool] | None:
    """The program of a piped open, None for an open of a file."""
    arguments = text[start:end]
    mode = re.search(r",\s*(?:\"|'|q\{|q\()\s*(?:-\||\|-)\s*(?:\"|'|\}|\))\s*(,)?", arguments)
    if mode is not None:
        if not mode[1]:
            # A fork: what the child starts is a call of its own
            return None
        name, _ = _command(text, start + mode.end())
        rest = _STRING.match(text, start + mode.end())
        if rest is not None and rest["next"] not in (",", "=>"):
            return _command(text, start + mode.end())
        return name, rest is None and "," not in arguments[mode.end() :]
    for literal in _LITERAL.finditer(arguments):
        inside = literal[1] if literal[1] is not None else literal[2]
        if _PIPED.search(inside):
            return None, True
    return None


@cache
def module_needs(name: str) -> str | None:
    """Why a module cannot do its work without a shell or other programs; None when nothing is known against it.

    >>> module_needs("IPC::Run"), module_needs("Mojolicious")
    ('starts programs that only its caller knows', None)
    """
    table: dict[str, str] = precompiled.table(_DATA)["modules"]
    return table.get(name)


@cache
def brings(program: str) -> str | None:
    """The distribution that installs a program in Perl: `brings("plackup")` is "Plack"."""
    table: dict[str, str] = precompiled.table(_DATA)["programs"]
    return next((module for module, names in table.items() if program in names.split()), None)
