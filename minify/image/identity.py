"""Which image a reference means: mirrors seen through, the family's file found, the tag read by its rules.

identify("arm64v8/python:3.9-slim")   # the family python, its release 3.9, the variant slim
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from minify.errors import UsageError
from minify.image import data
from minify.image.reference import ImageReference
from minify.image.tags import Tag, read_tag

_CORE: Final = re.compile(r"\d+(?:\.\d+)*")
_PRERELEASE: Final = re.compile(r"(?<=\d)-?(?:rc|beta|alpha|ea)")


class Known(NamedTuple):
    """A reference, its family and its tag: what every question about an image begins with."""

    reference: ImageReference
    family: data.Family
    repository: str
    moving: bool
    tag: Tag
    release: str | None
    row: Mapping[str, Any] = MappingProxyType({})

    @property
    def exact(self) -> str | None:
        """`3.11.4` of `python:3.11.4-slim`; a moving tag has none, unless nothing moves it any more."""
        core = core_of(self.tag.version)
        if self.prerelease:
            return self.tag.version
        if core and core.count(".") >= 2:
            return core
        frozen = core is not None and core == self.release and "built" not in self.row
        return self.row.get("latest") if frozen else None

    @property
    def superseded(self) -> bool:
        """A newer patch of the same release is out, so this tag stays as it is: `3.11.4`, `node:24.14`."""
        written = numbers_of(self.tag.version)
        return written < numbers_of(self.row.get("latest"))[: len(written)]

    @property
    def one_release(self) -> bool:
        """The repository itself names the release: `gcr.io/distroless/cc-debian13`, `redhat/ubi9`."""
        row = self.family.table("repositories").get(self.repository, {})
        return "distro" in row and self.family.kind in ("os", "distroless")

    @property
    def prerelease(self) -> bool:
        """`3.15.0rc1`, `1.27rc1`, `4.0.0-rc-5`."""
        return _PRERELEASE.search(self.tag.version or "") is not None


_PLATFORMS: Final = {
    "amd64": "linux/amd64", "arm32v5": "linux/arm/v5", "arm32v6": "linux/arm/v6", "arm32v7": "linux/arm/v7", "arm64v8": "linux/arm64",
    "i386": "linux/386", "mips64le": "linux/mips64le", "ppc64le": "linux/ppc64le", "riscv64": "linux/riscv64", "s390x": "linux/s390x",
}  # fmt: skip


def platform(reference: ImageReference) -> str | None:
    """The platform that an image's name pins; None where it is built for many.

    >>> platform(ImageReference.parse("arm64v8/alpine:3")), platform(ImageReference.parse("alpine:3"))
    ('linux/arm64', None)
    """
    owner, slash, _ = reference.name.partition("/")
    return _PLATFORMS.get(owner) if slash else None


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
    repositories = family.table("repositories")
    # The folder tells which one it is in `ubi9/ubi` and `ubi8/ubi`
    folder = "/".join(name.split("/")[-2:])
    repository = folder if folder in repositories else name.rpartition("/")[2]
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


def core_of(version: str | None) -> str | None:
    """`v1.27rc1` → "1.27"; a word has none."""
    match = _CORE.search(version or "")
    return match[0] if match else None


def numbers_of(version: str | None) -> tuple[int, ...]:
    """`3.10` → (3, 10), to compare."""
    return tuple(int(number) for number in (core_of(version) or "").split(".") if number)


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
        if not following or prefix.endswith("/") or ("/" in prefix and (following in "-/" or following.isdigit())):
            return data.family(families[prefix])
    return data.family(name.replace("/", "+"))


def _release_row(version: str | None, family: data.Family) -> str | None:
    """`3.11.4` → the row `3.11`; `8u151` → the row `8`."""
    core = core_of(version)
    while core:
        if core in family.releases:
            return core
        core = core.rpartition(".")[0]
    return None
