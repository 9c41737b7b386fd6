"""dnf, microdnf, tdnf, yum, zypper, rpm and pacman."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from minify.shell.effects import (
    ChangesNothing,
    CleansIndex,
    Effect,
    InstallsPackages,
    Package,
    RefreshesIndex,
    RemovesPackages,
    Writes,
)
from minify.shell.options import Options, Reader, parse, path_of, unknown
from minify.shell.script import Argument, Command

_VALUED = (
    "--installroot",
    "--releasever",
    "--setopt",
    "--enablerepo",
    "--disablerepo",
    "-c",
    "--config",
    "-x",
    "--exclude",
    "--repo",
    "--repoid",
    "--forcearch",
    "-d",
    "-e",
    "-R",
    "--root",
    "-r",
    "--from",
)
_ARCHITECTURE = r"\.(x86_64|i[3-6]86|noarch|aarch64|ppc64le|s390x)$"
_NO_WEAK = r"(?i)install_weak_deps=(?:false|0|no)"
_ASKS = (
    "list",
    "info",
    "search",
    "provides",
    "repolist",
    "repoquery",
    "check-update",
    "history",
    "deplist",
    "whatprovides",
)
_INSTALL = ("install", "in", "localinstall", "reinstall", "install-n", "install-na", "downgrade")
_UPGRADE = (
    "update",
    "upgrade",
    "up",
    "dup",
    "dist-upgrade",
    "distro-sync",
    "update-minimal",
    "upgrade-minimal",
    "patch",
)
_REMOVE = ("remove", "erase", "rm", "autoremove", "groupremove")


def _packages(arguments: Sequence[Argument], command: Command, group: str = "") -> tuple[list[Package], list[Effect]]:
    packages: list[Package] = []
    unclear: list[Effect] = []
    for argument in arguments:
        text = argument.text
        if text is None or (argument.word.has_glob and "/" not in text):
            unclear.append(unknown(f"which packages `{argument.word.raw}` stands for is not known", command))
            continue
        if text.endswith(".rpm") and "://" not in text:
            text = path_of(argument, command) or text
            packages.append(Package(name=text, version=None, span=argument.word.span))
            continue
        arch = re.search(_ARCHITECTURE, text)
        # `name-1.2-3` is one word: only the repository knows where the name ends
        name = group + (text if arch is None else text[: arch.start()])
        packages.append(Package(name=name, version=None, span=argument.word.span, architecture=arch and arch[1]))
    return packages, unclear


def _recommends(manager: str, options: Options) -> bool:
    if manager == "zypper":
        return not options.has("--no-recommends")
    return not any(re.match(_NO_WEAK, option.value or "") for option in options.all("--setopt"))


def _manager(manager: str) -> Reader:
    def read(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
        options = parse(command.arguments, valued=_VALUED)
        if not options.operands:
            return (ChangesNothing(command),)
        root = options.find("--installroot", "--root")
        if root is not None:
            path = (
                path_of(root.argument, command)
                if root.value is None or "=" not in (root.argument.text or "")
                else root.value
            )
            return (Writes(path, command),) if path else (unknown("which root it installs to is not known", command),)
        action, *rest = options.operands
        text = action.text or ""
        group = ""
        if text in ("group", "groups") and rest:
            text, group, rest = (rest[0].text or ""), "@", rest[1:]
        elif text in ("groupinstall", "groupremove"):
            text, group = text.removeprefix("group"), "@"
        return _act(manager, text, _packages(rest, command, group), options, command)

    return read


def _act(
    manager: str,
    action: str,
    named: tuple[list[Package], list[Effect]],
    options: Options,
    command: Command,
) -> tuple[Effect, ...]:
    packages, unclear = named
    refreshed: tuple[Effect, ...] = (RefreshesIndex(manager, command),) if options.has("--refresh") else ()
    if action in _INSTALL or action in _UPGRADE:
        if action in _INSTALL and not packages:
            return tuple(unclear) or (ChangesNothing(command),)
        installs = InstallsPackages(
            manager=manager,
            packages=tuple(packages),
            recommends=_recommends(manager, options),
            command=command,
        )
        return (*refreshed, installs, *unclear)
    if action in _REMOVE:
        return (RemovesPackages(manager, tuple(package.name for package in packages), command), *unclear)
    if action == "swap" and len(packages) == 2:
        installs = InstallsPackages(
            manager=manager,
            packages=tuple(packages[1:]),
            recommends=_recommends(manager, options),
            command=command,
        )
        return (RemovesPackages(manager, (packages[0].name,), command), installs, *unclear)
    if action in ("clean", "cc"):
        return (CleansIndex(manager, command),)
    if action in ("makecache", "refresh", "ref"):
        return (RefreshesIndex(manager, command),)
    if action in (
        "config-manager",
        "copr",
        "module",
        "addrepo",
        "ar",
        "removerepo",
        "rr",
        "modifyrepo",
        "mr",
        "mark",
        "versionlock",
    ):
        enables = action == "module" and packages and packages[0].name == "install"
        if not enables:
            return (Writes("/etc", command),)
        # `nodejs:20/minimal`: a stream and a profile of what is called nodejs
        streams = tuple(p._replace(name=re.split("[:/]", p.name)[0]) for p in packages[1:])
        return (
            InstallsPackages(
                manager=manager, packages=streams, recommends=_recommends(manager, options), command=command
            ),
        )
    if action in _ASKS:
        return (ChangesNothing(command),)
    return (unknown(f"what `{command.name} {action}` does is not known", command),)


dnf = _manager("dnf")
yum = _manager("yum")
microdnf = _manager("microdnf")
tdnf = _manager("tdnf")
zypper = _manager("zypper")


def repositories(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`yum-config-manager --add-repo url`: files below /etc."""
    return (Writes("/etc", command),)


def rpm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rpm -ivh package.rpm`, `rpm --import key`."""
    options = parse(command.arguments, valued=("--root", "--dbpath", "--prefix"))
    packages, unclear = _packages(options.operands, command)
    if options.has("-q", "--query", "-V", "--verify", "-K", "--checksig", "-E", "--eval"):
        return (ChangesNothing(command),)
    if options.has("--import", "--rebuilddb", "--initdb"):
        return (Writes("/var/lib/rpm", command),)
    if options.has("-i", "-U", "-F", "--install", "--upgrade"):
        installs = InstallsPackages(manager="rpm", packages=tuple(packages), recommends=False, command=command)
        return (*((installs,) if packages else ()), *unclear)
    if options.has("-e", "--erase"):
        return (RemovesPackages("dnf", tuple(package.name for package in packages), command), *unclear)
    return (unknown("what this rpm command does is not known", command),)


def pacman(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pacman -Syu --noconfirm gcc`."""
    options = parse(command.arguments, valued=("--root", "--overwrite", "--ignore", "--cachedir"))
    packages, unclear = _packages(options.operands, command)
    installs = InstallsPackages(manager="pacman", packages=tuple(packages), recommends=False, command=command)
    if options.has("-Q", "--query", "-T", "-F"):
        return (ChangesNothing(command),)
    if options.has("-R", "--remove"):
        return (RemovesPackages("pacman", tuple(package.name for package in packages), command), *unclear)
    if options.has("-U", "--upgrade"):
        return (installs, *unclear)
    if options.has("-S", "--sync"):
        if options.has("-c", "--clean"):
            return (CleansIndex("pacman", command),)
        effects: list[Effect] = []
        if options.has("-y", "--refresh"):
            effects.append(RefreshesIndex("pacman", command))
        if options.has("-u", "--sysupgrade"):
            effects.append(InstallsPackages(manager="pacman", packages=(), recommends=False, command=command))
        return (*effects, *((installs,) if packages else ()), *unclear)
    return (unknown("what this pacman command does is not known", command),)


def pacman_key(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pacman-key --init`."""
    return (Writes("/etc/pacman.d", command),)
