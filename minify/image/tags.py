"""What the words of a tag say, whatever the tag: `3.8-slim-buster` is a version, a variant and a release.

    read_tag("3.8-slim-buster", family("python"))
        Tag(version="3.8", variant=("slim",), distro="debian10", …)

No list of tags is kept: old tags stay readable, and so do those that come out tomorrow.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from minify.image.data import Family, distros

_VERSION: Final = re.compile(r"v?\d[\w.+]*")
_PRERELEASE: Final = r"(?:rc|beta|alpha|ea|preview|dev)\.?\d*"
_DATE: Final = re.compile(r"20\d{6}(?:T?\d{4,6})?(?:\.\d+)?")
_RUNTIME: Final = re.compile(r"(jdk|jre|java|graalvm|graal)(\d[\w.]*)")
_RELEASE: Final = re.compile(r"([a-z]+)(\d[\d.]*)")
# Words that choose a machine, a build or a commit of the same image.
_NEUTRAL: Final = (
    r"amd64|arm64(?:v8)?|arm|arm32v[567]|arm_?v?7|i386|386|ppc64le|s390x|riscv64|x86_64|aarch64|backports|multiarch"
    r"|b\d+|[0-9a-f]{7,40}|otp|php\d[\d.]*|python\d[\d.]*|py\d+"
)
_WINDOWS: Final = re.compile(r"windowsservercore.*|nanoserver.*|ltsc20\d\d.*|windows.*|servercore.*")
_SPELLINGS: Final = {
    "al2": "amazonlinux2",
    "al2023": "amazonlinux2023",
    "stream8": "centosstream8",
    "stream9": "centosstream9",
    "stream10": "centosstream10",
}
_RUNTIME_WORDS: Final = (
    "temurin",
    "openjdk",
    "corretto",
    "ibmjava",
    "azulzulu",
    "sapmachine",
    "semeru",
    "jdk",
    "jre",
    "zulu",
)


class Tag(NamedTuple):
    """A tag, taken to pieces. `floating`: no version is written; `unknown`: words that no rule reads."""

    version: str | None
    floating: bool
    variant: tuple[str, ...]
    distro: str | None
    alpine: bool
    runtime: str | None
    windows: bool
    unknown: tuple[str, ...]


def read_tag(tag: str | None, family: Family) -> Tag:
    """A missing tag is `latest`."""
    names = family.table("names")
    variants = family.words("variants")
    version, floating, distro, runtime = None, True, None, None
    variant: list[str] = []
    unknown: list[str] = []
    alpine = windows = False
    previous = ""
    for word in (tag or "latest").split("-"):
        release = _release(word, family)
        is_runtime = previous in _RUNTIME_WORDS
        if word == "alpine" or (word.startswith("alpine") and release):
            alpine, distro = True, release
            variant.append("alpine")
        elif release:
            distro = release
        elif word in variants:
            variant.append(word)
        elif word in names and floating:
            version = names[word]
            floating = not word[:1].isdigit() and word not in family.words("codenames")
        elif _WINDOWS.fullmatch(word):
            windows = True
        elif previous == "alpine" and _VERSION.fullmatch(word):
            distro = _release(f"alpine{word}", family)
        elif previous == "ubuntu" and _VERSION.fullmatch(word):
            distro = _release(f"ubuntu{word}", family)
        elif _DATE.fullmatch(word):
            pass
        elif version and re.fullmatch(_PRERELEASE, word):
            version = f"{version}-{word}"
        elif match := _RUNTIME.fullmatch(word):
            runtime = match[2]
            variant.append("jre" if match[1] == "jre" else "jdk")
        elif _VERSION.fullmatch(word) and (is_runtime or version) and not re.fullmatch(_PRERELEASE, previous):
            runtime = word if is_runtime else runtime
        elif _VERSION.fullmatch(word) and version is None:
            version, floating = word.removeprefix("v"), False
        elif word in ("latest", "minimal", "ubuntu", "debian", *_RUNTIME_WORDS) or re.fullmatch(_NEUTRAL, word):
            if word in ("jdk", "jre", "minimal"):
                variant.append(word)
        elif not (re.fullmatch(_PRERELEASE, previous) and word.isdigit()):
            unknown.append(word)
        previous = word
    return Tag(
        version=version or names.get("latest"),
        floating=floating and distro is None if family.kind == "os" else floating,
        variant=tuple(dict.fromkeys(variant)),
        distro=distro,
        alpine=alpine,
        runtime=runtime,
        windows=windows,
        unknown=tuple(unknown),
    )


def _release(word: str, family: Family) -> str | None:
    """`bookworm`, `debian12`, `ubi9`, `al2023` → a release; the number in debian:12 is no such word."""
    known = distros()
    if word in known.codenames:
        return known.codenames[word]
    word = _SPELLINGS.get(word, word)
    if word in known.releases:
        return word
    match = _RELEASE.fullmatch(word)
    if match is None:
        return None
    # alpine3.18.4 → alpine3.18; ubi9 and the like name their major only.
    for pieces in (2, 1):
        candidate = match[1] + ".".join(match[2].split(".")[:pieces])
        if candidate in known.releases:
            return candidate
    return None
