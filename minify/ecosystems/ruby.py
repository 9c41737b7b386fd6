"""Ruby: the interpreter of its official images with its standard library, the gems, and the application."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.ecosystems.gate import starts
from minify.ecosystems.interpreted import Brought, application_files, closed
from minify.ecosystems.programs import by_name
from minify.ecosystems.servers import Parts, taken
from minify.ecosystems.sources import holds, unseen
from minify.ecosystems.started import Started, started
from minify.image.layouts import Layout, layout_of_image
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.context.ruby import RubyFacts

TEMPLATE = "ruby.Dockerfile.j2"

_OWN = ("rake", "irb", "erb", "racc", "rdoc", "ri")
"""Programs that come with Ruby itself, beside it."""
_MANAGERS = ("gem", "bundler")
# Commands of rails and rake that start other programs
_SPAWNING = (
    "console",
    "c",
    "dbconsole",
    "db",
    "runner:shell",
    "new",
    "assets:precompile",
    "test",
    "db:structure:dump",
    "db:schema:dump",
)


class Command(NamedTuple):
    """ENTRYPOINT and CMD, and the programs beside the interpreter that they need."""

    parts: Parts
    programs: tuple[str, ...]


def detect(facts: Facts) -> Detection | None:
    """Ruby, when an official image of it starts ruby, bundle, a script for ruby, or a program of a gem."""
    argv = facts.launch.argv
    base = facts.base
    if not argv or base is None or layout_of_image("ruby", base.family) is None:
        return None
    name = argv[0].rpartition("/")[2]
    script = _script(facts)
    known = name in ("ruby", "bundle", *_OWN) or name.endswith(".rb") or (script is not None and _for_ruby(script))
    installs = any(i.tool in ("bundle", "gem") for i in facts.footprint.libraries)
    if not known and (script is not None or "/" in argv[0] or not installs):
        return None
    return Detection(
        ecosystem="ruby",
        version=base.version,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{facts.base_written} brings Ruby", line=facts.lineage[0].stage.from_.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter with its library, the gems and the application, onto a base without shared libraries."""
    from minify.context.ruby import ruby_facts

    assert facts.base is not None
    row = layout_of_image("ruby", facts.base.family)
    assert row is not None
    script = _script(facts)
    if not holds(facts, (".rb", ".ru", "Gemfile", facts.launch.argv[0])):
        return (unseen("the application's Ruby files", facts.launch.line),)
    command = _command(facts, row, script)
    if isinstance(command, Refusal):
        return (command,)
    source = ruby_facts(facts.context, application_files(facts), script.source if script else None)
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=row.program, reason="the interpreter"),
            *(Tree(path=path, reason="what starts", scanned=False) for path in command.programs),
            Tree(path=row.modules, reason="its standard library"),
            *(Tree(path=path, reason="the gems") for path in row.reads),
        ),
        command=command.parts,
        taken=(*taken(row), row.program, row.modules),
        left=row.spare,
        stops=tuple(_stops(facts, source)),
        accounts=source.users,
        values={"gems": row.reads[0], "library": row.modules},
        decisions=tuple(_decisions(command)),
    )
    return closed(facts, to, brought)


def _command(facts: Facts, row: Layout, script: Started | None) -> Command | Refusal:
    """What starts, without `bundle` and without `env` where the first line of a script would ask for it."""
    parts: list[tuple[str, ...] | None] = [
        spoken.argv if spoken.rewritten or (spoken.argv and spoken.placed is None) else None
        for spoken in (facts.launch.entrypoint, facts.launch.cmd)
    ]
    number, spoken = next((i, s) for i, s in enumerate((facts.launch.entrypoint, facts.launch.cmd)) if s.argv)
    argv = spoken.argv
    if number == 0 and argv[0].rpartition("/")[2] == "bundle" and facts.launch.cmd.argv:
        # What `docker run` is given goes on replacing CMD
        if argv[1:] != ("exec",):
            return refuse(f"{' '.join(argv)} is more than bundle exec", facts.launch.line)
        whole = _direct(facts, row, script, (*argv, *facts.launch.cmd.argv))
        if isinstance(whole, Refusal):
            return whole
        return Command(((row.program, "-rbundler/setup"), whole[0][2:]), whole[1])
    direct = _direct(facts, row, script, argv)
    if isinstance(direct, Refusal):
        return direct
    if direct[0] != argv:
        parts[number] = direct[0]
    return Command((parts[0], parts[1]), direct[1])


def _direct(
    facts: Facts, row: Layout, script: Started | None, argv: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]] | Refusal:
    """The words that start the same with the interpreter in front, and the programs that they name."""
    name = argv[0].rpartition("/")[2]
    line = facts.launch.line
    if name in _MANAGERS or (name == "bundle" and argv[1:2] != ("exec",)):
        return refuse(f"{' '.join(argv[:2])} is a package manager's command", line)
    if name == "bundle":
        if len(argv) < 3:
            return refuse("bundle exec starts nothing", line)
        rest = argv[2:]
        if rest[0].startswith("-"):
            return refuse(f"bundle exec {rest[0]} is not known", line)
        if rest[0] == "ruby":
            return (row.program, "-rbundler/setup", *rest[1:]), ()
        if "/" in rest[0]:
            return (row.program, "-rbundler/setup", *rest), ()
        found = _of_gem(facts, row, rest[0])
        if isinstance(found, Refusal):
            return found
        return (row.program, "-rbundler/setup", found[0], *rest[1:]), found[1]
    if name == "ruby":
        return argv, ()
    if script is not None:
        if not _for_ruby(script):
            return refuse(f"{script.source} is no script for ruby", line)
        return (row.program, script.target, *argv[1:]), ()
    if "/" in argv[0]:
        return refuse(f"which file {argv[0]} is is not known", line)
    found = _of_gem(facts, row, argv[0])
    return found if isinstance(found, Refusal) else ((row.program, found[0], *argv[1:]), found[1])


def _of_gem(facts: Facts, row: Layout, name: str) -> tuple[str, tuple[str, ...]] | Refusal:
    """The path of a gem's program, and the programs that have to be taken by themselves."""
    if name in _OWN:
        path = f"{row.program.rpartition('/')[0]}/{name}"
        return path, (path,)
    home = row.reads[0]
    for install in facts.footprint.libraries:
        if install.tool in ("bundle", "gem") and install.prefix not in (None, home):
            line = facts.dockerfile.source.line(install.command.span.start)
            return refuse(f"where {install.tool} puts {name} below {install.prefix} hangs on Ruby's version", line)
    environment = dict(facts.contract.env)
    if environment.get("BUNDLE_PATH") or environment.get("BUNDLE_DEPLOYMENT") or environment.get("GEM_HOME") != home:
        return refuse(f"where bundle puts {name} hangs on Ruby's version", facts.launch.line)
    for _, effect in facts.footprint.effects():
        if getattr(effect, "tool", "") == "bundle" and getattr(effect, "name", "") in ("path", "deployment"):
            return refuse(f"where bundle puts {name} hangs on Ruby's version", facts.launch.line)
    return f"{home}/bin/{name}", ()


def _script(facts: Facts) -> Started | None:
    return (
        started(facts)
        if facts.context.known and facts.launch.argv[0].rpartition("/")[2] not in ("ruby", "bundle")
        else None
    )


def _for_ruby(script: Started) -> bool:
    return any(word.rpartition("/")[2] == "ruby" for word in script.interpreter[:2])


def _stops(facts: Facts, source: RubyFacts) -> Iterator[Refusal]:
    from minify.context.ruby import gem_needs

    argv = [word.rpartition("/")[2] for word in facts.launch.argv]
    for word, after in pairwise(argv):
        if word in ("rails", "rake") and after in _SPAWNING:
            yield refuse(f"{word} {after} starts other programs", facts.launch.line)
    for called in source.programs:
        if not called.in_tests:
            yield starts(called, "starts a program")
            break
    for name, path in source.gems:
        if (needs := gem_needs(name)) is not None:
            yield refuse(f"{path}: {name} {needs}")
    for written, line in by_name(facts, "gem"):
        if (needs := gem_needs(name := written.partition(":")[0])) is not None:
            yield refuse(f"{name} {needs}", line)


def _decisions(command: Command) -> Iterator[Decision]:
    yield Decision(
        subject="gem, bundle and their downloads, headers, what is left of compiling gems",
        outcome=Outcome.DROPPED,
        reason="install packages, or nothing reads them; the library bundler stays for bundler/setup",
    )
    words = (*(command.parts[0] or ()), *(command.parts[1] or ()))
    if "-rbundler/setup" in words:
        yield Decision(
            subject="bundle exec",
            outcome=Outcome.REPLACED,
            reason="-rbundler/setup makes the same gems known, to what is started in turn too",
        )
