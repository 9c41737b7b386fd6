"""The programs that a base image brings along: what an application may start without having installed it.

programs(lookup("python:3.12-slim"))   # ls, bash, perl, …
programs(lookup("python:3.12"))        # and git, curl, gcc, convert, …
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from minify.image import data
from minify.image.catalog import BaseImage
from minify.image.packages import role


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
