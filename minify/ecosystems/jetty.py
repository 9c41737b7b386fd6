"""Jetty: Java and its two folders, with the command that its start.jar puts together, which the build stage writes down."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.launch import NOTHING, Spoken
from minify.ecosystems.data_files import placements
from minify.ecosystems.deployed import deployed
from minify.ecosystems.finals import closure_base
from minify.ecosystems.health_program import own_program
from minify.ecosystems.java import Choice, choose, own_trees, packages_of_own, picture_stops, runtime_with
from minify.ecosystems.java_command import read_java
from minify.ecosystems.java_machine import machine, major_of
from minify.ecosystems.java_places import Places
from minify.ecosystems.java_sources import application, looks
from minify.ecosystems.servers import layout, recognised
from minify.ecosystems.servlets import COMMENT, application_stops, descriptors_stop, named
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text
    from minify.image.layouts import Layout

TEMPLATE = "jetty.Dockerfile.j2"

_PROGRAMS: Final = ("docker-entrypoint.sh",)
_OPTIONS: Final = ("JAVA_OPTIONS", "JETTY_PROPERTIES", "START_OPTIONS")
"""What the image's script gives to start.jar, each read by a shell."""
_JAVAS_OWN: Final = "JDK_JAVA_OPTIONS"
_WORDS: Final = frozenset({"jdk", "jre", "temurin", "eclipse", "alpine"})
_OLDEST_JAVA: Final = 11
_TEMURIN_SINCE: Final = 12
"""The first Jetty all of whose images have their Java where Temurin's images do."""
_ENDS: Final = re.compile(
    r"--(?:add-module|add-to-start|create-|download|dry-run|exec-print|help|info|list-|show-module|stop|update-ini|version|write-)|-v$"
)
"""Words after which start.jar ends."""
_DEPLOYS: Final = re.compile(r"<Set\s+name=\"(?:war|baseResource\w*|resourceBase|extraClasspath)\">\s*(/[^<$\s]+)")
# Jetty's XML makes objects of any class; https://jetty.org/docs/jetty/12/operations-guide/xml/index.html
_STARTS: Final = re.compile(r"\bservlets\.CGI\b|\bjava\.lang\.(?:Runtime|ProcessBuilder)\b")


def detect(facts: Facts) -> Detection | None:
    """Jetty, when its image's script runs start.jar."""
    found = recognised(facts, "jetty", _PROGRAMS)
    row = layout(facts, "jetty")
    if found is None or row is None or facts.launch.argv[1 : len(row.script) - 1] != row.script[1:-1]:
        return None
    # What is deployed decides what the application needs: all that the context brings is read
    return found._replace(reads=None)


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """Java, Jetty's own folder and the one that this image's Jetty is set up in."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "jetty")
    assert row is not None
    arguments = f"{row.prefix}/java.args"
    starts = _said(facts, ("java", f"@{arguments}"))
    java = machine(starts)
    if isinstance(java, Refusal):
        return (java,)
    app = application(facts)
    read = configuration(facts, row.reads)
    texts = (*read.texts, *_contexts(facts, row))
    placed = tuple(m[1] for text in texts for m in _DEPLOYS.finditer(text.text))
    given = deployed(facts, row, app, (*row.serves, *placed))
    app = app._replace(libraries=tuple({**dict(given.libraries), **dict(app.libraries)}.items()))
    refusals = [
        *given.refusals,
        *_java_stops(facts),
        *_words_stop(facts, row),
        *_files_stop(facts, row),
        *read.refusals,
        *_configuration_stops(texts),
        *descriptors_stop(app, _STARTS, "Jetty"),
        *application_stops(facts, app),
    ]
    command = read_java(starts.launch.argv)
    choice = choose(starts, java, command, app, to)
    if choice.own is None and own_program(facts) is not None:
        choice = Choice(closure_base(to), "a program comes along for HEALTHCHECK, with its own libraries")
    own = own_trees(java, choice)
    carried = application_trees(facts, (row.prefix, *row.serves, *row.writes, *own))
    system = packages_of_own(facts, java, choice, app)
    if choice.own is None and system.carried:
        # Debian's packages and their libraries belong to the C library that they were built with
        choice = Choice(closure_base(to), f"{system.carried[0]} comes along with its own libraries")
        own = own_trees(java, choice)
        carried = application_trees(facts, (row.prefix, *row.serves, *row.writes, *own))
        system = packages_of_own(facts, java, choice, app)
    refusals += [*carried.refusals, *system.refusals, *picture_stops(facts, choice, app)]
    if refusals:
        return tuple(dict.fromkeys(refusals))
    runtime = runtime_with(starts, java, choice, command, app, Places(), carried, system)
    scanned = choice.own is not None
    trees = (
        *runtime.trees[: len(own)],
        Tree(path=row.prefix, reason="Jetty", scanned=scanned),
        *(Tree(path=path, reason="how Jetty is set up, and what is deployed", scanned=scanned) for path in row.serves),
        *(Tree(path=path, reason="TMPDIR names it", certain=False, scanned=False) for path in row.writes),
        *runtime.trees[len(own) :],
    )
    spare = tuple(f"{row.prefix}/{name}" for name in row.spare)
    return runtime._replace(
        template=TEMPLATE,
        trees=(*trees, *named(texts, trees)),
        command_reason=f"{row.script[0]} is a shell script that starts java with what the build stage writes down",
        values={
            **runtime.values,
            "generate": row.scripts,
            "command": shlex.join(facts.launch.argv[1:]),
            "folder": row.serves[0],
            "arguments": arguments,
            "spare": spare,
        },
        decisions=(*runtime.decisions, *_decisions(facts, row, spare), *looks(app)),
    )


def _said(facts: Facts, argv: tuple[str, ...]) -> Facts:
    """The facts as if CMD had said what the script starts: what docker run gives in its place does not end as Jetty's arguments."""
    spoken = Spoken(argv=argv, rewritten=True, placed=facts.launch.cmd.placed)
    return facts._replace(launch=facts.launch._replace(entrypoint=NOTHING, cmd=spoken))


def _java_stops(facts: Facts) -> Iterator[Refusal]:
    """A Java that reads no file of arguments, or whose home is not known: older images' Java had another place."""
    base = facts.base
    assert base is not None
    words = {word.rstrip("0123456789") for word in base.variant.split("-")} - {""}
    jetty = (base.version or "").partition(".")[0]
    old = not jetty.isdigit() or int(jetty) < _TEMURIN_SINCE
    exact = (base.version or "").count(".") > 1 or base.version is None
    java = major_of(base)
    if words - _WORDS or (old and exact and "temurin" not in words):
        yield refuse(f"which Java {facts.base_written} has, and where, is not known")
    elif java is not None and int(java) < _OLDEST_JAVA:
        yield refuse(f"Java {java} reads no file of arguments, and only a shell can put them together")


def _words_stop(facts: Facts, row: Layout) -> Iterator[Refusal]:
    """What the command and the environment say that only the shell of the container's start can read."""
    env = dict(facts.contract.env)
    own = dict(facts.base.env) if facts.base is not None else {}
    for word in facts.launch.argv[len(row.script) - 1 :]:
        if _ENDS.match(word):
            yield refuse(f"start.jar ends after {word}, and starts no server", facts.launch.line)
    for name in row.variables:
        if name in env and env[name] != own.get(name):
            yield refuse(f"{name} makes {row.script[0]} put its command together in another way")
    if any(env.get(name) != own.get(name) for name in ("JAVA_HOME", "JETTY_HOME", "JETTY_BASE", "TMPDIR")):
        yield refuse("the file moves Java or Jetty to another place")
    for name in _OPTIONS:
        value = env.get(name, "")
        if re.search(r"[`$]", value):
            yield refuse(f"what {name} says depends on what the shell finds when the container starts")
        elif re.search(r"-agent(lib|path):|-XX:On", value):
            yield refuse(f"{name} loads a native library or runs a command line")


def _files_stop(facts: Facts, row: Layout) -> Iterator[Refusal]:
    """The image's own scripts, and a command that was not made of what lies beside it."""
    scripts = (f"/{row.script[0]}", row.scripts)
    for written in facts.footprint.written:
        if written.source in ("ChangesMode", "ChangesOwner"):
            continue
        if written.path in scripts:
            yield refuse(f"{written.path} is another than the image's", written.line)
        elif written.path == f"{row.serves[0]}/jetty.start" and written.origin != "run":
            yield refuse(f"{written.path} is not made by the image's own script", written.line)


def _contexts(facts: Facts, row: Layout) -> Iterator[Text]:
    """Files beside the applications that say what is deployed, and how."""
    from minify.ecosystems.configuration import Text

    for placement in placements(facts):
        if placement.source.endswith(".xml") and any(under(placement.target, f"{path}/webapps") for path in row.serves):
            text = facts.context.read_text(placement.source) or ""
            yield Text(target=placement.target, text=text, path=placement.source, line=None)


def _configuration_stops(texts: tuple[Text, ...]) -> Iterator[Refusal]:
    for text in texts:
        if _STARTS.search(COMMENT.sub("", text.text)):
            where = text.path or f"line {text.line}"
            yield refuse(f"{where} has Jetty start programs", text.line)


def _decisions(facts: Facts, row: Layout, spare: tuple[str, ...]) -> Iterator[Decision]:
    line = facts.launch.line
    yield Decision(
        subject=f"ENTRYPOINT {facts.launch.argv[0]}",
        outcome=Outcome.DROPPED,
        reason="a shell script; the build stage asks it for the command that it starts, and CMD says that",
    )
    yield Decision(
        subject=", ".join(_OPTIONS),
        outcome=Outcome.CHECK,
        reason=f"{row.script[0]} read them when the container started; what they say in the build is written down, "
        f"and Java itself reads {_JAVAS_OWN}: set that where the container is run",
        line=line,
    )
    yield Decision(
        subject="modules and properties of Jetty",
        outcome=Outcome.CHECK,
        reason=f"start.jar read {row.reads[0]} and the arguments of docker run when the container started; "
        "they are written down in the build: say them there",
        line=line,
    )
    yield Decision(
        subject=" ".join(spare),
        outcome=Outcome.DROPPED,
        reason="scripts need a shell",
    )
