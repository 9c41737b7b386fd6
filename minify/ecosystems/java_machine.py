"""Which Java starts the application: the image's own, one that system packages bring, or one that the file puts there."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.image.catalog import BaseImage
from minify.plan import Refusal, refuse

# `openjdk-17-jre-headless` of Debian, `openjdk17-jre` of Alpine, `java-17-openjdk-headless` of the RPM family, `temurin-17-jdk`
_PACKAGE = re.compile(r"(?:openjdk-?|java-|temurin-|zulu-?)(?:1\.)?(\d+)(?:\.0)?[\w.-]*$")
# What Debian's and Ubuntu's default-jre is. https://packages.debian.org/default-jre and https://packages.ubuntu.com/default-jre
_DEFAULT = {
    "debian10": "11", "debian11": "11", "debian12": "17", "debian13": "21",
    "ubuntu20.04": "11", "ubuntu22.04": "11", "ubuntu24.04": "21",
}  # fmt: skip


class Machine(NamedTuple):
    """A Java: its major version and home where they are known, the packages that bring it, and how it is called."""

    major: str | None
    home: str | None
    packages: tuple[str, ...] = ()
    placed: bool = False
    """Whether the file's own instructions put it there."""
    vendor: str = ""
    name: str = ""
    """The image or package, for those who read why."""


def machine(facts: Facts) -> Machine | Refusal:
    """The Java that the container starts."""
    program = facts.launch.argv[0]
    placed = _placed(facts, program)
    if placed is not None:
        return placed
    base = facts.base
    assert base is not None
    packaged = _packaged(facts)
    if packaged is not None:
        return packaged
    if base.language == "java":
        home = dict(base.env).get("JAVA_HOME")
        if base.interpreter is not None:
            home = base.interpreter.removesuffix("/bin/java")
        return Machine(
            major=major_of(base),
            home=home if home not in (None, "", "/usr") else None,
            vendor=base.family,
            name=facts.base_written,
        )
    reason = f"where {program} comes from is not known: {facts.base_written} is no image of Java, and no known package brings it"
    return refuse(reason, facts.launch.line)


def major_of(base: BaseImage) -> str | None:
    """The major version of an image's Java; None where it is not known: that of Maven or Tomcat says nothing of it.

    >>> major_of(BaseImage("x", "x", language_version="1.8.0")), major_of(BaseImage("x", "x", version="3.9"))
    ('8', None)
    """
    major = re.match(r"(?:1\.)?(\d+)", (base.language_version or "").removeprefix("v"))
    return major[1] if major else None


def is_jdk(base: BaseImage | None) -> bool:
    """Whether an image is known to have javac and the other tools of a JDK."""
    return base is not None and base.language == "java" and "jdk" in base.has


def _placed(facts: Facts, program: str) -> Machine | None:
    """A Java below a path that the file wrote, as one that jlink made: `COPY --from=jre /jre /opt/jre`."""
    path = dict(facts.contract.env).get("PATH", "")
    candidates = [program] if program.startswith("/") else [f"{d}/{program}" for d in path.split(":") if d]
    for candidate in candidates:
        home = candidate.removesuffix("/bin/java")
        if home == candidate or home in SYSTEM:
            continue
        for written in facts.footprint.written:
            if (
                written.path
                and written.path not in SYSTEM
                and under(home, written.path)
                and written.origin != "workdir"
            ):
                if written.source in ("ChangesOwner", "ChangesMode", "MakesUser"):
                    continue
                return Machine(major=None, home=home, placed=True, name=home)
    return None


def _packaged(facts: Facts) -> Machine | None:
    """The last Java that a package manager installs."""
    found = None
    removed = facts.footprint.removed_packages()
    for install in facts.footprint.installs:
        for package in install.packages:
            name = package.name
            if name in removed or name.endswith(("-doc", "-source", "-demo", "-dbg")):
                continue
            major = None
            if name.startswith(("default-jre", "default-jdk")):
                major = _DEFAULT.get((facts.base.distro if facts.base else None) or "")
            elif match := _PACKAGE.match(name):
                major = match[1]
            else:
                continue
            earlier = found.packages if found is not None else ()
            found = Machine(major=major, home=None, packages=(*earlier, name), vendor=install.manager, name=name)
    return found
