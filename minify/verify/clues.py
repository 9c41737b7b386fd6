"""What an application that fails in the new image says it lacks, and where the original image has it.

Read from error messages of interpreters, the dynamic loader, shells, engines and libraries: each row of the table is one
kind of message.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from minify.verify.subject import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What is lacking, in words, and the paths of the original image that would mend it."""

    what: str
    repair: tuple[str, ...] = ()


# Made when a container starts, or by the application itself
_MADE: Final = re.compile(r"/$|/(?:proc|sys|dev|run|tmp|var/tmp)(?:/|$)")


class _Where(NamedTuple):
    """The original image, and the directory that relative paths start from."""

    files: Files
    workdir: str

    def there(self, *paths: str) -> tuple[str, ...]:
        absolute = (posixpath.normpath(posixpath.join("/", self.workdir, path)) for path in paths if path)
        return tuple(dict.fromkeys(path for path in absolute if not _MADE.match(path) and self.files.exists(path)))


_Read = Callable[[re.Match[str], _Where], Clue]


def clues(text: str, files: Files, workdir: str = "/", lost: Iterable[str] = ()) -> tuple[Clue, ...]:
    """Everything that a text says is lacking, each once, in the order of the text.

    `lost` are the variables that only the original's environment has.
    """
    where = _Where(files, workdir)
    found = [(match.start(), read(match, where)) for match, read in _read(text)]
    found += [
        (named.start(), Clue(what=f"the environment variable {name}"))
        for name in lost
        if (named := re.search(rf"\b{re.escape(name)}\b", text))
    ]
    # Two messages may tell of one thing; the one that can be mended counts
    found.sort(key=lambda pair: (pair[0], not pair[1].repair))
    clues: dict[str, Clue] = {}
    for _, clue in found:
        if clue.what not in clues or not clues[clue.what].repair:
            clues[clue.what] = clue
    return tuple(Clue(what=clue.what, repair=_with_targets(clue.repair, files)) for clue in clues.values())


def _read(text: str) -> Iterator[tuple[re.Match[str], _Read]]:
    """Every message; of two that overlap the one that stands first in the table, which knows it better."""
    taken: list[tuple[int, int]] = []
    for pattern, read in _MESSAGES:
        for match in pattern.finditer(text):
            if all(match.end() <= start or end <= match.start() for start, end in taken):
                taken.append(match.span())
                yield match, read


def _with_targets(paths: Iterable[str], files: Files) -> tuple[str, ...]:
    """A link is of no use without what it points to: `libpq.so.5` and `libpq.so.5.16`."""
    both = ((path, files.resolve(path) or path) for path in paths)
    return tuple(dict.fromkeys(path for pair in both for path in pair))


def _library(found: re.Match[str], where: _Where) -> Clue:
    name = found["name"]
    paths = where.there(name) if "/" in name else where.files.find(name)
    return Clue(what=f"the library {name}", repair=paths[:1])


def _python_module(found: re.Match[str], where: _Where) -> Clue:
    name = found["name"]
    path = name.replace(".", "/")
    # The application's own modules lie in its working directory
    repair = python_module(name, where.files) or where.there(f"{path}.py", path)[:1]
    return Clue(what=f"the Python module {name}", repair=repair)


def python_module(name: str, files: Files) -> tuple[str, ...]:
    """Where a Python module is, by its dotted name: its package, its file, or its extension module."""
    path = name.replace(".", "/")
    last = posixpath.basename(path)
    for pattern in (last, f"{last}.py", f"{last}.*.so", f"{last}.so", f"{last}.pyc"):
        found = [one for one in files.find(pattern) if _holds_modules(one.removesuffix(posixpath.basename(one)), path)]
        if found:
            # The one nearest to the root: a module of that name inside of another package is another module
            return (min(found, key=lambda one: (one.count("/"), one)),)
    top = name.partition(".")[0]
    return python_module(top, files) if top != name else ()


_PYTHON_ROOT = re.compile(r"/(?:site-packages|dist-packages|lib-dynload|python3(?:\.\d+)?|python2\.7)/$")


def _holds_modules(directory: str, path: str) -> bool:
    parent = posixpath.dirname(path)
    return _PYTHON_ROOT.search(directory.removesuffix(f"{parent}/") if parent else directory) is not None


def _node_module(found: re.Match[str], where: _Where) -> Clue:
    name = found["name"]
    if name.startswith(("/", ".", "file:")):
        required = (found["by"] or found["stack"] or "").removeprefix("file://")
        base = posixpath.join(posixpath.dirname(required), name.removeprefix("file://"))
        paths = where.there(base, f"{base}.js", f"{base}.cjs", f"{base}.mjs", f"{base}.json", f"{base}.node")
        return Clue(what=f"the file {base}", repair=paths[:1])
    return Clue(what=f"the Node package {package_of(name)}", repair=node_package(name, where.files))


def package_of(name: str) -> str:
    """The package of what is imported.

    >>> package_of("@scope/name/sub"), package_of("lodash/fp")
    ('@scope/name', 'lodash')
    """
    return "/".join(name.split("/")[: 2 if name.startswith("@") else 1])


def node_package(name: str, files: Files) -> tuple[str, ...]:
    """Where a Node package is: the one nearest to the root."""
    package = package_of(name)
    found = [path for path in files.find(posixpath.basename(package)) if path.endswith(f"/node_modules/{package}")]
    return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:1])


def _program(found: re.Match[str], where: _Where) -> Clue:
    name = found["name"]
    if "/" in name:
        return _executed(found, where)
    paths = [path for path in where.files.find(name) if re.search(r"/s?bin/[^/]+$", path)]
    return Clue(what=f"the program {name}", repair=tuple(paths[:1]))


def _file(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what=f"the file {found['name']}", repair=where.there(found["name"]))


def _file_or_program(found: re.Match[str], where: _Where) -> Clue:
    if "/" not in found["name"] and not where.there(found["name"]):
        return _program(found, where)
    return _file(found, where)


def _template(found: re.Match[str], where: _Where) -> Clue:
    name = found["name"]
    paths = [path for path in where.files.find(posixpath.basename(name)) if path.endswith(f"/{name}")]
    near = [path for path in paths if path.startswith(f"{where.workdir}/")]
    return Clue(what=f"the template {name}", repair=tuple((near or paths)[:1]))


def _permission(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what=f"the permission to use {found['name']}")


def _executed(found: re.Match[str], where: _Where) -> Clue:
    """A script is "not found" as well when the interpreter that its first line names is not there."""
    path = next(iter(where.there(found["name"])), None)
    interpreter = (where.files.shebang(path) or "").split() if path is not None else []
    if not interpreter:
        return _file(found, where)
    return Clue(what=f"the program {interpreter[0]}, which runs {path}", repair=where.there(interpreter[0], path or ""))


_CERTIFICATES: Final = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt",
)  # fmt: skip


def _certificates(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what="the certificates of certificate authorities", repair=where.there(*_CERTIFICATES)[:1])


def _zone(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what=f"the time zone {found['name']}", repair=where.there("/usr/share/zoneinfo"))


def _locale(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what="a locale", repair=where.there("/usr/lib/locale"))


def _users(found: re.Match[str], where: _Where) -> Clue:
    return Clue(what="the names of users and groups", repair=where.there("/etc/passwd", "/etc/group"))


_QUOTED = r"""['"‘`](?P<name>[^'"’`\n]+)['"’`]"""
_PATH = r"(?P<name>/[^\s:'\"()]+)"

_MESSAGES: Final[tuple[tuple[re.Pattern[str], _Read], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        # The dynamic loader, also by the mouth of an interpreter
        (r"(?P<name>[\w./+-]+\.so(?:\.[\w.]+)*): cannot open shared object file", _library),
        (r"Error loading shared library (?P<name>[\w./+-]+\.so(?:\.[\w.]+)*)", _library),
        (r"No module named '?(?P<name>[A-Za-z_][\w.]*\w|[A-Za-z_])", _python_module),
        (
            r"Cannot find (?:module|package) '(?P<name>[^'\n]+)'(?: imported from (?P<by>[^\n]+)|\s+Require stack:\s+- (?P<stack>[^\n]+))?",
            _node_module,
        ),
        # Engines and Go; env; shells, of which busybox and dash write the line's number
        (r'exec: \\?"(?P<name>[^"\\\n]+)\\?": (?:executable file not found|(?:stat \S+ )?no such file)', _program),
        (r"exec (?P<name>/[^\s:]+): no such file or directory", _executed),
        (r"env: [‘'](?P<name>[^’'\n]+)[’']: No such file", _program),
        (r"(?m)^[\w./-]*sh: (?:(?:line )?\d+: )?(?P<name>[\w./+-]+): (?:command )?not found", _program),
        (r"(?m)line \d+: (?P<name>[\w./+-]+): command not found", _program),
        (r"spawn (?P<name>[\w./+-]+) ENOENT", _program),
        (r"Template(?:NotFound|DoesNotExist): (?P<name>[\w./-]+)", _template),
        (r"Failed to lookup view \"(?P<name>[\w./-]+)\"", _template),
        # A name without a slash is a program that was started, or a file of the working directory
        (rf"No such file or directory: b?{_QUOTED}", _file_or_program),
        (r"ENOENT: no such file or directory, \w+ '(?P<name>[^'\n]+)'", _file),
        (rf"(?:open|stat|lstat|chdir|read) {_PATH}: no such file or directory", _file),
        (rf"(?:cannot|can't|could not|unable to|failed to) (?:open|access|stat|read|find|load)[^\n'\"‘]* {_QUOTED}", _file),
        (rf"{_PATH}[:'\")]* (?:- )?\(?[Nn]o such file or directory", _file),
        (rf"No such file or directory @ \w+ - {_PATH}", _file),
        (rf"Permission denied: b?{_QUOTED}", _permission),
        (r"EACCES: permission denied, \w+ '(?P<name>[^'\n]+)'", _permission),
        (rf"(?:open|mkdir|unlink|stat|create) {_PATH}: permission denied", _permission),
        (rf"{_PATH}[:'\")]* \(?[Pp]ermission denied", _permission),
        (
            # Of OpenSSL, curl, Go, Node, requests and Java
            (
                r"(?i)unable to get local issuer certificate|UNABLE_TO_GET_ISSUER_CERT|certificate signed by unknown authority"
                r"|failed to load system roots|No CA certificates|error setting certificate (?:verify locations|file)"
                r"|invalid path: \S+\.(?:pem|crt)\b|trustAnchors parameter must be non-empty"
            ),
            _certificates,
        ),
        (r"No time zone found with key (?P<name>[\w/+-]+)", _zone),
        (r"unknown time zone (?P<name>[\w/+-]+)", _zone),
        (r"(?i)unsupported locale setting|cannot set locale|can't set the locale|setlocale: [^\n]*cannot change", _locale),
        (r"uid not found: \d+|no matching entries in passwd file|unknown userid \d+|no such user|I have no name", _users),
    )
)  # fmt: skip


_FAILURE = re.compile(
    # KeyError: 'A'; jinja2.exceptions.TemplateNotFound: x.html; fatal error: …
    r"(?:Uncaught )?(?:[\w.]+\.)?\w*(?:Error|Exception|Exit|Fault)\b.*|(?:\w+\.)+[A-Z]\w*: .*|(?i:panic|fatal|error)\b.*"
)
_ENGINES_OWN: Final = re.compile(r".*\b(?:OCI runtime|runc|crun)\b.*?(?P<said>exec: .*?)(?:: unknown\.?)?")


def failure(text: str) -> str:
    """The line that says why a program failed: its exception, else the last line.

    >>> failure("Traceback (most recent call last):\\n  File x\\nKeyError: 'A'\\n\\nbye")
    "KeyError: 'A'"
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in lines:
        # Whatever the engine ran it with, what could not be run stands at the end
        if engine := _ENGINES_OWN.fullmatch(line):
            return engine["said"]
    named = [line for line in lines if _FAILURE.match(line)]
    return (named or lines or [""])[-1]


def only_in(text: str, other: str, normal: Callable[[str], str], normal_other: Callable[[str], str]) -> str:
    """The lines of a text that another one has not, in whatever form both are compared."""
    known = frozenset(normal_other(other).split("\n"))
    return "\n".join(line for line in text.split("\n") if line.strip() and normal(line) not in known)
