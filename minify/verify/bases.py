"""What a base image sets and holds, asked of who has it: an engine on this machine, or a registry.

    BasesAsked("engine")(ImageReference.parse("registry.example/team/base:3"))   # a BaseImage, or why there is none

Nothing is pulled and nothing is run: of an engine's image the configuration and a few files are read, of a registry's the
configuration and how it was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Final

from minify.analysis.contract import USUAL_PATH
from minify.image import data
from minify.image.catalog import BaseImage
from minify.image.reference import ImageReference
from minify.verify import links
from minify.verify.engine import Configuration, Engine, EngineError, Healthcheck
from minify.verify.tarstream import TarStream

KINDS: Final = ("engine", "registry")

_LIMIT: Final = 64 << 20
_STATUS: Final = ("/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_RELEASE: Final = ("/etc/os-release", "/usr/lib/os-release")
_ACCOUNTS: Final = "/etc/passwd"
# The program of each package manager, those first that take the place of another
_MANAGERS: Final = ("microdnf", "tdnf", "dnf", "yum", "zypper", "pacman", "apk", "apt-get")
# ID of os-release where the catalog has another name
_SYSTEMS: Final[Mapping[str, str]] = {
    "rocky": "rockylinux", "ol": "oraclelinux", "rhel": "ubi", "amzn": "amazonlinux", "opensuse-leap": "opensuse",
    "opensuse-tumbleweed": "opensuse", "arch": "arch",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BasesAsked:
    """Answers for the bases that the catalog does not know; what was asked once is not asked again."""

    kind: str
    """`engine` or `registry`."""
    engine: str | None = None
    """The engine's name; the first that answers without one."""

    def __call__(self, reference: ImageReference) -> BaseImage | str:
        """The image, or why nothing could be learned of it."""
        return _asked(self.kind, self.engine, reference)


@cache
def _asked(kind: str, engine: str | None, reference: ImageReference) -> BaseImage | str:
    try:
        if kind == "registry":
            from minify.verify.registry import described

            return described(reference)
        from minify.verify.engines import choose

        with closing(choose(engine)) as opened:
            return of_engine(opened, reference)
    except EngineError as error:
        return f"{error.message}{f' ({error.hint})' if error.hint else ''}"


def of_engine(engine: Engine, reference: ImageReference) -> BaseImage | str:
    """What an engine has of an image, without pulling it."""
    try:
        image = engine.image(reference.written)
    except EngineError:
        tool = engine.name.partition(" ")[0]
        return f"{engine.name} has no image of this name: pull it first ({tool} pull {reference.written})"
    found = _files(engine, image.id, image.configuration)
    release = dict(_settings(next((found.texts[path] for path in _RELEASE if path in found.texts), "")))
    distro = _distro(release)
    musl = any(name.startswith("ld-musl-") for name in found.libraries)
    libc = "musl" if musl else "glibc" if any(name.startswith("ld-linux") for name in found.libraries) else None
    manager = next((name for name in _MANAGERS if name in found.programs), None)
    return described_as(
        reference,
        image.configuration,
        asked=engine.name,
        distro=distro,
        libc=libc,
        shell="/bin/sh" if "sh" in found.programs else None,
        manager="apt" if manager == "apt-get" else manager,
        has=tuple(dict.fromkeys(name for path in _STATUS for name in _packages(found.texts.get(path, "")))),
        users=tuple(_users(found.texts.get(_ACCOUNTS, ""))),
        script=next((found.texts[path] for path in _script_paths(image.configuration) if path in found.texts), None),
    )


def described_as(
    reference: ImageReference,
    said: Configuration,
    *,
    asked: str,
    distro: str | None,
    libc: str | None,
    shell: str | None,
    manager: str | None,
    has: tuple[str, ...] = (),
    users: tuple[str, ...] = (),
    script: str | None = None,
) -> BaseImage:
    """The facts in the catalog's shape."""
    return BaseImage(
        reference=reference.written,
        family=reference.repository,
        version=reference.tag,
        kind="os",
        distro=distro,
        libc=libc,
        shell=shell,
        package_manager=manager,
        user=said.user,
        workdir=said.workdir or "/",
        # A line break is nothing that ENV and LABEL can say
        env=tuple((name, value) for name, value in said.env.items() if "\n" not in value),
        env_unknown=tuple(name for name, value in said.env.items() if "\n" in value),
        entrypoint=said.entrypoint,
        cmd=said.cmd,
        volumes=said.volumes,
        exposed=said.exposed,
        stop_signal=said.stop_signal,
        onbuild=bool(said.onbuild),
        users=users,
        has=has,
        labels=tuple(sorted((name, value) for name, value in said.labels.items() if "\n" not in value)),
        health=_health(said.healthcheck),
        run_shell=said.shell,
        script=script,
        asked=asked,
        publisher=asked,
        source=asked,
    )


class _Files:
    """What is read of an image's files as they pass by: a few texts, and the names of programs and loaders."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.programs: set[str] = set()
        self.libraries: set[str] = set()


def _files(engine: Engine, image: str, said: Configuration) -> _Files:
    found = _Files()
    wanted = {*_STATUS, *_RELEASE, _ACCOUNTS, *_script_paths(said)}
    with engine.export(image) as stream:
        tar = TarStream(stream, lambda chunk: None)
        for member in tar:
            path = links.normal(member.name) or ""
            folder, _, name = path.rpartition("/")
            if folder.endswith(("/bin", "/sbin")) and (member.mode & 0o111 or member.kind == "symlink"):
                found.programs.add(name)
            if name.startswith("ld-"):
                found.libraries.add(name)
            if path in wanted and member.kind == "file" and member.size <= _LIMIT:
                content = tar.take(member.size)
                if b"\0" not in content[:4096]:
                    found.texts[path] = content.decode("utf-8", "replace")
    return found


def _script_paths(said: Configuration) -> tuple[str, ...]:
    """Where the first word of ENTRYPOINT may be: it may be a script."""
    word = next((word for word in said.entrypoint if not word.startswith("-")), "")
    if not word or word.startswith("/"):
        return (word,) if word else ()
    return tuple(f"{folder}/{word}" for folder in (said.env.get("PATH") or USUAL_PATH).split(":"))


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of os-release: `ID=debian`, `VERSION_ID="12"`."""
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip().strip("\"'")


def _distro(release: Mapping[str, str]) -> str | None:
    """The catalog's name of a release: `debian12`, `alpine3.22`; None for one that it does not know."""
    system = _SYSTEMS.get(release.get("ID", ""), release.get("ID", ""))
    parts = release.get("VERSION_ID", "").split(".")
    names = [f"{system}{'.'.join(parts[:count])}" for count in (len(parts), 2, 1)] + [system]
    known = data.distros()
    return next((name for name in names if name in known.releases), None)


def _packages(status: str) -> Iterator[str]:
    """The names of dpkg's and apk's installed packages.

    >>> list(_packages("Package: curl\\nStatus: install ok installed\\n\\nPackage: old\\nStatus: deinstall ok config-files\\n"))
    ['curl']
    """
    for entry in status.split("\n\n"):
        name = re.search(r"^(?:Package: |P:)(\S+)$", entry, re.MULTILINE)
        if name is not None and (
            "\nStatus: " not in entry or re.search(r"^Status: \S+ \S+ installed$", entry, re.MULTILINE)
        ):
            yield name[1]


def _users(passwd: str) -> Iterator[str]:
    """`app:x:1000:1000::/home/app:/bin/sh` as the catalog has it, `app:1000:1000:/home/app`; those that are not the system's own."""
    for line in passwd.splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[2].isdigit() and int(fields[2]) >= 100 and fields[0] != "nobody":
            yield ":".join((fields[0], fields[2], fields[3], fields[5]))


def _health(check: Healthcheck | None) -> str:
    """HEALTHCHECK as a Dockerfile says it; "" for none."""
    if check is None:
        return ""
    times = (
        ("interval", check.interval), ("timeout", check.timeout), ("start-period", check.start_period), ("retries", check.retries),
    )  # fmt: skip
    flags = [f"--{name}={_time(value) if name != 'retries' else int(value)}" for name, value in times if value]
    command = check.test[1] if check.test[0] == "CMD-SHELL" else _json(check.test[1:])
    return " ".join(("HEALTHCHECK", *flags, "CMD", command))


def _time(seconds: float) -> str:
    return f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms"


def _json(words: Sequence[str]) -> str:
    import json

    return json.dumps(list(words), ensure_ascii=False)
