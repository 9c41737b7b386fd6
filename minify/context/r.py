"""What R sources start, and the packages that they ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from minify import precompiled
from minify.context.command_text import Text, shell_programs
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context
from minify.shell.builtins import PLAIN
from minify.shell.r_calls import Argument, Call, Code, calls_of, r_code

_DATA: Final = Path(__file__).parent / "data" / "r-needs.yaml"
ENDINGS: Final = (".R", ".r", ".Rprofile", "Rprofile.site", ".Rscript", "NAMESPACE")
DOCUMENTS: Final = (".Rmd", ".rmd", ".qmd", ".Rpres", ".Rnw", ".Rhtml")
# Attached when R starts: https://stat.ethz.ch/R-manual/R-devel/library/base/html/Startup.html
_ATTACHED: Final = ("base", "utils", "stats", "graphics", "grDevices", "datasets", "methods")
_ASKS: Final = (
    "library",
    "require",
    "requireNamespace",
    "loadNamespace",
    "attachNamespace",
    "import",
    "importFrom",
    "p_load",
)
_BY_NAME: Final = (
    "do.call",
    "match.fun",
    "get",
    "getFunction",
    "Reduce",
    "Map",
    "mapply",
    "lapply",
    "sapply",
    "vapply",
)
_PARSES: Final = ("parse", "str2lang", "str2expression")
_CHUNK: Final = re.compile(
    r"^[ \t]*(?P<fence>`{3,})[ \t]*\{(?P<engine>[\w.]+)(?P<options>[^}\n]*)\}[^\n]*\n(?P<code>.*?)^[ \t]*(?P=fence)",
    re.MULTILINE | re.DOTALL,
)
_INLINE: Final = re.compile(r"`r (?P<code>[^`]*)`")
_WEAVED: Final = re.compile(r"^<<[^>]*>>=[^\n]*\n(?P<code>.*?)^@", re.MULTILINE | re.DOTALL)


class Installed(NamedTuple):
    """A call that installs packages when it is reached: their names, None where they are not all known."""

    names: tuple[str, ...] | None
    place: str
    reason: str


class RFacts(NamedTuple):
    """`programs` that the sources start; `packages` that they ask for and `stops`, each with its place."""

    programs: tuple[Called, ...] = ()
    known: tuple[Called, ...] = ()
    """Programs that functions start of themselves, with all that these start."""
    packages: tuple[tuple[str, str], ...] = ()
    stops: tuple[tuple[str, str], ...] = ()
    installs: tuple[Installed, ...] = ()
    functions: frozenset[str] = frozenset()
    """The names of all functions that are called, without their packages."""
    texts: frozenset[str] = frozenset()
    """The texts that are given to `system.file`."""
    accounts: bool = False

    def under(self, *others: RFacts) -> RFacts:
        """These and others as one."""
        every = (self, *others)
        return RFacts(
            tuple(one for facts in every for one in facts.programs),
            tuple(one for facts in every for one in facts.known),
            tuple(dict.fromkeys(one for facts in every for one in facts.packages)),
            tuple(one for facts in every for one in facts.stops),
            tuple(one for facts in every for one in facts.installs),
            frozenset().union(*(facts.functions for facts in every)),
            frozenset().union(*(facts.texts for facts in every)),
            any(facts.accounts for facts in every),
        )


class _Attached(NamedTuple):
    """What a name without a package may be: a function of these packages, or one that the sources define."""

    packages: frozenset[str]
    own: frozenset[str]


def r_facts(
    context: Context, files: Sequence[str], code: Sequence[tuple[str, str]] = (), started: Sequence[str] = ()
) -> RFacts:
    """Read the R files and documents among some files of the context, `started` ones whatever their names are, and code of the command.

    `system("ls -l")` starts ls by a shell; `process$new("ls")` starts it where some file attaches processx.
    """
    unused = tests(context, files, started)
    read: list[tuple[str, str, Code, bool]] = []
    stops: list[tuple[str, str]] = []
    packages: list[tuple[str, str]] = []
    for path in files:
        by_name = path in started or path.endswith(ENDINGS)
        if path.endswith("renv.lock"):
            packages += [(name, path) for name in _locked(context.read_text(path) or "")]
        text = (
            context.read_text(path)
            if by_name or path.endswith(DOCUMENTS) or "." not in path.rpartition("/")[2]
            else None
        )
        if text is None or path.endswith(_words("own")):
            continue
        if path.endswith(DOCUMENTS):
            text, foreign = _of_document(text)
            stops += [(f"has a chunk of {engine}, which knitr starts", f"{path}:{line}") for engine, line in foreign]
            if path not in unused:
                packages.append(("knitr", path))
        elif not by_name and not (text.startswith("#!") and "Rscript" in text.partition("\n")[0]):
            continue
        read.append((path, text, r_code(text), path in unused))
    read += [(place, text, r_code(text), False) for place, text in code]
    for path, text, one, unread in read:
        if not unread:
            packages += [(name, f"{path}:{line_of(text, offset)}") for name, offset in _asked(one)]
    attached = _Attached(
        frozenset((*_ATTACHED, *(name for name, _ in packages))),
        frozenset().union(*(one.own for _, _, one, unread in read if not unread)),
    )
    found = RFacts(packages=tuple(packages), stops=tuple(stops))
    return found.under(*(_of_code(path, text, one, unread, attached) for path, text, one, unread in read))


def _of_code(path: str, text: str, code: Code, in_tests: bool, attached: _Attached) -> RFacts:
    programs: list[Called] = []
    by_itself: list[Called] = []
    stops: list[tuple[str, str]] = []
    installs: list[Installed] = []
    inner: list[RFacts] = []
    named: set[str] = set()

    def start(program: str | None, offset: int, argv: tuple[str | None, ...] = ()) -> None:
        programs.append(Called(program, False, path, line_of(text, offset), argv, in_tests))

    for call in code.calls:
        place = f"{path}:{line_of(text, call.offset)}"
        known = _known(call.name, attached)
        if known in _table("calls"):
            how, name, number = _table("calls")[known].split()
            argument = call.argument(name, 99 if number == "-" else int(number))
            if argument is not None or number != "-":
                for program in _started(how, argument):
                    start(program, call.offset, _words_of(program, call))
        by_itself += [
            Called(program, False, path, line_of(text, call.offset), (program,), in_tests)
            for program in _table("starts").get(known, "").split()
        ]
        if (reason := _table("stops").get(known)) is not None and not in_tests:
            if reason.startswith("installs"):
                installs.append(Installed(_installed(call), place, reason))
            else:
                stops.append((reason, place))
        if call.function in _BY_NAME:
            for argument in call.arguments[:3]:
                if argument.text is not None and _known(argument.text, attached) in _table("calls"):
                    start(None, call.offset)
        if call.function in _PARSES:
            inner += [
                _of_code(path, text, r_code(one.text), in_tests, attached)
                for one in call.arguments
                if one.name in (None, "text") and one.text and "(" in one.text
            ]
        if call.function == "system.file":
            named.update(word for one in call.arguments if one.text for word in one.text.split("/"))
    for name, offset in code.given:
        if _known(name, attached) in _table("calls"):
            start(None, offset)
    functions = frozenset(call.function for call in code.calls)
    accounts = any(_known(call.name, attached) in _words("accounts") for call in code.calls)
    return RFacts(
        (*programs,), (*by_itself,), (), (*stops,), (*installs,), functions, frozenset(named), accounts
    ).under(*inner)


def _known(name: str, attached: _Attached) -> str:
    """The row of a function: by its package, or by the one that has it among those that are attached."""
    if "::" in name or name in attached.own:
        return name
    return next((row for row in _rows().get(name, ()) if row.partition("::")[0] in attached.packages), name)


def _started(how: str, argument: Argument | None) -> Iterator[str | None]:
    text = _text(argument) if argument is not None else Text("", False)
    if how == "program":
        yield text.start if text.whole and text.start else None
        return
    found = shell_programs(text)
    yield from (name for name in found if name not in PLAIN)
    if not found:
        yield None


def _text(argument: Argument) -> Text:
    """What is known of a value: a text, or what paste, sprintf or glue make, with a variable for what is not known."""
    if argument.text is not None:
        return Text(argument.text, True)
    makers = _maker(argument)
    if makers is None:
        return Text("", False)
    parts = [one.text for one in makers.arguments if one.name not in ("sep", "collapse")]
    if makers.function in ("paste", "paste0"):
        between = " " if makers.function == "paste" else ""
        return Text(between.join("$x" if part is None else part for part in parts), True)
    return Text(re.sub(r"%[-\d.]*[a-zA-Z]|\{[^}]*\}", "$x", parts[0]), True) if parts and parts[0] else Text("", False)


def _maker(argument: Argument) -> Call | None:
    """The call of paste, sprintf or glue that an argument is."""
    tokens = argument.tokens
    if not tokens or tokens[0].kind != "name" or tokens[-1].value != ")":
        return None
    call = next(calls_of(tokens), None)
    return call if call is not None and call.function in ("paste", "paste0", "sprintf", "glue") else None


def _words_of(program: str | None, call: Call) -> tuple[str | None, ...]:
    """The words of `system2("git", c("log", "-1"))`, as far as they are known."""
    arguments = call.argument("args", 1)
    return (program, *((arguments.texts or (None,)) if arguments is not None else ()))


def _asked(code: Code) -> Iterator[tuple[str, int]]:
    """Packages by `library(shiny)`, `require("shiny")`, `shiny::runApp`."""
    for call in code.calls:
        package, _, _ = call.name.rpartition("::")
        if package and package[0] != "$":
            yield package.strip(":"), call.offset
        if call.function in _ASKS:
            for argument in call.arguments if call.function == "p_load" else call.arguments[:1]:
                token = argument.tokens[0] if len(argument.tokens) == 1 else None
                if token is not None and token.kind in ("name", "text"):
                    yield token.value, call.offset
    for token, after in zip(code.tokens, code.tokens[1:], strict=False):
        if after.kind == "sign" and after.value in ("::", ":::") and token.kind == "name":
            yield token.value, token.offset


def _installed(call: Call) -> tuple[str, ...] | None:
    """The packages of `install.packages(c("a", "b"))`, `install_github("x/b@main")`."""
    if not call.arguments:
        return None
    texts = call.arguments[0].texts
    return None if texts is None else tuple(re.split(r"[@#]", text.rpartition("/")[2])[0] for text in texts)


def _locked(text: str) -> tuple[str, ...]:
    """The packages of renv.lock."""
    try:
        listed = json.loads(text)
    except ValueError:
        return ()
    packages = listed.get("Packages") if isinstance(listed, dict) else None
    return tuple(packages) if isinstance(packages, dict) else ()


def _of_document(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The R of a document with everything else blanked, and the chunks of other languages that knitr starts."""
    kept: list[tuple[int, int]] = []
    foreign: list[tuple[str, int]] = []
    for found in _CHUNK.finditer(text):
        engine = found["engine"].lower()
        if engine in ("r", "rscript"):
            kept.append(found.span("code"))
        elif engine not in _words("engines"):
            foreign.append((engine, line_of(text, found.start())))
    kept += [found.span("code") for pattern in (_INLINE, _WEAVED) for found in pattern.finditer(text)]
    blank = re.sub(r"[^\n]", " ", text)
    for start, end in sorted(kept):
        blank = blank[:start] + text[start:end] + blank[end:]
    return blank, foreign


def package_needs(name: str) -> str | None:
    """Why a package cannot do its work in an image of its own; None when nothing is known against it.

    >>> package_needs("rJava"), package_needs("jsonlite"), package_needs("r-cran-rjava")
    ('loads Java by name', None, 'loads Java by name')
    """
    return _by_lower("packages").get(_plain(name))


def package_programs(name: str) -> tuple[str, ...]:
    """The programs that a package starts, which may come along."""
    return tuple(_by_lower("programs").get(_plain(name), "").split())


def package_files(names: Collection[str]) -> tuple[str, ...]:
    """Files of the system that packages look up by name."""
    table = _by_lower("files")
    return tuple(dict.fromkeys(path for name in names for path in table.get(_plain(name), "").split()))


def unread(facts: RFacts) -> tuple[str, ...]:
    """Directories of packages that no function of the sources reads."""
    return tuple(
        name
        for name, readers in _table("unread").items()
        if name not in facts.texts and facts.functions.isdisjoint(readers.split())
    )


def _plain(name: str) -> str:
    """Debian's names are in lower case: `r-cran-rcpp`."""
    return name.removeprefix("r-cran-").removeprefix("r-bioc-").lower()


@cache
def _by_lower(key: str) -> Mapping[str, str]:
    return {name.lower(): value for name, value in _table(key).items()}


@cache
def _rows() -> Mapping[str, tuple[str, ...]]:
    """The rows of functions by the names without a package."""
    found: dict[str, tuple[str, ...]] = {}
    for row in (*_table("calls"), *_table("starts"), *_table("stops"), *_words("accounts")):
        name = row.partition("::")[2]
        found[name] = (*found.get(name, ()), row)
    return MappingProxyType(found)


def _table(key: str) -> Mapping[str, str]:
    table: dict[str, Any] = precompiled.table(_DATA)
    rows: Mapping[str, str] = table[key]
    return rows


@cache
def _words(key: str) -> tuple[str, ...]:
    table: dict[str, Any] = precompiled.table(_DATA)
    return tuple(str(table[key]).split())
