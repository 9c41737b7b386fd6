"""What follows an image at the end of its life: the next release that is kept up, in the same variant.

    successor("python:3.8-slim-buster")   # "python:3.11-slim"
    successor("ubuntu:bionic")            # "ubuntu:jammy"
    successor("python:3.13")              # None: it is kept up

Only tags that the facts say are built are named; a digest has no successor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.image import data
from minify.image.catalog import BaseImage, lookup
from minify.image.identity import Known, identify, numbers_of
from minify.image.reference import ImageReference

ENDED: Final = ("end-of-life", "deprecated")


def ended(image: BaseImage | None) -> bool:
    """Whether nobody mends the image any more, free of charge."""
    return image is not None and image.status in ENDED


def successor(reference: ImageReference | str) -> str | None:
    """The oldest release that is kept up and newer than this one; None when it is kept up itself, or nothing is known."""
    known = identify(reference)
    image = lookup(reference)
    if known is None or not ended(image) or known.reference.digest or known.tag.windows or known.tag.unknown:
        return None
    # Newer releases may be in repositories of another name
    old, _, new = str(known.family.facts.get("moved", "")).partition(" ")
    tags = _of_distro(known) if "release_of" in known.family.facts else _of_language(known)
    for tag in tags:
        following = known.reference.with_tag(tag).written
        following = f"{new}{following.removeprefix(old)}" if old and following.startswith(old) else following
        found = lookup(following)
        if found is not None and found.status == "supported":
            return following
    return None


def _of_language(known: Known) -> Iterator[str]:
    """`3.8-slim-buster` → 3.11-slim-buster where that is built, else 3.11-slim."""
    tag, version = known.reference.tag, known.tag.version
    if tag is None or version is None or version not in tag.split("-") or known.prerelease:
        return
    rows = known.family.releases
    # Python 3 is no release of what Python 2 was: programs are ported to it
    ends = [numbers_of(one) for one in str(known.family.facts.get("breaks", "")).split()]
    end = next((one for one in ends if one > numbers_of(version)), None)
    newer = [
        name
        for name in rows
        if numbers_of(name) > numbers_of(version)[: len(numbers_of(name))] and (end is None or numbers_of(name) < end)
    ]
    for name in sorted(newer, key=numbers_of):
        row = rows[name]
        suites = row.get("built", "").split()
        # A row without its latest version is one that is not out yet
        if not suites or "latest" not in row:
            continue
        words = [_suite(name if word == version else word, suites) for word in tag.split("-")]
        if "" in words and not known.family.table("slim"):
            # There slim only says more of the distribution's release
            words = [word for word in words if word != "slim"]
        yield "-".join(filter(None, words))


def _suite(word: str, suites: list[str]) -> str:
    """The word of a tag that names a release of a distribution, as far as it is still built."""
    if re.fullmatch(r"alpine[\d.]+", word):
        return word if word in suites else "alpine"
    names = data.distros().codenames
    return word if word in suites or word not in names else ""


def _of_distro(known: Known) -> Iterator[str]:
    """`18.04` → 22.04, `buster-slim` → trixie-slim: an LTS release follows one."""
    tag = known.reference.tag
    image = lookup(known.reference)
    here = image.distro if image is not None else None
    system = re.match(r"[a-z]+", here or "")
    rule = known.family.facts.get("succession")
    if tag is None or here is None or system is None or rule is None:
        return
    today = known.family.as_of
    for name, release in reversed(tuple(data.distros().releases.items())):
        version = name.removeprefix(system[0])
        if name == here or not version[:1].isdigit() or not name.startswith(system[0]):
            continue
        kept = release.eol is not None and release.eol > today
        lasting = rule != "extended" or release.extended is not None
        if kept and lasting and numbers_of(version) > numbers_of(here.removeprefix(system[0])):
            yield "-".join(_renamed(word, known, version, release.codename) for word in tag.split("-"))


def _renamed(word: str, known: Known, version: str, codename: str | None) -> str:
    if word == known.tag.version:
        return version
    return codename if codename and word in data.distros().codenames else word
