r"""What the sources of a JVM application start and load: Java, Kotlin, Groovy, Scala and Clojure, at the level of regular expressions.

`new ProcessBuilder("git", "log")` starts git; `System.loadLibrary("x")` loads a native library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.context.places import Called, Lines, Place
from minify.context.tree import Context

SOURCES: Final = (".java", ".kt", ".groovy", ".scala", ".clj", ".cljc")

# Comments, and literals by their group; a text block before a plain literal.
_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
_CLOJURE_TOKEN = re.compile(r';[^\n]*|"(?:[^"\\]|\\.)*"', re.DOTALL)

_BUILDER = re.compile(r"(?<![\w.])(?<!import )(?:java\.lang\.)?ProcessBuilder\b")
# A class may be given what another one asked for: `void run(Runtime runtime)`
_RUNTIME = re.compile(r"\bgetRuntime\b|\bRuntime\s+\w|:\s*Runtime\b")
_EXEC = re.compile(r"\.\s*exec\s*\(")
_STARTERS = re.compile(
    r"\bimport\s+(?:org\.apache\.commons\.exec|org\.zeroturnaround\.(?:exec|process)|com\.zaxxer\.nuprocess"
    r"|(?:_root_\.)?scala\.sys\.process|sys\.process|os\._)\b|\bclojure\.java\.shell\b|\bbabashka\.process\b|\bme\.raynes\.conch\b"
)
_GROOVY = re.compile(r"[\"'\]]\s*\.\s*execute\s*\(")
_LOADS = re.compile(
    r"\bSystem\s*\.\s*load(?:Library)?\s*\(|\bNative\s*\.\s*load(?:Library)?\s*\(|\bSymbolLookup\s*\.\s*libraryLookup\b"
)
_TOOLS = re.compile(r"\b(?:javax\.tools|com\.sun\.(?:tools|source|jdi)|jdk\.jshell|sun\.tools|sun\.jvmstat)\b")
_WINDOWS = re.compile(r"\b(?:java\.awt|javax\.swing|javax\.imageio|javax\.print)\b")
_HOME = re.compile(r"[\"']JAVA_HOME[\"']")
_LITERAL = re.compile(
    r'[\s({\[]*(?:(?:new\s+String\s*\[\s*\]|listOf|arrayOf|List\.of|Arrays\.asList)[\s({]*)?"([^"\\\n]*)"'
)

_TEST_SET = re.compile(r"(?:^|/)src/(?!main/)(?:it|jmh|[\w-]*[tT]ests?[\w-]*|testFixtures)/")
_BUILD_TOOLS = ("buildSrc", ".mvn", "gradle", "build-logic")


class JavaFacts(NamedTuple):
    """What the sources say; `sources` is how many were read."""

    programs: tuple[Called, ...] = ()
    loads: tuple[Place, ...] = ()
    tools: tuple[Place, ...] = ()
    """Uses of what only a JDK has: its compiler, its attach and debug interfaces."""
    pictures: tuple[Place, ...] = ()
    """Uses of AWT and its like, which load font libraries."""
    homes: tuple[Place, ...] = ()
    """Places that read JAVA_HOME."""
    sources: int = 0


def java_facts(context: Context, files: Sequence[str]) -> JavaFacts:
    """Read the sources among some files of the context; tests and the build's own code are left out."""
    programs: list[Called] = []
    loads: list[Place] = []
    tools: list[Place] = []
    pictures: list[Place] = []
    homes: list[Place] = []
    sources = 0
    for path in files:
        if not path.endswith(SOURCES) or is_test(path):
            continue
        text = context.read_text(path)
        if text is None:
            continue
        sources += 1
        code = _blank(text, path, comments_only=True)
        bare = _blank(text, path, comments_only=False)
        lines = Lines(text)
        for offset, name in _programs(path, code, bare):
            shell = (name or "").rpartition("/")[2] in ("sh", "bash", "ash", "zsh", "dash")
            programs.append(Called(program=name, shell=shell, path=path, line=lines.at(offset)))
        loads += [Place(path, lines.at(m.start())) for m in _LOADS.finditer(bare)]
        tools += [Place(path, lines.at(m.start())) for m in _TOOLS.finditer(bare)]
        pictures += [Place(path, lines.at(m.start())) for m in _WINDOWS.finditer(bare)]
        homes += [Place(path, lines.at(m.start())) for m in _HOME.finditer(code)]
    return JavaFacts(tuple(programs), tuple(loads), tuple(tools), tuple(pictures), tuple(homes), sources)


def is_test(path: str) -> bool:
    """Whether a source is a test's or the build's own; a package may be called `example`.

    >>> is_test("src/test/java/AppTest.java"), is_test("src/main/java/com/example/App.java"), is_test("buildSrc/src/main/kotlin/X.kt")
    (True, False, True)
    """
    head = path.partition("src/main/")[0] if "src/main/" in path else path.rpartition("/")[0] + "/"
    directories = head.split("/")
    return (
        _TEST_SET.search(path) is not None
        or any(name in directories for name in _BUILD_TOOLS)
        or ("src/main/" not in path and directories[0] in ("test", "tests"))
    )


def _programs(path: str, code: str, bare: str) -> Iterator[tuple[int, str | None]]:
    for match in _BUILDER.finditer(bare):
        if bare[match.end() :].lstrip()[:1] == "(":
            yield match.start(), _literal(code, bare.index("(", match.end()))
        elif not bare[: match.start()].rstrip().endswith(("import", "<", ",", ":")) and "::" in bare[match.end() :][:3]:
            yield match.start(), None
    if _RUNTIME.search(bare):
        for match in _EXEC.finditer(bare):
            name = _literal(code, match.end() - 1)
            yield match.start(), name.split()[0] if name and name.split() else None
    for match in _STARTERS.finditer(bare):
        yield match.start(), None
    if path.endswith(".groovy"):
        for match in _GROOVY.finditer(code):
            yield match.start(), None


def _literal(code: str, at: int) -> str | None:
    """The first argument of a call when it is a literal: alone, or the first of an array or list."""
    match = _LITERAL.match(code, at)
    return match[1] or None if match else None


def _blank(text: str, path: str, *, comments_only: bool) -> str:
    """The text with its comments (and its literals) as white space: offsets and lines stay."""

    def blank(match: re.Match[str]) -> str:
        token = match[0]
        if comments_only and token[0] in "\"'":
            return token
        inner = re.sub(r"[^\n]", " ", token)
        return token[0] + inner[1:-1] + token[-1] if token[0] in "\"'" and len(token) > 1 else inner

    pattern = _CLOJURE_TOKEN if path.endswith((".clj", ".cljc")) else _TOKEN
    return pattern.sub(blank, text)
