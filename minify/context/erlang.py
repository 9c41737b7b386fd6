"""What Elixir and Erlang sources start, and what a project says of its release: with comments and the texts of strings blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from minify.context.needs import Needs, erlang_needs
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context
from minify.shell.builtins import BUILTINS

ELIXIR: Final = (".ex", ".exs")
ERLANG: Final = (".erl", ".hrl", ".escript", ".xrl", ".yrl")
# Text with Elixir in it
_TEMPLATES: Final = (".heex", ".leex", ".eex", ".sface")
ENDINGS: Final = (*ELIXIR, *ERLANG)
# Options for Erlang's virtual machine: code to evaluate among them
_OPTIONS: Final = re.compile(r"(?:^|/)(?:remote\.)?vm\.args(?:\.eex|\.src)?$")
# What only a build runs, or what is a build's own copy of packages that are known by their names
_BUILD: Final = re.compile(
    r"(?:^|/)(?:deps|_build|node_modules)/|(?:^|/)lib/mix/tasks/|(?:^|/)mix\.exs$|(?:^|/)config/(?!runtime\.exs$|releases\.exs$)[^/]*\.exs$"
    r"|(?:^|/)\.\w+\.exs$|(?:^|/)rel/.*\.exs$"
)
_HINT: Final = re.compile(r"\bSystem\b|\bPort\b|\bopen_port\b|\bos\b")

_ELIXIR_PIECES: Final = re.compile(
    r"#[^\n]*"
    r"|(?<![\w?!])\?(?:\\.|[^\s\\])"
    r"|~(?P<sigil>[a-z]|[A-Z][A-Z0-9]*)(?P<open>\"\"\"|'''|[/|\"'(\[{<])"
    r"|\"\"\"|'''|\"|'|[{}]"
)
_ERLANG_PIECES: Final = re.compile(r"%[^\n]*|\$(?:\\.|[^\s\\])|\"\"\".*?\n[ \t]*\"\"\"|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}

_TEXT: Final = r"(?:~[cs])?(?:\"(?P<double>(?:[^\"\\#]|\\.|#(?!\{))*)\"|'(?P<single>(?:[^'\\#]|\\.|#(?!\{))*)')"
_ARGUMENT: Final = re.compile(rf"\s*{_TEXT}\s*(?=[,)\]}}\n]|\|>|$)")
_ELIXIR_CALL: Final = re.compile(
    r"(?<![\w:.])(?::?\"?Elixir\.)?System\s*\.\s*(?P<system>cmd|shell)\b"
    r"|(?<![\w.]):os\s*\.\s*(?P<os>cmd)\b"
    r"|(?<![\w:])Port\s*\.\s*(?P<port>open)\b|(?<![\w.]):erlang\s*\.\s*(?P<open>open_port)\b"
    r"|\bSystem\s*,\s*:(?:cmd|shell)\b|(?<!\w):os\s*,\s*:cmd\b|(?<!\w):erlang\s*,\s*:open_port\b|\bPort\s*,\s*:open\b"
    r"|\bimport\s+(?:System|Port)\b(?!\s*\.)|\balias\s+(?:System|Port)\s*,\s*as\b|\bimport\s+:(?:os|erlang)\b"
)
_ERLANG_CALL: Final = re.compile(
    r"(?<![\w:@])(?:'os'|os)\s*:\s*(?P<os>'?cmd'?)(?!\w)"
    r"|(?<![\w'@])(?:erlang\s*:\s*)?(?P<open>open_port)\s*(?=\()"
    r"|(?<![\w:'@])os\s*,\s*cmd\b|\berlang\s*,\s*open_port\b|\bfun\s+(?:erlang:)?open_port\b|-import\s*\(\s*os\b"
)
_SPAWN: Final = re.compile(
    r"\s*\(?\s*\{\s*:?(?P<kind>spawn(?:_executable|_driver)?)\s*,\s*(?:String\.to_charlist\(|to_charlist\()?"
)
# `@revision System.cmd(…)`: what stands there when the module is compiled
_ATTRIBUTE: Final = re.compile(r"^[ \t]*@\w+[ \t(]")
_NAME: Final = re.compile(r"(?<![\w:?])(?P<name>[a-z_]\w*)\b")


class ErlangFacts(NamedTuple):
    """The programs that the sources start, each with its place; those of a text for the shell, one by one."""

    programs: tuple[Called, ...]
    sources: int


def erlang_facts(context: Context, files: Sequence[str]) -> ErlangFacts:
    """Read the Elixir and Erlang sources among some files of the context.

    `System.cmd("git", ["log"])` starts git, `os:cmd("df -k")` a shell and df; what either computes is not known.
    """
    unused = tests(context, files)
    programs: list[Called] = []
    count = 0
    for path in files:
        count += path.endswith(ENDINGS)
        if not (path.endswith((*ENDINGS, *_TEMPLATES)) or _OPTIONS.search(path)) or _BUILD.search(path):
            continue
        text = context.read_text(path)
        if text is None or not _HINT.search(text):
            continue
        programs += _calls(path, text, path in unused)
    return ErlangFacts(tuple(programs), count)


def _calls(path: str, text: str, in_tests: bool) -> Iterator[Called]:
    options = _OPTIONS.search(path) is not None
    erlang = path.endswith(ERLANG) or options
    code = text if options or path.endswith(_TEMPLATES) else erlang_code(text) if erlang else elixir_code(text)
    for found in (_ERLANG_CALL if erlang else _ELIXIR_CALL).finditer(code):
        line = line_of(code, found.start())
        built = in_tests or bool(_ATTRIBUTE.match(code[code.rfind("\n", 0, found.start()) + 1 :]))
        kind = next((name for name, value in found.groupdict().items() if value), "")
        names, shell = _started(kind, found, text)
        for name in names:
            yield Called(program=name, shell=shell, path=path, line=line, in_tests=built)


def _started(kind: str, found: re.Match[str], text: str) -> tuple[tuple[str | None, ...], bool]:
    """The programs that a call names, and whether a shell starts them; None among them for one that it does not name."""
    after = found.end()
    if kind == "os" or found.group().endswith("shell"):
        return shell_programs(_literal(text, _past_parenthesis(text, after))), True
    if kind == "system":
        return (_literal(text, _past_parenthesis(text, after)),), False
    if kind in ("port", "open"):
        spawn = _SPAWN.match(text, after)
        if spawn is None or spawn["kind"] == "spawn_driver":
            return (None,), False
        literal = _literal(text, spawn.end(), ending=False)
        return (shell_programs(literal), True) if spawn["kind"] == "spawn" else ((literal,), False)
    return (None,), False


def _past_parenthesis(text: str, position: int) -> int:
    found = re.compile(r"\s*\(|[ \t]+(?=[\"'~])").match(text, position)
    return found.end() if found is not None else -1


def _literal(text: str, position: int, *, ending: bool = True) -> str | None:
    """A text without anything computed that stands at a position, alone in its place; None for all else."""
    if position < 0:
        return None
    found = _ARGUMENT.match(text, position) if ending else re.compile(rf"\s*{_TEXT}").match(text, position)
    if found is None:
        return None
    value = found["double"] if found["double"] is not None else found["single"]
    return value.replace('\\"', '"').replace("\\\\", "\\")


@cache
def shell_programs(text: str | None) -> tuple[str | None, ...]:
    """The programs of a text that a shell reads, without what the shell does itself; None among them for what it does not tell.

    >>> shell_programs("df -k | sort; cd /tmp"), shell_programs("$EDITOR x"), shell_programs(None)
    (('df', 'sort'), (None,), (None,))
    """
    if text is None:
        return (None,)
    # Loaded here: most sources ask no shell
    from minify.shell.run import read_command_line

    script = read_command_line(text)
    if script.opaque:
        return (None,)
    named = [command.program for command in script.commands if command.argv]
    return tuple(dict.fromkeys(name for name in named if name not in BUILTINS))


def elixir_code(text: str) -> str:
    r"""A source of the same length without comments and the texts of strings; what is interpolated stays.

    >>> elixir_code('f("a#{b("c")}d") # e')
    'f("   b(" ")} ")    '
    """
    out: list[str] = []
    _elixir(text, 0, out, inside=False)
    return "".join(out)


def _elixir(text: str, position: int, out: list[str], *, inside: bool) -> int:
    """Code up to the end, or to the brace that ends an interpolation."""
    depth = 0
    while found := _ELIXIR_PIECES.search(text, position):
        out.append(text[position : found.start()])
        piece = found[0]
        position = found.end()
        if piece == "{":
            depth += 1
            out.append(piece)
        elif piece == "}":
            out.append(piece)
            if inside and not depth:
                return position
            depth -= 1
        elif piece.startswith(("#", "?")):
            out.append(_blank(piece))
        else:
            opening = found["open"] or piece
            sigil = found["sigil"] or ""
            out.append(_blank(piece[: -len(opening)]) + opening)
            # ~H is a template: code in a text of its own
            position = _text_of(text, position, _CLOSING.get(opening, opening), out, sigil)
    out.append(text[position:])
    return len(text)


def _text_of(text: str, position: int, closing: str, out: list[str], sigil: str) -> int:
    raw = sigil[:1].isupper()
    shown = sigil in ("H", "L", "F")
    stop = re.compile(rf"{re.escape(closing)}" if raw else rf"\\.|#\{{|{re.escape(closing)}", re.DOTALL)
    while found := stop.search(text, position):
        before = text[position : found.start()]
        out.append(before if shown else _blank(before))
        position = found.end()
        if found[0] == closing:
            out.append(closing)
            return position
        out.append(_blank(found[0]))
        if found[0] == "#{":
            position = _elixir(text, position, out, inside=True)
    out.append(_blank(text[position:]))
    return len(text)


def erlang_code(text: str) -> str:
    """A source of the same length without comments and the texts of strings; quoted atoms stay.

    >>> erlang_code('f("a%b") % c')
    'f("   ")    '
    """

    def blank(found: re.Match[str]) -> str:
        piece = found[0]
        return f'"{_blank(piece[1:-1])}"' if piece.startswith('"') else _blank(piece)

    return _ERLANG_PIECES.sub(blank, text)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


class Dependency(NamedTuple):
    """A package, or an application of Erlang's own, that a project asks for, and the file that says so."""

    needs: Needs
    path: str


_MIX_DEP: Final = re.compile(r"\{\s*:(?P<name>\w+)\s*,(?P<rest>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_ONLY: Final = re.compile(r"\bonly:\s*(?P<only>:\w+|\[[^\]]*\])")
_AT_BUILD: Final = re.compile(r"\bruntime:\s*(?:false|Mix\.env)|\bruntime:\s*:?dev\b")
_LOCKED: Final = re.compile(r"^\s*\"(?P<name>[\w-]+)\":\s*\{(?P<rest>.*)$", re.MULTILINE)
_LOCKED_DEP: Final = re.compile(r"\{:(\w+),\s*\"")
_REBAR_LOCKED: Final = re.compile(r"\{<<\"(?P<name>\w+)\">>\s*,\s*\{")
_REBAR_DEP: Final = re.compile(r"[\[{,]\s*(?P<name>[a-z]\w*)\s*(?=[,\]}])")
_EXTRA: Final = re.compile(r"\b(?:extra_applications|included_applications|applications):\s*\[(?P<names>[^\]]*)\]")
_APPLICATIONS: Final = re.compile(
    r"\{\s*(?:applications|included_applications)\s*,\s*\[(?P<names>[^\]]*)\]|\{\s*release\s*,\s*\{[^}]*\}\s*,\s*\[(?P<of>[^\]]*)\]"
)


def dependencies(context: Context, files: Sequence[str]) -> tuple[Dependency, ...]:
    """The packages and applications with a row in the tables that a release of this project holds.

    `{:wallaby, "~> 0.30", only: :test}` is none, nor is what only such a package asks for.
    """
    found: dict[str, str] = {}
    for path in files:
        if _BUILD.search(path.replace("mix.exs", "")) or "/test/" in f"/{path}":
            continue
        name = path.rpartition("/")[2]
        text = context.read_text(path) if name in ("mix.exs", "rebar.config", "rebar.lock") or name.endswith((".app.src", ".app.src.script")) else None  # fmt: skip
        if text is None:
            continue
        if name == "mix.exs":
            lock = f"{path.removesuffix('mix.exs')}mix.lock"
            for one in _mix(elixir_code(text), context.read_text(lock) or ""):
                found.setdefault(one, path)
        else:
            for one in _rebar(name, text if name == "rebar.lock" else erlang_code(text)):
                found.setdefault(one, path)
    rows = ((erlang_needs(name), path) for name, path in found.items())
    return tuple(Dependency(row, path) for row, path in rows if row is not None)


def _mix(code: str, lock: str) -> Iterator[str]:
    asked = []
    for found in _MIX_DEP.finditer(code):
        only = _ONLY.search(found["rest"])
        if (only is None or ":prod" in only["only"]) and not _AT_BUILD.search(found["rest"]):
            asked.append(found["name"])
    for found in _EXTRA.finditer(code):
        asked += re.findall(r":(\w+)", found["names"])
    locked = {found["name"]: _LOCKED_DEP.findall(found["rest"]) for found in _LOCKED.finditer(lock)}
    seen: dict[str, None] = {}
    while asked:
        name = asked.pop(0)
        if name not in seen:
            seen[name] = None
            asked += locked.get(name, ())
    yield from seen


def _rebar(name: str, code: str) -> Iterator[str]:
    if name == "rebar.lock":
        yield from (found["name"] for found in _REBAR_LOCKED.finditer(code))
        return
    for found in _APPLICATIONS.finditer(code):
        yield from re.findall(r"[a-z]\w*", found["names"] or found["of"] or "")
    if name == "rebar.config" and (start := re.search(r"^\{\s*deps\s*,", code, re.MULTILINE)):
        # Up to the full stop that ends the term
        term = code[start.end() :].partition("}.")[0]
        yield from (found["name"] for found in _REBAR_DEP.finditer(term))


class Project(NamedTuple):
    """What a project says of its release: the file, the names that it may have, and what stands against its coming along."""

    path: str
    tool: str
    names: frozenset[str]
    stops: tuple[tuple[str, int], ...]


_ATOMS: Final = re.compile(r":(\w+)\b|\b(\w+):")
_NO_ERTS: Final = re.compile(r"\binclude_erts:\s*(?!true\b)\S")
_REBAR_RELEASE: Final = re.compile(r"\{\s*release\s*,\s*\{\s*'?(?P<name>\w+)'?\s*,")
_REBAR_STOPS: Final = (
    (re.compile(r"\{\s*include_erts\s*,(?!\s*true\b)"), "the release has no Erlang of its own (include_erts)"),
    (re.compile(r"\{\s*mode\s*,\s*minimal\b"), "the release has no Erlang of its own (mode minimal)"),
    (re.compile(r"\{\s*mode\s*,\s*dev\b"), "the release is links to where it is built (mode dev)"),
    (re.compile(r"\{\s*dev_mode\s*,\s*true\b"), "the release is links to where it is built (dev_mode)"),
    (re.compile(r"\{\s*extended_start_script_(?:hooks|extensions)\b"), "the start script runs hooks, which are not read"),
    (re.compile(r"\{\s*(?:generate_start_script|include_start_script)\s*,\s*false\b"), "the start script is one of the project's own"),
)  # fmt: skip


def project_of(context: Context, files: Sequence[str], tool: str, profile: str = "") -> Project | None:
    """The project whose release `mix` or `rebar3` makes: the manifest that lies highest; None without one."""
    wanted = "mix.exs" if tool == "mix" else "rebar.config"
    listed = sorted((p for p in files if p.rpartition("/")[2] == wanted and not _BUILD.search(p.removesuffix(wanted))), key=lambda p: (p.count("/"), p))  # fmt: skip
    text = context.read_text(listed[0]) if listed else None
    if text is None:
        return None
    path = listed[0]
    if tool == "mix":
        code = elixir_code(text)
        names = frozenset(one or other for one, other in _ATOMS.findall(code))
        stops = [("the release has no Erlang of its own (include_erts)", line_of(code, found.start())) for found in _NO_ERTS.finditer(code)]  # fmt: skip
        if re.search(r":distillery\b", code):
            stops.append(("Distillery makes the release, whose start script is another", 1))
        return Project(path, tool, names, tuple(stops))
    code = erlang_code(text)
    names = frozenset(found["name"] for found in _REBAR_RELEASE.finditer(code))
    return Project(path, tool, names, tuple(sorted(_rebar_stops(code, profile), key=lambda stop: stop[1])))


def _rebar_stops(code: str, profile: str) -> Iterator[tuple[str, int]]:
    """What a profile's own settings do not say otherwise: `{prod, [{relx, [{mode, prod}]}]}`."""
    profiles = re.search(r"^\{\s*profiles\s*,", code, re.MULTILINE)
    first = profiles.start() if profiles is not None else len(code)
    found = re.compile(rf"\{{\s*'?{re.escape(profile)}'?\s*,").search(code, first) if profile else None
    own = ""
    if found is not None:
        following = re.compile(r"^[ \t]{0,6}\{\s*\w+\s*,\s*\[", re.MULTILINE).search(code, found.end())
        own = code[found.end() : following.start() if following is not None else len(code)]
    whole = re.search(r"\{\s*mode\s*,\s*prod\b", own) is not None
    said = whole or (
        re.search(r"\{\s*dev_mode\s*,\s*false\b", own) and re.search(r"\{\s*include_erts\s*,\s*true\b", own)
    )
    if profile != "prod" and not re.search(r"\{\s*(?:mode\s*,\s*prod|include_erts\s*,\s*true)\b", code[:first] + own):
        yield "the release may have no Erlang of its own: neither mode nor include_erts says so", 1
    for number, (pattern, reason) in enumerate(_REBAR_STOPS):
        shared = number < 4 and said
        for text, start in ((code[:first], 0), (own, found.end() if found is not None else 0)):
            match = None if shared and text is not own else pattern.search(text)
            if match is not None:
                yield reason, line_of(code, start + match.start())


def script_text(text: str) -> str:
    """A script's text without the tags of EEx, each as a word of its own: `<%= @release.name %>`."""
    return re.sub(r"<%#.*?%>", "", re.sub(r"<%=?(?!#).*?%>", "eex", text, flags=re.DOTALL), flags=re.DOTALL)
