"""What an application's own Python sources need at run time: programs, libraries, modules, absolute paths.

Two steps, because parsing is slow: one regex over the bytes of a file says whether it can hold anything of
interest, and only files that may start programs or load libraries reach LibCST.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from minify.context.needs import python_modules
from minify.context.places import Called, Library, Lines, PathLiteral, Place, Uncertain
from minify.context.python_slices import RUNNERS
from minify.context.tests import tests
from minify.context.tree import Context

MAX_PARSED = 400

# Modules that a slim runtime may leave out, or that need data or libraries from outside of Python.
OF_INTEREST: Final = frozenset({
    "pip", "setuptools", "pkg_resources", "distutils", "_distutils_hack", "wheel", "ensurepip", "venv",
    "virtualenv", "tkinter", "_tkinter", "idlelib", "turtle", "turtledemo", "lib2to3", "test", "unittest",
    "doctest", "pydoc", "pdb", "sqlite3", "dbm", "ctypes", "cffi", "readline", "curses", "bz2", "lzma", "ssl",
    "crypt", "nis", "ossaudiodev", "zoneinfo", "pytz", "dateutil", "tzlocal", "locale", "gettext",
    "mimetypes",
    "pwd", "grp", "getpass", "uuid", "webbrowser", "multiprocessing", "platform", "pty",
    "py_compile", "compileall",
})  # fmt: skip

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b|"
    rb"import[ \t]+([A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?"
    rb"(?:[ \t]*,[ \t]*[A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?)*)[ \t]*\r?(?:[;#]|$))",
    re.MULTILINE,
)
_STARTS = (
    rb"\bsubprocess\b|\b(?:get(?:status)?output|check_output|check_call|Popen)\b|\bposix_spawnp?\b|create_subprocess_|"
    rb"\b(?:system|popen|exec[lv]p?e?|spawn[lv]?p?e?|which)[ \t]*\(|\bfrom[ \t]+os[ \t]+import\b"
)
_LOADS = rb"\b(?:CDLL|PyDLL|LoadLibrary|find_library|dlopen|cdll|import_module|__import__|run_module)\b"
_RUNS = rb"^[ \t]*(?:from|import)[ \t]+(?:%s)\b" % b"|".join(name.encode() for name in RUNNERS)
_PARSED = re.compile(b"|".join((_STARTS, _LOADS, _RUNS)), re.MULTILINE)
_ABSOLUTE = re.compile(rb"""["']/[A-Za-z]|\.(?:[Tt][Tt][FfCc]|[Oo][Tt][Ff]|pfb)\b""")
_FILE = re.compile(rb"\b__file__\b|\bimportlib[._]resources\b|\bpkgutil\.get_data\b")

_STRING = re.compile(
    r"""#[^\n]*|(?P<prefix>\b[rRbBuUfFtT]{1,2})?(?P<quote>\"{3}|'{3})(?P<long>(?:[^\\]|\\.)*?)(?P=quote)|"""
    r"""(?P<prefix1>\b[rRbBuUfFtT]{1,2})?(?:"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)')""",
    re.DOTALL,
)
_FONT = re.compile(r"[\w +-]+\.(?:ttf|ttc|otf|pfb)", re.IGNORECASE)
_PATH = re.compile(r"/[A-Za-z0-9_.@+-]+(?:/[A-Za-z0-9_.@+-]+)*/?")


class PythonFacts(NamedTuple):
    """What the sources say; all in the order of files and lines."""

    programs: tuple[Called, ...] = ()
    imports: Mapping[str, Place] = MappingProxyType({})
    all_imports: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()
    opened: tuple[PathLiteral, ...] = ()
    uses_file: tuple[Place, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()
    modules: Mapping[str, Place] = MappingProxyType({})
    """Those that need more than their package does, as sources or settings name them."""


class _Read:
    """One source: its bytes, and what the quick look found."""

    def __init__(self, path: str, data: bytes, *, in_tests: bool) -> None:
        self.path = path
        self.data = data
        self.in_tests = in_tests

    def line(self, offset: int) -> int:
        return self._lines.at(offset)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.data)

    @cached_property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace").replace("\r\n", "\n")


def python_facts(context: Context, files: Sequence[str], argv: Sequence[str] = ()) -> PythonFacts:
    """Read the Python sources among `files`: `python_facts(context, context.files())`; `argv` is what starts."""
    sources = list(_sources(context, files, argv))
    local = _local_modules(files)
    imports: dict[str, Place] = {}
    others: dict[str, None] = {}
    programs: list[Called] = []
    libraries: list[Library] = []
    opened: list[PathLiteral] = []
    uses_file: list[Place] = []
    uncertain: list[Uncertain] = []
    modules: dict[str, Place] = {}
    special = python_modules()
    parsed = 0
    for source in sources:
        for name in special:
            if (at := source.data.find(name.encode())) >= 0:
                _note(modules, name, Place(source.path, source.line(at), source.in_tests))
        for name, line in _imports(source):
            if name in local or name == "__future__":
                continue
            if name in OF_INTEREST:
                _note(imports, name, Place(source.path, line, source.in_tests))
            if name not in sys.stdlib_module_names:
                others.setdefault(name)
        if found := _FILE.search(source.data):
            uses_file.append(Place(source.path, source.line(found.start()), source.in_tests))
        if _ABSOLUTE.search(source.data):
            opened.extend(_paths(source))
        found = _PARSED.search(source.data)
        if not found:
            continue
        parsed += 1
        if parsed > MAX_PARSED:
            line = source.line(found.start())
            reason = f"not read: more than {MAX_PARSED} files start programs or load libraries"
            uncertain.append(Uncertain(reason=reason, path=source.path, line=line, in_tests=source.in_tests))
            continue
        from minify.context.python_calls import read_calls

        calls = read_calls(source.text, source.path, in_tests=source.in_tests)
        programs.extend(calls.programs)
        libraries.extend(calls.libraries)
        uncertain.extend(calls.uncertain)
        for name, line in calls.modules:
            if name in OF_INTEREST and name not in local:
                _note(imports, name, Place(source.path, line, source.in_tests))
            if name not in local and name not in sys.stdlib_module_names:
                others.setdefault(name)
    return PythonFacts(
        programs=tuple(programs),
        imports=MappingProxyType(imports),
        all_imports=tuple(sorted(others)),
        libraries=tuple(libraries),
        opened=tuple(opened),
        uses_file=tuple(uses_file),
        uncertain=tuple(uncertain),
        modules=MappingProxyType(modules),
    )


def _note(imports: dict[str, Place], name: str, place: Place) -> None:
    """Keep the first place, but one outside of the tests rather than one in them."""
    known = imports.get(name)
    if known is None or (known.in_tests and not place.in_tests):
        imports[name] = place


def _sources(context: Context, files: Sequence[str], argv: Sequence[str]) -> Iterator[_Read]:
    unused = tests(context, files, argv)
    for path in files:
        name = path.rpartition("/")[2]
        script = "." not in name
        if not (script or name.endswith((".py", ".pyw"))):
            continue
        data = context.read(path)
        if not data or (script and not (data.startswith(b"#!") and b"python" in data[:64])):
            continue
        yield _Read(path, data, in_tests=path in unused)


def _local_modules(files: Sequence[str]) -> frozenset[str]:
    """Names that are the application's own: modules and packages anywhere in the tree."""
    names: set[str] = set()
    for path in files:
        if path.endswith(".py"):
            *directories, name = path.split("/")
            names.update(directories)
            names.add(name[:-3])
    return frozenset(names)


def _imports(source: _Read) -> Iterator[tuple[str, int]]:
    """Top-level names that a file imports, with their lines; prose in a docstring is not of interest."""
    blanked: list[str] | None = None
    for found in _IMPORT.finditer(source.data):
        line = source.line(found.start(found.lastindex or 0))
        names = found[1] or b",".join(part.split()[0] for part in found[2].split(b","))
        for name in names.decode().split(","):
            top = name.partition(".")[0]
            if top in OF_INTEREST or top in RUNNERS:
                blanked = blanked or _without_strings(source.text).split("\n")
                if top not in blanked[line - 1]:
                    continue
            yield top, line


def _without_strings(text: str) -> str:
    return _STRING.sub(lambda found: "\n" * found[0].count("\n") or " ", text)


def _paths(source: _Read) -> Iterator[PathLiteral]:
    text, lines = source.text, Lines(source.text)
    for found in _STRING.finditer(text):
        if found["quote"]:
            # A text of several lines is a docstring, SQL or a template; none of them names a file to open.
            content = found["long"]
            if "\n" in content or text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip() == "":
                continue
        else:
            content = found["double"] if found["double"] is not None else found["single"]
        if content and _FONT.fullmatch(content):
            # Looked for in the directories of the system
            line = lines.at(found.start())
            yield PathLiteral(literal=content, path=source.path, line=line, in_tests=source.in_tests)
        if not content or content[0] != "/":
            continue
        if "f" in (found["prefix"] or found["prefix1"] or "").lower():
            content = content.partition("{")[0]
        if _PATH.fullmatch(content):
            yield PathLiteral(literal=content, path=source.path, line=lines.at(found.start()), in_tests=source.in_tests)
