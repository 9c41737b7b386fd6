"""`explain`: the file line by line, what each instruction leaves in the image, and whether the final image needs it."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.footprint import RunRead, paths_of
from minify.api import Outcome
from minify.report.lines import Line, line
from minify.report.text import headline, surroundings
from minify.shell.effects import (
    Builds,
    CleansIndex,
    Downloads,
    Effect,
    InstallsLibraries,
    InstallsPackages,
    MakesGroup,
    MakesUser,
    RefreshesIndex,
    RemovesPackages,
    RunsProject,
    Unknown,
)
from minify.syntax import Add, Arg, Copy, From, Instruction, Run, Trivia


def explain(outcome: Outcome) -> Iterator[Line]:
    """Every instruction with its line, its effects and what was decided about it."""
    facts = outcome.facts
    needed = facts.graph.needed()
    runs = {run.placed.instruction.span.start: run for run in facts.footprint.runs}
    decided: dict[int, list[str]] = {}
    for decision in outcome.plan.decisions:
        if decision.line:
            decided.setdefault(decision.line, []).append(
                f"{decision.outcome.value}: {decision.subject}: {decision.reason}"
            )
    stopped: dict[int, list[str]] = {}
    for refusal in outcome.plan.refusals:
        if refusal.line:
            stopped.setdefault(refusal.line, []).append(f"stops {refusal.rung.label}: {refusal.reason}")
    yield line(headline(outcome), "bold")
    stage = -1
    for piece in facts.dockerfile.slices:
        if isinstance(piece, Trivia):
            continue
        if isinstance(piece, From):
            stage += 1
        source = piece.source
        first = " ".join(f"{piece.keyword} {piece.value}".split())
        yield Line(((f"{piece.line:>5}  ", "dim"), (first if len(first) <= 100 else first[:97] + "...", "cyan")))
        for text in _leaves(piece, runs, stage, needed, outcome):
            yield line(f"         {text}")
        last = source.line(max(piece.span.start, piece.span.end - 1))
        for number in range(source.line(piece.span.start), last + 1):
            for text in decided.get(number, ()):
                yield line(f"         {text}", "green")
            for text in stopped.get(number, ()):
                yield line(f"         {text}", "red")
    general = [r for r in outcome.plan.refusals if not r.line]
    if general:
        yield line()
        yield line("What stops the next better rung", "bold")
        for refusal in general:
            yield line(f"  {refusal.rung.label}: {refusal.reason}", "red")
    yield from surroundings(outcome)


def _leaves(
    instruction: Instruction, runs: dict[int, RunRead], stage: int, needed: frozenset[int], outcome: Outcome
) -> Iterator[str]:
    if isinstance(instruction, From):
        base = outcome.facts.graph.nodes[stage]
        if stage not in needed:
            yield "the final image does not depend on this stage"
        elif base.parent is not None:
            yield f"stands on stage {base.parent}"
        elif stage != outcome.facts.final.stage.index:
            yield "a build stage: only what is copied from it reaches the final image"
        elif outcome.facts.base is not None:
            known = outcome.facts.base
            holds = f"{known.distro or 'no distribution'}, {known.libc or 'no C library'}, shell {known.shell or 'none'}, packages by {known.package_manager or 'nothing'}"
            yield f"{known.publisher or 'publisher not known'}; {holds if known.placed else 'its distribution is not known'}"
        else:
            yield "nothing is known of this image"
    elif isinstance(instruction, Run):
        run = runs.get(instruction.span.start)
        if run is None:
            yield "in a build stage: only what is copied from it reaches the final image"
            return
        said = [text for effect in run.effects if (text := _effect(effect))]
        yield from dict.fromkeys(said)
        if not said:
            yield "leaves nothing"
    elif isinstance(instruction, Copy | Add):
        yield f"leaves files at {instruction.dest}" + (
            f" from stage or image {instruction.flag('from')}"
            if instruction.flag("from")
            else " from the build context"
        )
    elif isinstance(instruction, Arg):
        yield "a value while the image is built; none in the image"


def _effect(effect: Effect) -> str:
    match effect:
        case InstallsPackages(manager=manager, packages=packages):
            return f"{manager} installs {', '.join(p.name for p in packages)}"
        case RemovesPackages(manager=manager, names=names):
            return f"{manager} removes {', '.join(names) or 'what nothing needs'}: it stays in the layer that brought it, unless that is this one"
        case RefreshesIndex(manager=manager):
            return f"{manager} fetches its package lists"
        case CleansIndex(manager=manager):
            return f"{manager}'s package lists or caches are removed"
        case InstallsLibraries(tool=tool, packages=packages, files=files):
            return f"{tool} installs {', '.join((*packages, *files)) or 'what the project lists'}"
        case Builds(tool=tool, output=output):
            return f"{tool} builds {output or 'the project'}"
        case RunsProject(tool=tool, script=script):
            return (
                f"{tool} runs {script or 'code of the project'}: what it writes is expected below the working directory"
            )
        case Downloads(path=path, url=url):
            return f"downloads {url or 'a file'}" + (f" to {path}" if path else "")
        case MakesUser(name=name):
            return f"makes the user {name}"
        case MakesGroup(name=name):
            return f"makes the group {name}"
        case Unknown(reason=reason):
            return f"not known: {reason}"
        case _:
            paths = [p for p in paths_of(effect) if p]
            return f"writes {', '.join(paths)}" if paths else ""
