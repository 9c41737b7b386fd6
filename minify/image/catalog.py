"""What a base image is: `lookup` answers for any tag of a family that the facts know.

    lookup("node:20").distro                   # "debian12"
    lookup("python:3.8-slim-buster").distro    # "debian10"
    lookup("nobody/knows")                     # None

The facts are in data/images/, one file a family; how a tag is read is in tags.py; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from minify.image import data
from minify.image.identity import Known, core_of, identify
from minify.image.reference import ImageReference
from minify.image.settings import said, settings_of

_HOLE: Final = re.compile(r"\{(\w+)\}")


class BaseImage(NamedTuple):
    """The facts of one reference; None and "" mean: not there, or not known.

    `certain` is False where `distro` is inferred from release dates and not read from the tag.
    """

    reference: str
    family: str
    version: str | None = None
    variant: str = ""
    kind: str = "os"
    os: str = "linux"
    distro: str | None = None
    libc: str | None = None
    glibc: str | None = None
    shell: str | None = None
    package_manager: str | None = None
    user: str = ""
    workdir: str = "/"
    env: tuple[tuple[str, str], ...] = ()
    env_unknown: tuple[str, ...] = ()
    """Variables that the image sets to what only the very build of its tag tells: PYTHON_VERSION of `python:3`."""
    env_describing: tuple[str, ...] = ()
    """Variables that only say what the image was made of, or how it builds: PYTHON_SHA256, PHPIZE_DEPS."""
    entrypoint: tuple[str, ...] = ()
    entrypoint_runs: str | None = None
    """What the entrypoint script gives a command to that is none itself (a flag, a script); "": it runs every command as it is;
    None: it does more than that."""
    entrypoint_words: tuple[str, ...] = ()
    """Words that it gives to that program as well, as they are commands of it and of nothing else."""
    cmd: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    stop_signal: str | None = None
    onbuild: bool = False
    language: str | None = None
    language_version: str | None = None
    interpreter: str | None = None
    users: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    shared_objects: tuple[str, ...] = ()
    compressed_mb: float | None = None
    uncompressed_mb: float | None = None
    eol: str | None = None
    status: str = "unknown"
    publisher: str = ""
    source: str = ""
    as_of: str = ""
    pinned_release: bool = False
    floating: bool = False
    certain: bool = True
    notes: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """Of an image that was asked for: what the catalog has says nothing of labels."""
    health: str = ""
    """Its HEALTHCHECK as a Dockerfile says it."""
    run_shell: tuple[str, ...] = ()
    """Its SHELL, where it is not the usual one."""
    script: str | None = None
    """The text of the script that its ENTRYPOINT names."""
    asked: str = ""
    """Who was asked, `docker 28.2.2` or `registry-1.docker.io`: then what it holds is known in part only."""

    @property
    def placed(self) -> bool:
        """Whether it is known which distribution it stands on, if any: what it has of a system is known then."""
        return self.certain or self.distro is not None or self.shell is not None


Bases = Callable[[ImageReference], "BaseImage | str"]
"""Asks somebody else for a base image; a text says why nothing is known."""


def lookup(reference: ImageReference | str) -> BaseImage | None:
    """What the catalog knows of a reference; None when it is not valid or its family is not known."""
    known = identify(reference)
    if known is None:
        return None
    return _scratch(known) if known.family.kind == "scratch" else _describe(known)


def glibc_of(distro: str | None) -> str | None:
    """`debian12` → "2.36"."""
    release = data.distros().releases.get(distro or "")
    return release.glibc if release else None


def split_usr(distro: str | None) -> bool:
    """Whether /bin is a directory apart from /usr/bin: True of `debian11`, and False of `debian12`."""
    return distro in data.distros().split


def final_bases() -> Iterator[BaseImage]:
    """The bases a plan may end on, smallest first: scratch and the distroless images."""
    path = data.ROOT / "final_bases.yaml"
    listed = data.read_yaml(path)
    data.check_origin(path, listed)
    for reference in listed["bases"]:
        image = lookup(reference)
        if image is None:
            data.wrong(path, "bases", f"unknown image {reference!r}")
        yield image


@cache
def distroless_for(language: str, version: str) -> BaseImage | None:
    """`distroless_for("node", "22")` → the maintained distroless image of that version, or None."""
    for image in final_bases():
        if image.language == language and image.status == "supported" and image.version == version:
            return image
    return None


def _describe(known: Known) -> BaseImage:
    family, tag, row = known.family, known.tag, known.row
    settings, distro, certain = settings_of(known)
    system = data.distros().system(distro) if distro else None
    libc, manager, shell = system or (None, None, None)
    windows = tag.windows or settings.get("os") == "windows"
    if windows:
        return _windows(known, settings)
    version = _version(known, distro)
    eol = said(settings.get("eol", row.get("eol")))
    release = data.distros().releases.get(distro or "")
    if family.kind == "os" and release and "eol" not in settings:
        eol = release.eol
    holes = _holes(known, version, distro)
    compressed, uncompressed, derived = _size(known, settings, distro) if certain else (None, None, False)
    notes = [note for note in settings.get("notes", ()) if _filled(note, holes)]
    if tag.unknown:
        notes.append(f"the catalog does not know what {', '.join(tag.unknown)} means in this tag")
    if not certain and distro:
        notes.append("the release of the distribution is inferred from release dates: the tag does not name it")
    if derived:
        notes.append("the size is derived from the sizes of its siblings")
    libc = said(settings.get("libc", libc))
    language = said(settings.get("language", family.facts.get("language")))
    return BaseImage(
        reference=known.reference.written,
        family=settings.get("family", family.name),
        version=version,
        variant="-".join(tag.variant),
        kind=settings.get("kind", family.kind),
        distro=distro,
        libc=libc,
        glibc=said(settings.get("glibc", release.glibc if release and libc == "glibc" else None)),
        shell=said(settings.get("shell", shell)),
        package_manager=said(settings.get("package_manager", manager)),
        user=settings.get("user", ""),
        workdir=settings.get("workdir", "/"),
        env=tuple((key, text) for key, value in settings.get("env", {}).items() if (text := _filled(value, holes))),
        env_unknown=tuple(key for key, value in settings.get("env", {}).items() if not _filled(value, holes)),
        env_describing=tuple(settings.get("describes", "").split()),
        entrypoint=_all_filled(settings.get("entrypoint", ()), holes),
        entrypoint_runs=settings.get("entrypoint_runs"),
        entrypoint_words=tuple(settings.get("entrypoint_words", "").split()),
        cmd=_all_filled(settings.get("cmd", ()), holes),
        volumes=tuple(settings.get("volumes", "").split()),
        exposed=tuple(settings.get("exposed", "").split()),
        stop_signal=settings.get("stop_signal"),
        onbuild="onbuild" in tag.variant,
        language=language,
        language_version=_language_version(settings, holes, version) if language else None,
        interpreter=said(_filled(settings.get("interpreter", ""), holes)),
        users=_all_filled(settings.get("users", ()), holes),
        has=_has(settings.get("has", "")),
        shared_objects=tuple(settings.get("shared_objects", "").split()),
        compressed_mb=compressed,
        uncompressed_mb=uncompressed,
        eol=eol,
        status=settings.get("status") or _status(known, distro, eol),
        publisher=settings.get("publisher", family.facts.get("publisher", "")),
        source=settings.get("source", family.source),
        as_of=family.as_of,
        pinned_release=_pinned(known, distro),
        floating=known.moving or (tag.floating and known.reference.digest is None and not known.one_release),
        certain=certain,
        notes=tuple(notes),
    )


def _windows(known: Known, settings: Mapping[str, Any]) -> BaseImage:
    """A Windows image is named and left alone: nothing below is true of it."""
    return BaseImage(
        reference=known.reference.written,
        family=settings.get("family", known.family.name),
        version=known.release,
        variant="-".join(known.tag.variant),
        kind=settings.get("kind", known.family.kind),
        os="windows",
        workdir="C:\\",
        language=known.family.facts.get("language"),
        eol=said(known.row.get("eol")),
        status=settings.get("status") or _status(known, None, said(known.row.get("eol"))),
        publisher=settings.get("publisher", known.family.facts.get("publisher", "")),
        source=known.family.source,
        as_of=known.family.as_of,
        floating=known.tag.floating,
        notes=("a Windows image",),
    )


def _version(known: Known, distro: str | None) -> str | None:
    settings = known.family.table("repositories").get(known.repository, {})
    if "version" in settings:
        return str(settings["version"])
    if known.reference.tag is None and known.reference.digest:
        return None
    if known.family.facts.get("release_of") and distro:
        return distro.lstrip("abcdefghijklmnopqrstuvwxyz") or known.tag.version
    return known.release or known.tag.version


def _holes(known: Known, version: str | None, distro: str | None) -> dict[str, str]:
    """What `{exact}`, `{minor}` and the like stand for; what is not known leaves its text out."""
    numbers = (core_of(version) or "").split(".")
    holes = {
        "version": version,
        "major": numbers[0],
        "minor": ".".join(numbers[:2]) if len(numbers) > 1 else None,
        "exact": known.exact,
        "runtime": (core_of(known.tag.runtime) or "").split(".")[0] or None,
        "distro": distro,
        "repository": known.repository,
    }
    return {name: value for name, value in holes.items() if value}


def _language_version(settings: Mapping[str, Any], holes: Mapping[str, str], version: str | None) -> str | None:
    """The exact version where it is known, else what the tag says; of maven, the JDK's."""
    if "language_version" in settings:
        return _filled(settings["language_version"], holes) or None
    return holes.get("exact") or version


def _filled(text: str, holes: Mapping[str, str]) -> str:
    if all(name in holes for name in _HOLE.findall(text)):
        return _HOLE.sub(lambda match: holes[match[1]], text)
    return ""


def _all_filled(texts: list[str] | tuple[str, ...], holes: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(filled for text in texts if (filled := _filled(text, holes)))


def _has(text: str) -> tuple[str, ...]:
    """`+curl gcc` → the packages of the set `curl`, then gcc."""
    found: list[str] = []
    for word in text.split():
        found.extend(data.distros().sets[word[1:]] if word.startswith("+") else (word,))
    return tuple(dict.fromkeys(found))


def _size(known: Known, settings: Mapping[str, Any], distro: str | None) -> tuple[float | None, float | None, bool]:
    sizes = known.family.table("sizes")
    path = data.ROOT / "images" / f"{known.family.name}.yaml"
    if "size" in settings:
        return data.size(path, "size", settings["size"])
    names = [known.reference.tag or "latest"]
    if distro == said(known.row.get("distro")) or not known.tag.distro:
        variant = [word for word in known.tag.variant if word != "cli"]
        names.append("-".join([known.release or known.tag.version or "", *variant]))
    elif known.tag.alpine and distro == known.family.facts.get("alpine"):
        names.append("-".join([known.release or "", *known.tag.variant]))
    for name in names:
        if name in sizes and not known.superseded:
            return data.size(path, f"sizes.{name}", sizes[name])
    return None, None, False


def _status(known: Known, distro: str | None, eol: str | None) -> str:
    """supported, extended-only, end-of-life, "no longer rebuilt" (the tag stays as it is), or unknown."""
    today = known.family.as_of
    if known.tag.unknown:
        return "unknown"
    release = data.distros().releases.get(distro or "")
    if eol and eol <= today:
        extended = release.extended if release and known.family.kind == "os" else None
        return "extended-only" if extended and extended > today else "end-of-life"
    row = known.row
    if row.get("status"):
        return str(row["status"])
    if known.family.releases:
        if not row:
            return "unknown"
        built = [data.distros().codenames.get(suite, suite) for suite in row.get("built", "").split()]
        if not built or known.superseded or (known.tag.distro and known.tag.distro not in built):
            return "no longer rebuilt"
    return "supported"


def _pinned(known: Known, distro: str | None) -> bool:
    if known.tag.distro:
        return True
    if known.one_release:
        return not known.moving
    return "release_of" in known.family.facts and distro in data.distros().releases and not known.tag.floating


def _scratch(known: Known) -> BaseImage:
    return BaseImage(
        reference=known.reference.written,
        family="scratch",
        kind="scratch",
        compressed_mb=0.0,
        uncompressed_mb=0.0,
        status="supported",
        publisher=known.family.facts.get("publisher", ""),
        source=known.family.source,
        as_of=known.family.as_of,
        pinned_release=True,
        notes=tuple(known.family.facts.get("image", {}).get("notes", ())),
    )
