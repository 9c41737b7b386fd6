"""Which files of the build stage a JVM application is: its archive or classes, and what its directory holds beside sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.context.java import SOURCES, is_test
from minify.ecosystems.data_files import placements
from minify.ecosystems.java_command import JavaCommand, class_places
from minify.ecosystems.java_sources import Application, opened
from minify.plan import Refusal, Tree, refuse
from minify.shell.effects import Builds, InstallsLibraries, RunsProject

_TOOLS = ("mvn", "gradle", "sbt", "ant", "lein", "javac", "jar")
_PROJECT_FILES = (
    "pom.xml", "mvnw", "mvnw.cmd", "gradlew", "gradlew.bat", "gradle.properties", "build.gradle", "build.gradle.kts", "settings.gradle",
    "settings.gradle.kts", "build.sbt", "build.xml", "project.clj", "deps.edn", "lombok.config", "README.md", "HELP.md", "LICENSE", "LICENSE.txt",
    "NOTICE", "Dockerfile", ".dockerignore", ".gitignore", ".gitattributes", ".editorconfig", "Makefile", "docker-compose.yml", "docker-compose.yaml",
    "compose.yaml", "compose.yml", "Jenkinsfile", "sonar-project.properties", "CHANGELOG.md", "CONTRIBUTING.md", "renovate.json", "skaffold.yaml",
)  # fmt: skip
_PROJECT_DIRECTORIES = (
    "src",
    "gradle",
    ".mvn",
    "buildSrc",
    "project",
    ".git",
    ".github",
    ".idea",
    ".vscode",
    "test",
    "tests",
    "docs",
    "target",
)


class Places(NamedTuple):
    """What the final image takes of the application, and what stays in the build stage.

    `left` are directories that hold what is built from; `removed` goes from a directory that is taken whole, and so do the
    sources below `classes`.
    """

    trees: tuple[Tree, ...] = ()
    left: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def places(facts: Facts, command: JavaCommand, app: Application) -> Places | Refusal:
    """Sort the directories of a stage that builds; a stage that only copies takes what it copied."""
    builds = [e for _, e in facts.footprint.effects() if isinstance(e, Builds) and e.tool in _TOOLS]
    workdir = facts.contract.workdir
    if not builds:
        return Places()
    wanted = class_places(command, workdir, dict(facts.contract.env).get("CLASSPATH"))
    wanted = (*wanted, *(join(workdir, agent) for agent in command.agents))
    starts = tuple(dict.fromkeys(b.command.cwd for b in builds if b.command.cwd))
    if any(s in SYSTEM for s in starts):
        return refuse(
            f"the build runs in {next(s for s in starts if s in SYSTEM)}, which the base image owns",
            facts.dockerfile.source.line(builds[0].command.span.start),
        )
    left = tuple(dict.fromkeys((*starts, *_roots(facts, starts), *_caches(facts))))
    outputs = [b.output.rstrip("/") for b in builds if b.output and b.tool in ("mvn", "gradle")]
    trees: list[Tree] = []
    classes: list[str] = []
    sources = {join("/", p.target).rpartition("/")[0] for p in placements(facts) if p.target.endswith(SOURCES)}
    for path in wanted:
        if not any(under(path, d) for d in left):
            continue
        if any(under(s, path) for s in sources):
            # Classes beside the sources that they were compiled from
            classes.append(path)
        trees.append(Tree(path=_taken(path, outputs, app), reason="what the application is made of"))
    data = [p for p in placements(facts) if any(under(p.target, d) for d in left) and not is_project_file(p, workdir)]
    trees += [
        Tree(path=p, reason="files that the application may open", scanned=False)
        for p in _grouped(data, workdir, sources)
    ]
    trees += [
        Tree(path=join(workdir, p), reason="a source names it", certain=False, scanned=False)
        for p in opened(app)
        if not p.startswith("src/test/")
    ]
    other = _others(facts, left) or next((t.path for t in trees if t.path in left and t.path not in classes), None)
    if other is not None or facts.contract.user.partition(":")[0] not in ("", "root", "0"):
        # Somebody else may write into the working directory, or a RUN left there what is not known by name
        root = next((d for d in left if under(workdir, d)), None)
        if root is not None:
            removed = tuple(_removable(facts, root))
            trees = [t for t in trees if not under(t.path, root)]
            return Places(
                (Tree(path=root, reason="the application's directory"), *trees), left, removed, tuple(classes)
            )
    return Places(tuple({t.path: t for t in trees}.values()), left, (), tuple(classes))


def is_project_file(placement: Placement, workdir: str) -> bool:
    """Whether a file is compiled, packed, or builds: what an application does not open as it runs."""
    *directories, name = placement.source.split("/")
    return (
        name in _PROJECT_FILES
        or placement.source.endswith((*SOURCES, ".gradle", ".gradle.kts", ".iml", ".md", ".sbt"))
        or name.startswith(("Dockerfile", "docker-compose"))
        or any(d in _PROJECT_DIRECTORIES for d in directories)
        or is_test(placement.source)
    )


def _taken(path: str, outputs: list[str], app: Application) -> str:
    """The archive alone when it holds everything, else the directory that its manifest may name others of."""
    directory = path.rpartition("/")[0]
    if not path.endswith((".jar", ".war")):
        return path
    built = any(directory in (o, f"{o}/libs") for o in outputs)
    copied = outputs and not any(under(directory, o) for o in outputs)
    if not outputs or ((built or copied) and app.projects.self_contained):
        return path
    return directory


def _roots(facts: Facts, starts: tuple[str, ...]) -> Iterator[str]:
    """The directories above a module's in which its project was copied."""
    for written in facts.footprint.written:
        if (
            written.origin in ("context", "workdir")
            and written.path not in SYSTEM
            and any(under(s, written.path) for s in starts)
        ):
            yield written.path


def _caches(facts: Facts) -> Iterator[str]:
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.prefix:
            yield effect.prefix
        if isinstance(effect, Builds) and effect.tool in ("sbt", "lein"):
            home = dict(run.placed.scope.env).get("HOME", "/root")
            yield home


def _others(facts: Facts, left: tuple[str, ...]) -> str | None:
    """A RUN that leaves something of a name that is not known where the project is built."""
    for _, effect in facts.footprint.effects():
        if (
            isinstance(effect, RunsProject)
            and any(under(effect.command.cwd, d) for d in left)
            and effect.tool != "java"
        ):
            return effect.command.text
    return None


def _grouped(data: list[Placement], workdir: str, sources: set[str]) -> tuple[str, ...]:
    """The highest directories of some files that hold no source."""
    found: dict[str, None] = {}
    for placement in data:
        best, parent = placement.target, placement.target.rpartition("/")[0]
        while parent.startswith(workdir.rstrip("/") + "/") and not any(under(s, parent) for s in sources):
            best, parent = parent, parent.rpartition("/")[0]
        found.setdefault(best)
    return tuple(p for p in found if not any(p != q and under(p, q) for q in found))


def _removable(facts: Facts, root: str) -> Iterator[str]:
    """The entries of a directory that hold nothing but sources and what builds them."""
    entries: dict[str, bool] = {}
    for placement in placements(facts):
        if under(placement.target, root) and placement.target != root:
            name = placement.target[len(root.rstrip("/")) + 1 :].split("/")[0]
            entries[name] = entries.get(name, True) and is_project_file(placement, facts.contract.workdir)
    for name, whole in entries.items():
        if whole:
            yield f"{root.rstrip('/')}/{name}"
