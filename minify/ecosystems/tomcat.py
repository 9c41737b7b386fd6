"""Tomcat: its image's Java and its folder, started as catalina.sh starts it, with what is deployed there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.launch import Spoken
from minify.ecosystems.data_files import placements
from minify.ecosystems.deployed import deployed
from minify.ecosystems.finals import closure_base
from minify.ecosystems.java import Choice, own_trees, packages_of_own, picture_stops, runtime_with
from minify.ecosystems.java_command import read_java
from minify.ecosystems.java_machine import machine
from minify.ecosystems.java_places import Places
from minify.ecosystems.java_sources import application, looks
from minify.ecosystems.servers import layout, recognised
from minify.ecosystems.servlets import COMMENT, application_stops, descriptors_stop, named
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text
    from minify.image.layouts import Layout

TEMPLATE = "tomcat.Dockerfile.j2"

_PROGRAMS = ("catalina.sh",)
_OPTIONS = ("JAVA_OPTS", "CATALINA_OPTS")
"""What catalina.sh gives to Java."""
_JAVAS_OWN = "JDK_JAVA_OPTIONS"
_WORDS = frozenset({"jdk", "jre", "temurin"})
_OLDEST_JAVA = 11
_SETS = re.compile(
    r"(?:export\s+)?(?:JAVA_OPTS|CATALINA_OPTS)=(?:\"(?:\$\{?(?:JAVA_OPTS|CATALINA_OPTS)\}?|[^\"`$\\])*\"|'[^'\"`$\\]*'|[\w./:=+-]*)|export(?:\s+(?:JAVA|CATALINA)_OPTS)+"
)
_DEPLOYS = re.compile(r"\b(?:docBase|appBase|base)\s*=\s*[\"'](/[^\"'$]+)")
# https://tomcat.apache.org/tomcat-10.1-doc/cgi-howto.html, and `<!--#exec cmd="ls" -->` of ssi-howto.html
_STARTS = re.compile(r"org\.apache\.catalina\.(?:servlets\.CGIServlet|ssi\.SSI\w+)")
_MAY_START = re.compile(r"(?i)\bcgi\b|cgiservlet|\bssi\b|ssi(?:servlet|filter)")
_COPIES = ("cp", "mv", "rm", "rmdir", "ls", "chmod", "chown", "test", "[")
_LINKS = re.compile(r"\bln\b|symlink")
_CHECKS_UMASK = "org.apache.catalina.security.SecurityListener"


def detect(facts: Facts) -> Detection | None:
    """Tomcat, when its image's script runs it."""
    found = recognised(facts, "tomcat", _PROGRAMS)
    row = layout(facts, "tomcat")
    if found is None or row is None or facts.launch.argv[1:] != row.script[1:]:
        return None
    # What is deployed decides what the application needs: all that the context brings is read
    return found._replace(reads=None)


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """Java and Tomcat's folder as they are, less scripts; the command line is written down in the build stage."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "tomcat")
    assert row is not None
    arguments = f"{row.prefix}/bin/java.args"
    starts = _said(facts, ("java", f"@{arguments}"))
    java = machine(starts)
    if isinstance(java, Refusal):
        return (java,)
    app = application(facts)
    read = configuration(facts, row.reads)
    given = deployed(facts, row, app, tuple(m[1] for text in read.texts for m in _DEPLOYS.finditer(text.text)))
    app = app._replace(libraries=tuple({**dict(given.libraries), **dict(app.libraries)}.items()))
    refusals = [
        *given.refusals,
        *_java_stops(facts),
        *_variables_stop(facts, row),
        *_scripts_stop(facts, row),
        *read.refusals,
    ]
    refusals += [
        *_configuration_stops(read.texts),
        *descriptors_stop(app, _STARTS, "Tomcat"),
        *application_stops(facts, app),
    ]
    choice = Choice(closure_base(to), "Tomcat's native library needs the libraries that it was built with")
    carried = application_trees(facts, (row.prefix, *own_trees(java, choice)))
    system = packages_of_own(facts, java, choice, app)
    refusals += [*carried.refusals, *system.refusals, *picture_stops(facts, choice, app)]
    if refusals:
        return tuple(dict.fromkeys(refusals))
    command = read_java(starts.launch.argv)
    runtime = runtime_with(starts, java, choice, command, app, Places(), carried, system)
    trees = (
        *runtime.trees[: len(own_trees(java, choice))],
        Tree(path=row.prefix, reason="Tomcat, and what is deployed there"),
        *runtime.trees[len(own_trees(java, choice)) :],
    )
    options = _options(facts)
    spare = tuple(name for name in row.spare if not _asked_for(facts, read.texts, f"{row.prefix}/{name}"))
    return runtime._replace(
        template=TEMPLATE,
        trees=(*trees, *named(read.texts, trees)),
        env=((_JAVAS_OWN, options),) if options else (),
        env_kept=(*runtime.env_kept, "LD_LIBRARY_PATH"),
        env_dropped=_OPTIONS,
        command_reason="catalina.sh is a shell script that starts java with what the build stage writes down",
        values={
            **runtime.values,
            "prefix": row.prefix,
            "script": " ".join((f"{row.prefix}/bin/{row.script[0]}", *row.script[1:])),
            "arguments": arguments,
            "spare": spare,
            "optioned": any(name in dict(facts.contract.env) for name in _OPTIONS),
            "told": _JAVAS_OWN in dict(facts.contract.env),
        },
        decisions=(*runtime.decisions, *_decisions(facts, row, spare, options), *looks(app)),
    )


def _said(facts: Facts, argv: tuple[str, ...]) -> Facts:
    """The facts as if the command had said what catalina.sh starts."""
    launch = facts.launch
    if launch.entrypoint.argv:
        # The word `run` may stand in CMD
        empty = Spoken(argv=(), rewritten=True, placed=launch.cmd.placed)
        spoken = launch.entrypoint._replace(argv=argv, rewritten=True)
        return facts._replace(launch=launch._replace(entrypoint=spoken, cmd=empty))
    return facts._replace(launch=launch._replace(cmd=launch.cmd._replace(argv=argv, rewritten=True)))


def _java_stops(facts: Facts) -> Iterator[Refusal]:
    """A Java that reads no file of arguments, or whose home is not known: tags move, and so did the images' Java."""
    base = facts.base
    assert base is not None
    words = set(base.variant.split("-")) - {""}
    exact = (base.version or "").count(".") > 1 or base.version is None
    major = base.language_version
    if words - _WORDS or (exact and "temurin" not in words):
        yield refuse(f"which Java {facts.base_written} has, and where, is not known")
    elif major is not None and major.isdigit() and int(major) < _OLDEST_JAVA:
        yield refuse(f"Java {major} reads no file of arguments, and only a shell can put them together")


def _variables_stop(facts: Facts, row: Layout) -> Iterator[Refusal]:
    env = dict(facts.contract.env)
    own = {name for name, _ in facts.base.env} if facts.base is not None else set()
    for name in row.variables:
        if name in env and name not in own:
            yield refuse(f"{name} makes {row.script[0]} put its command together in another way")
    if facts.base is not None and any(env.get(name) != value for name, value in facts.base.env if name in _HOMES):
        yield refuse("the file moves Java or Tomcat to another place")
    if any(name in env for name in _OPTIONS):
        value = _options(facts)
        if _JAVAS_OWN in env:
            yield refuse(
                f"{_JAVAS_OWN} and {' or '.join(_OPTIONS)} are set: in which order Java reads them is not the same"
            )
        elif re.search(r"[\"'\\`$*?\[;&|<>()#~]", value) or re.search(r"(^|\s)(@|-jar\b|-cp\b|-classpath\b)", value):
            yield refuse(f"only a shell can read what {' and '.join(n for n in _OPTIONS if n in env)} says")
        elif re.search(r"-D(java\.util\.logging\.|java\.io\.tmpdir|catalina\.|java\.protocol)", value):
            yield refuse(f"{row.script[0]} sets what {' and '.join(n for n in _OPTIONS if n in env)} says once more")
        elif re.search(r"-agent(lib|path):|-XX:On", value):
            yield refuse("a variable of Java's options loads a native library or runs a command line")


_HOMES = ("JAVA_HOME", "CATALINA_HOME")


def _options(facts: Facts) -> str:
    env = dict(facts.contract.env)
    return " ".join(word for name in _OPTIONS for word in env.get(name, "").split())


def _scripts_stop(facts: Facts, row: Layout) -> Iterator[Refusal]:
    """setenv.sh, which catalina.sh reads, unless it says the same wherever it is read; and changes of the scripts themselves."""
    texts = {p.target: facts.context.read_text(p.source) for p in placements(facts)}
    for written in facts.footprint.written:
        if written.source in ("ChangesMode", "ChangesOwner") or not written.path.startswith(f"{row.prefix}/bin"):
            continue
        inside = [path for path in texts if written.origin == "context" and under(path, written.path)] or [written.path]
        for path in inside:
            plain = path == f"{row.prefix}/bin/setenv.sh" and _says_the_same(texts.get(path)) and not _options(facts)
            if not plain and (path.endswith(".sh") or path == f"{row.prefix}/bin"):
                yield refuse(f"{row.script[0]} reads {path} when the container starts", written.line)


def _says_the_same(text: str | None) -> bool:
    """Whether a setenv.sh only sets options for Java, to words that nothing but themselves go into.

    >>> _says_the_same('export CATALINA_OPTS="$CATALINA_OPTS -Xmx1g"'), _says_the_same('JAVA_OPTS="-Dhost=$HOSTNAME"')
    (True, False)
    """
    lines = [line.strip() for line in (text or "").splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    return bool(said) and all(_SETS.fullmatch(line) for line in said)


def _configuration_stops(texts: tuple[Text, ...]) -> Iterator[Refusal]:
    for text in texts:
        uncommented = COMMENT.sub("", text.text)
        where = text.path or f"line {text.line}"
        if _CHECKS_UMASK in text.text:
            yield refuse(f"{where} has Tomcat check its umask, which only a shell can set", text.line)
        # A command that changes a setting may say no more than a part of the name
        if _STARTS.search(uncommented) or (text.path is None and _MAY_START.search(uncommented)):
            yield refuse(f"{where} has Tomcat start programs for those who ask (CGI or SSI)", text.line)


def _asked_for(facts: Facts, texts: tuple[Text, ...], place: str) -> bool:
    """Whether something names what a build only copies from: a link to it, a setting, an option."""
    name = place.rpartition("/")[2]
    if "*" in name:
        return False
    for run, effect in facts.footprint.effects():
        command = effect.command
        text = run.placed.instruction.text
        if name in text and _LINKS.search(text):
            return True
        if command is None or not any(name in word.split("/") for word in command.args if word):
            continue
        linked = any(word.startswith("-") and ("s" in word or "l" in word) for word in command.args if word)
        if command.name not in _COPIES or (command.name == "cp" and linked):
            return True
    mention = re.compile(rf"/{re.escape(name)}(?![\w.-])|(?<![\w.-]){re.escape(name)}/")
    placed = [p.source for p in placements(facts) if p.source.endswith((".xml", ".properties", ".policy", ".sh"))]
    found = [text.text for text in texts if text.path is not None] + [_options(facts)]
    found += [facts.context.read_text(path) or "" for path in placed]
    return any(mention.search(text) for text in found)


def _decisions(facts: Facts, row: Layout, spare: tuple[str, ...], options: str) -> Iterator[Decision]:
    line = facts.launch.line
    names = " and ".join(_OPTIONS)
    yield Decision(
        subject=names,
        outcome=Outcome.CHECK,
        reason=f"{row.script[0]} read them when the container started; Java itself reads {_JAVAS_OWN}: set that where the container is run",
        line=line,
    )
    yield Decision(
        subject="umask 0022",
        outcome=Outcome.CHECK,
        reason=f"{row.script[0]} set 0027: files that Tomcat makes can be read by other users of the container now",
        line=line,
    )
    yield Decision(
        subject=" ".join(f"{row.prefix}/{name}" for name in spare),
        outcome=Outcome.DROPPED,
        reason="scripts need a shell; examples, documentation and the manager are only there to be copied by a build",
    )
    settings = f"{row.prefix}/bin/setenv.sh"
    if any(placement.target == settings for placement in placements(facts)):
        yield Decision(
            subject=settings,
            outcome=Outcome.REPLACED,
            reason=f"{row.script[0]} reads it in the build stage, which writes down what it says for Java",
        )
    if options:
        yield Decision(
            subject=f"ENV {_JAVAS_OWN}",
            outcome=Outcome.ADDED,
            reason=f"what {names} said: Java reads it itself",
        )
