"""What go.mod and an application's own Go sources say: main packages, cgo, files opened by name, programs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from minify.context.places import Called, Lines, PathLiteral, Place, Uncertain
from minify.context.tests import tests
from minify.context.tree import Context

# Packages whose presence changes what a final image must hold.
OF_INTEREST: Final = frozenset({
    "C", "plugin", "os/exec", "os/user", "net", "net/http", "net/smtp", "crypto/tls", "crypto/x509",
    "time/tzdata", "embed", "log/syslog", "html/template", "text/template", "mime",
})  # fmt: skip

# Comments, and literals by their group.
_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?P<double>(?:[^"\\\n]|\\.)*)"|`(?P<raw>[^`]*)`|'(?:[^'\\\n]|\\.[^'\n]*)'""",
    re.DOTALL,
)
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+(\w+)", re.MULTILINE)
_IMPORTS = re.compile(r"^import[ \t]*(?:\(([^)]*)\)|([^\n]*))", re.MULTILINE)
_QUOTED = re.compile(r"""["`]([^"`\n]+)["`]""")
_IGNORED = re.compile(r"^//(?:go:build|[ \t]*\+build)[ \t]+ignore\b", re.MULTILINE)
_EMBED = re.compile(r"^//go:embed[ \t]+([^\n]+)", re.MULTILINE)
_EXEC = re.compile(r"\bexec\.(?:Command|CommandContext|LookPath)\(")
_LOCATION = re.compile(r"\btime\.LoadLocation\(")
# https://pkg.go.dev/os/user; LookupId asks for a number, and has one without the file
_USERS = re.compile(r"\buser\.Lookup(?:Group)?\(")
_OPENS = re.compile(
    r"\b(?:os\.(?:Open|OpenFile|ReadFile|ReadDir|Stat|Lstat|Create|WriteFile|Mkdir|MkdirAll|DirFS|Chdir)|"
    r"ioutil\.(?:ReadFile|ReadDir|WriteFile)|http\.(?:Dir|ServeFile)|\w+\.(?:ParseFiles|ParseGlob)|"
    r"\w+\.(?:LoadHTMLGlob|LoadHTMLFiles|StaticFile|Static|SendFile|File|ServeFile)|"
    r"viper\.(?:SetConfigFile|AddConfigPath)|godotenv\.(?:Load|Overload|Read)|\w+\.LoadX509KeyPair|"
    r"\w+\.ListenAndServeTLS|filepath\.(?:Walk|WalkDir|Glob))\("
)
_PATH = re.compile(r"/[A-Za-z0-9_.@+-]+(?:/[A-Za-z0-9_.@+-]+)*/?")
_MIGRATIONS = re.compile(r"file://(/{0,1}[\w./-]+)")


class GoModule(NamedTuple):
    """One line of a require block."""

    path: str
    version: str
    indirect: bool
    line: int


class GoMod(NamedTuple):
    """One go.mod."""

    file: str
    directory: str
    module: str | None = None
    go: str | None = None
    requires: tuple[GoModule, ...] = ()
    replaced: tuple[str, ...] = ()


class Embed(NamedTuple):
    """`//go:embed static/*`: `pattern` is relative to the directory of the source."""

    pattern: str
    path: str
    line: int


class GoFacts(NamedTuple):
    """What the sources say; `packages` gives the imports of each directory's non-test sources."""

    modules: tuple[GoMod, ...] = ()
    main_packages: tuple[str, ...] = ()
    packages: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    imports: Mapping[str, tuple[Place, ...]] = MappingProxyType({})
    cgo: tuple[Place, ...] = ()
    embeds: tuple[Embed, ...] = ()
    opened: tuple[PathLiteral, ...] = ()
    programs: tuple[Called, ...] = ()
    locations: tuple[Place, ...] = ()
    users: tuple[Place, ...] = ()
    """Where users and groups are looked up by name, in /etc/passwd and /etc/group."""
    vendored: bool = False
    uncertain: tuple[Uncertain, ...] = ()

    @property
    def module(self) -> str | None:
        """The module's path, of the go.mod nearest to the root."""
        return self.modules[0].module if self.modules else None

    @property
    def go_version(self) -> str | None:
        """The `go` line of the go.mod nearest to the root."""
        return self.modules[0].go if self.modules else None

    @property
    def requirements(self) -> tuple[GoModule, ...]:
        """All modules that are required, indirect ones as well."""
        return tuple(item for module in self.modules for item in module.requires)

    def reached(self, directory: str) -> tuple[str, ...]:
        """The directories whose packages a main package is built of, itself first."""
        found: dict[str, None] = {}
        pending = [directory]
        while pending:
            current = pending.pop(0)
            if current in found or current not in self.packages:
                continue
            found[current] = None
            below = map(self._directory_of, self.packages[current])
            pending.extend(item for item in below if item is not None)
        return tuple(found)

    def _directory_of(self, package: str) -> str | None:
        for module in self.modules:
            if module.module and (package == module.module or package.startswith(module.module + "/")):
                below = package[len(module.module) + 1 :]
                return "/".join(filter(None, (module.directory, below)))
        return None


def go_facts(context: Context, files: Sequence[str], argv: Sequence[str] = ()) -> GoFacts:
    """Read go.mod files and Go sources among `files`, less vendored packages and testdata; `argv` is what builds the program."""
    unused = tests(context, files, argv)
    modules: list[GoMod] = []
    mains: dict[str, None] = {}
    packages: dict[str, dict[str, None]] = {}
    imports: dict[str, list[Place]] = {}
    embeds: list[Embed] = []
    opened: list[PathLiteral] = []
    programs: list[Called] = []
    locations: list[Place] = []
    users: list[Place] = []
    uncertain: list[Uncertain] = []
    for path in files:
        directories = path.split("/")[:-1]
        if "vendor" in directories or "testdata" in directories:
            continue
        if path.rpartition("/")[2] == "go.mod":
            text = context.read_text(path)
            if text is not None:
                modules.append(read_go_mod(text, path))
            continue
        text = context.read_text(path) if path.endswith(".go") else None
        if text is None:
            continue
        source = _GoSource(path, text)
        if source.ignored:
            continue
        in_tests = path in unused
        directory = "/".join(directories)
        for name, line in source.imports():
            if name in OF_INTEREST:
                imports.setdefault(name, []).append(Place(path, line, in_tests))
            if not path.endswith("_test.go"):
                packages.setdefault(directory, {}).setdefault(name)
        if not path.endswith("_test.go"):
            packages.setdefault(directory, {})
            if source.package == "main":
                mains.setdefault(directory)
        embeds.extend(source.embeds())
        for literal, line in source.opened():
            opened.append(PathLiteral(literal=literal, path=path, line=line, in_tests=in_tests))
        for program, line in source.programs():
            programs.append(
                Called(
                    program=program,
                    shell=(program or "").rpartition("/")[2] in ("sh", "bash", "ash", "zsh", "dash"),
                    path=path,
                    line=line,
                    argv=(program,) if program else (),
                    in_tests=in_tests,
                )
            )
        locations.extend(Place(path, line, in_tests) for line in source.locations())
        users.extend(Place(path, line, in_tests) for line in source.users())
    modules.sort(key=lambda item: (item.directory.count("/") + bool(item.directory), item.file))
    return GoFacts(
        modules=tuple(modules),
        main_packages=tuple(sorted(mains)),
        packages=MappingProxyType({key: tuple(value) for key, value in packages.items()}),
        imports=MappingProxyType({key: tuple(value) for key, value in imports.items()}),
        cgo=tuple(imports.get("C", ())),
        embeds=tuple(embeds),
        opened=tuple(opened),
        programs=tuple(programs),
        locations=tuple(locations),
        users=tuple(users),
        vendored=any(path.endswith("vendor/modules.txt") for path in files),
        uncertain=tuple(uncertain),
    )


def read_go_mod(text: str, path: str = "go.mod") -> GoMod:
    """Read a go.mod.

    >>> read_go_mod("module a.b/c\\ngo 1.22\\nrequire d.e/f v1.0.0 // indirect\\n").requires[0].path
    'd.e/f'
    """
    module = go = None
    requires: list[GoModule] = []
    replaced: list[str] = []
    block = ""
    for number, line in enumerate(text.splitlines(), 1):
        code, _, comment = line.partition("//")
        words = [word.strip('"`') for word in code.split()]
        if not words:
            continue
        if words[0] == ")":
            block = ""
            continue
        if len(words) > 1 and words[1] == "(":
            block = words[0]
            continue
        verb, rest = (block, words) if block else (words[0], words[1:])
        if verb == "module" and rest:
            module = rest[0]
        elif verb == "go" and rest:
            go = rest[0]
        elif verb == "require" and len(rest) > 1:
            requires.append(GoModule(path=rest[0], version=rest[1], indirect="indirect" in comment, line=number))
        elif verb == "replace" and "=>" in rest:
            replaced.append(rest[0])
    return GoMod(
        file=path,
        directory=posixpath.dirname(path),
        module=module,
        go=go,
        requires=tuple(requires),
        replaced=tuple(replaced),
    )


class _GoSource:
    """One source, with its comments blanked, and its literals as well where calls are looked for."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = Lines(text)
        self.code = _TOKEN.sub(_blank_comments, text)
        self.bare = _TOKEN.sub(_blank_all, text)
        found = _PACKAGE.search(self.bare)
        self.package = found[1] if found else ""
        # A program of the `go run` kind that is no part of its directory's package.
        head = text[: found.start()] if found else ""
        self.ignored = _IGNORED.search(head) is not None

    def _line(self, offset: int) -> int:
        return self.lines.at(offset)

    def imports(self) -> Iterator[tuple[str, int]]:
        for found in _IMPORTS.finditer(self.bare):
            for quoted in _QUOTED.finditer(self.code, found.start(), found.end()):
                yield quoted[1], self._line(quoted.start())

    def embeds(self) -> Iterator[Embed]:
        for found in _EMBED.finditer(self.text):
            for pattern in re.findall(r'"([^"]+)"|`([^`]+)`|(\S+)', found[1]):
                text = next(filter(None, pattern))
                yield Embed(text.removeprefix("all:"), self.path, self._line(found.start()))

    def programs(self) -> Iterator[tuple[str | None, int]]:
        for found in _EXEC.finditer(self.bare):
            start, end = self._arguments(found.end())
            at = start
            if found[0].startswith("exec.CommandContext"):
                comma = self.bare.find(",", start, end)
                at = comma + 1 if comma >= 0 else start
            literal = re.compile(r"\s*[\"`]([^\"`\n]*)[\"`]\s*[,)]").match(self.code, at, end + 1)
            yield (literal[1] if literal else None), self._line(found.start())

    def locations(self) -> Iterator[int]:
        for found in _LOCATION.finditer(self.bare):
            yield self._line(found.start())

    def users(self) -> Iterator[int]:
        for found in _USERS.finditer(self.bare):
            yield self._line(found.start())

    def opened(self) -> Iterator[tuple[str, int]]:
        """Literals passed to what opens files, and absolute paths anywhere, in order and once each."""
        found: dict[tuple[int, str], None] = {}
        for call in _OPENS.finditer(self.bare):
            start, end = self._arguments(call.end())
            for token in _TOKEN.finditer(self.text, start, end):
                literal = token["double"] if token["double"] is not None else token["raw"]
                if literal and len(literal) < 200 and "\n" not in literal:
                    found[token.start(), literal] = None
            if "godotenv." in call[0] and start == end:
                found[call.start(), ".env"] = None
        for token in _TOKEN.finditer(self.text):
            literal = token["double"] or token["raw"] or ""
            if _PATH.fullmatch(literal):
                found[token.start(), literal] = None
            elif match := _MIGRATIONS.fullmatch(literal):
                found[token.start(), match[1]] = None
        for offset, literal in sorted(found):
            yield literal, self._line(offset)

    def _arguments(self, start: int) -> tuple[int, int]:
        depth = 1
        for found in re.compile(r"[()]").finditer(self.bare, start):
            depth += 1 if found[0] == "(" else -1
            if depth == 0:
                return start, found.start()
        return start, len(self.bare)


def _blank_comments(found: re.Match[str]) -> str:
    return found[0] if found[0][0] in "\"`'" else re.sub(r"[^\n]", " ", found[0])


def _blank_all(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
