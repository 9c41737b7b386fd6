"""Perl: the interpreter of its official images, or of a Debian system, with its library, the modules, and the application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.context.perl import brings, looks_up_users, module_files, module_needs, perl_facts, programs_of
from minify.ecosystems.interpreted import Brought, application_files, closed, in_front, named_directly, script_for
from minify.ecosystems.programs import by_name, installed_programs, lacking
from minify.ecosystems.servers import ACCOUNTS, Parts, command
from minify.ecosystems.sources import holds, unseen
from minify.ecosystems.started import Started
from minify.ecosystems.trees import application_trees
from minify.image.layouts import Layout, layout_of_image, layout_of_packages
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.context.perl import PerlFacts

TEMPLATE = "perl.Dockerfile.j2"

_MANAGERS = ("cpan", "cpanm", "cpm", "carton")
_OF_SYSTEM = ("perl", "perl-base", "perl-modules")
_SETUP = ("exec",)
# Of Starman, and of other servers that are made of Net::Server
_ACCOUNT_OPTIONS = ("--user", "--group")


class Start(NamedTuple):
    """What starts: the interpreter's row, the words with what they need of `carton exec`, and programs beside the interpreter."""

    row: Layout
    command: Parts
    programs: tuple[str, ...] = ()
    certain: bool = True
    """Whether the programs are there for sure."""
    env: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()


def detect(facts: Facts) -> Detection | None:
    """Perl, when an image or system that has it starts perl, a script for it, or a program of one of its servers."""
    argv = facts.launch.argv
    if not argv or _rows(facts) is None:
        return None
    if not (_is_perl(argv[0]) or _under_carton(argv) or brings(_name(argv[0])) or script_for(facts, ("perl",))):
        return None
    assert facts.base is not None
    return Detection(
        ecosystem="perl",
        version=facts.base.version if facts.base.language == "perl" else None,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{facts.base_written} brings Perl", line=facts.lineage[0].stage.from_.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter with its library, the modules and the application, onto a base without shared libraries."""
    script = script_for(facts, ("perl",))
    if not holds(facts, (".pl", ".pm", ".psgi", ".cgi", "cpanfile")) and script is None:
        return (unseen("the application's Perl files", facts.launch.line),)
    start = _start(facts, script)
    if isinstance(start, Refusal):
        return (start,)
    source = perl_facts(facts.context, application_files(facts), script.source if script else None)
    row = start.row
    own = not row.package
    # A driver of DBI is named in a text, perhaps in no source
    names = [*(name for name, _ in source.modules), *_installed(facts)]
    trees = (
        Tree(path=row.program, reason="the interpreter"),
        *(Tree(path=path, reason="what starts", certain=start.certain, scanned=False) for path in start.programs),
        Tree(path=row.modules, reason="its library, with the modules that cpan installs", certain=own),
        *(
            Tree(path=path, reason="its library and modules", certain=False, scanned=not under(path, "/usr/share"))
            for path in row.also
        ),
    )
    brought = Brought(
        template=TEMPLATE,
        trees=trees,
        command=start.command,
        taken=(*row.also, *ACCOUNTS, row.program, row.modules, *start.programs),
        left=row.spare,
        stops=tuple(_stops(facts, row, source)),
        calls=source.programs,
        own=("perl",),
        ignore=() if own else _system_perl(facts),
        env=start.env,
        files=module_files(names),
        accounts=source.named is not None
        or looks_up_users(names)
        or any(w.partition("=")[0] in _ACCOUNT_OPTIONS for w in facts.launch.argv),
        values={"library": row.modules if own else "/usr/lib/*/perl", "spare": () if own else row.spare},
        decisions=(*_decisions(), *start.decisions),
    )
    return closed(facts, to, brought)


def _rows(facts: Facts) -> tuple[Layout | None, Layout | None] | None:
    """The interpreter that the image is made for, and that of the system: perl-base is essential to Debian."""
    if facts.base is None or facts.base.shell in (None, "none"):
        return None
    image = layout_of_image("perl", facts.base.family)
    system = layout_of_packages("perl", "apt", ["perl-base"]) if facts.base.package_manager == "apt" else None
    return (image, system) if image or system else None


def _start(facts: Facts, script: Started | None) -> Start | Refusal:
    rows = _rows(facts)
    assert rows is not None
    image, system = rows
    first = image or system
    assert first is not None
    argv, line = facts.launch.argv, facts.launch.line
    if script is not None:
        return _of_script(facts, script, rows)
    name = _name(argv[0])
    if _is_perl(argv[0]):
        row = next((r for r in rows if r is not None and argv[0] == r.program), None) or first
        if "/" in argv[0] and argv[0].rpartition("/")[0] != row.program.rpartition("/")[0]:
            return refuse(f"where {argv[0]} comes from is not known", line)
        beside = () if name == "perl" else (f"{row.program.rpartition('/')[0]}/{name}",)
        return Start(row, command(facts), beside)
    if _under_carton(argv):
        return _of_carton(facts, first)
    if "/" in argv[0]:
        return _by_path(facts, rows)
    packaged = first is system and _packaged(facts, brings(name) or "", name)
    if _beside(facts):
        # An installer leaves alone what a package has brought, unless that is too old
        return Start(first, command(facts), (f"/usr/local/bin/{name}",), certain=not packaged)
    if first is system and (module := brings(name)) and _packaged(facts, module, name):
        return Start(first, command(facts))
    search = dict(facts.contract.env).get("PATH", "").split(":")
    if any(i.tool == "cpan" and i.prefix and f"{i.prefix}/bin" in search for i in facts.footprint.libraries):
        return Start(first, command(facts))
    return refuse(f"where {name} comes from is not known: no command of the file installs {brings(name)}", line)


def _by_path(facts: Facts, rows: tuple[Layout | None, Layout | None]) -> Start | Refusal:
    """A program by its path: one that an installer puts beside an interpreter, or one of the application's own trees."""
    image, system = rows
    first = image or system
    assert first is not None
    path, line = join(facts.contract.workdir, facts.launch.argv[0]), facts.launch.line
    folder, _, name = path.rpartition("/")
    if folder == "/usr/local/bin" and _beside(facts):
        return Start(first, command(facts), (path,))
    if (
        system is not None
        and folder == system.program.rpartition("/")[0]
        and _packaged(facts, brings(name) or "", name)
    ):
        return Start(system, command(facts))
    if _carried(facts, path, first):
        return Start(first, command(facts))
    return refuse(f"where {facts.launch.argv[0]} comes from is not known", line)


def _beside(facts: Facts, *but: str) -> bool:
    """Whether an installer of modules, and of more than some, puts their programs where it does without a prefix: into /usr/local/bin."""
    return any(
        install.tool == "cpan" and install.prefix is None and (install.files or not set(install.packages) <= set(but))
        for install in facts.footprint.libraries
    )


def _carried(facts: Facts, path: str, row: Layout) -> bool:
    """Whether a path lies below what the file's own instructions write, and comes along with that."""
    trees = application_trees(facts, (*row.also, *ACCOUNTS, row.program, row.modules), left=row.spare).trees
    return any(under(path, tree.path) for tree in trees)


def _of_script(facts: Facts, script: Started, rows: tuple[Layout | None, Layout | None]) -> Start | Refusal:
    """A script starts as it is where its first line names the interpreter by its path; `env` does not come along."""
    direct = script.interpreter[0]
    if _name(direct) == "perl":
        row = next((r for r in rows if r is not None and r.program == direct), None)
        if row is None:
            return refuse(f"{script.source} asks for {direct}: where that comes from is not known", facts.launch.line)
        return Start(row, command(facts))
    row = rows[0] or rows[1]
    assert row is not None
    parts = in_front(facts, script, (row.program, *script.interpreter[2:]))
    return Start(row, parts, decisions=(named_directly(script),))


def _of_carton(facts: Facts, row: Layout) -> Start | Refusal:
    """`carton exec plackup app.psgi`: the same with the variables that it would set.

    https://metacpan.org/dist/Carton/source/lib/Carton/CLI.pm
    """
    line = facts.launch.line
    parts: list[tuple[str, ...] | None] = []
    for spoken in (facts.launch.entrypoint, facts.launch.cmd):
        words = spoken.argv
        if _name(words[0] if words else "") == "carton":
            words = words[2:]
            words = words[1:] if words[:1] == ("--",) else words
            parts.append(words)
        else:
            parts.append(words or None)
    first = next((words for words in parts if words), None)
    if first is None or first[0].startswith("-"):
        return refuse("what carton exec starts is not known", line)
    if not _is_perl(first[0]) and not brings(_name(first[0])):
        return refuse(f"what {first[0]} is is not known", line)
    pairs = [pair.name for p in facts.contract.instructions for pair in getattr(p.instruction, "pairs", ())]
    for name in ("PATH", "PERL5LIB"):
        if name in pairs:
            return refuse(f"carton exec puts a directory in front of a {name} that the file sets", line)
    local = _local(facts)
    if local is None or not _carried(facts, local, row):
        return refuse("where carton exec looks for modules is not known", line)
    if "/" in first[0] and not _is_perl(first[0]) and not _carried(facts, join(facts.contract.workdir, first[0]), row):
        return refuse(f"where {first[0]} comes from is not known", line)
    # What cpanm installs for everybody is found where the project has none of that name
    found = "/" not in first[0] and not _is_perl(first[0]) and _beside(facts, "Carton")
    beside = (f"/usr/local/bin/{first[0]}",) if found else ()
    path = facts.contract.path
    env = (("PERL5LIB", f"{local}/lib/perl5"), ("PATH", f"{local}/bin:{path}"))
    reason = "PERL5LIB and PATH say what it would set"
    said = Decision(subject="carton exec", outcome=Outcome.REPLACED, reason=reason)
    return Start(row, (parts[0], parts[1]), beside, certain=False, env=env, decisions=(said,))


def _local(facts: Facts) -> str | None:
    """Where `carton exec` looks: beside the cpanfile that is nearest above, or where PERL_CARTON_PATH says; None when that is not where modules are installed."""
    workdir = facts.contract.workdir
    said = dict(facts.contract.env).get("PERL_CARTON_PATH")
    if said:
        return join(workdir, said)
    installed = [i.prefix for i in facts.footprint.libraries if i.tool == "cpan" and i.prefix]
    above = [
        prefix
        for prefix in installed
        if prefix.endswith("/local") and under(workdir, prefix.removesuffix("/local") or "/")
    ]
    if above:
        return above[-1]
    return None if installed else join(workdir, "local")


def _stops(facts: Facts, row: Layout, source: PerlFacts) -> Iterator[Refusal]:
    argv, line = facts.launch.argv, facts.launch.line
    if _name(argv[0]) in _MANAGERS and not _under_carton(argv):
        yield refuse(f"{argv[0]} is a package manager's command", line)
    for before, word in pairwise(argv):
        inline = (
            (_is_perl(argv[0]) or _name(argv[0]) == "plackup")
            and before.startswith("-")
            and before.rstrip("0123456789")[-1:] in ("e", "E")
        )
        if inline and next(programs_of(word), None) is not None:
            yield refuse(f"{word} starts a program", line)
        if word.startswith(("-M", "-m")) and (needs := module_needs(word[2:].partition("=")[0])):
            yield refuse(f"{word[2:]} {needs}", line)
    yield from lacking(facts, source.programs, (), ("perl", *installed_programs(facts)), (row.program,))
    for name, path in source.modules:
        needs = module_needs(name)
        if needs is not None:
            yield refuse(f"{path}: {name} {needs}")
    for name in _installed(facts):
        if name.startswith("DBD::") and (needs := module_needs(name)):
            yield refuse(f"{name} {needs}")


def _installed(facts: Facts) -> tuple[str, ...]:
    """The modules that commands of the file install by name: `cpanm DBD::mysql@4.050`."""
    return tuple(re.split(r"[@~]", word, maxsplit=1)[0] for word, _ in by_name(facts, "cpan"))


def _decisions() -> Iterator[Decision]:
    reason = "nothing reads it when a program runs; what explains diagnostics stays"
    yield Decision(subject="headers and manuals of Perl", outcome=Outcome.DROPPED, reason=reason)
    yield Decision(subject="cpan, cpanm and their like", outcome=Outcome.DROPPED, reason="install modules")


def _system_perl(facts: Facts) -> tuple[str, ...]:
    """The packages of Perl itself among those that are installed: the trees hold their files."""
    return tuple(
        package.name
        for install in facts.footprint.installs
        for package in install.packages
        if package.name in _OF_SYSTEM or package.name.startswith(("perl-modules-", "libperl5."))
    )


def _packaged(facts: Facts, module: str, program: str) -> bool:
    """Whether a Debian package of a module is installed: libplack-perl, starman."""
    names = (f"lib{module.lower()}-perl", program)
    return any(package.name in names for install in facts.footprint.installs for package in install.packages)


def _under_carton(argv: tuple[str, ...]) -> bool:
    return _name(argv[0]) == "carton" and argv[1:2] == _SETUP


def _is_perl(word: str) -> bool:
    return _name(word) == "perl" or (_name(word).startswith("perl5.") and _name(word)[6:7].isdigit())


def _name(word: str) -> str:
    return word.rpartition("/")[2]
