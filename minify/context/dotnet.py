"""What the projects and sources of a .NET application say: its kind, its packages, the programs that it starts, what it asks of the system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.context.places import Called, Lines, Place, line_of
from minify.context.tree import Context

SOURCES: Final = (".cs", ".fs", ".vb", ".cshtml", ".razor")
PROJECTS: Final = (".csproj", ".fsproj", ".vbproj", ".props", ".targets")

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|\(\*.*?\*\)|"""(?:.*?)"""|[$@]{0,2}@[$]?"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)\'',
    re.DOTALL,
)
_STARTS = re.compile(r"\bProcess\s*\.\s*Start\s*\(|\bProcessStartInfo\b|\bnew\s+Process\b|\bShell\s*\(\s*\"")
_STARTERS = re.compile(r"\busing\s+(?:CliWrap|Medallion\.Shell|SimpleExec|RunProcessAsTask)\b")
_IMPORTS = re.compile(r"\b(?:Dll|Library)Import\s*\(\s*(?:\"([^\"]+)\")?|\bNativeLibrary\s*\.\s*(?:Load|TryLoad)\s*\(")
_ZONES = re.compile(r"\bTimeZoneInfo\b|\bNodaTime\b|\bTZConvert\b")
_LITERAL = re.compile(r'[\s({\[]*(?:@|\$)*"([^"\\\n]+)"')
_REFERENCE = re.compile(r"<PackageReference\b[^>]*\b(?:Include|Update)\s*=\s*\"([\w.-]+)\"", re.IGNORECASE)
_INVARIANT = re.compile(r"<InvariantGlobalization>\s*true\s*<", re.IGNORECASE)
_RUNTIMES = re.compile(r"<RuntimeIdentifiers?>\s*([^<]+)<", re.IGNORECASE)
_WEB = re.compile(r"Microsoft\.NET\.Sdk\.(?:Web|BlazorWebAssembly)\"|Microsoft\.AspNetCore\.App\"")
# Of Windows and of the C library, which every system that runs the source has, or has no use for
_HARMLESS = re.compile(
    r"(?:libc|libc\.so\.6|libdl|libm|libpthread|kernel32|user32|gdi32|advapi32|shell32|ntdll|ole32|psapi|dwmapi|winmm|shcore|dbghelp|iphlpapi"
    r"|ws2_32|crypt32|secur32|netapi32|wtsapi32|userenv|setupapi|version|comctl32|uxtheme|msvcrt)(?:\.dll)?",
    re.IGNORECASE,
)
_TEST = re.compile(r"(?:^|[./_-])(?:tests?|specs?|unittests?|integrationtests?|benchmarks?)(?:[./_-]|$)", re.IGNORECASE)


class Package(NamedTuple):
    """A NuGet package that a project asks for."""

    name: str
    path: str
    line: int


class Load(NamedTuple):
    """A native library that a source loads: `[DllImport("sqlite3")]`; the name is None where it is computed."""

    name: str | None
    path: str
    line: int


class DotnetFacts(NamedTuple):
    """What was read; `sources` and `projects` are how many files."""

    programs: tuple[Called, ...] = ()
    loads: tuple[Load, ...] = ()
    zones: tuple[Place, ...] = ()
    """Uses of time zones by name."""
    packages: tuple[Package, ...] = ()
    invariant: tuple[str, ...] = ()
    """The projects that ask for no culture data."""
    web: bool = False
    runtimes: tuple[str, ...] = ()
    """Runtime identifiers that projects name, `linux-musl-x64`."""
    sources: int = 0
    projects: int = 0


def dotnet_facts(context: Context, files: Sequence[str]) -> DotnetFacts:
    """Read the projects and sources among some files of the context; tests are left out."""
    programs: list[Called] = []
    loads: list[Load] = []
    zones: list[Place] = []
    packages: list[Package] = []
    runtimes: list[str] = []
    invariant: list[str] = []
    web = False
    sources = projects = 0
    for path in files:
        if is_test(path) or not path.endswith((*SOURCES, *PROJECTS)):
            continue
        text = context.read_text(path)
        if text is None:
            continue
        if path.endswith(PROJECTS):
            projects += 1
            packages += [Package(m[1], path, line_of(text, m.start())) for m in _REFERENCE.finditer(text)]
            invariant += [path] if _INVARIANT.search(text) else []
            web |= _WEB.search(text) is not None
            runtimes += [name.strip() for m in _RUNTIMES.finditer(text) for name in m[1].split(";") if name.strip()]
            continue
        sources += 1
        code, bare = _blank(text, comments_only=True), _blank(text, comments_only=False)
        lines = Lines(text)
        for offset, name in _programs(code, bare):
            shell = (name or "").rpartition("/")[2] in ("sh", "bash", "ash", "zsh", "dash")
            programs.append(Called(program=name, shell=shell, path=path, line=lines.at(offset)))
        loads += [
            Load(match[1], path, lines.at(match.start()))
            for match in _IMPORTS.finditer(code)
            if bare[match.start()] != " " and not (match[1] and _HARMLESS.fullmatch(match[1]))
        ]
        zones += [Place(path, lines.at(m.start())) for m in _ZONES.finditer(bare)]
    return DotnetFacts(
        programs=tuple(programs),
        loads=tuple(loads),
        zones=tuple(zones),
        packages=tuple(packages),
        invariant=tuple(invariant),
        web=web,
        runtimes=tuple(dict.fromkeys(runtimes)),
        sources=sources,
        projects=projects,
    )


def is_test(path: str) -> bool:
    """Whether a file belongs to a project of tests.

    >>> is_test("src/Shop.Tests/Cart.cs"), is_test("tests/Shop/Cart.cs"), is_test("src/Shop/Contest.cs")
    (True, True, False)
    """
    return _TEST.search(path.rpartition("/")[0]) is not None


def _programs(code: str, bare: str) -> Iterator[tuple[int, str | None]]:
    for match in _STARTS.finditer(bare):
        literal = _LITERAL.match(code, match.end() - 1 if match[0].endswith("(") else match.end())
        yield match.start(), literal[1].split()[0] if literal and literal[1].split() else None
    for match in _STARTERS.finditer(bare):
        yield match.start(), None


def _blank(text: str, *, comments_only: bool) -> str:
    """The text with its comments (and its literals) as white space: offsets and lines stay."""

    def blank(match: re.Match[str]) -> str:
        token = match[0]
        literal = token[0] in "\"'@$"
        if comments_only and literal:
            return token
        inner = re.sub(r"[^\n]", " ", token)
        return token[0] + inner[1:-1] + token[-1] if literal and len(token) > 1 else inner

    return _TOKEN.sub(blank, text)
