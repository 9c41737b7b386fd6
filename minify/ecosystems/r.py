"""R: the interpreter of its images, or of a Debian system, with its library, the packages, and the shell that its start script is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.context.places import Called
from minify.context.r import DOCUMENTS, ENDINGS, package_files, package_needs, package_programs, r_facts, unread
from minify.ecosystems.interpreted import (
    Brought,
    application_files,
    closed,
    in_front,
    named_directly,
    only_built,
    script_for,
)
from minify.ecosystems.javascript import home_of
from minify.ecosystems.programs import installed_programs, lacking
from minify.ecosystems.servers import ACCOUNTS, Parts, command
from minify.ecosystems.sources import holds, unseen
from minify.ecosystems.start_scripts import with_shell
from minify.image.layouts import Layout, layout_of_image, layout_of_packages
from minify.image.programs import programs, script
from minify.image.pruning import words
from minify.image.start_scripts import StartScript, start_script
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.context.r import RFacts

TEMPLATE = "r.Dockerfile.j2"

_NAMES = ("Rscript", "R")
_PACKAGES = ("r-base", "r-recommended", "littler")
# Fonts, locales and the time zone are looked up by name: https://stat.ethz.ch/R-manual/R-devel/library/grDevices/html/cairo.html
_FILES = (
    *("/etc/fonts", "/usr/share/fontconfig", "/usr/share/fonts", "/usr/local/share/fonts", "/var/cache/fontconfig"),
    *("/usr/lib/locale", "/etc/localtime", "/etc/timezone"),
)


class Said(NamedTuple):
    """The words behind R or Rscript: code, the file that is run, and the words that make it another program."""

    code: tuple[str, ...] = ()
    file: str | None = None
    other: str = ""


def detect(facts: Facts) -> Detection | None:
    """R, when an image or a package brings it, and R, Rscript or a script for it is what starts."""
    argv = facts.launch.argv
    found = _row(facts) if argv else None
    if found is None or not (_name(argv[0]) in _NAMES or script_for(facts, _NAMES)):
        return None
    row, line = found
    assert facts.base is not None
    what = f"the package {row.package[1]} brings R" if row.package else f"{facts.base_written} brings R"
    return Detection(
        ecosystem="r",
        version=None if row.package else facts.base.version,
        evidence=(Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line), Evidence(what=what, line=line)),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter with its library, the packages, the application, and the shell that the start script needs."""
    found = _row(facts)
    start = start_script("R")
    assert found is not None
    assert start is not None
    row = found[0]
    started = script_for(facts, _NAMES)
    said = _said(facts)
    if not holds(facts, (*ENDINGS, *DOCUMENTS)) and started is None and not said.code:
        return (unseen("the application's R files", facts.launch.line),)
    of_build = only_built(facts, "R", (*ENDINGS, *DOCUMENTS), started)
    files = [path for path in application_files(facts) if path not in of_build]
    code = [("the command", text) for text in said.code]
    source = r_facts(facts.context, files, code, (started.source,) if started else ())
    names = tuple(dict.fromkeys((*(name for name, _ in source.packages), *_installed(facts))))
    called = (*source.programs, *source.known, *_by_packages(facts, source))
    of_base = [one for one in called if _of_base(facts, one, start)]
    shell = with_shell(start, also=[(_name(c.program or ""), f"{c.path}:{c.line} starts it") for c in of_base])
    parts: Parts = command(facts)
    decisions = list(shell.decisions)
    if started is not None and _name(started.interpreter[0]) == "env":
        parts = in_front(facts, started, (f"{row.program.rpartition('/')[0]}/{started.interpreter[1]}",))
        decisions.append(named_directly(started))
    own = (*_NAMES, *shell.programs)
    cache = [effect.leaves for effect in facts.footprint.libraries if effect.tool == "renv" and effect.leaves]
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=row.program, reason="R's start script"),
            *(
                Tree(path=path, reason="comes with it", scanned=not path.startswith(("/etc/", "/usr/share/")))
                for path in row.also
            ),
            Tree(path=row.prefix, reason="the interpreter with its library and the packages"),
            *(
                Tree(path=path, reason="the packages", certain=False)
                for path in row.reads
                if not under(path, row.prefix)
            ),
            *(Tree(path=path, reason="renv's library is links into it", certain=False) for path in cache),
            *home_of(facts, (facts.contract.workdir,)),
        ),
        command=parts,
        taken=(*row.also, *row.reads, *ACCOUNTS, row.program, row.prefix, *cache),
        left=row.spare,
        stops=tuple(_stops(facts, row, source, said, own)),
        calls=called,
        own=own,
        ignore=_of_r(facts),
        programs=shell.programs,
        env_kept=("R_HOME", "TZ"),
        files=(*_FILES, *package_files(names)),
        accounts=source.accounts,
        values={"spare": row.spare, "libraries": row.reads, "unread": unread(source), "prefix": row.prefix},
        decisions=(
            *decisions,
            Decision(
                subject="manuals, demonstrations and headers of R and its packages",
                outcome=Outcome.DROPPED,
                reason="nothing that runs reads them",
            ),
        ),
    )
    return closed(facts, to, brought)


def _row(facts: Facts) -> tuple[Layout, int] | None:
    """Where R is, and the line that brings it."""
    if facts.base is None:
        return None
    of_image = layout_of_image("r", facts.base.family)
    if of_image is not None:
        return of_image, facts.lineage[0].stage.from_.line
    for install in facts.footprint.installs:
        for package in install.packages:
            name = "r-base-core" if package.name.startswith(("r-cran-", "r-bioc-")) else package.name
            row = layout_of_packages("r", install.manager, (name,))
            if row is not None:
                return row, facts.dockerfile.source.line(package.span.start)
    return None


def _said(facts: Facts) -> Said:
    argv = facts.launch.argv
    if not argv or _name(argv[0]) not in _NAMES:
        return Said()
    code: list[str] = []
    file: str | None = None
    words = list(argv[1:])
    start = start_script(_name(argv[0]))
    while words:
        word = words.pop(0)
        if word == "--args":
            break
        if start is not None and word in start.only:
            return Said(tuple(code), file, word)
        if word in ("-d", "-g", "--debugger", "--gui") or word.startswith(("--debugger=", "--gui=")):
            return Said(tuple(code), file, word)
        if word == "-e" and words:
            code.append(words.pop(0))
        elif word in ("-f", "--encoding", "--arch") and words:
            value = words.pop(0)
            file = value if word == "-f" else file
        elif word.startswith("--file="):
            file = word.removeprefix("--file=")
        elif not word.startswith("-") and _name(argv[0]) == "Rscript":
            file = file or word
            break
    return Said(tuple(code), file)


def _installed(facts: Facts) -> Iterator[str]:
    """The packages that commands of the file install by name, from CRAN or from the distribution."""
    for library in facts.footprint.libraries:
        if library.tool == "R":
            yield from library.packages
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name.startswith(("r-cran-", "r-bioc-")):
                yield package.name


def _of_r(facts: Facts) -> tuple[str, ...]:
    """System packages whose files the trees hold."""
    return tuple(
        package.name
        for install in facts.footprint.installs
        for package in install.packages
        if package.name.startswith(("r-cran-", "r-bioc-", "r-base")) or package.name in _PACKAGES
    )


def _by_packages(facts: Facts, source: RFacts) -> Iterator[Called]:
    """The programs that packages of the sources start."""
    seen: set[str] = set()
    for name, place in (*source.packages, *((name, "") for name in _installed(facts))):
        for program in package_programs(name):
            if program not in seen:
                seen.add(program)
                path, _, line = place.rpartition(":")
                yield Called(program, False, path or place or name, int(line) if path and line.isdigit() else 1)


def _of_base(facts: Facts, called: Called, start: StartScript) -> bool:
    """Whether a program of the base image comes along: it is none of an installed package, and no script."""
    name = _name(called.program or "")
    if called.in_tests or not name or name in installed_programs(facts) or name in dict(start.needs()):
        return False
    return name in programs(facts.base) and script(name) is None


def _stops(
    facts: Facts,
    row: Layout,
    source: RFacts,
    said: Said,
    own: Sequence[str],
) -> Iterator[Refusal]:
    argv, line = facts.launch.argv, facts.launch.line
    folder = row.program.rpartition("/")[0]
    if _name(argv[0]) in _NAMES and "/" in argv[0] and argv[0].rpartition("/")[0] != folder:
        yield refuse(f"where {argv[0]} comes from is not known", line)
    if said.other:
        yield refuse(f"R {said.other} starts another program", line)
    yield from lacking(facts, source.programs, (), (*own, *installed_programs(facts)), (row.program,))
    for reason, place in source.stops:
        yield refuse(f"{place} {reason}")
    have = {name.lower().removeprefix("r-cran-") for name in _installed(facts)}
    for install in source.installs:
        if install.names is None or not {name.lower() for name in install.names} <= have:
            yield refuse(f"{install.place} {install.reason}")
    for name, place in (*source.packages, *((name, "") for name in _installed(facts))):
        if (needs := package_needs(name)) is not None:
            yield refuse(f"{place + ': ' if place else ''}{name} {needs}")
    # Another package of Debian may have brought what a source asks for
    of_debian = [n for n in _installed(facts) if n.startswith("r-cran-")]
    asked = [f"r-cran-{n.lower()}" for n, _ in source.packages] if of_debian else []
    for name in dict.fromkeys((*of_debian, *asked)):
        if name in words("asks_manager"):
            yield refuse(f"{name} asks the package manager when it runs, which is left out")


def _name(word: str) -> str:
    return word.rpartition("/")[2]
