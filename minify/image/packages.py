"""What a system package is for, and whether a final image needs it.

role("apt", "libpq-dev")   # dev-package, replace, runtime=("libpq5",)
role("apt", "gcc")         # compiler, drop
role("apt", "left-pad")    # None: treat it as something the application runs with
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from minify.image import data

MANAGERS: Final[Mapping[str, str]] = {
    "apt": "apt",
    "apt-get": "apt",
    "aptitude": "apt",
    "apk": "apk",
    "dnf": "dnf",
    "yum": "dnf",
    "microdnf": "dnf",
    "tdnf": "dnf",
    "zypper": "dnf",
    "rpm": "dnf",
    "pacman": "pacman",
}
DATABASES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("apt", "apt-get", "aptitude"), "apt"),
    "apk": "apk",
    **dict.fromkeys(("dnf", "yum", "microdnf", "tdnf", "zypper", "rpm"), "rpm"),
    "pacman": "pacman",
}
"""Whose database knows what a package manager installed: dnf and zypper both leave that to rpm."""
ROLES: Final = (
    *(
        "package-manager",
        "shell",
        "network-tool",
        "vcs",
        "text-editor",
        "archive-tool",
        "debug-tool",
        "compiler",
    ),
    *(
        "dev-package",
        "runtime-library",
        "runtime-program",
        "init-supervisor",
        "language-runtime",
        "db-client",
    ),
    *("fonts", "locale-tz-certs", "misc"),
)
# A name that no file lists, and that still says what it is. Its runtime packages are not known.
_SUFFIXES: Final = (
    ("-dev", "dev-package", "replace"),
    ("-devel", "dev-package", "replace"),
    ("-static", "dev-package", "replace"),
    ("-doc", "misc", "drop"),
)


class PackageRole(NamedTuple):
    """`final`: drop (never needed), keep, maybe (if one of `commands` is called), libraries (that, or if something loads one by name),
    replace (by `runtime`)."""

    role: str
    final: str
    runtime: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


def role(manager: str, name: str, distro: str | None = None) -> PackageRole | None:
    """`role("apt", "libcurl4-openssl-dev", "debian12")` → runtime libcurl4; without a distro, Debian 13's."""
    system = MANAGERS.get(manager)
    if system is None:
        return None
    roles, runtime, commands = _table(system)
    bare = name.partition(":")[0] if system == "apt" else name
    known = roles.get(bare)
    if known is None:
        for suffix, kind, final in _SUFFIXES:
            if bare.endswith(suffix):
                return PackageRole(kind, final)
        return None
    old, _, new = runtime.get(bare, "").partition(" | ")
    packages = old if distro and _older_than_trixie(distro) else new or old
    programs = commands.get(bare, bare if known[0] not in _NO_PROGRAM else "")
    return PackageRole(known[0], known[1], tuple(packages.split()), tuple(programs.split()))


@cache
def essential(database: str) -> tuple[str, ...]:
    """The packages that no other takes along, as patterns of `grep -E`: the system itself, and what final images have.

    >>> essential("apk")[:2]
    ('alpine-.*', 'apk-tools')
    """
    path = data.ROOT / "essential.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    return tuple(str(facts["essential"][database]).split())


@cache
def recommends_nothing(name: str) -> bool:
    """Whether `apt-get install` adds the same with and without recommended packages: `make`, and not `gcc` (libc6-dev)."""
    path = data.ROOT / "recommends" / "apt.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    return name in facts["nothing"].split()


_NO_PROGRAM: Final = ("dev-package", "runtime-library", "fonts", "locale-tz-certs")
_OLD: Final = (
    "debian12",
    "debian11",
    "debian10",
    "debian9",
    "debian8",
    "ubuntu22",
    "ubuntu20",
    "ubuntu18",
    "ubuntu16",
)


def _older_than_trixie(distro: str) -> bool:
    """The 64-bit time names (libcurl4t64) came with Debian 13 and Ubuntu 24.04."""
    return distro.startswith(_OLD)


@cache
def _table(system: str) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, str], Mapping[str, str]]:
    path = data.ROOT / "packages" / f"{system}.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    roles: dict[str, tuple[str, str]] = {}
    for heading, names in facts["roles"].items():
        kind, _, final = heading.partition(" ")
        if kind not in ROLES or final not in data.FINALS:
            data.wrong(path, f"roles.{heading}", "must be a role and a verdict")
        for name in names.split():
            if name in roles:
                data.wrong(path, f"roles.{heading}", f"{name} is listed twice")
            roles[name] = (kind, final)
    for table in ("runtime", "commands"):
        for name in facts.get(table, {}):
            if name not in roles:
                data.wrong(path, f"{table}.{name}", "has no role")
    return roles, facts.get("runtime", {}), facts.get("commands", {})
