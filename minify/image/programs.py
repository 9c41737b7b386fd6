"""The programs that a base image brings along: what an application may start without having installed it.

programs(lookup("python:3.12-slim"))   # ls, bash, perl, …
programs(lookup("python:3.12"))        # and git, curl, gcc, convert, …
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from minify.image import data
from minify.image.catalog import BaseImage
from minify.image.packages import role


class Shelled(NamedTuple):
    """What a program does with a shell: always, or for some of what it is asked; and what asks for that in so many words."""

    always: str = ""
    scripts: Mapping[str, str] = MappingProxyType({})
    """Its commands that are scripts, by what reads them."""
    may: str = ""
    variables: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """The beginnings of words of the program's own command, by which a RUN makes such settings."""


def programs(base: BaseImage | None) -> frozenset[str]:
    """The names of all that can be started in an image, as far as its packages tell; every system's where nothing is known."""
    gnu, busybox = _minimal()
    if base is None:
        return gnu | busybox
    manager = base.package_manager or ""
    found = busybox if manager == "apk" or "busybox" in base.has else gnu
    packages = (role(manager, name, base.distro) for name in base.has)
    return found.union(*(package.commands for package in packages if package is not None))


def script(program: str) -> str | None:
    """What reads a program of a Debian package that is a script: `script("psql")` is "perl"; None for all others."""
    return _scripts().get(program)


def starts_given(program: str) -> bool:
    """Whether a program starts what it is given: `starts_given("xargs")`."""
    return program in _facts()["given"].split()


def alone(program: str) -> bool:
    """Whether a program of a base image works with its libraries alone.

    >>> alone("sed"), alone("perl"), alone("passwd")
    (True, False, False)
    """
    return program not in _facts()["wider"].split()


def shelled(program: str) -> Shelled | None:
    """What a program that is no script does with a shell; None when it starts none.

    >>> shelled("git").scripts["submodule"], shelled("make").always, shelled("jq")
    ('sh', 'runs its commands', None)
    """
    return _shelled().get(program)


@cache
def _shelled() -> Mapping[str, Shelled]:
    facts = _facts()
    found = {name: Shelled(always=what) for name, what in facts["through_shell"].items()}
    for name, row in facts["may_start_shell"].items():
        variables, settings = (tuple(row.get(key, "").split()) for key in ("variables", "settings"))
        found[name] = Shelled(may=row["for"], variables=variables, settings=settings)
    for name, readers in facts["commands"].items():
        scripts = {word: reader for reader, words in readers.items() for word in words.split()}
        found[name] = found.get(name, Shelled())._replace(scripts=MappingProxyType(scripts))
    return found


@cache
def _scripts() -> Mapping[str, str]:
    return {name: reader for reader, names in _facts()["scripts"].items() for name in names.split()}


@cache
def _facts() -> Mapping[str, Any]:
    path = data.ROOT / "programs.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    return facts


@cache
def _minimal() -> tuple[frozenset[str], frozenset[str]]:
    gnu, busybox = (frozenset(_facts()[name].split()) for name in ("gnu", "busybox"))
    return gnu, busybox
