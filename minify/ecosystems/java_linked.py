"""A Java of the modules that an application uses: jdeps reads its classes in the build stage, and jlink makes it there."""

from __future__ import annotations

from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.ecosystems.java_command import JavaCommand, class_places
from minify.ecosystems.java_machine import Machine
from minify.ecosystems.java_sources import Application
from minify.plan import Decision, Outcome

# Modules that no class names: Java finds them by service, or when a name, a certificate or a character set asks for one.
# https://docs.oracle.com/en/java/javase/21/docs/api/ (the `provides` of each module)
SERVICES = (
    "java.instrument", "java.management", "java.naming", "java.security.jgss", "java.security.sasl", "jdk.charsets", "jdk.crypto.ec",
    "jdk.jfr", "jdk.management", "jdk.management.agent", "jdk.naming.dns", "jdk.net", "jdk.security.auth", "jdk.unsupported", "jdk.zipfs",
)  # fmt: skip
_OLDEST = 11
"""jdeps reads classes whose libraries are not there since Java 11."""


class Linked(NamedTuple):
    """What is linked: the home that it takes the place of, the archives and directories that are read, the modules beside them."""

    home: str
    path: str
    """The directory of its programs, where PATH has it not."""
    places: tuple[str, ...]
    services: tuple[str, ...]
    decisions: tuple[Decision, ...]


def link(facts: Facts, java: Machine, command: JavaCommand, app: Application, *, jdk: bool) -> Linked | Decision:
    """What to link, or the decision that says why nothing is."""
    reason = _stops(java, command, app, jdk=jdk)
    if facts.base is not None and facts.base.libc == "musl":
        # `env -C` is of coreutils
        reason = "busybox has not all the tools that the step needs"
    places = class_places(command, facts.contract.workdir, dict(facts.contract.env).get("CLASSPATH"))
    places = tuple(p for p in places if not any(p != other and under(p, other) for other in places))
    if reason is not None or java.home is None:
        said = reason or f"where {java.name} has its Java is not known"
        return Decision(subject="--smallest", outcome=Outcome.CHECK, reason=f"no Java is linked: {said}")
    decisions = (
        Decision(
            subject="modules of Java",
            outcome=Outcome.DROPPED,
            reason="jdeps finds no class that names them: what is looked up by a computed name, or a locale but English, may lack one",
            line=facts.launch.line,
        ),
    )
    programs = f"{java.home}/bin"
    path = "" if programs in dict(facts.contract.env).get("PATH", "").split(":") else programs
    return Linked(java.home, path, places, SERVICES, decisions)


def _stops(java: Machine, command: JavaCommand, app: Application, *, jdk: bool) -> str | None:
    if java.placed or java.packages or not jdk:
        return "the last stage has no JDK, whose jlink could"
    if java.major is None or int(java.major) < _OLDEST:
        return (
            f"jdeps of Java {java.major or 'of unknown version'} reads no application whose libraries are not all there"
        )
    tools = app.tools()
    if tools is not None:
        return f"{tools} uses what only the JDK has"
    if any(option.startswith(("-m", "--module", "--add-modules", "--limit-modules")) for option in command.options):
        return "the command names modules itself"
    if app.pictures() is not None:
        return f"{app.pictures()} draws or measures text, which loads more than classes name"
    return None
