"""Slimmer images in place of one, safest first, and what makes each of them unsafe.

    slim_variant("python:3.12")            # "python:3.12-slim": the same version on the same release
    lost("python:3.12", "python:3.12-slim")  # ("curl", "gnupg", …)
    alternatives("python:3.13")            # python:3.13-slim, then distroless, …

Only tags that exist are named. Databases and brokers have no ladder: their data belongs to their image.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from minify.image import data
from minify.image.catalog import BaseImage, lookup
from minify.image.identity import Known, identify
from minify.image.reference import ImageReference

_WORD: Final = "@tag: "
"""`@tag: devel to runtime`: the same tag with another word."""
_CONDITIONS: Final = ("only", "built", "variant", "not_variant", "repository", "not_repository")
_KEYS: Final = frozenset({"to", "safe", "constraint", "why", *_CONDITIONS})


class Alternative(NamedTuple):
    """One step of a ladder. `safe`: what runs on the image needs no proof to run on this one."""

    reference: str
    size_mb: float | None
    constraint: str
    safe: bool
    rank: int
    why: str


def alternatives(image: BaseImage | ImageReference | str) -> tuple[Alternative, ...]:
    """The ladder of an image; empty when nothing slimmer is known, and for an image pinned by digest."""
    known = _identify(image)
    if known is None or known.reference.digest:
        return ()
    found: list[Alternative] = []
    for step in _ladder(known.family.name):
        reference = _reference(step, known)
        if reference is None or any(reference == earlier.reference for earlier in found):
            continue
        slimmer = lookup(reference)
        found.append(
            Alternative(
                reference=reference,
                size_mb=slimmer.compressed_mb if slimmer else None,
                constraint=step["constraint"],
                safe=step["safe"] == "true",
                rank=len(found) + 1,
                why=step["why"],
            )
        )
    return tuple(found)


def slim_variant(image: BaseImage | ImageReference | str) -> str | None:
    """`python:3.8-buster` → `python:3.8-slim-buster`; None when already slim, pinned by digest or unknown."""
    known = _identify(image)
    if known is None or known.reference.digest or known.tag.windows or known.tag.unknown or known.tag.alpine:
        return None
    tag = _slim_tag(known)
    return known.reference.with_tag(tag).written if tag else None


def lighter_variant(image: BaseImage | ImageReference | str) -> Alternative | None:
    """The first step of a ladder that is the same tag with another word: `devel` to `runtime`; None where there is none.

    >>> lighter_variant("nvidia/cuda:12.4.1-devel-ubuntu22.04").reference
    'nvidia/cuda:12.4.1-runtime-ubuntu22.04'
    """
    known = _identify(image)
    if known is None or not any(step["to"].startswith(_WORD) for step in _ladder(known.family.name)):
        return None
    return next(iter(alternatives(image)), None)


def lost(image: BaseImage | ImageReference | str, slimmer: BaseImage | ImageReference | str) -> tuple[str, ...]:
    """The packages and programs of an image that a slimmer one has not, in the image's order."""
    fuller, smaller = _image(image), _image(slimmer)
    if fuller is None or smaller is None:
        return ()
    gone = [name for name in fuller.has if name not in smaller.has]
    known = _identify(image)
    if known and smaller.reference == slim_variant(image):
        gone.extend(known.family.table("slim").get("lost", "").split())
    return tuple(dict.fromkeys(gone))


@cache
def _ladder(family: str) -> tuple[Mapping[str, str], ...]:
    path = data.ROOT / "ladders" / f"{family}.yaml"
    return tuple(read_ladder(path)) if path.is_file() else ()


def read_ladder(path: Path) -> list[dict[str, str]]:
    """One file of ladders/, checked: every step says where to, why, and what makes it unsafe."""
    facts = data.read_yaml(path)
    data.check_origin(path, facts)
    steps: list[dict[str, Any]] = facts.get("steps", [])
    for number, step in enumerate(steps):
        for key in step:
            if key not in _KEYS:
                data.wrong(path, f"steps[{number}].{key}", f"unknown key; known: {', '.join(sorted(_KEYS))}")
        for key in ("to", "constraint", "why", "safe"):
            if not isinstance(step.get(key), str):
                data.wrong(path, f"steps[{number}].{key}", "must be text")
        if step["safe"] not in ("true", "false"):
            data.wrong(path, f"steps[{number}].safe", "must be true or false")
    return steps


def _reference(step: Mapping[str, str], known: Known) -> str | None:
    """The image of a step for this one, when it exists and is another one."""
    version = known.release or _version(known)
    variant = known.tag.variant
    repository = known.repository
    if (
        ("only" in step and version not in step["only"].split())
        or ("built" in step and step["built"] not in known.row.get("built", "").split())
        or ("variant" in step and not any(word in variant for word in step["variant"].split()))
        or ("not_variant" in step and any(word in variant for word in step["not_variant"].split()))
        or ("repository" in step and repository not in step["repository"].split())
        or ("not_repository" in step and any(word in repository for word in step["not_repository"].split()))
        or known.tag.windows
    ):
        return None
    if step["to"] == "@slim":
        return slim_variant(known.reference)
    if step["to"].startswith(_WORD):
        return _with_word(known, *step["to"].removeprefix(_WORD).split(" to "))
    numbers = (version or "").split(".")
    reference = step["to"].format(version=version, major=numbers[0], minor=".".join(numbers[:2]), repository=repository)
    target = identify(reference)
    same = (
        target is not None
        and target.family is known.family
        and target.repository == repository
        and target.tag.variant == variant
    )
    return None if same else reference


def _with_word(known: Known, old: str, new: str) -> str | None:
    """`cuda:12.4.1-cudnn-devel-ubuntu22.04` with `runtime` in the place of `devel`."""
    pieces = (known.reference.tag or "").split("-")
    if old not in pieces:
        return None
    return known.reference.with_tag("-".join(new if piece == old else piece for piece in pieces)).written


def _slim_tag(known: Known) -> str | None:
    """The tag with the word that makes it slim, in the order in which the family writes its tags."""
    rule = known.family.table("slim")
    word = rule.get("to")
    tag = known.reference.tag
    if not word or word in known.tag.variant or known.tag.variant not in ((), ("jdk",), ("threaded",)):
        return None
    if word == "jre":
        if known.tag.version is None or known.tag.floating:
            return None
        words = [piece for piece in (tag or "").split("-") if piece != "jdk"]
        return "-".join([words[0], word, *words[1:]])
    if tag is None or tag == "latest":
        # There is no debian:latest-slim: stable is what latest names.
        return f"stable-{word}" if known.family.name == "debian" else word
    words = tag.split("-")
    if "backports" in words:
        return None
    # python:3.8-slim-buster and perl:5.44-slim-threaded, but node:20-buster-slim and debian:buster-slim.
    at = len(words)
    if known.family.name not in ("node", "debian"):
        at = next((number for number, piece in enumerate(words) if _goes_after_slim(piece)), at)
    return "-".join([*words[:at], word, *words[at:]])


def _goes_after_slim(word: str) -> bool:
    return word == "threaded" or word in data.distros().codenames or word in data.distros().releases


def _version(known: Known) -> str | None:
    image = lookup(known.reference)
    return image.version if image else None


def _identify(image: BaseImage | ImageReference | str) -> Known | None:
    return identify(image.reference if isinstance(image, BaseImage) else image)


def _image(image: BaseImage | ImageReference | str) -> BaseImage | None:
    return image if isinstance(image, BaseImage) else lookup(image)
