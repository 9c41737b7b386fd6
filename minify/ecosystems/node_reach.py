"""Which sources of a Node application run in the container: what the started file reaches through literals."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.context.node import package_manifest
from minify.context.places import is_test
from minify.context.tests import tests
from minify.context.tree import Context

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".json")
_PRELOADS = ("-r", "--require", "--import", "--preload", "--loader", "--experimental-loader", "--include")
_OPTIONS = ("NODE_OPTIONS", "BUN_OPTIONS")
_VALUED = ("-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file")
_LITERAL = re.compile(r"""(?<![\w$])["'`]([^"'`\n$]{1,200})["'`]""")
_TYPES_ONLY = re.compile(r"""^\s*(?:import|export)\s+type\b[^;'"]*from\s*["'][^"']*["']""", re.MULTILINE)
_COMPUTED = re.compile(
    r"""(?<![\w.$])(?:require|import)\s*\(\s*(?!["'`)])|(?<![\w.$])(?:require|import)\s*\(\s*`[^`]*\$\{"""
)
_ALIASES = re.compile(
    r'"(?:paths|baseUrl|imports|_moduleAliases|rootDirs|workspaces)"\s*:|:\s*"(?:workspace|file|link|portal):'
)
WORKSPACES = ("pnpm-workspace.yaml", "lerna.json")
"""Files that say, beside `workspaces` of package.json, that packages of one project have each other as links."""
_COMPILED = ("dist", "build", "out", "lib", "output", ".build")
_MANIFESTS = re.compile(r"(^|/)(package|package-lock|tsconfig[^/]*|jsconfig)\.json$")
# A framework reads its configuration when it starts; of what is started as a file, nothing does.
_CONFIGURES = re.compile(r"(^|/)(\.[^/]*|[^/]*\.config|[Gg]ulpfile|[Gg]runtfile)\.[cm]?[jt]s(on)?$|(^|/)\.")


class Reach(NamedTuple):
    """The files of the context that run (or may run, when it is not `certain` which do)."""

    files: tuple[str, ...]
    certain: bool
    started: bool = True
    """Whether the started file is one of the context, or made of one."""


def started_file(argv: Sequence[str]) -> str | None:
    """The script among node's arguments.

    >>> started_file(["node", "-r", "dotenv/config", "--inspect", "app.js", "x.js"]), started_file(["node", "-e", "1"])
    ('app.js', None)
    """
    rest = list(argv[1:])
    while rest:
        word = rest.pop(0)
        if word in ("-e", "--eval", "-p", "--print", "-pe", "-c", "--check"):
            return None
        if word in _VALUED:
            rest = rest[1:]
        elif word == "--":
            return rest[0] if rest else None
        elif not word.startswith("-"):
            return word
    return None


def preloads(words: Sequence[str]) -> tuple[str, ...]:
    """What options load beside the script.

    >>> preloads(["node", "-r", "dotenv/config", "--import=./a.mjs", "app.js"])
    ('dotenv/config', './a.mjs')
    """
    found = []
    for word, after in zip_longest(words, words[1:], fillvalue=""):
        name, given, value = word.partition("=")
        if name in _PRELOADS and (value if given else after):
            found.append(value if given else after)
    return tuple(found)


def reach(
    context: Context,
    placed: Sequence[Placement],
    argv: Sequence[str],
    workdir: str,
    env: Sequence[tuple[str, str]] = (),
) -> Reach:
    """Follow the literals of what is started, and loaded before it, that name files of the context; everything when one cannot be followed."""
    by_target = {p.target: p.source for p in placed}
    sources = tuple(dict.fromkeys(p.source for p in placed if "node_modules" not in p.source.split("/")))
    script = started_file(argv)
    unused = tests(context, sources, argv)
    framework = script is not None and "node_modules" in script.split("/")
    known = dict.fromkeys(sources)
    first = _entry(by_target, known, join(workdir, script)) if script is not None else None
    everything = Reach(
        files=tuple(
            source
            for source in sources
            if source.endswith(SUFFIXES)
            and not _MANIFESTS.search(source)
            and (framework if _CONFIGURES.search(source) else source not in unused)
        ),
        certain=False,
        started=first is not None,
    )
    loaded = _loaded(by_target, known, (*preloads(argv), *from_options(env)), workdir)
    if first is None or loaded is None or _elsewhere(env) or _aliases(context, sources):
        return everything
    packages = _packages(context, sources, first)
    queue = [first, *loaded]
    found = dict.fromkeys(queue)
    while queue:
        path = queue.pop()
        text = context.read_text(path)
        if text is None or path.endswith(".json"):
            continue
        if _COMPUTED.search(text):
            return everything
        for literal in literals(text):
            if "/".join(literal.split("/")[: 2 if literal.startswith("@") else 1]) in packages:
                return everything
            for named in _named(known, literal, posixpath.dirname(path)):
                if named not in found and named.endswith(SUFFIXES):
                    found[named] = None
                    queue.append(named)
    return Reach(files=tuple(sorted(found)), certain=True)


def literals(text: str) -> Iterator[str]:
    """The string literals of a source that are on one line, without those of imports that only bring types."""
    for match in _LITERAL.finditer(_TYPES_ONLY.sub("", text)):
        yield match[1]


def names_package(context: Context, files: Sequence[str], package: str) -> str | None:
    """The first file that holds a literal which is a package's name or a path in it.

    A configuration may name a package too (`dialect: "sqlite3"`), so that any literal counts, not only imports.
    """
    for path in files:
        text = context.read_text(path) or ""
        if package in text and any(x == package or x.startswith(f"{package}/") for x in literals(text)):
            return path
    return None


def _entry(by_target: Mapping[str, str], known: Mapping[str, None], target: str) -> str | None:
    """The source of the started file: itself, or what a compiler makes it of (dist/x.js from src/x.ts)."""
    for candidate in (target, *(f"{target}{s}" for s in SUFFIXES), *(f"{target}/index{s}" for s in SUFFIXES)):
        if candidate in by_target:
            return by_target[candidate]
    stem = re.sub(r"\.[cm]?js$", "", target)
    for name in _COMPILED:
        head, middle, tail = stem.rpartition(f"/{name}/")
        if not middle:
            continue
        for inner in (f"{head}/src/{tail}", f"{head}/{tail}", f"{head}/{tail.removeprefix('src/')}"):
            for candidate in (*(f"{inner}{s}" for s in SUFFIXES), *(f"{inner}/index{s}" for s in SUFFIXES)):
                if candidate in by_target:
                    return by_target[candidate]
    return None


def from_options(env: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What the options that a variable holds load.

    >>> from_options([("NODE_OPTIONS", "--require ./trace.js")])
    ('./trace.js',)
    """
    return tuple(found for name, value in env if name in _OPTIONS for found in preloads(value.replace('"', "").split()))


def _loaded(
    by_target: Mapping[str, str], known: Mapping[str, None], names: Sequence[str], workdir: str
) -> tuple[str, ...] | None:
    """The files of the context among what is loaded before the script; None when one cannot be followed. Packages are none."""
    found = []
    for name in names:
        plain = name.removeprefix("file://")
        target = join(workdir, plain)
        source = _entry(by_target, known, target)
        if source is not None:
            found.append(source)
        elif "node_modules" not in plain.split("/") and (
            plain.startswith((".", "/")) or ":" in plain or any(t.startswith(f"{target}/") for t in by_target)
        ):
            return None
    return tuple(found)


def _elsewhere(env: Sequence[tuple[str, str]]) -> bool:
    """Whether modules are looked for in directories of the application's own, too."""
    places = [place for name, value in env if name == "NODE_PATH" for place in value.split(":")]
    return any(place and "node_modules" not in place.split("/") for place in places)


def _packages(context: Context, sources: Sequence[str], first: str) -> frozenset[str]:
    """The names of packages of the context that others may have under node_modules, as links.

    A package finds itself by its name only where its package.json has `exports`.
    """
    found = set()
    for path in sources:
        directory, _, last = path.rpartition("/")
        manifest = package_manifest(context, directory) if last == "package.json" else None
        if manifest is None or manifest.name is None:
            continue
        own = not directory or first.startswith(f"{directory}/")
        if not own or '"exports"' in (context.read_text(path) or ""):
            found.add(manifest.name)
    return frozenset(found)


def _named(known: Mapping[str, None], literal: str, directory: str) -> Iterator[str]:
    """The files of the context that a literal may mean: beside the source, or from the top."""
    if literal.startswith(("http:", "https:", "node:", "@")) or not re.fullmatch(r"[\w./@-]+", literal):
        return
    for base in (directory, ""):
        path = posixpath.normpath(posixpath.join(base, literal.lstrip("/")))
        if path in ("", ".", "..") or path.startswith("../"):
            # the directory itself: a loader of all that lies beside it
            if literal in (".", "./") and base == directory:
                yield from (k for k in known if k.rpartition("/")[0] == directory)
            continue
        stem = re.sub(r"\.[cm]?js$", "", path)
        exact = [
            c
            for c in (path, *(f"{x}{s}" for x in (path, stem) for s in SUFFIXES), f"{path}/package.json")
            if c in known
        ]
        index = [f"{path}/index{s}" for s in SUFFIXES if f"{path}/index{s}" in known]
        if exact or index:
            yield from (*exact, *index)
        else:
            yield from (k for k in known if k.startswith(f"{path}/") and not is_test(k))


def _aliases(context: Context, sources: Sequence[str]) -> bool:
    """Whether imports may go through names that the project makes itself: paths of tsconfig.json, workspaces of package.json."""
    for path in sources:
        name = path.rsplit("/", 1)[-1]
        if name in WORKSPACES:
            return True
        if name == "package.json" or (name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json")):
            text = context.read_text(path) or ""
            if _ALIASES.search(text):
                return True
    return False
