"""Programs that leave nothing on disk, and those that always write the same place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from minify.shell.effects import ChangesNothing, CopiesFile, Effect, Writes
from minify.shell.options import Reader, below, home, names, parse, path_of, reach, unknown
from minify.shell.script import Command

NOTHING: Final = names(
    """
    : [ [[ alias apt-cache apt-config arch b2sum base64 basename bc break cat cd chdir cksum clear cmp
    column comm continue cut date declare df diff dig dir dirname dirs dmesg dpkg-architecture
    dpkg-query du echo egrep envsubst exit expand export expr factor false fgrep file fmt fold free
    getconf getent getopts grep groups hash head hexdump hostname host id infocmp jobs join jps kill
    killall ldd less let local locale logname look lsb_release lsblk lscpu ls lsof mapfile md5sum
    more netstat nl nm nproc nslookup objdump od paste pgrep ping pkg-config pkgconf pkill popd pr
    printenv printf ps pushd pwd read readarray readelf readlink readonly realpath return rev rg
    scanelf seq set sha1sum sha224sum sha256sum sha384sum sha512sum shasum shellcheck shift shopt
    size sleep ss stat strings stty sync tac tail test times top tput tr true tty type typeset
    tzselect ulimit umask uname unset uptime users wait wc whereis which who whoami xmllint yes jq
    nvidia-smi mysql_config pg_config getcap sum numfmt tree nc ncat telnet pidof hadolint
    flake8 pylint pyflakes pycodestyle bandit yamllint
    ssh-keyscan ip ifconfig lsmod dpkg-scanpackages apt-ftparchive xx-info xx-verify
    """
)

# What they write is fixed, whatever they are asked
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "update-ca-certificates": ("/etc/ssl/certs",),
    "update-ca-trust": ("/etc/pki",),
    "trust": ("/etc/pki", "/etc/ca-certificates"),
    "locale-gen": ("/usr/lib/locale", "/etc/locale.gen"),
    "localedef": ("/usr/lib/locale",),
    "update-crypto-policies": ("/etc/crypto-policies",),
    "update-locale": ("/etc/default/locale",),
    "systemctl": ("/etc/systemd",),
    "update-rc.d": ("/etc",),
    "chkconfig": ("/etc",),
    "rc-update": ("/etc/runlevels",),
    "a2enmod": ("/etc/apache2",),
    "a2dismod": ("/etc/apache2",),
    "a2ensite": ("/etc/apache2",),
    "a2dissite": ("/etc/apache2",),
    "a2enconf": ("/etc/apache2",),
    "a2disconf": ("/etc/apache2",),
    "phpenmod": ("/etc/php",),
    "phpdismod": ("/etc/php",),
    "crontab": ("/var/spool/cron",),
    "fc-cache": ("/var/cache/fontconfig",),
    "update-mime-database": ("/usr/share/mime",),
    "update-desktop-database": ("/usr/share/applications",),
    "gtk-update-icon-cache": ("/usr/share/icons",),
    "mandb": ("/var/cache/man",),
    "chsh": ("/etc/passwd",),
    "setup-timezone": ("/etc",),
    "setup-apkcache": ("/etc/apk",),
    "texhash": ("/usr/local/texlive", "/var/lib/texmf"),
    "dpkg-statoverride": ("/var/lib/dpkg",),
    "pwconv": ("/etc/shadow", "/etc/passwd"),
    "authconfig": ("/etc",),
    "timedatectl": ("/etc/localtime",),
    "dbus-uuidgen": ("/etc/machine-id", "/var/lib/dbus"),
    "systemd-machine-id-setup": ("/etc/machine-id",),
    "postmap": ("/etc/postfix",),
    "postconf": ("/etc/postfix",),
    "newaliases": ("/etc/aliases.db",),
}


# `print > "file"`, `print | "program"`, `system("…")`
_AWK_WRITES = r"print[^;}]*(?:>|\|)\s*[\"(\w$]|system\s*\((?!\"\[ )"


def nothing(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`echo`, `test`, `set -ex`."""
    return (ChangesNothing(command),)


def always(*paths: str) -> Reader:
    """A program that writes these places, whatever it is asked."""

    def read(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
        return tuple(Writes(path, command) for path in paths)

    return read


def shell_prefix(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`env`, `exec >log`, `command -v git`: a prefix that was not seen through."""
    asks = command.name == "command" and command.args[:1] in (("-v",), ("-V",))
    only_assigns = all(text is not None and "=" in text and not text.startswith("-") for text in command.args)
    if asks or only_assigns:
        return (ChangesNothing(command),)
    return (unknown(f"what {command.name} runs is not known", command),)


def sorts(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`sort -u -o file file`."""
    options = parse(command.arguments, valued=("-o", "--output", "-k", "-t", "-S", "-T"))
    output = options.find("-o", "--output")
    if output is None:
        return (ChangesNothing(command),)
    path = reach(output.argument, command)
    return (Writes(path, command),) if path else (unknown("which file is written is not known", command),)


def second_operand(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`uniq in out`, `xxd -r in out`: the second operand is written."""
    operands = parse(command.arguments, valued=("-c", "-l", "-s", "-g", "-f", "-w")).operands
    if len(operands) < 2:
        return (ChangesNothing(command),)
    path = reach(operands[1], command)
    return (Writes(path, command),) if path else (unknown("which file is written is not known", command),)


def awk(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """awk prints, unless its program has a redirection, a pipe or a call of the system."""
    if "inplace" in command.args:
        return (unknown("which files are changed is not known", command),)
    if any(text is not None and re.search(_AWK_WRITES, text) for text in command.args):
        return (unknown("what the awk program writes is not known", command),)
    return (ChangesNothing(command),)


def reconfigure(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dpkg-reconfigure -f noninteractive tzdata`: the scripts of a package again."""
    named = parse(command.arguments, valued=("-f", "--frontend", "-p", "--priority")).texts
    if not named or any(name not in ("tzdata", "locales", "ca-certificates", "openssh-server") for name in named):
        return (unknown("what the scripts of the package do is not known", command),)
    return (Writes("/etc", command), *((Writes("/usr/lib/locale", command),) if "locales" in named else ()))


def cpio(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rpm2cpio x.rpm | cpio -idm` unpacks; `cpio -o` prints."""
    options = parse(command.arguments, valued=("-D", "--directory", "-F", "-H", "-E"))
    if options.has("-o", "-t", "--create", "--list"):
        return (ChangesNothing(command),)
    chosen = options.find("-D", "--directory")
    path = reach(chosen.argument, command) if chosen else command.cwd
    return (Writes(path, command),) if path else (unknown("where it unpacks to is not known", command),)


def archive(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`zip -r /out.zip .`: the first operand."""
    operands = parse(command.arguments, valued=("-x", "-i", "-b", "-t", "-n")).operands
    path = reach(operands[0], command) if operands else None
    return (Writes(path, command),) if path else (unknown("which archive is written is not known", command),)


def busybox(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`busybox --install -s` links its applets into the directories of programs."""
    if command.args[:1] == ("--install",):
        named = [argument for argument in command.arguments[1:] if not (argument.text or "").startswith("-")]
        places = [reach(argument, command) for argument in named] or [
            "/bin",
            "/sbin",
            "/usr/bin",
            "/usr/sbin",
        ]
        return tuple(Writes(place, command) for place in places if place is not None) or (
            unknown("where the applets are put is not known", command),
        )
    return (ChangesNothing(command),)


def ldconfig(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ldconfig` writes the linker's cache; `ldconfig -p` prints it."""
    if "-p" in command.args or "--print-cache" in command.args:
        return (ChangesNothing(command),)
    return (Writes("/etc/ld.so.cache", command),)


def alternatives(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`update-alternatives --install /usr/bin/python python /usr/bin/python3 1`: a link."""
    effects: list[Effect] = [
        Writes("/etc/alternatives", command),
        Writes("/var/lib/dpkg/alternatives", command),
    ]
    arguments = command.arguments
    for index, argument in enumerate(arguments):
        if argument.text not in ("--install", "--slave"):
            continue
        named = arguments[index + 1 : index + 4]
        if len(named) < 3:
            continue
        link, path = path_of(named[0], command), path_of(named[2], command)
        if link is None:
            effects.append(unknown("which link is made is not known", command))
            continue
        if path is not None:
            effects.append(CopiesFile(path, link, command))
        effects.append(Writes(link, command))
    return tuple(effects)


def setcap(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`setcap cap_net_bind_service=+ep /usr/bin/node`."""
    operands = parse(command.arguments, valued=("-n",)).operands
    path = reach(operands[-1], command) if len(operands) > 1 else None
    return (Writes(path, command),) if path else (unknown("which file gets the capability is not known", command),)


def ssh_keygen(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ssh-keygen -A` makes the keys of the host; `-f` names a file."""
    options = parse(command.arguments, valued=("-f", "-t", "-b", "-N", "-C", "-P", "-F", "-R", "-H"))
    chosen = options.find("-f")
    path = "/etc/ssh" if options.has("-A") else below(home(env), ".ssh")
    if chosen is not None:
        found = reach(chosen.argument, command)
        if found is None:
            return (unknown("which key is made is not known", command),)
        path = found.rpartition("/")[0] or "/"
    return (Writes(path, command),)


def openssl(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`openssl req -x509 -keyout key.pem -out cert.pem`."""
    effects: list[Effect] = []
    arguments = command.arguments
    for index, argument in enumerate(arguments):
        if argument.text in (
            "-out",
            "-keyout",
            "-writerand",
            "-CAserial",
            "-signature-out",
        ) and index + 1 < len(arguments):
            path = reach(arguments[index + 1], command)
            effects.append(
                Writes(path, command) if path else unknown("which file openssl writes is not known", command)
            )
    return tuple(effects) or (ChangesNothing(command),)


def converts(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`yq -i`, `dos2unix file`, `setfacl`: the operands, in place."""
    operands = parse(command.arguments, valued=("-m", "-x", "-k")).operands
    effects: list[Effect] = []
    for operand in operands:
        path = reach(operand, command)
        effects.append(Writes(path, command) if path else unknown("which file is changed is not known", command))
    return tuple(effects) or (ChangesNothing(command),)


def yq(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`yq`: prints, unless it is told to write in place."""
    if any((text or "").startswith(("-i", "--inplace", "--in-place")) for text in command.args):
        return converts(command, env)
    return (ChangesNothing(command),)


def version_manager(variable: str, folder: str) -> Reader:
    """`pyenv install 3.12`, `rbenv install`: below the manager's own root."""

    def read(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
        if command.args[:1] in (("versions",), ("version",), ("root",), ("which",), ("init",), ("list",)):
            return (ChangesNothing(command),)
        return (Writes(env.get(variable) or below(home(env), folder), command),)

    return read


def htpasswd(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`htpasswd -bc file user password`."""
    options = parse(command.arguments)
    if options.has("-n"):
        return (ChangesNothing(command),)
    path = reach(options.operands[0], command) if options.operands else None
    return (Writes(path, command),) if path else (unknown("which file is written is not known", command),)


def caddy(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`caddy validate --config /etc/caddy/Caddyfile` writes nothing; `caddy fmt --overwrite` writes the file that it reads."""
    options = parse(
        command.arguments, valued=("--config", "--adapter", "--envfile", "-c", "-a", "--plaintext", "--algorithm")
    )
    action, *rest = options.operands or (None,)
    match action and action.text:
        case (
            None
            | "validate"
            | "adapt"
            | "version"
            | "list-modules"
            | "build-info"
            | "environ"
            | "hash-password"
            | "help"
        ):
            return (ChangesNothing(command),)
        case "fmt" if options.has("--overwrite", "-w"):
            path = reach(rest[0], command) if rest else below(command.cwd, "Caddyfile") if command.cwd else None
            return (Writes(path, command),) if path else (unknown("which file caddy formats is not known", command),)
        case "fmt":
            return (ChangesNothing(command),)
        case _:
            return (unknown("what this caddy command does is not known", command),)
