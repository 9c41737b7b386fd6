"""What third-party packages need beside themselves: the tables of data/; a row is checked when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from minify import precompiled
from minify.errors import InternalError

_DATA: Final = Path(__file__).parent / "data"
_LISTS = ("programs", "libraries", "files", "loads")
_FLAGS = ("shell", "unknown", "optional", "command", "bundled", "fallback", "alone", "compiles", "imported")


class Needs(NamedTuple):
    """One row: the programs it starts, the libraries it loads by name; data/*.yaml explain the fields."""

    name: str
    why: str = ""
    programs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    shell: bool = False
    unknown: bool = False
    optional: bool = False
    command: bool = False
    bundled: bool = False
    fallback: bool = False
    alone: bool = False
    compiles: bool = False
    imported: bool = False

    @property
    def always_shell(self) -> bool:
        """Whether an application that merely depends on it must keep a shell."""
        return self.shell and not self.optional and not self.command


def python_needs(project: str) -> Needs:
    """The row of a project by its normalised name; an empty one when there is none.

    >>> python_needs("gitpython").programs, python_needs("flask").programs
    (('git',), ())
    """
    found = _find("python-needs.yaml", "packages", project) or _find("python-needs.yaml", "modules", project)
    return found or Needs(name=project)


def python_modules() -> tuple[str, ...]:
    """The modules that need more than their package: `django.contrib.gis`; python_needs knows them, too."""
    return tuple(_read("python-needs.yaml", "modules"))


def node_needs(package: str) -> Needs:
    """The row of a package; an empty one when there is none.

    >>> node_needs("simple-git").programs, node_needs("express").programs
    (('git',), ())
    """
    return _find("node-needs.yaml", "packages", package) or Needs(name=package)


@cache
def node_installers() -> frozenset[str]:
    """The programs that install Node packages: `npm`, `bun`."""
    return frozenset(str(precompiled.table(_DATA / "node-needs.yaml")["installers"]).split())


@cache
def node_everywhere(*, sources: bool) -> frozenset[str]:
    """The packages whose program can be run by node from where `npm install --global` puts it; with `sources` of an application, too.

    >>> sorted(node_everywhere(sources=False) - node_everywhere(sources=True))
    ['htmlhint', 'json-server', 'prettier', 'svgo']
    """
    table = precompiled.table(_DATA / "node-needs.yaml")
    return frozenset(f"{table['everywhere']} {'' if sources else table['configured']}".split())


def java_needs(artifact: str) -> Needs:
    """The row of a library of the JVM by its artifact's name; an empty one when there is none.

    >>> java_needs("commons-exec").unknown, java_needs("guava").unknown
    (True, False)
    """
    return _find("java-needs.yaml", "packages", artifact) or Needs(name=artifact)


def dotnet_needs(package: str) -> Needs:
    """The row of a NuGet package by its name in lower case; an empty one when there is none.

    >>> dotnet_needs("ffmpegcore").programs, dotnet_needs("serilog").programs
    (('ffmpeg', 'ffprobe'), ())
    """
    return _find("dotnet-needs.yaml", "packages", package) or Needs(name=package)


def erlang_needs(package: str) -> Needs | None:
    """The row of a package of Hex, or of an application of Erlang's own.

    >>> erlang_needs("os_mon").programs, erlang_needs("plug")
    (('sh', 'df'), None)
    """
    return _find("erlang-needs.yaml", "packages", package)


def native_needs(registry: str, name: str) -> Needs | None:
    """The row of a library of a compiled language, by its registry and name; `system` rows are patterns.

    >>> native_needs("crates", "duct").why, native_needs("crates", "serde"), native_needs("system", "libpq-dev")
    ('starts programs', None, None)
    """
    if registry != "system":
        return _find("native-needs.yaml", registry, name)
    for pattern, row in native_table(registry).items():
        if fnmatchcase(name, pattern):
            return row
    return None


@cache
def native_table(registry: str) -> Mapping[str, Needs]:
    """All rows of one registry of native-needs.yaml."""
    return _all("native-needs.yaml", registry)


def native_calls(section: str, key: str) -> tuple[str, ...]:
    """Names by which compiled programs start others or load libraries: a list of native-calls.yaml.

    >>> native_calls("symbols", "loads")
    ('dlopen', 'dlmopen')
    """
    names = _read("native-calls.yaml", section).get(key)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise InternalError(f"{section}: {key} is no list of names", path="native-calls.yaml")
    return tuple(names)


def python_table() -> Mapping[str, Needs]:
    """All rows of python-needs.yaml, by normalised project name."""
    return _all("python-needs.yaml", "packages")


def node_table() -> Mapping[str, Needs]:
    """All rows of node-needs.yaml."""
    return _all("node-needs.yaml", "packages")


def java_table() -> Mapping[str, Needs]:
    """All rows of java-needs.yaml."""
    return _all("java-needs.yaml", "packages")


def dotnet_table() -> Mapping[str, Needs]:
    """All rows of dotnet-needs.yaml."""
    return _all("dotnet-needs.yaml", "packages")


def go_table() -> Mapping[str, Needs]:
    """All rows of go-cgo.yaml: modules and packages that need cgo, by import path without a major version."""
    return _all("go-cgo.yaml", "modules")


def go_needs_cgo(path: str) -> Needs | None:
    """The row of a module or package, or of one above it.

    >>> go_needs_cgo("github.com/libgit2/git2go/v34").libraries
    ('git2',)
    """
    return next((row for name in _above(path) if (row := _find("go-cgo.yaml", "modules", name))), None)


def go_needs(path: str) -> str | None:
    """What a module or package, or one above it, does that its final image must allow, as the end of a sentence.

    >>> go_needs("github.com/hashicorp/go-getter/v2"), go_needs("github.com/gin-gonic/gin")
    ('starts git and hg', None)
    """
    rows = _read("go-needs.yaml", "modules")
    return next((str(rows[name]) for name in _above(path) if name in rows), None)


def _above(path: str) -> Iterator[str]:
    """The names that a package of Go may have a row by: its own and those above it, each without a major version, too."""
    parts = path.split("/")
    for count in range(len(parts), 1, -1):
        yield "/".join(parts[:count])
        yield "/".join(part for part in parts[:count] if not re.fullmatch(r"v\d+", part))


def python_commands(project: str) -> tuple[str, ...]:
    """The commands that a project installs, by its normalised name: those of its own name, unless the table knows better.

    >>> python_commands("django"), python_commands("gunicorn")
    (('django-admin',), ('gunicorn',))
    """
    row = _read("python-commands.yaml", "packages").get(project)
    if row is None:
        return (project, project.replace("-", "_")) if "-" in project else (project,)
    if not isinstance(row, list) or not all(isinstance(item, str) and item for item in row):
        raise InternalError(f"{project}: is no list of names", path="python-commands.yaml")
    return tuple(row)


def python_tool(project: str) -> tuple[str, ...] | None:
    """The programs that a project and all that it depends on start, when their sources were read; None for one that was not.

    >>> python_tool("yamllint"), python_tool("isort"), python_tool("ansible")
    ((), ('git',), None)
    """
    row = _read("python-tools.yaml", "packages").get(project)
    if row is not None and not isinstance(row, str):
        raise InternalError(f"{project}: is no text of names", path="python-tools.yaml")
    return None if row is None else tuple(row.split())


def _all(name: str, section: str) -> Mapping[str, Needs]:
    return MappingProxyType({key: _row(name, key, row) for key, row in _read(name, section).items()})


@cache
def _find(name: str, section: str, key: str) -> Needs | None:
    row = _read(name, section).get(key)
    return None if row is None else _row(name, key, row)


@cache
def _read(name: str, section: str) -> Mapping[str, object]:
    data = precompiled.table(_DATA / name)
    if not isinstance(data, dict) or not isinstance(data.get(section), dict):
        raise InternalError(f"holds no mapping {section!r}", path=name)
    if not data.get("source") or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(data.get("as_of"))):
        raise InternalError("needs `source` and a date `as_of`", path=name)
    rows: Mapping[str, object] = data[section]
    return rows


def _row(path: str, name: str, row: object) -> Needs:
    if not isinstance(row, dict) or not row.get("why"):
        raise InternalError(f"{name}: needs at least a `why`", path=path)
    unknown = [key for key in row if key not in (*_LISTS, *_FLAGS, "why")]
    if unknown:
        raise InternalError(f"{name}: unknown field {unknown[0]!r}", path=path)
    lists: dict[str, tuple[str, ...]] = {}
    for key in _LISTS:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise InternalError(f"{name}: {key} is no list of names", path=path)
        lists[key] = tuple(value)
    flags: dict[str, bool] = {}
    for key in _FLAGS:
        if row.get(key, "yes") != "yes":
            raise InternalError(f'{name}: {key} is "yes" or left out', path=path)
        flags[key] = key in row
    return Needs(name=name, why=str(row["why"]), **lists, **flags)  # type: ignore[arg-type]
