"""apk, the package manager of Alpine."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
from minify.shell.options import parse, path_of, pinned, reach, unknown
from minify.shell.script import Command

_VALUED = (
    "-t",
    "--virtual",
    "-X",
    "--repository",
    "-p",
    "--root",
    "--arch",
    "--keys-dir",
    "--cache-dir",
    "--cache-max-age",
    "--repositories-file",
    "--wait",
    "-o",
    "--output",
)
# apk-world(5): a name, then a constraint or the tag of a repository
_NAME = r"([A-Za-z0-9._+:-]+)(?:[<>=~]+([^@]+))?(?:@[\w.-]+)?$"
_ASKS = ("info", "search", "list", "version", "policy", "stats", "verify", "audit", "dot", "manifest")


def apk(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`apk add --no-cache --virtual .build-deps gcc musl-dev`."""
    options = parse(command.arguments, valued=_VALUED)
    action, *rest = options.operands or (None,)
    if action is None:
        return (ChangesNothing(command),)
    root = options.find("-p", "--root")
    if root is not None:
        path = path_of(root.argument, command)
        return (Writes(path, command),) if path else (unknown("which root it installs to is not known", command),)
    refreshed: tuple[Effect, ...] = ()
    if options.has("-U", "--update", "--update-cache") and not options.has("--no-cache"):
        refreshed = (RefreshesIndex("apk", command),)
    virtual = options.value("-t", "--virtual")
    names: list[Package] = []
    unclear: list[Effect] = []
    for operand in rest:
        text = operand.text if operand.text is not None else pinned(operand)
        matched = re.match(_NAME, text or "")
        if text is None or matched is None:
            unclear.append(unknown(f"which packages `{operand.word.raw}` stands for is not known", command))
        elif text.endswith(".apk"):
            path = path_of(operand, command) or text
            names.append(Package(name=path, version=None, span=operand.word.span, virtual=virtual))
        else:
            names.append(Package(name=matched[1], version=matched[2], span=operand.word.span, virtual=virtual))
    match action.text:
        case "add":
            installed: tuple[Effect, ...] = ()
            if names:
                installed = (InstallsPackages(manager="apk", packages=tuple(names), recommends=False, command=command),)
            return (*refreshed, *installed, *unclear) or (ChangesNothing(command),)
        case "del":
            gone = (RemovesPackages("apk", tuple(package.name for package in names), command),) if names else ()
            return (*gone, *unclear) or (ChangesNothing(command),)
        case "update":
            return (RefreshesIndex("apk", command),)
        case "upgrade" | "fix":
            upgrade = InstallsPackages(manager="apk", packages=(), recommends=False, command=command)
            return (*refreshed, upgrade)
        case "cache":
            return (CleansIndex("apk", command),)
        case "fetch":
            output = options.find("-o", "--output")
            path = reach(output.argument, command) if output else command.cwd
            if options.has("-s", "--stdout"):
                return (ChangesNothing(command),)
            return (Writes(path, command),) if path else (unknown("where it downloads to is not known", command),)
        case text if text in _ASKS:
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `apk {action.text or action.word.raw}` does is not known", command),)
