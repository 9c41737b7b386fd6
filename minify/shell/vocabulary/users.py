"""Users and groups: the commands of shadow, of Debian and of busybox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.shell.effects import ChangesNothing, Effect, MakesGroup, MakesUser, Writes
from minify.shell.options import Options, parse, unknown
from minify.shell.script import Command

_USERADD: Final = (
    *(
        "-u",
        "--uid",
        "-g",
        "--gid",
        "-G",
        "--groups",
        "-d",
        "--home-dir",
        "--home",
        "-s",
        "--shell",
        "-c",
        "--comment",
    ),
    *(
        "-p",
        "--password",
        "-e",
        "--expiredate",
        "-f",
        "--inactive",
        "-k",
        "--skel",
        "-K",
        "--key",
        "-b",
        "--base-dir",
    ),
    *("-R", "--root", "-Z"),
)
# adduser of busybox has one-letter options where that of Debian has long ones
_ADDUSER: Final = (
    *(
        "-h",
        "-g",
        "-s",
        "-G",
        "-u",
        "-k",
        "--home",
        "--shell",
        "--uid",
        "--gid",
        "--ingroup",
        "--gecos",
        "--comment",
    ),
    *(
        "--firstuid",
        "--lastuid",
        "--firstgid",
        "--lastgid",
        "--conf",
        "--add_extra_groups",
        "--groups",
        "--home-dir",
    ),
    *("-c", "-d", "-b", "--base-dir"),
)


TOOLS: Final = (
    "usermod", "groupmod", "userdel", "deluser", "groupdel", "delgroup", "passwd", "chpasswd", "gpasswd", "chage",
)  # fmt: skip
"""Programs that change accounts, and say in their options whether a home moves."""


def _names_unknown(options: Options, count: int, *values: str) -> bool:
    operands = options.operands[:count]
    return any(operand.text is None for operand in operands) or any(
        option.value is None for option in options.all(*values)
    )


def _below(base: str | None, name: str) -> str:
    return f"{(base or '/home').rstrip('/')}/{name}"


def useradd(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`useradd -r -u 1000 -g app -m -d /home/app app`."""
    options = parse(command.arguments, valued=_USERADD)
    if options.has("-D", "--defaults"):
        return (Writes("/etc/default/useradd", command),)
    asked = ("-u", "--uid", "-g", "--gid", "-d", "--home-dir", "--home", "-b", "--base-dir")
    if not options.operands or _names_unknown(options, 1, *asked):
        return (Writes("/etc/passwd", command), unknown("which user is made is not known", command))
    name = options.operands[-1].text or ""
    group = options.value("-g", "--gid")
    return (
        MakesUser(
            name=name,
            uid=options.value("-u", "--uid"),
            gid=group if group is not None and group.isdigit() else None,
            home=options.value("-d", "--home-dir", "--home") or _below(options.value("-b", "--base-dir"), name),
            group=group if group is not None and not group.isdigit() else None,
            command=command,
        ),
    )


def adduser(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`adduser -D -u 1000 -G app app` of busybox, `adduser --disabled-password --gecos "" app` of Debian."""
    options = parse(command.arguments, valued=_ADDUSER)
    asked = ("-u", "--uid", "-G", "--ingroup", "--gid", "--home", "-h", "--home-dir", "-d", "-b", "--base-dir")
    if not options.operands or _names_unknown(options, 2, *asked):
        return (Writes("/etc/passwd", command), unknown("which user is made is not known", command))
    if options.has("--group") and not options.has("--system"):
        return (MakesGroup(options.operands[0].text or "", options.value("--gid"), command),)
    if len(options.operands) > 1:
        # `adduser app docker`: into a group that is there
        return (Writes("/etc/group", command),)
    name = options.operands[0].text or ""
    gid = options.value("--gid")
    group = options.value("-G", "--ingroup")
    if options.has("--system") and options.has("--group"):
        group = name
    # On the RPM family adduser is useradd, whose -g names a group; of busybox it is the comment
    return (
        MakesUser(
            name=name,
            uid=options.value("-u", "--uid"),
            gid=gid or (group if group is not None and group.isdigit() else None),
            home=options.value("-h", "--home", "-d", "--home-dir") or _below(options.value("-b", "--base-dir"), name),
            group=None if group is not None and group.isdigit() else group,
            command=command,
        ),
    )


def groupadd(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`groupadd -r -g 1000 app`, `addgroup -g 1000 -S app`; `addgroup app docker` adds a user to a group."""
    options = parse(command.arguments, valued=("-g", "--gid", "-K", "--key", "-p", "--password", "-R", "--root"))
    if not options.operands or _names_unknown(options, 2, "-g", "--gid"):
        return (Writes("/etc/group", command), unknown("which group is made is not known", command))
    if len(options.operands) > 1:
        return (Writes("/etc/group", command),)
    return (MakesGroup(options.operands[0].text or "", options.value("-g", "--gid"), command),)


def changes_accounts(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`usermod`, `passwd`, `chpasswd`, `deluser`: the files of accounts."""
    options = parse(command.arguments, valued=_USERADD)
    files = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")
    written: list[Effect] = [Writes(path, command) for path in files]
    moved = options.value("-d", "--home")
    if command.name == "usermod" and moved and moved.startswith("/"):
        written.append(Writes(moved, command))
    elif command.name == "usermod" and options.has("-d", "--home"):
        written.append(unknown("where the user's home is moved to is not known", command))
    if command.name in ("deluser", "userdel") and options.has("-r", "--remove", "--remove-home"):
        written.append(unknown("where the removed user's home is is not known", command))
    return tuple(written)


def asks(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`getent passwd app`, `groups`."""
    return (ChangesNothing(command),)
