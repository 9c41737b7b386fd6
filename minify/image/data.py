"""The facts' files: found, read and checked. Nothing is loaded that was not asked for.

    family("python").releases["3.12"]["distro"]  # "debian13"

Every scalar is text (YAML's base schema), so that 3.10 stays 3.10. A wrong file is our bug: an InternalError
names the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from minify import precompiled
from minify.errors import InternalError

ROOT: Final = Path(__file__).parent / "data"

KINDS: Final = ("os", "language", "distroless", "scratch", "service", "builder")
FINALS: Final = ("drop", "keep", "libraries", "maybe", "replace")

# What may be said of an image, and the shape it is said in.
LISTS: Final = ("entrypoint", "cmd", "users", "notes", "unset_env")
_SETTINGS: Final = frozenset(
    {"family", "kind", "os", "distro", "libc", "glibc", "shell", "package_manager", "user", "workdir", "env"}
    | {
        "stop_signal",
        "entrypoint_runs",
        "entrypoint_words",
        "language",
        "language_version",
        "interpreter",
        "version",
        "eol",
        "status",
        "publisher",
    }
    | {"source", "size", "volumes", "exposed", "has", "unset_has", "shared_objects", "describes", *LISTS}
)
_FAMILY_KEYS: Final = frozenset(
    {
        "kind",
        "language",
        "publisher",
        "source",
        "as_of",
        "names",
        "codenames",
        "variants",
        "release_of",
        "succession",
        "breaks",
        "moved",
        "alpine",
    }
    | {"releases", "image", "rules", "repositories", "aliases", "sizes", "slim"}
)
_RELEASE_KEYS: Final = frozenset({"distro", "eol", "latest", "certain", "since", "built", "alpine", "status"})
_CONDITIONS: Final = frozenset({"variant", "not_variant", "distro", "from", "below", "earlier", "repository"})


class Family(NamedTuple):
    """One file of images/: the checked facts of a family, still as written."""

    name: str
    source: str
    as_of: str
    kind: str
    facts: Mapping[str, Any]
    releases: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def words(self, key: str) -> tuple[str, ...]:
        """`variants: slim onbuild` → ("slim", "onbuild")."""
        return tuple(self.facts.get(key, "").split())

    def table(self, key: str) -> Mapping[str, Any]:
        """`names: {lts: 24}`; empty when the file has none."""
        value = self.facts.get(key, {})
        return value if isinstance(value, Mapping) else {}


class Release(NamedTuple):
    """One row of distros.yaml: `debian13: trixie 2.41 2028-08-09 2030-06-30`."""

    name: str
    codename: str | None
    glibc: str | None
    eol: str | None
    extended: str | None


class Distros(NamedTuple):
    """What distros.yaml says, indexed for the reader of tags."""

    releases: Mapping[str, Release]
    codenames: Mapping[str, str]
    systems: Mapping[str, tuple[str, str, str]]
    sets: Mapping[str, tuple[str, ...]]
    split: frozenset[str]
    users: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def accounts(self, distro: str) -> tuple[str, ...]:
        """The accounts that a system comes with, `www-data:33:33:/var/www`, as far as anything runs as them."""
        return next((found for name, found in self.users.items() if distro.startswith(name)), ())

    def system(self, distro: str) -> tuple[str, str, str] | None:
        """`alpine3.24` → ("musl", "apk", "/bin/sh"): the row of the release, else of its system."""
        for name, facts in self.systems.items():
            if distro.startswith(name):
                return facts
        return None


def read_yaml(path: Path) -> dict[str, Any]:
    """One file as text, lists and mappings."""
    try:
        data = precompiled.table(path)
    except (OSError, ValueError) as error:
        raise InternalError(f"cannot be read: {error}", path=_shown(path)) from error
    if not isinstance(data, dict):
        wrong(path, "", "holds no mapping")
    return data


@cache
def distros() -> Distros:
    """distros.yaml, checked."""
    path = ROOT / "distros.yaml"
    data = read_yaml(path)
    check_origin(path, data)
    releases = {}
    for name, row in data["releases"].items():
        cells = row.split()
        if len(cells) != 4:
            wrong(path, f"releases.{name}", "needs codename, glibc, end of life and extended end of life")
        codename, glibc, eol, extended = (None if cell == "none" else cell for cell in cells)
        for date in (eol, extended):
            check_date(path, f"releases.{name}", date)
        releases[name] = Release(name=name, codename=codename, glibc=glibc, eol=eol, extended=extended)
    systems = {}
    for name, row in data["systems"].items():
        libc, manager, shell = row.split()
        if libc not in ("glibc", "musl"):
            wrong(path, f"systems.{name}", f"unknown libc {libc!r}")
        systems[name] = (libc, manager, shell)
    split = frozenset(data["split"].split())
    if not split <= releases.keys():
        wrong(path, "split", f"names no release: {', '.join(sorted(split - releases.keys()))}")
    return Distros(
        releases=releases,
        codenames={row.codename: name for name, row in releases.items() if row.codename},
        systems=systems,
        sets={name: tuple(words.split()) for name, words in data["sets"].items()},
        split=split,
        users={name: tuple(words.split()) for name, words in data["users"].items()},
    )


@cache
def index() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """index.yaml, checked: mirror prefix → what replaces it; repository prefix → family file."""
    path = ROOT / "index.yaml"
    data = read_yaml(path)
    check_origin(path, data)
    for table in ("mirrors", "families"):
        if not isinstance(data.get(table), dict):
            wrong(path, table, "is missing")
    return data["mirrors"], data["families"]


@cache
def family(name: str) -> Family | None:
    """images/<name>.yaml, checked; None when there is no such file."""
    path = ROOT / "images" / f"{name}.yaml"
    if not path.is_file():
        return None
    data = read_yaml(path)
    check_origin(path, data)
    _known(path, "", data, _FAMILY_KEYS)
    if data.get("kind") not in KINDS:
        wrong(path, "kind", f"must be one of {', '.join(KINDS)}")
    releases = data.get("releases", {})
    for version, row in releases.items():
        _check_release(path, version, row)
    for version, settings in data.get("repositories", {}).items():
        _check_settings(path, f"repositories.{version}", settings)
    _check_settings(path, "image", data.get("image", {}))
    for number, rule in enumerate(data.get("rules", ())):
        where = f"rules[{number}]"
        if not isinstance(rule, dict) or "when" not in rule:
            wrong(path, where, "has no `when`")
        _known(path, f"{where}.when", rule["when"], _CONDITIONS)
        _check_settings(path, where, {key: value for key, value in rule.items() if key != "when"})
    for tag, sizes in data.get("sizes", {}).items():
        size(path, f"sizes.{tag}", sizes)
    return Family(
        name=name,
        source=data["source"],
        as_of=data["as_of"],
        kind=data["kind"],
        facts=data,
        releases=releases,
    )


def size(path: Path, key: str, text: str) -> tuple[float | None, float | None, bool]:
    """`29.8 / ~78.6` → (29.8, 78.6, True): compressed, uncompressed, was one derived; `none` is not known."""
    cells = [cell.strip() for cell in text.split("/")]
    if len(cells) != 2:
        wrong(path, key, "needs `compressed / uncompressed`")
    numbers: list[float | None] = []
    for cell in cells:
        try:
            numbers.append(None if cell == "none" else float(cell.removeprefix("~")))
        except ValueError:
            wrong(path, key, f"{cell!r} is no size")
    return numbers[0], numbers[1], "~" in text


def check_origin(path: Path, data: Mapping[str, Any]) -> None:
    """Facts without where they come from, and when, are no facts."""
    if not isinstance(data.get("source"), str) or not data["source"]:
        wrong(path, "source", "is missing")
    check_date(path, "as_of", data.get("as_of") or "")


def check_date(path: Path, key: str, date: str | None) -> None:
    """A day as 2026-11-23 (or none)."""
    if date is None:
        return
    digits = date.split("-")
    if [len(part) for part in digits] != [4, 2, 2] or not all(part.isdigit() for part in digits):
        wrong(path, key, f"{date!r} is not a date like 2026-11-23")


def wrong(path: Path, key: str, message: str) -> NoReturn:
    """`images/python.yaml: releases.3.12.eol: '2028' is not a date like 2026-11-23`."""
    raise InternalError(f"{key}: {message}" if key else message, path=_shown(path))


def _check_release(path: Path, version: str, row: object) -> None:
    where = f"releases.{version}"
    if not isinstance(row, dict):
        wrong(path, where, "is no mapping")
    _known(path, where, row, _RELEASE_KEYS)
    if row.get("eol") not in (None, "none"):
        check_date(path, f"{where}.eol", row["eol"])
    if row.get("certain", "true") not in ("true", "false"):
        wrong(path, f"{where}.certain", "must be true or false")
    for key in ("distro", "alpine"):
        _check_distro(path, f"{where}.{key}", row.get(key))
    for patch, distro in row.get("since", {}).items():
        if not patch.isdigit():
            wrong(path, f"{where}.since.{patch}", "is no patch number")
        _check_distro(path, f"{where}.since.{patch}", distro)
    for suite in row.get("built", "").split():
        if suite not in distros().codenames and suite not in distros().releases:
            wrong(path, f"{where}.built", f"unknown release {suite!r}")


def _check_distro(path: Path, key: str, name: str | None) -> None:
    if name is not None and name not in ("none", *distros().releases):
        wrong(path, key, f"unknown release {name!r}")


def _check_settings(path: Path, where: str, settings: object) -> None:
    if not isinstance(settings, dict):
        wrong(path, where, "is no mapping")
    _known(path, where, settings, _SETTINGS)
    for key, value in settings.items():
        shape = dict if key == "env" else list if key in LISTS else str
        if not isinstance(value, shape):
            wrong(path, f"{where}.{key}", f"must be {'text' if shape is str else shape.__name__}")
        items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        if not all(isinstance(item, str) for item in items):
            wrong(path, f"{where}.{key}", "must hold text only (quote what has a colon)")
    _check_distro(path, f"{where}.distro", settings.get("distro"))
    if settings.get("libc") not in (None, "glibc", "musl", "none"):
        wrong(path, f"{where}.libc", f"unknown libc {settings['libc']!r}")
    if settings.get("kind") not in (None, *KINDS):
        wrong(path, f"{where}.kind", f"must be one of {', '.join(KINDS)}")
    if settings.get("eol") not in (None, "none"):
        check_date(path, f"{where}.eol", settings["eol"])
    if "size" in settings:
        size(path, f"{where}.size", settings["size"])


def _known(path: Path, where: str, row: Mapping[str, Any], keys: frozenset[str]) -> None:
    for key in row:
        if key not in keys:
            wrong(path, f"{where}.{key}" if where else key, f"unknown key; known: {', '.join(sorted(keys))}")


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
