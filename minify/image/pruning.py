"""What may be left out of a root filesystem, from data/prune.yaml: package managers, languages' installers, start scripts of base images.

system("apt").programs      # ("apt", "apt-*", ...)
start_script("nginx")       # calls dpkg-query
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from minify.image import data
from minify.image.catalog import BaseImage
from minify.image.packages import MANAGERS, PackageRole, role

SYSTEMS: Final[Mapping[str, str]] = {
    **{name: system for name, system in MANAGERS.items() if name != "zypper"},
    "zypper": "zypper",
    "pacman": "pacman",
}


class Group(NamedTuple):
    """Programs (patterns of names, below bin and sbin) and paths that go or stay together."""

    programs: tuple[str, ...]
    paths: tuple[str, ...]


class StartScript(NamedTuple):
    """The entrypoint script of a base image: from which version on it is there, and what of it asks the package manager."""

    script: str
    since: tuple[int, ...]
    exact: tuple[tuple[int, ...], ...]
    """Of images that name an exact version: the first with the script, one a major."""
    once: str = ""
    """A script that it runs and that asks the package manager, once: "" when none does."""
    before: str = ""
    """The program that it is run for."""

    def certain(self, version: str | None) -> bool:
        """Whether an image of this version is known to have the script.

        >>> StartScript("/x", (1, 20), ()).certain("1.18"), StartScript("/x", (1, 20), ()).certain(None)
        (False, True)
        """
        numbers = _numbers(version or "")
        if not numbers:
            return True
        first = next((one for one in self.exact if one[0] == numbers[0]), None)
        if first is not None and len(numbers) > 1:
            return numbers >= first
        return numbers >= self.since[: len(numbers)]


def system(manager: str | None) -> tuple[str, Group] | None:
    """The package manager's name in the tables and what belongs to it: `system("yum")` is that of dnf; None when it is not known."""
    name = SYSTEMS.get(manager or "")
    return None if name is None else (name, _group(_facts()["systems"][name]))


def manager_names(name: str) -> tuple[str, ...]:
    """The programs of a package manager that scripts call: `manager_names("apk")` is `("apk",)`."""
    return tuple(_facts()["systems"][name]["names"].split())


def language(name: str | None) -> Group | None:
    """What installs and builds in the official images of a language."""
    row = _facts()["languages"].get(name or "")
    return None if row is None else _group(row)


def documentation(name: str) -> tuple[str, ...]:
    """Where the packages of a system put manuals and the like."""
    return tuple(_facts()["systems"][name]["documentation"].split())


def translations(name: str) -> tuple[str, ...]:
    """Where they put messages in other languages."""
    return tuple(_facts()["systems"][name].get("translations", "").split())


def caches(tool: str) -> tuple[str, ...]:
    """Where an installer of libraries leaves downloads: `caches("pip")` is `("/root/.cache/pip",)`."""
    return tuple(_facts()["caches"].get(tool, "").split())


def links_of_busybox() -> Mapping[str, tuple[str, ...]]:
    """The programs that busybox is under other names, by their role."""
    return {kind: tuple(names.split()) for kind, names in _facts()["busybox"].items()}


def words(key: str) -> tuple[str, ...]:
    """The words of a plain list: `headers`, `static`, `devices`, `environment`, `locales`."""
    return tuple(_facts()[key].split())


@cache
def ambiguous() -> frozenset[str]:
    """Names of programs that are words of English too."""
    return frozenset(_facts()["ambiguous"].split())


@cache
def statements() -> Mapping[str, re.Pattern[str]]:
    """Lines that begin with a program's name and are no command: `go func() {` of Go, `go 1.24` of go.mod."""
    return {name: re.compile(pattern) for name, pattern in _facts()["statements"].items()}


def prunable(manager: str, name: str, distro: str | None = None) -> PackageRole | None:
    """The role of a package that goes unless something calls it; None for one that stays.

    >>> prunable("apt", "curl").role, prunable("apt", "postgresql-client")
    ('network-tool', None)
    """
    facts = _facts()
    if name in facts["keep"].split():
        return None
    known = role(manager, name, distro)
    if known is None or known.role not in facts["roles"].split() or known.final not in ("drop", "maybe"):
        return None
    return known


def brought(name: str, package: str) -> str:
    """The interpreter that a tool brings along: git's is perl; "" for none."""
    return str(_facts()["brought"].get(name, {}).get(package, ""))


def parts(interpreter: str) -> tuple[str, ...]:
    """The other packages that an interpreter consists of."""
    return tuple(_facts()["parts"].get(interpreter, "").split())


def together(name: str, package: str) -> tuple[str, ...]:
    """The packages that go with one: those of `gcc` have their version in their names."""
    return tuple(_facts()["together"].get(name, {}).get(package, "").split())


def start_script(base: BaseImage) -> StartScript | None:
    """The entrypoint script of a base image, None when nothing is known of it."""
    row = _facts()["entrypoints"].get(base.family)
    if row is None:
        return None
    exact = tuple(_numbers(version) for version in row.get("exact", "").split())
    return StartScript(row["script"], _numbers(row["since"]), exact, row.get("once", ""), row.get("before", ""))


def in_full(base: BaseImage) -> bool:
    """Whether the catalog has all that an image sets."""
    return not any(part in words("unverified") for part in (base.family, base.family.split("/")[0]))


def _group(row: Mapping[str, str]) -> Group:
    return Group(tuple(row["programs"].split()), tuple(row["paths"].split()))


def _numbers(version: str) -> tuple[int, ...]:
    """`17.0.8_7-jre` → (17, 0, 8); `8u382-b05` → (8, 0, 382)."""
    match = re.match(r"\d+(?:u\d+|(?:\.\d+)*)", version)
    if match is None:
        return ()
    return tuple(int(part) for part in match[0].replace("u", ".0.").split(".")[:3])


@cache
def _facts() -> Mapping[str, Any]:
    path = data.ROOT / "prune.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    for name in facts["systems"]:
        if name not in SYSTEMS.values():
            data.wrong(path, f"systems.{name}", "is no package manager")
        for pattern in facts["systems"][name]["paths"].split():
            if not pattern.startswith("/") or pattern.count("/") < 2:
                data.wrong(path, f"systems.{name}.paths", f"{pattern!r} is no path below a directory of the root")
    return facts
