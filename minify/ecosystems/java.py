"""The JVM: distroless Java where its major version exists and nothing needs the original's own files, else the image's own Java."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.ecosystems.deployed import from_elsewhere
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.health_program import own_program
from minify.ecosystems.java_command import JavaCommand, class_places, jar_directories, read_java
from minify.ecosystems.java_health import Probe, probe
from minify.ecosystems.java_linked import Linked, link
from minify.ecosystems.java_machine import Machine, is_jdk, machine
from minify.ecosystems.java_places import Places, places
from minify.ecosystems.java_sources import Application, application, looks, stops
from minify.ecosystems.system import Calls, SystemPackages, system_packages
from minify.ecosystems.trees import Carried, application_trees
from minify.image import catalog
from minify.image.catalog import BaseImage
from minify.image.reference import ImageReference
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, RefusalKind, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds, Downloads, RunsProject

TEMPLATE = "java.Dockerfile.j2"
DISTROLESS_JAVA = "/usr/bin/java"

# What `gradle installDist`, sbt's packager and Maven's appassembler write
_START_SCRIPT = re.compile(r"/?(?:build/install/[^/]+|target/universal/stage|target/appassembler)/bin/[^/]+$")
# Virtual machines other than HotSpot, whose options and archives of shared classes are their own
_OTHER_MACHINES = ("ibm-semeru-runtimes", "graalvm")
_RUNS_COMMANDS = ("-XX:OnOutOfMemoryError", "-XX:OnError")
_NATIVE_TOOLS = ("make", "cmake", "gcc", "ninja", "meson", "cargo", "go")
# Libraries of the system that AWT opens by name, or native code that an archive brings along and unpacks as it starts
_FONT_LIBRARIES = ("libfontconfig.so.1", "libfreetype.so.6")
_LOADED = (
    "libstdc++.so.6", "libz.so.1", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libutil.so.1", *_FONT_LIBRARIES,
)  # fmt: skip
_FONT_FILES = ("/etc/fonts", "/usr/share/fontconfig", "/usr/share/fonts", "/var/cache/fontconfig")


class Choice(NamedTuple):
    """The final base, and why distroless Java is not it (None: it is)."""

    base: BaseImage
    own: str | None


def detect(facts: Facts) -> Detection | None:
    """The JVM, when `java` is what the container starts."""
    argv = facts.launch.argv
    if not argv or (argv[0].rsplit("/", 1)[-1] != "java" and not _START_SCRIPT.search(argv[0])):
        return None
    base = facts.base
    version = base.version if base is not None and base.language == "java" else None
    return Detection(
        ecosystem="java",
        version=version,
        evidence=(Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The application's archives and classes, with a Java of the same major version."""
    return _plan(facts, to, smallest=False)


def smallest(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The same with a Java that the build stage links of the modules that are used, where it has a JDK."""
    return _plan(facts, to, smallest=True)


def _plan(facts: Facts, to: Rung | None, *, smallest: bool) -> Runtime | tuple[Refusal, ...]:
    if _START_SCRIPT.search(facts.launch.argv[0]):
        reason = f"{facts.launch.argv[0]} is a start script that the build tool writes, and a shell runs it"
        return (refuse(reason, facts.launch.line),)
    java = machine(facts)
    if isinstance(java, Refusal):
        return (java,)
    command = read_java(facts.launch.argv)
    linked: Linked | Decision | None = None
    refusals = [*_command_stops(facts, command)]
    app = application(facts)
    refusals += stops(app, facts.launch.line)
    refusals += _from_elsewhere(facts, command, app)
    if refusals:
        return tuple(refusals)
    choice = choose(facts, java, command, app, to)
    own_check = own_program(facts)
    if choice.own is None and own_check is not None and isinstance(probe(facts, java, command, "java"), str):
        # Its libraries belong to the C library that they were built with, and Java's own are then the image's too
        name = own_check.argv[0].rpartition("/")[2]
        choice = Choice(closure_base(to), f"{name} comes along for HEALTHCHECK, with its own libraries")
    if smallest:
        linked = link(facts, java, command, app, jdk=is_jdk(facts.base))
        if isinstance(linked, Linked):
            choice = Choice(closure_base(to), "--smallest links one of the modules that are used")
    if choice.own is not None and java.home is None and (not java.packages or java.vendor != "apt"):
        reason = f"{choice.own}, and where {java.name} has its Java is not known"
        return (refuse(reason, facts.launch.line),)
    place = places(facts, command, app)
    if isinstance(place, Refusal):
        return (place,)
    left = (*place.left, *facts.launch.gone)
    carried = application_trees(facts, own_trees(java, choice), left=left)
    system = packages_of_own(facts, java, choice, app)
    if choice.own is None and system.carried:
        # Debian's packages and their libraries belong to the C library that they were built with
        choice = Choice(closure_base(to), f"{system.carried[0]} comes along with its own libraries")
        if java.home is None and java.vendor != "apt":
            return (refuse(f"where {java.name} has its Java is not known"),)
        carried = application_trees(facts, own_trees(java, choice), left=left)
        system = packages_of_own(facts, java, choice, app)
    refusals = [*carried.refusals, *system.refusals, *picture_stops(facts, choice, app)]
    if refusals:
        return tuple(refusals)
    asking = probe(facts, java, command, _program(facts, java, choice.own is not None))
    if isinstance(asking, str) and (choice.own is None or own_check is None):
        check = facts.contract.healthcheck
        at = check.instruction.line if check else None
        return (refuse(f"HEALTHCHECK cannot be asked by Java: {asking}", at, kind=RefusalKind.HEALTH),)
    runtime = runtime_with(
        facts, java, choice, command, app, place, carried, system, None if isinstance(asking, str) else asking
    )
    if isinstance(asking, str):
        unasked = Decision(subject="HEALTHCHECK", outcome=Outcome.CHECK, reason=f"not asked by Java itself: {asking}")
        runtime = runtime._replace(decisions=(*runtime.decisions, unasked))
    if isinstance(linked, Linked):
        values = {**runtime.values, "developing": (), "tools": "", "linked": linked}
        # Nothing draws, or there would be no linking
        return runtime._replace(
            loaded=tuple(name for name in runtime.loaded if name not in _FONT_LIBRARIES),
            files=tuple(path for path in runtime.files if path not in _FONT_FILES),
            values=values,
            decisions=(*runtime.decisions, *linked.decisions),
        )
    return runtime if linked is None else runtime._replace(decisions=(*runtime.decisions, linked))


def runtime_with(
    facts: Facts,
    java: Machine,
    choice: Choice,
    command: JavaCommand,
    app: Application,
    place: Places,
    carried: Carried,
    system: SystemPackages,
    asking: Probe | None = None,
) -> Runtime:
    own = choice.own is not None
    assert facts.base is not None
    region = [] if own else [*_region(facts, command)]
    entrypoint, cmd = _parts(facts, _program(facts, java, own), region)
    trees = [
        *(Tree(path=path, reason=f"the Java of {java.name}") for path in own_trees(java, choice)),
        *(
            [Tree(path="/etc/ssl/certs/java", reason="Java's certificates", certain=False, scanned=False)]
            if own and java.packages
            else []
        ),
        *place.trees,
        *(t._replace(scanned=own and t.scanned) for t in carried.trees),
        *([asking.tree] if asking is not None else []),
    ]
    developing = _developing(facts, java) if own else ()
    # A place in the file's own stage needs no template's values: its base alone is replaced
    values: dict[str, object] = {}
    if own or place.removed or place.classes:
        values = {
            "developing": developing,
            "tools": f"{java.home}/bin" if developing and app.tools() is None else "",
            "removed": place.removed,
            "classes": place.classes,
        }
    return Runtime(
        base=choice.base,
        template=TEMPLATE,
        trees=tuple(trees),
        entrypoint=entrypoint,
        cmd=cmd,
        command_reason="java is told the region, which the old image's locale named"
        if region and (entrypoint or cmd)
        else "",
        health=asking.health if asking is not None else None,
        insertions=asking.insertions if asking is not None else (),
        env_kept=("JAVA_HOME",) if own else (),
        env_left=() if own else tuple(_env_left(facts, choice.base)),
        packages=system.carried,
        brings_libc=own,
        loaded=_LOADED if own else (),
        files=(*(_FONT_FILES if facts.base.libc != "musl" else ()), *_locales(facts)) if own else (),
        values=values,
        decisions=(
            *carried.decisions,
            *system.decisions,
            *_decisions(facts, java, choice, place, region),
            *looks(app),
            *_pictures(choice, app),
            *_agents(facts, command),
            *([asking.decision] if asking is not None else []),
        ),
    )


def _developing(facts: Facts, java: Machine) -> tuple[str, ...]:
    """What a JDK has beside its programs and modules, by its path."""
    if java.home is None or java.placed or java.packages or _maybe_jdk(facts, java) is None:
        return ()
    old = java.major is not None and int(java.major) < 9
    names = (
        ("src.zip", "include", "man", "demo", "sample") if old else ("jmods", "lib/src.zip", "include", "man", "demo")
    )
    return tuple(f"{java.home}/{name}" for name in names)


def _said_options(facts: Facts) -> str:
    """The options that Java reads from the environment, all in one."""
    values = dict(facts.contract.env)
    return " ".join(values.get(name, "") for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"))


def _command_stops(facts: Facts, command: JavaCommand) -> Iterator[Refusal]:
    line = facts.launch.line
    if command.files:
        yield refuse(f"java reads its options from {command.files[0]}, and what they name is not known", line)
    for word in command.options:
        if word.startswith(("-agentpath:", "-agentlib:")) and not word.startswith("-agentlib:jdwp"):
            yield refuse(f"{word.partition('=')[0]} loads a native library by name", line)
        if word.startswith(_RUNS_COMMANDS):
            yield refuse(f"{word.partition('=')[0]} runs a command line in a shell", line)
    said = _said_options(facts)
    if re.search(r"(^|\s)(-agentpath:|-agentlib:(?!jdwp)|@)", said):
        yield refuse("a variable of Java's options loads a native library or reads a file of options", line)
    if any(option in said for option in _RUNS_COMMANDS):
        yield refuse("a variable of Java's options runs a command line in a shell", line)


def choose(facts: Facts, java: Machine, command: JavaCommand, app: Application, to: Rung | None) -> Choice:
    """Distroless Java of the same major version, unless something says that it would not be the same."""
    final = catalog.distroless_for("java", java.major or "")
    reason = _own_reason(facts, java, command, app, to, final)
    if reason is None and final is not None:
        return Choice(final, None)
    return Choice(closure_base(to), reason or "")


def _from_elsewhere(facts: Facts, command: JavaCommand, app: Application) -> Iterator[Refusal]:
    """What is loaded and not in the build context; an agent is only named, since it is meant to watch."""
    workdir, class_path = facts.contract.workdir, dict(facts.contract.env).get("CLASSPATH")
    places = class_places(command, workdir, class_path)
    spread = jar_directories(command, workdir, class_path)
    agents = {join(workdir, agent) for agent in command.agents}
    for one in from_elsewhere(facts, app, places):
        # A directory of the class path has classes; its archives are loaded only where it is written with `*`
        jar = one.path.endswith(".jar")
        loaded = one.loadable and any(under(one.path, where) for where in (spread if jar else places))
        if one.path not in agents and (loaded or any(under(where, one.path) for where in places)):
            yield refuse(f"what {one.what} calls is not known: it is not in the build context", one.line)
            return


def _own_reason(
    facts: Facts, java: Machine, command: JavaCommand, app: Application, to: Rung | None, final: BaseImage | None
) -> str | None:
    if to is Rung.SCRATCH:
        return "scratch has no Java of its own"
    if java.placed:
        return f"the file puts its own Java at {java.home}"
    if final is None:
        return (
            f"distroless has no Java {java.major}"
            if java.major
            else f"{java.name} does not say which version of Java it has"
        )
    if _pinned(facts) and not java.packages:
        return f"{facts.base_written} pins a release of Java, and distroless Java moves along"
    if java.vendor in _OTHER_MACHINES or "openj9" in facts.base_written:
        return f"{java.name} is another virtual machine than distroless Java's"
    changed = _changed(facts, java)
    if changed is not None:
        return changed
    name = _locale(facts)
    if name not in ("", "C", "POSIX", "C.UTF-8", "C.utf8") and not name.startswith("en_US"):
        return f"{final.reference} has no locale {name}"
    home = app.home()
    if home is not None:
        return f"{home} reads JAVA_HOME"
    if (jdk := _maybe_jdk(facts, java)) and (tools := app.tools()):
        return f"{tools} uses what only the JDK has ({jdk})"
    if (drawn := app.pictures()) and facts.base is not None and facts.base.package_manager == "apt":
        return f"{drawn} draws or measures text, with the fonts of {facts.base_written}"
    if (command.starts or "").endswith(".java"):
        return f"{command.starts} is compiled as it starts"
    if re.search(r"-XX:(SharedArchiveFile|AOTCache|AOTMode|CRaC)", " ".join((*command.options, _said_options(facts)))):
        return "an archive of shared classes belongs to the very Java that made it"
    if any(isinstance(e, Builds) and e.tool in _NATIVE_TOOLS for _, e in facts.footprint.effects()):
        return "native code is compiled, which needs the libraries that it was built with"
    if facts.base is not None and facts.base.libc == "musl":
        native = next((f for f in app.files if f.endswith(".so")), None) or next(iter(app.projects.musl), None)
        if native is not None:
            return f"{native} is made for musl, distroless Java for glibc"
    return None


def _pinned(facts: Facts) -> bool:
    """Whether the tag names a release more exactly than by its major version: `17.0.9_9-jre`, `8u312`; or a digest does."""
    tag = ImageReference.parse(facts.base_written).tag or ""
    frozen = facts.base is not None and facts.base.status == "deprecated"
    version = re.match(r"v?\d+(\.\d|u\d|_\d)", tag)
    own_language = facts.base is not None and facts.base.kind == "language"
    return "@" in facts.base_written or (own_language and version is not None and not frozen)


def _changed(facts: Facts, java: Machine) -> str | None:
    """What changes or names the original Java's own files: its certificates, its settings, its path."""
    for written in facts.footprint.written:
        if (java.home and under(written.path, java.home)) or under(written.path, "/etc/ssl/certs/java"):
            return f"line {written.line} changes files of Java itself"
    if "USE_SYSTEM_CA_CERTS" in dict(facts.contract.env):
        return "USE_SYSTEM_CA_CERTS asks for certificates as the container starts"
    if java.packages and any(
        w.path == "/etc/ssl/certs" or under(w.path, "/usr/local/share/ca-certificates") for w in facts.footprint.written
    ):
        return "certificates of its own are given to Java"
    names = [word for word in facts.launch.argv[1:] if _names(word, java.home)]
    names += [f"ENV {n}" for n, v in _own_env(facts) if n != "JAVA_HOME" and n != "PATH" and _names(v, java.home)]
    return f"{names[0]} names files of Java itself" if names else None


def _names(text: str, home: str | None) -> bool:
    return (bool(home) and str(home) in text) or "/etc/ssl/certs/java" in text or "/usr/lib/jvm" in text


def _own_env(facts: Facts) -> Iterator[tuple[str, str]]:
    """The variables that the file itself sets, with their final values."""
    values = dict(facts.contract.env)
    for placed in facts.contract.instructions:
        if placed.instruction.keyword == "ENV":
            for pair in getattr(placed.instruction, "pairs", ()):
                if pair.name in values:
                    yield pair.name, values[pair.name]


def _maybe_jdk(facts: Facts, java: Machine) -> str | None:
    """The package or the image where it is a JDK, or may be one: what an application uses of a JDK must not go."""
    if java.packages:
        return next((p for p in java.packages if "jdk" in p and "jre" not in p), None)
    base = facts.base
    return java.name if base is not None and "jre" not in base.variant.split("-") else None


def own_trees(java: Machine, choice: Choice) -> tuple[str, ...]:
    """The Java's own tree, which is taken as a whole; below /usr/lib/jvm a home may be a link to the one beside it."""
    if choice.own is None or java.home is None or java.placed:
        return ()
    return ("/usr/lib/jvm",) if under(java.home, "/usr/lib/jvm") else (java.home,)


def packages_of_own(facts: Facts, java: Machine, choice: Choice, app: Application) -> SystemPackages:
    own = choice.own is not None
    calls = Calls(programs=frozenset({"java"} if own and java.packages else ()), unknown=())
    # Native code within archives links what no loader is asked about
    linked = not own or all(install.manager == "apt" for install in facts.footprint.installs)
    found = system_packages(facts, calls, choice.base, linked=linked, ignore=() if own else java.packages)
    if own and app.tools() is None:
        # A JDK's package depends on the one that has its JRE
        runs = (re.sub(r"-jdk(-headless)?$", r"-jre\1", p) if p in java.packages else p for p in found.carried)
        return found._replace(carried=tuple(dict.fromkeys(runs)))
    if own:
        return found
    reason = f"{choice.base.reference} ships Java {java.major}"
    decisions = tuple(
        d._replace(reason=reason, outcome=Outcome.REPLACED) if d.subject in java.packages else d
        for d in found.decisions
    )
    return found._replace(decisions=decisions)


def _locale(facts: Facts) -> str:
    env = dict(facts.contract.env)
    return env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""


def _locales(facts: Facts) -> tuple[str, ...]:
    name = _locale(facts)
    musl = facts.base is not None and facts.base.libc == "musl"
    return () if musl or name in ("", "C", "POSIX", "C.UTF-8", "C.utf8") else ("/usr/lib/locale/locale-archive",)


def _region(facts: Facts, command: JavaCommand) -> Iterator[str]:
    """The region that Java takes from the locale: en_US, or none in C.UTF-8; without any locale it is en_US too.

    https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/java_props_md.c
    """
    said = re.search(r"-Duser\.(country|region|language)=", " ".join((*command.options, _said_options(facts))))
    if not said and _locale(facts) not in ("C.UTF-8", "C.utf8"):
        yield "-Duser.country=US"


def _env_left(facts: Facts, final: BaseImage) -> Iterator[tuple[str, str]]:
    for name in ("LANG", "LANGUAGE", "LC_ALL"):
        value = dict(facts.base.env if facts.base else ()).get(name)
        if value and value not in ("C.UTF-8", "C.utf8"):
            yield (
                name,
                f"{final.reference} has no locale {value.partition(':')[0]}: C.UTF-8 takes its place, with the same character set",
            )
    home = dict(facts.base.env if facts.base else ()).get("JAVA_HOME")
    if home:
        yield "JAVA_HOME", f"{final.reference} has its Java elsewhere, and nothing names the variable"


def picture_stops(facts: Facts, choice: Choice, app: Application) -> Iterator[Refusal]:
    """Fonts of Debian and Ubuntu are carried; those of others are not."""
    assert facts.base is not None
    where = app.pictures()
    if choice.own and where and (facts.base.libc == "musl" or facts.base.package_manager != "apt"):
        yield refuse(f"{where} draws or measures text, and the fonts of {facts.base_written} are not laid out yet")


def _program(facts: Facts, java: Machine, own: bool) -> str:
    """How the final stage calls Java: as before where PATH finds it there, else by its path."""
    written = facts.launch.argv[0]
    if not own:
        return written if written in ("java", DISTROLESS_JAVA) else DISTROLESS_JAVA
    if java.placed or java.packages or java.home is None or "/" in written:
        return written
    found = f"{java.home}/bin" in dict(facts.contract.env).get("PATH", "").split(":")
    return written if found else f"{java.home}/bin/java"


def _parts(facts: Facts, program: str, options: Sequence[str]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """ENTRYPOINT and CMD; None stands for an instruction of the source that moves as it is."""
    spoken = [facts.launch.entrypoint, facts.launch.cmd]
    first = next(i for i, s in enumerate(spoken) if s.argv)
    out = [s.argv if s.rewritten else None for s in spoken]
    if spoken[first].argv[0] != program or options:
        out[first] = (program, *options, *spoken[first].argv[1:])
    return out[0], out[1]


def _decisions(facts: Facts, java: Machine, choice: Choice, place: Places, region: Sequence[str]) -> Iterator[Decision]:
    line = facts.launch.line
    if choice.own is None:
        final = choice.base
        reason = f"{final.reference} ships Temurin {final.language_version or final.version}, the same major version as {java.name}"
        yield Decision(subject="Java", outcome=Outcome.REPLACED, reason=reason)
        yield Decision(
            subject="jcmd, jps, javac and the other tools of a JDK",
            outcome=Outcome.DROPPED,
            reason=f"{final.reference} is a JRE; nothing that was read calls them",
        )
    else:
        yield Decision(
            subject="Java",
            outcome=Outcome.KEPT,
            reason=f"the very Java of {java.name}, with its libraries: {choice.own}",
        )
        yield C_LIBRARY
    if region:
        yield Decision(
            subject=region[0],
            outcome=Outcome.ADDED,
            reason="Java takes its region from the locale's name; C.UTF-8 names none, and currencies would lose their symbol",
            line=line,
        )
    if choice.own is None and any(name == "JAVA_HOME" for name, _ in _own_env(facts)):
        yield Decision(
            subject="ENV JAVA_HOME",
            outcome=Outcome.CHECK,
            reason=f"{choice.base.reference} has its Java elsewhere; nothing that was read uses the variable",
        )
    if choice.own is None and _locale(facts) in ("", "C", "POSIX"):
        yield Decision(
            subject="LANG=C.UTF-8",
            outcome=Outcome.CHECK,
            reason="without it Java took texts and file names for ASCII; they are UTF-8 now",
        )
    base = facts.base
    if base is not None and base.entrypoint and facts.launch.entrypoint.placed is None and base.entrypoint_runs == "":
        yield Decision(
            subject=f"ENTRYPOINT {base.entrypoint[0]}",
            outcome=Outcome.DROPPED,
            reason="a shell script of the base image that runs the command as it is, unless docker run sets USE_SYSTEM_CA_CERTS",
        )
    if place.left and any(isinstance(e, Builds | RunsProject) for _, e in facts.footprint.effects()):
        yield Decision(
            subject="sources, build tools and their caches",
            outcome=Outcome.DROPPED,
            reason="the application is built",
        )


def _pictures(choice: Choice, app: Application) -> Iterator[Decision]:
    where = app.pictures()
    if choice.own is None and where:
        reason = f"draws or measures text: {choice.base.reference} has the fonts DejaVu Sans and Serif, and no other"
        yield Decision(subject=where, outcome=Outcome.CHECK, reason=reason)


def _agents(facts: Facts, command: JavaCommand) -> Iterator[Decision]:
    for agent in command.agents:
        where = join(facts.contract.workdir, agent)
        if any(w.origin == "url" and under(where, w.path) for w in facts.footprint.written) or any(
            isinstance(e, Downloads) and e.path and under(where, e.path) for _, e in facts.footprint.effects()
        ):
            yield Decision(
                subject=where,
                outcome=Outcome.CHECK,
                reason="an agent that is downloaded: what it calls is not known here",
            )
