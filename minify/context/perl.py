"""What Perl sources start, and what the modules that they ask for need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.perl_text import code_of
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

ENDINGS: Final = (".pl", ".pm", ".pmc", ".plx", ".ph", ".al", ".inc", ".psgi", ".cgi", ".fcgi")
_DATA: Final = Path(__file__).parent / "data" / "perl-needs.yaml"
_WORD: Final = re.compile(r"[\w.+-]+")
# What only builds, and tests
_ELSEWHERE: Final = re.compile(r"(?:^|/)(?:blib|t|xt)/|(?:^|/)(?:Makefile|Build)\.PL$")
# Templates that hold Perl. https://docs.mojolicious.org/Mojo/Template, https://metacpan.org/pod/HTML::Mason::Devel
_TEMPLATES: Final = (".ep", ".epl", ".mas", ".mc", "/autohandler", "/dhandler")
_EMBEDDED: Final = re.compile(
    r"^[ \t]*%(?![%#])(?P<line>[^\n]*)"
    r"|<%(?P<section>perl|init|once|shared|cleanup|filter|class)>(?P<body>.*?)</%(?P=section)>"
    r"|<%(?![%#])=*(?P<inside>.*?)%>",
    re.DOTALL | re.MULTILINE,
)
# `do "./settings.conf"`, `require "$dir/helpers"`: source, whatever it is called
_FILE: Final = re.compile(r"(?<![\w$@%>:])(?:do|require)\b[\s(]*(?P<rest>[^;{]*)")
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
# A text that is put together with it is a command for a shell
_SELF: Final = re.compile(
    r"\s*\(?\s*(?:\$\^X\b|\$\{\^X\}|\$EXECUTABLE_NAME\b)\s*(?:,|=>|\)|;|\}|or\b|and\b|\|\||&&|\Z)"
)
_INLINE: Final = re.compile(r"[\"']-\w*[eE][\"']")
_PIPED: Final = re.compile(r"^\s*\||\|\s*$")
_PIPED_COMMAND: Final = re.compile(r"^\s*\|\s*[\w/]|[\w/][^|]*\|\s*$")
# `open(F, $what)`: the text says whether that is a file or a program
_OPEN_TEXT: Final = re.compile(r"[^,]*,\s*\$\w+\s*(?:\)|\bor\b|\|\||$)")
_OPEN_METHOD: Final = re.compile(
    r"(?:->\s*open|\b(?:IO::File|FileHandle)\s*->\s*new|\bnew\s+(?:IO::File|FileHandle))\b\s*\(?\s*"
)
_LITERAL: Final = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'")
_USE: Final = re.compile(r"(?<![\w$@%>])(?:use|require|use_ok|with|extends)\s*\(?\s*['\"]?([A-Z]\w*(?:::\w+)*)")
_PARENTS: Final = re.compile(
    r"(?<![\w$@%])(?:use\s+(?:(?P<poe>POE)|parent|base|if|aliased|autouse)|extends|with)\b(?P<rest>[^;]*)"
)
_NAME: Final = re.compile(r"(?<![\w:$@%])[A-Z]\w*(?:::\w+)*")
_QUOTED_NAME: Final = re.compile(r"[\"'](\w+(?:::\w+)+)[\"']")
_DRIVER: Final = re.compile(r"[\"']dbi:(\w+)[:(]", re.IGNORECASE)
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
    methods: list[tuple[str, Called]] = []
    sources, named = 0, None
    unused = tests(context, files, (started,) if started else ())
    listed, included = list(files), set[str]()
    by_name: dict[str, list[str]] = {}
    for path in files:
        if not path.endswith(ENDINGS):
            by_name.setdefault(path.rpartition("/")[2], []).append(path)
    for path in listed:
        if path.rpartition("/")[2] == "cpanfile":
            for name in _ASKED.findall(_DEVELOPS.sub("", context.read_text(path) or "")):
                modules.setdefault(name, path)
        if path != started and _ELSEWHERE.search(path):
            continue
        template = f"/{path}".endswith(_TEMPLATES)
        source = path == started or path.endswith(ENDINGS) or path in included or template
        text = context.read_text(path) if source or _bare(path) else None
        if text is None or not (source or _by_perl(text)):
            continue
        sources += 1
        in_tests = path in unused
        for part in (_embedded(text),) if template else (text, *_behind(text)):
            code = code_of(part)
            programs += [
                Called(program=name, shell=shell, path=path, line=line_of(part, offset), in_tests=in_tests)
                for name, shell, offset in sorted(_calls(part, code), key=lambda found: found[2])
            ]
            # One that was passed over before is read after the others
            more = [file for name in _included(part, code) for file in by_name.get(name, ()) if file not in included]
            included.update(more)
            listed += more
            if in_tests:
                continue
            methods += [
                (name, Called(program=None, shell=False, path=path, line=line_of(part, offset)))
                for name, offset in _methods(code)
            ]
            for name in _modules(part, code):
                modules.setdefault(name, path)
            if named is None and (found := _NAMES.search(code)) is not None:
                named = f"{path}:{line_of(part, found.start())}"
    for name, called in methods:
        if any(_part_of(module, brought) for module in modules for brought in _starts(name)):
            programs.append(called)
    return PerlFacts(tuple(programs), tuple(modules.items()), sources, named)


def _embedded(text: str) -> str:
    """A template with everything but its Perl blanked.

    >>> _embedded("<p><%= $x %></p>")
    '       $x ;     '
    """
    out = [character if character == "\n" else " " for character in text]
    for found in _EMBEDDED.finditer(text):
        start, end = found.span(next(group for group in ("line", "body", "inside") if found[group] is not None))
        out[start:end] = text[start:end]
        if end < len(text) and text[end] != "\n":
            out[end] = ";"
    return "".join(out)


_DATA_SECTION: Final = re.compile(r"^__DATA__[ \t\r]*$", re.MULTILINE)
_INSIDE: Final = re.compile(r"^@@[ \t]*(\S+).*$", re.MULTILINE)


def _behind(text: str) -> Iterator[str]:
    """The Perl of the templates that a source has behind `__DATA__`, at its lines: `@@ index.html.ep` of Mojolicious.

    >>> [one.split() for one in _behind("app->start;\\n__DATA__\\n@@ a.html.ep\\n<%= $x %>\\n@@ b.css\\n<%= $y %>")]
    [['$x', ';']]
    """
    begin = _DATA_SECTION.search(text)
    sections = list(_INSIDE.finditer(text, begin.end())) if begin is not None else []
    ends = [*(one.start() for one in sections[1:]), len(text)]
    if any(one[1].endswith(_TEMPLATES) for one in sections):
        out = [character if character == "\n" else " " for character in text]
        for one, end in zip(sections, ends, strict=True):
            if one[1].endswith(_TEMPLATES):
                out[one.end() : end] = _embedded(text[one.end() : end])
        yield "".join(out)


def _modules(text: str, code: str) -> Iterator[str]:
    """The names of modules that a text asks for; one that is put together is not among them."""
    yield from _USE.findall(code)
    yield from map(_plugin, _PLUGIN.findall(text))
    for found in _PARENTS.finditer(code):
        for name in _NAME.findall(text, found.start("rest"), found.end("rest")):
            yield f"POE::{name}" if found["poe"] else name
    # `use_module("IPC::Run")`: what is known to start programs is looked for in every string
    for found in _QUOTED_NAME.finditer(text):
        if code[found.start()] == text[found.start()] and module_needs(found[1]):
            yield found[1]
    for name in _DRIVER.findall(text):
        yield f"DBD::{name}"


def _included(text: str, code: str) -> Iterator[str]:
    """The names of files that a text includes; what the directory is may stand in a variable."""
    for found in _FILE.finditer(code):
        yield from _WORD.findall(text, found.start("rest"), found.end("rest"))


def _methods(code: str) -> Iterator[tuple[str, int]]:
    """Calls of what some module starts programs by."""
    for found in _words().finditer(code):
        if not _DECLARED.search(code, 0, found.start()):
            yield found[0], found.start()


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
            elif (own := _SELF.match(code, found.end())) is not None:
                # Perl itself: what it runs is one of these sources, unless that stands in the command
                end = code.find(";", own.end())
                if _INLINE.search(text, own.end(), end if end >= 0 else len(text)):
                    yield None, False, found.start()
            else:
                yield *_command(text, found.end()), found.start()
    by_name = any(
        _PIPED_COMMAND.search(literal[0][1:-1]) and code[literal.start()] == literal[0][0]
        for literal in _LITERAL.finditer(text)
    )
    for found in _OPEN.finditer(code):
        opened = _opened(text, found.start("rest"), found.end("rest"))
        if opened is None and by_name and _OPEN_TEXT.match(code, found.start("rest"), found.end("rest")):
            opened = None, True
        if opened is not None:
            yield *opened, found.start()
    for found in _OPEN_METHOD.finditer(code):
        literal = _LITERAL.match(text, found.end())
        if literal is not None and _PIPED.search(literal[0][1:-1]):
            yield None, True, found.start()
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


def module_files(names: Iterable[str]) -> tuple[str, ...]:
    """Files of the system that modules look up by name: `/etc/localtime` for DateTime and what belongs to it."""
    table: dict[str, str] = precompiled.table(_DATA)["files"]
    found = (row.split() for module, row in table.items() if any(_part_of(name, module) for name in names))
    return tuple(dict.fromkeys(path for paths in found for path in paths))


def looks_up_users(names: Iterable[str]) -> bool:
    """Whether one of some modules takes the name of a user from its caller, as Net::Server does."""
    table: str = precompiled.table(_DATA)["accounts"]
    return any(_part_of(name, module) for name in names for module in table.split())


def _part_of(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}::")


@cache
def _calls_of() -> dict[str, str]:
    calls: dict[str, str] = precompiled.table(_DATA)["calls"]
    return calls


@cache
def _words() -> re.Pattern[str]:
    names = sorted({name for names in _calls_of().values() for name in names.split()})
    return re.compile(rf"(?<![\w$@%])(?:{'|'.join(names)})\b(?!\s*=>)")


def _starts(method: str) -> Iterator[str]:
    """The distributions whose modules start a program by a method of this name."""
    return (module for module, names in _calls_of().items() if method in names.split())


@cache
def brings(program: str) -> str | None:
    """The distribution that installs a program in Perl: `brings("plackup")` is "Plack"."""
    table: dict[str, str] = precompiled.table(_DATA)["programs"]
    return next((module for module, names in table.items() if program in names.split()), None)
