"""Which files that are called like tests are tests: what the application itself names is a part of it, whatever its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from minify.context.places import TEST_DIRECTORIES, is_test
from minify.context.tree import Context

SOURCES: Final = (
    ".py", ".pyw", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".go", ".rb", ".ru", ".pl", ".pm", ".psgi",
    ".lua", ".php", ".rs", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".zig", ".nim", ".d", ".swift", ".hs", ".ml", ".cr",
    ".jl", ".sh", ".bash", ".conf",
)  # fmt: skip
"""Endings of the files that make an application."""
_PLAIN: Final = ("", ".sh", ".bash", ".conf")
"""Endings of texts whose words need no quotes: `python speed_test.py`."""
_NO_NAMES: Final = (
    "Makefile",
    "makefile",
    "GNUmakefile",
    "Rakefile",
    "Jenkinsfile",
    "Vagrantfile",
    "LICENSE",
    "README",
)
_WORD: Final = re.compile(r"\w+")
_TOKEN: Final = re.compile(r"([\"'`]?)((?:\.{0,2}/|@/?)*\w[\w.@-]*(?:(?:/|::|\\{1,2}|:)[\w@.-]+)*)")
_COMMENT: Final = re.compile(r"^[ \t]*(?:#(?!include|\[)|//|--(?!\[)).*$", re.MULTILINE)
_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+\.*([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# They stand for their directory
_WHOLE: Final = ("__init__", "__main__", "index", "mod", "init", "main", "lib")


def tests(context: Context, files: Sequence[str], named: Sequence[str] = ()) -> frozenset[str]:
    """The tests among some files: called like tests, and not named by what is none, nor by the words of the command.

    `import speed_test` makes speed_test.py a part of the application. A `_test.go` is never built into a program.
    """
    return _tests(context, tuple(files), tuple(named))


@lru_cache(maxsize=8)
def _tests(context: Context, files: tuple[str, ...], named: tuple[str, ...]) -> frozenset[str]:
    waiting = {path for path in files if is_test(path)}
    if not waiting:
        return frozenset()
    by_key: dict[str, list[str]] = {}
    for path in sorted(waiting):
        for key in _keys(path):
            by_key.setdefault(key, []).append(path)
    if not by_key:
        return frozenset(waiting)
    first = frozenset(found[0] for key in by_key if (found := _WORD.search(key)))

    def reached(text: str, directories: frozenset[str], *, plain: bool, code: str) -> Iterator[str]:
        # A constant of Ruby spells a path in other words; else a name says the first word of what it names
        words = None if code == ".rb" else first.intersection(_WORD.findall(text))
        if words is not None and not words:
            return
        for parts, sure in _references(text, words, plain=plain, code=code):
            # What is named with its ending may be a header, and its source is meant too
            for key in dict.fromkeys((parts[-1], parts[-1].rpartition(".")[0] or parts[-1])):
                for path in by_key.get(key, ()):
                    if path in waiting and (sure or not _common(key)) and _meant(path, parts, directories):
                        yield path

    pending = [path for path in files if path not in waiting and _names(path)]
    said = " ".join((*named, *_programs(context, files)))
    for path in dict.fromkeys(reached(said, frozenset(), plain=True, code="")):
        waiting.discard(path)
        pending.append(path)
    while pending and waiting:
        path = pending.pop()
        text = context.read_text(path)
        if not text or "\0" in text[:4096]:
            continue
        *directories, name = path.split("/")
        code = _ending(name)
        for other in dict.fromkeys(reached(text, frozenset(directories), plain=code in _PLAIN, code=code)):
            waiting.discard(other)
            pending.append(other)
    return frozenset(waiting)


def _programs(context: Context, files: tuple[str, ...]) -> Iterator[str]:
    """What projects of Python make programs of: `[project.scripts]` names a module as a command does."""
    for path in files:
        if path.rsplit("/", 1)[-1] in ("pyproject.toml", "setup.cfg"):
            from minify.context.requirements import entry_points

            yield from entry_points(context.read_text(path) or "", path)


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and stem else ""


def _names(path: str) -> bool:
    """Whether a file's text says what the application is made of."""
    *directories, name = path.split("/")
    if "node_modules" in directories or any(d.startswith(".") for d in directories) or name.startswith("."):
        return False
    ending = _ending(name)
    return ending in SOURCES or (not ending and not name.startswith(_NO_NAMES) and "ockerfile" not in name)


def _keys(path: str) -> Iterator[str]:
    """The words by which a text names a file."""
    *directories, name = path.split("/")
    ending = _ending(name)
    stem = name.removesuffix(ending) if ending else name
    if ending == ".go":
        # A package is named by its directory, and the compiler takes no test into it
        if not name.endswith("_test.go") and directories:
            yield directories[-1]
        return
    yield name
    if stem != name:
        yield stem
    if stem in _WHOLE and directories:
        yield directories[-1]


def _common(key: str) -> bool:
    """Whether a name is a word of English as well: only what imports it, or says it in quotes, means the file."""
    return key.isalpha()


def _meant(path: str, parts: tuple[str, ...], directories: frozenset[str]) -> bool:
    """Whether a reference leads into the directory of tests that a file is in, or is made there."""
    return all(d in directories or d in parts for d in path.split("/")[:-1] if d in TEST_DIRECTORIES)


def _references(
    text: str, words: frozenset[str] | None, *, plain: bool, code: str
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """What a text names, in parts, and whether it surely is a file or module rather than a word; on lines with one of `words` alone."""
    for found in _IMPORT.finditer(text) if code in (".py", ".pyw", "") else ():
        if found[3] is not None:
            for one in found[3].split(","):
                yield from ((prefix, True) for prefix in _prefixes(one.split()[0].split(".") if one.split() else []))
            continue
        package = [part for part in found[1].split(".") if part]
        yield from ((prefix, True) for prefix in _prefixes(package))
        for name in _WORD.findall(found[2]):
            yield (*package, name), True
    said = _COMMENT.sub("", text)
    if words is not None:
        said = "\n".join(line for line in said.splitlines() if any(word in line for word in words))
    for found in _TOKEN.finditer(said):
        quoted, token = found[1] != "", found[2]
        if code == ".rb" and "::" in token and token[:1].isupper():
            # https://github.com/fxn/zeitwerk: a constant is found by the path that it spells
            token = _CAMEL.sub("_", token.replace("::", "/")).lower()
        *before, last = re.split(r"/|::|\\+|:", token.strip("./@"))
        if not last:
            continue
        # `setup` is what every other function is called; only what imports it means setup.py
        sure = (plain or quoted or code == ".rs") and last not in ("setup", "setup.py")
        yield (*before, last), sure
        yield from ((prefix, sure) for prefix in _prefixes(before))
        if before and "." in before[-1]:
            # A module of Python and what is in it: jobs.speed_test:main
            yield from (((*before[:-1], *prefix), sure) for prefix in _prefixes(before[-1].split(".")))
        dotted = last.split(".")
        if len(dotted) > 1:
            yield from (((*before, *prefix), sure) for prefix in _prefixes(dotted))


def _prefixes(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for end in range(1, len(parts) + 1):
        if parts[end - 1]:
            yield tuple(parts[:end])
