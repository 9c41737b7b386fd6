"""What Julia sources start, load by name and install, and the packages that they ask for: comments and texts of strings are blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

_DATA: Final = Path(__file__).parent / "data" / "julia-needs.yaml"
ENDINGS: Final = (".jl",)
_MANIFESTS: Final = ("Project.toml", "Manifest.toml", "JuliaProject.toml", "JuliaManifest.toml")
# What builds a package, its pages and its tests: https://pkgdocs.julialang.org/v1/creating-packages/
_ELSEWHERE: Final = re.compile(r"(?:^|/)(?:deps/build|docs/make|test/.*|benchmark/.*)\.jl$")
_PIECES: Final = re.compile(
    r"(?P<comment>\#=.*?=\#|\#[^\n]*)"
    r"|(?P<text>\"\"\"(?:[^\\]|\\.)*?\"\"\"|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<command>```(?:[^\\]|\\.)*?```|`(?:[^`\\]|\\.)*`)"
    # A quote behind a word is a transpose
    r"|(?P<char>(?<![\w)\]}'.])'(?:\\[^\n]{1,9}?|[^'\\\n])')",
    re.DOTALL,
)
_INSERTED: Final = re.compile(r"\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
# https://docs.julialang.org/en/v1/manual/running-external-programs/
_MAKES: Final = re.compile(r"\bCmd\s*\(\s*(?P<first>[^\s`])|\bshell_parse\b|\bcmd_gen\b|\bcmd_str\b")
_ITSELF: Final = re.compile(r"`*\s*\$\(?(?:Base\.)?julia_cmd\b")
# https://docs.julialang.org/en/v1/manual/calling-c-and-fortran-code/
_CCALL: Final = re.compile(r"\b(?:ccall|cglobal)\s*\(\s*\(\s*(?P<name>[^,()]+),\s*(?P<library>[^()\s,]+)\s*,?\s*\)")
_AT_CCALL: Final = re.compile(r"@ccall\s+(?:[\w.]*\s+)?(?P<library>\"[^\"\n]*\"|\$?[A-Za-z_]\w*)\.\w")
_OPENS: Final = re.compile(r"\b(?:dlopen|dlopen_e|find_library|load_library)\s*\(\s*(?P<library>[^()\s,]*)")
_BINDS: Final = re.compile(r"\bconst\s+(?P<name>\w+)\s*=\s*\"(?P<library>[^\"\n]*)\"")
# https://pkgdocs.julialang.org/v1/api/: what may fetch, or change what is installed
_INSTALLS: Final = re.compile(
    r"\bPkg\s*\.\s*(?:add|instantiate|update|up|develop|build|resolve|precompile|rm|free|test|Registry|API|PackageSpec|Artifacts)\b|\bpkg\""
    r"|(?<!function )\b(?:ensure_artifact_installed|download_artifact)\b|@artifact_str"
)
_ASKS: Final = re.compile(r"^[ \t]*(?:@\w+\s+)*(?:using|import)[ \t]+(?P<names>[^\n#]+)", re.MULTILINE)
_SECTION: Final = re.compile(r"^\[\[?(?:deps\.)?(?P<name>\"?[\w.]+\"?)\]\]?[ \t]*$", re.MULTILINE)
_DEPS: Final = re.compile(r"^\[(?:deps|weakdeps|extras)\][ \t]*$(?P<body>.*?)(?=^\[|\Z)", re.DOTALL | re.MULTILINE)
_NAME: Final = re.compile(r"^(\w+)\s*=", re.MULTILINE)


class JuliaFacts(NamedTuple):
    """Programs that the sources start; `loads` and `installs` are places; `packages` are those asked for, each with its file."""

    programs: tuple[Called, ...]
    loads: tuple[str, ...]
    installs: tuple[str, ...]
    packages: tuple[tuple[str, str], ...]
    sources: int


def julia_facts(
    context: Context, files: Sequence[str], code: Sequence[tuple[str, str]] = (), started: str | None = None
) -> JuliaFacts:
    """Read the Julia files among some files of the context, and code that the command gives.

    A literal in backquotes is a program that something starts; `ccall((:f, "libx"), …)` loads a library by name.
    """
    texts: list[tuple[str, str]] = list(code)
    packages: dict[str, str] = {}
    unused = tests(context, files, (started,) if started else ())
    for path in files:
        name = path.rpartition("/")[2]
        if name in _MANIFESTS and not _ELSEWHERE.search(f"{path.rpartition('/')[0]}/x.jl"):
            for package in _listed(name, context.read_text(path) or ""):
                packages.setdefault(package, path)
        elif path == started or (path.endswith(ENDINGS) and path not in unused and not _ELSEWHERE.search(path)):
            texts.append((path, context.read_text(path) or ""))
    # A name for a library may stand in another file than the call
    libraries = {m["name"]: m["library"] for _, text in texts for m in _BINDS.finditer(text)}
    programs: list[Called] = []
    loads: list[str] = []
    installs: list[str] = []
    for path, text in texts:
        blank, commands = _blanked(text)
        starts = [(offset, said) for offset, said in commands if not _ITSELF.match(said)]
        starts += [(m.start(), "") for m in _MAKES.finditer(blank) if m["first"] is None or m["first"] != "`"]
        programs += [
            Called(program=_program(said), shell=False, path=path, line=line_of(text, offset))
            for offset, said in sorted(starts)
        ]
        loads += [f"{path}:{line_of(text, offset)}" for offset in _loads(text, blank, libraries)]
        installs += [f"{path}:{line_of(text, m.start())}" for m in _INSTALLS.finditer(blank)]
        for found in _ASKS.finditer(blank):
            for package in _names(found["names"]):
                packages.setdefault(package, path)
    return JuliaFacts(tuple(programs), tuple(loads), tuple(installs), tuple(packages.items()), len(texts))


def _blanked(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The code with comments and the texts of strings as blanks, and the literals in backquotes with their offsets.

    >>> _blanked('x = "a $(f(1))" # `ls`')[0]
    'x = "  $(f(1))"       '
    """
    commands: list[tuple[int, str]] = []

    def blank(match: re.Match[str]) -> str:
        whole = match[0]
        if match["command"] is not None:
            commands.append((match.start(), whole))
        out = list(re.sub(r"[^\n]", " ", whole))
        if match["comment"] is None:
            out[0] = out[-1] = whole[0]
        if match["text"] is not None:
            for found in _INSERTED.finditer(whole):
                inside, more = _blanked(found[0])
                commands.extend((match.start() + found.start() + offset, said) for offset, said in more)
                out[found.start() : found.end()] = inside
            # Quotes within what is inserted end the text too early: what starts there may be more
            if re.search(r"\$\([^`]*`", _INSERTED.sub("", whole)):
                commands.append((match.start(), ""))
        return "".join(out)

    return _PIECES.sub(blank, text), commands


def _program(said: str) -> str | None:
    """The first word of a literal; None where it is made of something.

    >>> _program("`git log $ref`"), _program("`$tool x`")
    ('git', None)
    """
    words = said.strip("`").split()
    return words[0] if words and not re.search(r"[$'\"\\]", words[0]) else None


def _loads(text: str, blank: str, names: dict[str, str]) -> Iterator[int]:
    """Offsets of calls that load a library which is none of Julia's own."""
    for pattern in (_CCALL, _AT_CCALL, _OPENS):
        # The name of a library stands in a text, which is blank
        for found in pattern.finditer(text):
            if blank[found.start()] != text[found.start()]:
                continue
            said = found["library"]
            name = said.strip('"') if said.startswith('"') else names.get(said.lstrip("$"))
            of_call = found["name"] if "name" in pattern.groupindex else ""
            if name is None and pattern is _AT_CCALL and said in ("Base", "Libc"):
                continue
            if of_call.strip().startswith("$") or name is None or name.removesuffix(".so") not in own_libraries():
                yield found.start()


def _names(said: str) -> Iterator[str]:
    """The packages of `using HTTP, JSON3` and `import Dates: now`; a leading dot is a module of the application."""
    for part in said.partition(";")[0].partition(":")[0].split(","):
        word = part.strip().split(" as ")[0].partition(".")[0] if not part.strip().startswith(".") else ""
        if word.isidentifier():
            yield word


def _listed(name: str, text: str) -> Iterator[str]:
    """The packages that a Project.toml asks for, and all that a Manifest.toml knows."""
    if name.endswith("Manifest.toml"):
        yield from (m["name"].strip('"') for m in _SECTION.finditer(text))
        return
    found = _DEPS.search(text)
    yield from _NAME.findall(found["body"]) if found is not None and found[0].startswith("[deps]") else ()


@cache
def package_needs(name: str) -> str | None:
    """Why a package cannot do its work without a shell, other programs or libraries of the system; None when nothing is known against it.

    >>> package_needs("PyCall"), package_needs("HTTP")
    ('loads a Python of the system by name, or fetches one', None)
    """
    table: dict[str, str] = precompiled.table(_DATA)["packages"]
    return table.get(name)


@cache
def own_libraries() -> frozenset[str]:
    """The libraries that Julia has beside itself, and the C library's."""
    listed: str = precompiled.table(_DATA)["own"]
    return frozenset(listed.split())
