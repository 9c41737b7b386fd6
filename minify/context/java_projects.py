"""What the build files of a JVM project say: the libraries it depends on, and whether what it builds is one self-contained archive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.context.places import line_of
from minify.context.tree import Context

BUILD_FILES: Final = (
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "libs.versions.toml",
    "build.xml",
    "project.clj",
    "deps.edn",
)

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DEPENDENCY = re.compile(r"<dependency>(.*?)</dependency>", re.DOTALL)
_ARTIFACT = re.compile(r"<artifactId>\s*([\w.$\{\}-]+)\s*</artifactId>")
_TEST_SCOPE = re.compile(r"<scope>\s*test\s*</scope>")
# `implementation("g:a:1")`, `compile group: 'g', name: 'a'`; what begins with test, androidTest or kapt is not at run time
_GRADLE = re.compile(
    r"^[ \t]*(?:implementation|api|compile|runtimeOnly|runtime|providedRuntime|compileOnly)\b[ (\t]*"
    r"(?:platform\s*\(\s*)?(?:[\"']([\w.-]+):([\w.-]+)[^\"'\n]*[\"']|group\s*[:=]\s*[\"'][^\"'\n]+[\"']\s*,\s*name\s*[:=]\s*[\"']([\w.-]+)[\"'])",
    re.MULTILINE,
)
_CATALOG = re.compile(
    r"^[ \t]*[\w.-]+\s*=.*?(?:module\s*=\s*\"[\w.-]+:([\w.-]+)\"|name\s*=\s*\"([\w.-]+)\"|\"[\w.-]+:([\w.-]+):)",
    re.MULTILINE,
)
_SBT = re.compile(r"\"[\w.-]+\"\s*%%?%?\s*\"([\w.-]+)\"\s*%\s*[^\n,)]*")
_CLOJURE = re.compile(r"\[(?:[\w.-]+/)?([\w.-]+)\s+\"|(?:[\w.-]+/)?([\w.-]+)\s+\{:mvn/version")
# Plugins and tasks that put everything into one archive
_SELF_CONTAINED = re.compile(
    r"spring-boot-maven-plugin|maven-shade-plugin|jar-with-dependencies|onejar-maven-plugin"
    r"|org\.springframework\.boot[\"']|(?:com\.github\.johnrengelman|com\.gradleup)\.shadow[\"']|\bsbt-assembly\b|shadowJar|uberjar",
)


class Dependency(NamedTuple):
    """A library by its artifact's name, and where it is asked for."""

    name: str
    path: str
    line: int


class JavaProjects(NamedTuple):
    """What the build files say; `files` are their paths."""

    files: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    self_contained: bool = False
    musl: tuple[str, ...] = ()
    """Build files that ask for native libraries of musl."""


def java_projects(context: Context, files: Sequence[str]) -> JavaProjects:
    """Read the build files among some files of the context."""
    read: list[str] = []
    dependencies: list[Dependency] = []
    self_contained = False
    musl: list[str] = []
    for path in files:
        if path.rpartition("/")[2] not in BUILD_FILES:
            continue
        text = context.read_text(path)
        if text is None:
            continue
        read.append(path)
        text = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)
        dependencies += [Dependency(name, path, line_of(text, at)) for name, at in _dependencies(path, text)]
        self_contained |= _SELF_CONTAINED.search(text) is not None
        if "musl" in text:
            musl.append(path)
    return JavaProjects(tuple(read), tuple(dependencies), self_contained, tuple(musl))


def _dependencies(path: str, text: str) -> Iterator[tuple[str, int]]:
    name = path.rpartition("/")[2]
    if name == "pom.xml":
        for block in _DEPENDENCY.finditer(text):
            artifact = _ARTIFACT.search(block[1])
            if artifact is not None and _TEST_SCOPE.search(block[1]) is None:
                yield artifact[1], block.start()
        return
    patterns = {
        "libs.versions.toml": _CATALOG, "build.sbt": _SBT, "project.clj": _CLOJURE, "deps.edn": _CLOJURE,
    }  # fmt: skip
    for match in patterns.get(name, _GRADLE).finditer(text):
        if name == "build.sbt" and re.search(r"%\s*(?:Test|\"test\")", match[0]):
            continue
        groups = match.groups()
        yield next(g for g in reversed(groups) if g), match.start()
