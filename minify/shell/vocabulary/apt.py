"""apt-get, apt, dpkg and their helpers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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
from minify.shell.options import Options, parse, path_of, pinned, reach, unknown
from minify.shell.script import Argument, Command

_VALUED = (
    "-t",
    "--target-release",
    "--default-release",
    "-o",
    "--option",
    "-c",
    "--config-file",
    "-a",
    "--host-architecture",
)
_DPKG_ASKS = (
    *(
        "-l",
        "--list",
        "-L",
        "--listfiles",
        "-s",
        "--status",
        "-S",
        "--search",
        "-p",
        "--print-avail",
        "-C",
        "--audit",
    ),
    *(
        "-V",
        "--verify",
        "-I",
        "--info",
        "-c",
        "--contents",
        "-f",
        "--field",
        "-W",
        "--show",
        "--compare-versions",
    ),
    *("--get-selections", "--print-architecture", "--print-foreign-architectures", "--assert-multi-arch"),
)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.-]*)(?::([A-Za-z0-9-]+))?(?:=(.+)|/[\w.-]+)?$")
_RECOMMENDS = r"(?i)apt::install-recommends=[\"']?(\w+)"
_ASKS = (
    "list",
    "search",
    "show",
    "showpkg",
    "policy",
    "depends",
    "rdepends",
    "check",
    "changelog",
    "indextargets",
    "madison",
)


def package_of(argument: Argument, command: Command) -> Package | None:
    """`libc6:i386=2.36-9` as a Package; None when it cannot be told which packages an argument means."""
    text = argument.text if argument.text is not None else pinned(argument)
    if text is None:
        return None
    span = argument.word.span
    if "/" in text and text.endswith(".deb") and argument.text is not None:
        return Package(name=path_of(argument, command) or text, version=None, span=span)
    matched = _NAME.match(text)
    # apt takes a pattern in a name for all packages that match
    return None if matched is None else Package(name=matched[1], version=matched[3], span=span, architecture=matched[2])


def apt_get(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`apt-get install -y --no-install-recommends gcc=4:12.2.0-3`."""
    options = parse(command.arguments, valued=_VALUED)
    if not options.operands:
        return (ChangesNothing(command),)
    action, *rest = options.operands
    if options.has("-s", "--simulate", "--just-print", "--dry-run", "--print-uris"):
        return (ChangesNothing(command),)
    if options.has("-d", "--download-only"):
        return (Writes("/var/cache/apt", command),)
    match action.text:
        case "install" | "reinstall" | "satisfy":
            return _install(rest, options, command)
        case "remove" | "purge" | "autoremove" | "autopurge":
            return _remove(action.text, rest, options, command)
        case "update":
            return (RefreshesIndex("apt", command),)
        case "upgrade" | "dist-upgrade" | "full-upgrade" | "safe-upgrade":
            return (InstallsPackages(manager="apt", packages=(), recommends=_recommends(options), command=command),)
        case "clean" | "autoclean" | "distclean" | "dist-clean" | "auto-clean":
            return (CleansIndex("apt", command),)
        case "source" | "download":
            return (
                (Writes(command.cwd, command),)
                if command.cwd
                else (unknown("it downloads to a directory that is not known", command),)
            )
        case "build-dep":
            return (unknown("which packages `build-dep` installs is not known", command),)
        case text if text in _ASKS:
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `{command.name} {action.text or action.word.raw}` does is not known", command),)


def _recommends(options: Options) -> bool:
    for option in reversed(options.given):
        if option.name in ("--no-install-recommends", "--install-recommends"):
            return option.name == "--install-recommends"
        if option.name in ("-o", "--option") and (found := re.match(_RECOMMENDS, option.value or "")):
            return found[1].lower() not in ("false", "0", "no")
    return True


def _install(arguments: Iterable[Argument], options: Options, command: Command) -> tuple[Effect, ...]:
    packages: list[Package] = []
    removed: list[str] = []
    effects: list[Effect] = []
    for argument in arguments:
        package = package_of(argument, command)
        if package is None:
            effects.append(unknown(f"which packages `{argument.word.raw}` stands for is not known", command))
        elif package.name.endswith("-") and "/" not in package.name:
            removed.append(package.name[:-1])
        else:
            packages.append(package)
    if packages:
        effects.insert(
            0,
            InstallsPackages(manager="apt", packages=tuple(packages), recommends=_recommends(options), command=command),
        )
    if removed:
        effects.append(RemovesPackages("apt", tuple(removed), command))
    if options.has("-f", "--fix-broken"):
        effects.append(unknown("which dependencies `--fix-broken` installs is not known", command))
    return tuple(effects) or (ChangesNothing(command),)


def _remove(action: str, arguments: Iterable[Argument], options: Options, command: Command) -> tuple[Effect, ...]:
    names: list[str] = []
    unclear = False
    for argument in arguments:
        package = package_of(argument, command)
        if package is None and argument.text is None:
            unclear = True
        else:
            names.append(package.name if package is not None else argument.text or "")
    effects: list[Effect] = []
    if names:
        effects.append(RemovesPackages("apt", tuple(names), command))
    if unclear:
        effects.append(unknown("which packages are removed is not known", command))
    if action.startswith("auto") or options.has("--auto-remove", "--autoremove"):
        effects.append(RemovesPackages("apt", (), command))
    return tuple(effects) or (ChangesNothing(command),)


def dpkg(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dpkg -i package.deb`: the files, and what their scripts do."""
    options = parse(command.arguments, valued=("--add-architecture", "--root", "--instdir", "--admindir"))
    if options.has("-i", "--install", "--unpack"):
        packages = tuple(
            Package(name=reach(operand, command) or operand.word.raw, version=None, span=operand.word.span)
            for operand in options.operands
        )
        return (InstallsPackages(manager="dpkg", packages=packages, recommends=False, command=command),)
    if options.has("-r", "--remove", "-P", "--purge"):
        names = tuple(text for text in options.texts if text is not None)
        if len(names) < len(options.operands) or not names:
            return (unknown("which packages are removed is not known", command),)
        return (RemovesPackages("apt", names, command),)
    if options.has("-x", "-X", "--extract", "--vextract", "-R", "--raw-extract"):
        target = reach(options.operands[-1], command) if len(options.operands) > 1 else None
        return (Writes(target, command),) if target else (unknown("where it unpacks to is not known", command),)
    if options.has("--add-architecture", "--remove-architecture", "--set-selections", "--clear-selections"):
        return (Writes("/var/lib/dpkg", command),)
    if options.has("--configure", "--force-all", "--triggers-only"):
        return (unknown("what the scripts of the packages do is not known", command),)
    if not options.operands or options.has(*_DPKG_ASKS):
        return (ChangesNothing(command),)
    return (unknown("what this dpkg command does is not known", command),)


def add_repository(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`add-apt-repository ppa:x/y` adds a source and refreshes the index."""
    update = any(text in ("-n", "--no-update") for text in command.args)
    return (Writes("/etc/apt", command), *(() if update else (RefreshesIndex("apt", command),)))


def apt_settings(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`apt-key add -`, `apt-add-repository`: files below /etc/apt."""
    return (Writes("/etc/apt", command),)


def apt_mark(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`apt-mark manual gcc`: which packages `autoremove` keeps."""
    shows = any((text or "").startswith("show") for text in command.args)
    return (ChangesNothing(command),) if shows else (Writes("/var/lib/apt", command),)


def diverts(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dpkg-divert --rename --add /usr/bin/x`: the file moves aside."""
    options = parse(command.arguments, valued=("--divert", "--package", "--root", "--admindir"))
    if options.has("--list", "--listpackage", "--truename"):
        return (ChangesNothing(command),)
    named = [*options.operands, *(option.argument for option in options.all("--divert"))]
    paths = [reach(argument, command) for argument in named]
    if None in paths:
        return (unknown("which file is diverted is not known", command),)
    return tuple(Writes(path, command) for path in ["/var/lib/dpkg", *paths] if path is not None)


def debconf(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`debconf-set-selections`: answers to the questions of packages."""
    return (Writes("/var/cache/debconf", command),)
