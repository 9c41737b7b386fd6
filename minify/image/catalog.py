"""What a base image is: `lookup("python:3.8-slim-buster")` answers for any tag of a family that the facts know.

    lookup("node:20").distro   # "debian12"
    lookup("nobody/knows")     # None

The facts are in data/images/, one file a family; how a tag is read is in tags.py; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from minify.errors import UsageError
from minify.image import data
from minify.image.reference import ImageReference
from minify.image.tags import Tag, read_tag

_CORE: Final = re.compile(r"\d+(?:\.\d+)*")
_HOLE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """The facts of one reference. None and "" mean: not there, or not known; `certain` says whether the release is read or inferred."""

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
    entrypoint: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A reference, its family and its tag: what every question about an image begins with."""

    reference: ImageReference
    family: data.Family
    repository: str
    moving: bool
    tag: Tag
    release: str | None
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exact(self) -> str | None:
        """`3.11.4` of `python:3.11.4-slim`; a moving tag has none, unless nothing moves it any more."""
        core = _core(self.tag.version)
        if self.prerelease:
            return self.tag.version
        if core and core.count(".") >= 2:
            return core
        frozen = core is not None and core == self.release and "built" not in self.row
        return self.row.get("latest") if frozen else None

    @property
    def superseded(self) -> bool:
        """A newer patch of the same release is out, so this tag stays as it is: `3.11.4`, `node:24.14`."""
        written = _numbers(self.tag.version)
        return written < _numbers(self.row.get("latest"))[: len(written)]

    @property
    def one_release(self) -> bool:
        """The repository itself names the release: `gcr.io/distroless/cc-debian13`, `redhat/ubi9`."""
        row = self.family.table("repositories").get(self.repository, {})
        return "distro" in row and self.family.kind in ("os", "distroless")

    @property
    def prerelease(self) -> bool:
        """`3.15.0rc1`, `1.27rc1`, `4.0.0-rc-5`."""
        return re.search(r"(?<=\d)-?(?:rc|beta|alpha|ea)", self.tag.version or "") is not None


def lookup(reference: ImageReference | str) -> BaseImage | None:
    """What the catalog knows of a reference; None when it is not valid or its family is not known."""
    known = identify(reference)
    if known is None:
        return None
    return _scratch(known.reference) if known.family.kind == "scratch" else _describe(known)


def identify(reference: ImageReference | str) -> Known | None:
    """The family file of a reference, and its tag read by that family's rules."""
    if isinstance(reference, str):
        try:
            reference = ImageReference.parse(reference)
        except UsageError:
            return None
    name = _without_mirror(reference.name)
    family = _family_of(name)
    if family is None or (family.kind == "scratch" and (reference.tag or reference.digest)):
        return None
    repository = name.rpartition("/")[2]
    repositories = family.table("repositories")
    moving = repository in family.table("aliases")
    repository = family.table("aliases").get(repository, repository)
    if repositories and repository not in repositories:
        if "*" not in repositories:
            return None
        repository = "*"
    tag = read_tag(reference.tag, family)
    # A digest alone says nothing of the version: it is not `latest`.
    release = None if reference.tag is None and reference.digest else _release_row(tag.version, family)
    return Known(
        reference=reference,
        family=family,
        repository=repository,
        moving=moving,
        tag=tag,
        release=release,
        row=family.releases.get(release or "", {}),
    )


def glibc_of(distro: str | None) -> str | None:
    """`debian12` → "2.36"."""
    release = data.distros().releases.get(distro or "")
    return release.glibc if release else None


@cache
def final_bases() -> tuple[BaseImage, ...]:
    """The bases a plan may end on, smallest first: scratch and the distroless images."""
    path = data.ROOT / "final_bases.yaml"
    listed = data.read_yaml(path)
    data.check_origin(path, listed)
    found = []
    for reference in listed["bases"]:
        image = lookup(reference)
        if image is None:
            data.wrong(path, "bases", f"unknown image {reference!r}")
        found.append(image)
    return tuple(found)


def distroless_for(language: str, version: str) -> BaseImage | None:
    """The maintained distroless image that runs `python` `3.13`, `node` `22`, `java` `21`; None where there is none."""
    for image in final_bases():
        if image.language == language and image.status == "supported" and image.version == version:
            return image
    return None


def _without_mirror(name: str) -> str:
    """`public.ecr.aws/docker/library/python`, `arm64v8/python` → `python`."""
    mirrors, _ = data.index()
    fitting = [prefix for prefix in mirrors if name.startswith(prefix)]
    if fitting:
        longest = max(fitting, key=len)
        if longest.endswith("/") or name == longest:
            return mirrors[longest] + name.removeprefix(longest)
    # A pull-through cache of Docker Hub keeps its `library/`: harbor.example/hub/library/python.
    _, library, official = name.rpartition("/library/")
    return official if library and "/" not in official else name


def _family_of(name: str) -> data.Family | None:
    _, families = data.index()
    fitting = [prefix for prefix in families if name.startswith(prefix)]
    for prefix in sorted(fitting, key=len, reverse=True):
        following = name[len(prefix) : len(prefix) + 1]
        if (
            not following
            or prefix.endswith("/")
            or ("/" in prefix and (following in "-/" or following.isdigit()))
        ):
            return data.family(families[prefix])
    return data.family(name.replace("/", "+"))


def _release_row(version: str | None, family: data.Family) -> str | None:
    """`3.11.4` → the row `3.11`; `8u151` → the row `8`."""
    core = _core(version)
    while core:
        if core in family.releases:
            return core
        core = core.rpartition(".")[0]
    return None


def _describe(known: Known) -> BaseImage:
    family, tag, row = known.family, known.tag, known.row
    settings, distro, certain = _settings(known)
    system = data.distros().system(distro) if distro else None
    libc, manager, shell = system or (None, None, None)
    windows = tag.windows or settings.get("os") == "windows"
    if windows:
        return _windows(known, settings)
    version = _version(known, distro)
    eol = _none(settings.get("eol", row.get("eol")))
    release = data.distros().releases.get(distro or "")
    if family.kind == "os" and release and "eol" not in settings:
        eol = release.eol
    holes = _holes(known, version, distro)
    compressed, uncompressed, derived = _size(known, settings, distro) if certain else (None, None, False)
    notes = [note for note in settings.get("notes", ()) if _filled(note, holes)]
    if tag.unknown:
        notes.append(f"the catalog does not know what {', '.join(tag.unknown)} means in this tag")
    if not certain and distro:
        notes.append(
            "the release of the distribution is inferred from release dates: the tag does not name it"
        )
    if derived:
        notes.append("the size is derived from the sizes of its siblings")
    libc = _none(settings.get("libc", libc))
    language = _none(settings.get("language", family.facts.get("language")))
    return BaseImage(
        reference=known.reference.written,
        family=settings.get("family", family.name),
        version=version,
        variant="-".join(tag.variant),
        kind=settings.get("kind", family.kind),
        distro=distro,
        libc=libc,
        glibc=_none(settings.get("glibc", release.glibc if release and libc == "glibc" else None)),
        shell=_none(settings.get("shell", shell)),
        package_manager=_none(settings.get("package_manager", manager)),
        user=settings.get("user", ""),
        workdir=settings.get("workdir", "/"),
        env=tuple(
            (key, text) for key, value in settings.get("env", {}).items() if (text := _filled(value, holes))
        ),
        entrypoint=_all_filled(settings.get("entrypoint", ()), holes),
        cmd=_all_filled(settings.get("cmd", ()), holes),
        volumes=tuple(settings.get("volumes", "").split()),
        exposed=tuple(settings.get("exposed", "").split()),
        stop_signal=settings.get("stop_signal"),
        onbuild="onbuild" in tag.variant,
        language=language,
        language_version=_language_version(settings, holes, version) if language else None,
        interpreter=_none(_filled(settings.get("interpreter", ""), holes)),
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
        eol=_none(known.row.get("eol")),
        status=settings.get("status") or _status(known, None, _none(known.row.get("eol"))),
        publisher=settings.get("publisher", known.family.facts.get("publisher", "")),
        source=known.family.source,
        as_of=known.family.as_of,
        floating=known.tag.floating,
        notes=("a Windows image",),
    )


def _distro(known: Known, default: str | None) -> tuple[str | None, bool]:
    """The release behind a tag: named by it, else what the default is (or was, when the tag was last rebuilt)."""
    tag, row, family = known.tag, known.row, known.family
    if tag.distro:
        return tag.distro, True
    if known.one_release:
        return default, True
    if (known.reference.tag is None and known.reference.digest) or tag.unknown:
        return None, False
    if tag.alpine:
        current = family.facts.get("alpine") if "built" in row or not family.releases else None
        release = None if known.superseded else row.get("alpine") or current
        return release or "alpine", release is not None and (bool(row) or tag.floating)
    if rule := family.facts.get("release_of"):
        return _os_release(rule.split(), tag, family)
    if not row:
        return (default, tag.floating) if not family.releases else (None, False)
    since = row.get("since", {})
    if since and known.superseded and known.exact:
        patch = _numbers(known.exact)[-1]
        fitting = [distro for first, distro in since.items() if int(first) <= patch]
        return (fitting[-1] if fitting else None), False
    return row.get("distro"), row.get("certain") != "false" and not known.superseded


def _os_release(rule: list[str], tag: Tag, family: data.Family) -> tuple[str | None, bool]:
    """`release_of: alpine 2`: alpine:3.18.4 stands on alpine3.18."""
    prefix, pieces = rule[0], int(rule[1])
    core = _core(tag.version)
    if core is None or (tag.version and tag.version[0].isalpha()):
        return prefix if prefix == "alpine" else None, False
    name = prefix + ".".join(core.split(".")[:pieces])
    if name in data.distros().releases:
        return name, not tag.unknown
    return prefix if prefix == "alpine" else None, False


def _settings(known: Known) -> tuple[dict[str, Any], str | None, bool]:
    """The image's own row, then its repository's, then each rule that fits, the later over the earlier."""
    facts = known.family.facts
    settings: dict[str, Any] = {}
    _merge(settings, facts.get("image", {}))
    _merge(settings, known.family.table("repositories").get(known.repository, {}))
    distro, certain = _distro(known, settings.get("distro"))
    for rule in facts.get("rules", ()):
        if _fits(rule["when"], known, distro):
            _merge(settings, {key: value for key, value in rule.items() if key != "when"})
            if "distro" in rule and not known.tag.distro and not known.tag.alpine:
                distro = _none(rule["distro"])
    return settings, _none(distro), certain


def _merge(settings: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if key == "env":
            settings["env"] = {**settings.get("env", {}), **value}
        elif key == "unset_env":
            settings["env"] = {
                name: text for name, text in settings.get("env", {}).items() if name not in value
            }
        elif key == "notes":
            settings["notes"] = [*settings.get("notes", ()), *value]
        else:
            settings[key] = value


def _fits(when: Mapping[str, str], known: Known, distro: str | None) -> bool:
    variant = known.tag.variant
    system = data.distros().system(distro) if distro else None
    version = known.release or (distro if "release_of" in known.family.facts else None) or known.tag.version
    for condition, value in when.items():
        words = value.split()
        fits = {
            "variant": lambda words=words: any(word in variant for word in words),
            "not_variant": lambda words=words: not any(word in variant for word in words),
            "libc": lambda value=value: system is not None and system[0] == value,
            "distro": lambda words=words: any((distro or "").startswith(word) for word in words),
            "from": lambda value=value: bool(_numbers(version)) and _numbers(version) >= _numbers(value),
            "below": lambda value=value: bool(_numbers(version)) and _numbers(version) < _numbers(value),
            "repository": lambda words=words: known.repository in words,
        }[condition]()
        if not fits:
            return False
    return True


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
    """What `{exact}`, `{minor}` and the like stand for in the facts; what is not known leaves its text out."""
    numbers = (_core(version) or "").split(".")
    holes = {
        "version": version,
        "major": numbers[0],
        "minor": ".".join(numbers[:2]) if len(numbers) > 1 else None,
        "exact": known.exact,
        "runtime": (_core(known.tag.runtime) or "").split(".")[0] or None,
        "distro": distro,
        "repository": known.repository,
    }
    return {name: value for name, value in holes.items() if value}


def _language_version(
    settings: Mapping[str, Any], holes: Mapping[str, str], version: str | None
) -> str | None:
    """The exact version where it is known, else what the tag says; of a builder's tag, the runtime's (`jdk-17`)."""
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


def _size(
    known: Known, settings: Mapping[str, Any], distro: str | None
) -> tuple[float | None, float | None, bool]:
    sizes = known.family.table("sizes")
    path = data.ROOT / "images" / f"{known.family.name}.yaml"
    if "size" in settings:
        return data.size(path, "size", settings["size"])
    names = [known.reference.tag or "latest"]
    if distro == _none(known.row.get("distro")) or not known.tag.distro:
        variant = [word for word in known.tag.variant if word not in ("cli",)]
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
    if known.tag.distro or (known.reference.digest and distro):
        return True
    if known.one_release:
        return not known.moving
    return "release_of" in known.family.facts and distro in data.distros().releases and not known.tag.floating


def _core(version: str | None) -> str | None:
    match = _CORE.search(version or "")
    return match[0] if match else None


def _numbers(version: str | None) -> tuple[int, ...]:
    return tuple(int(number) for number in (_core(version) or "").split(".") if number)


def _none(text: str | None) -> str | None:
    return None if text in (None, "none", "") else text


def _scratch(reference: ImageReference) -> BaseImage:
    image = _describe_scratch()
    return BaseImage(reference=reference.written, **image)


def _describe_scratch() -> dict[str, Any]:
    family = data.family("scratch")
    assert family is not None
    notes = tuple(family.facts.get("image", {}).get("notes", ()))
    return {
        "family": "scratch",
        "kind": "scratch",
        "compressed_mb": 0.0,
        "uncompressed_mb": 0.0,
        "status": "supported",
        "source": family.source,
        "as_of": family.as_of,
        "publisher": family.facts.get("publisher", ""),
        "pinned_release": True,
        "notes": notes,
    }
