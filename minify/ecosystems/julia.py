"""Julia: its image's folder with the libraries that it opens, the depots with packages and caches, and the application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.homes import home
from minify.context.julia import ENDINGS, JuliaFacts, julia_facts, package_needs
from minify.ecosystems.gate import starts
from minify.ecosystems.interpreted import (
    Brought,
    application_files,
    closed,
    in_front,
    named_directly,
    only_built,
    script_for,
)
from minify.ecosystems.programs import by_name
from minify.ecosystems.servers import ACCOUNTS, command
from minify.ecosystems.sources import holds, unseen
from minify.image.layouts import Layout, layout_of_image
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

TEMPLATE = "julia.Dockerfile.j2"

# https://docs.julialang.org/en/v1/manual/command-line-interface/
_VALUED: Final = (
    *("-L", "--load", "-J", "--sysimage", "-H", "--home", "-C", "--cpu-target", "-p", "--procs", "-t", "--threads"),
    *("-m", "--module"),
)
_CODE: Final = ("-e", "--eval", "-E", "--print")
_STARTS_OTHERS: Final = re.compile(r"--machine-file|--project=@script|--bug-report|--lldb")
_PROMPTS: Final = ("-i", "-q", "--banner")
# What only Pkg reads of a depot, when it installs
_SPARE: Final = ("registries", "clones")


class Said(NamedTuple):
    """The words behind julia: code, and whether anything is to run at all."""

    code: tuple[str, ...] = ()
    file: str | None = None
    prompt: bool = False


def detect(facts: Facts) -> Detection | None:
    """Julia, when its image starts julia, or a script for it."""
    argv = facts.launch.argv
    base = facts.base
    if not argv or base is None or layout_of_image("julia", base.family) is None:
        return None
    if _name(argv[0]) != "julia" and script_for(facts, ("julia",)) is None:
        return None
    return Detection(
        ecosystem="julia",
        version=base.version,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{facts.base_written} brings Julia", line=facts.lineage[0].stage.from_.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """Julia's folder, its packages and the application, onto a base without shared libraries."""
    assert facts.base is not None
    row = layout_of_image("julia", facts.base.family)
    assert row is not None
    started = script_for(facts, ("julia",))
    said = _said(facts)
    if not holds(facts, ENDINGS) and started is None and not said.code:
        return (unseen("the application's Julia files", facts.launch.line),)
    of_build = only_built(facts, "julia", ENDINGS, started)
    files = [path for path in application_files(facts) if path not in of_build]
    code = [("the command", text) for text in said.code]
    source = julia_facts(facts.context, files, code, started.source if started else None)
    parts = command(facts)
    decisions: list[Decision] = []
    if started is not None and _name(started.interpreter[0]) == "env":
        parts = in_front(facts, started, (row.program,))
        decisions.append(named_directly(started))
    depots = _depots(facts)
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=row.prefix, reason="Julia with its libraries"),
            *(Tree(path=path, reason="its packages and what is compiled of them", certain=False) for path in depots),
        ),
        command=parts,
        taken=(*ACCOUNTS, row.prefix, *depots),
        left=row.spare,
        stops=tuple(_stops(facts, row, source, said)),
        own=("julia",),
        env_kept=("JULIA_PATH",),
        values={
            "spare": (*row.spare, *(f"{path}/{name}" for path in depots for name in _SPARE)),
        },
        decisions=(
            *decisions,
            Decision(
                subject="registries, headers, documentation and tests of Julia",
                outcome=Outcome.DROPPED,
                reason="only what installs packages reads them, or nothing that runs",
            ),
        ),
    )
    return closed(facts, to, brought)


def _depots(facts: Facts) -> tuple[str, ...]:
    """Where packages are: what JULIA_DEPOT_PATH names, else the folder in the user's home, and where a RUN put some."""
    env = dict(facts.contract.env)
    named = [path for path in env.get("JULIA_DEPOT_PATH", "").split(":") if path.startswith("/")]
    own = home(facts, env, facts.contract.user or "root")
    if not env.get("JULIA_DEPOT_PATH") and own is not None:
        named.append(f"{own.rstrip('/')}/.julia")
    named += [i.prefix for i in facts.footprint.libraries if i.tool == "julia" and i.prefix]
    found = tuple(dict.fromkeys(path.rstrip("/") for path in named))
    return tuple(p for p in found if not any(p != other and under(p, other) for other in found))


def _said(facts: Facts) -> Said:
    argv = facts.launch.argv
    if not argv or _name(argv[0]) != "julia":
        return Said()
    code: list[str] = []
    words = list(argv[1:])
    prompt = False
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name in _CODE:
            code.append(value if equals else words.pop(0) if words else "")
        elif word in _VALUED:
            words = words[1:]
        elif word == "--" or not word.startswith("-"):
            return Said(tuple(code), word if word != "--" else (words[0] if words else None), prompt)
        prompt = prompt or name in _PROMPTS
    return Said(tuple(code), None, prompt or not code)


def _stops(facts: Facts, row: Layout, source: JuliaFacts, said: Said) -> Iterator[Refusal]:
    argv, line = facts.launch.argv, facts.launch.line
    if _name(argv[0]) == "julia":
        if "/" in argv[0] and argv[0] != row.program:
            yield refuse(f"where {argv[0]} comes from is not known", line)
        for word in argv[1:]:
            if _STARTS_OTHERS.match(word):
                yield refuse(f"{word} makes Julia start other programs", line)
        if said.prompt and not any(word in ("-m", "--module") for word in argv):
            yield refuse("a prompt is what starts, and what is said to it is not known", line)
    for called in source.programs:
        yield starts(called)
        break
    for place in source.loads:
        yield refuse(f"{place} loads a library by name")
        break
    for place in source.installs:
        yield refuse(f"{place} may install packages, for which Julia starts other programs")
        break
    for name, path in source.packages:
        if (needs := package_needs(name)) is not None:
            yield refuse(f"{path}: {name} {needs}")
    for name, at in by_name(facts, "julia"):
        if (needs := package_needs(name)) is not None:
            yield refuse(f"{name} {needs}", at)


def _name(word: str) -> str:
    return word.rpartition("/")[2]
