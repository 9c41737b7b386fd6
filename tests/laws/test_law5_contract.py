"""Law 5: what `docker run` sees of the image is the same, or a Decision (or the fix's own reason) names the difference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from minify.analysis.facts import Facts, gather
from minify.analysis.scopes import Placed
from minify.api import Outcome
from minify.plan import Outcome as Became
from minify.plan import Rung
from minify.syntax import (
    Arg,
    Cmd,
    Entrypoint,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Source,
    Stopsignal,
    Volume,
    parse,
    process_word,
)
from tests.laws.cases import Case, broken

ROOT = ("", "root", "0", "0:0", "root:root", "root:0", "0:root")


@dataclass(frozen=True, slots=True)
class Seen:
    """One setting of the image: its name, its value, and the line that says it."""

    value: object
    line: int | None = None


def seen(facts: Facts) -> dict[str, Seen]:
    """The settings of the final image by name, with every variable replaced by its value."""
    found: dict[str, Seen] = {f"ENV {name}": Seen(value) for name, value in facts.contract.env}
    if "ENV PATH" in found:
        # A directory that is named again later is never looked at.
        found["ENV PATH"] = Seen(":".join(dict.fromkeys(dict(facts.contract.env)["PATH"].split(":"))))
    found["WORKDIR"] = Seen(facts.contract.workdir)
    user = facts.contract.user
    found["USER"] = Seen("root" if user in ROOT else user)
    if facts.base is not None:
        # As `settings` names one that hangs on no build argument
        found |= {f"EXPOSE {(port.removesuffix('/tcp'), ())}": Seen(True) for port in facts.base.exposed}
        found |= {f"VOLUME {(path, ())}": Seen(True) for path in facts.base.volumes}
        found["STOPSIGNAL"] = Seen(facts.base.stop_signal)
    for placed in facts.contract.instructions:
        for name, value in settings(placed, facts):
            found[name] = Seen(value, placed.instruction.line)
    return found


def settings(placed: Placed, facts: Facts) -> Iterator[tuple[str, object]]:
    """What one instruction sets, beside what the scope at the end of the stage says."""
    instruction = placed.instruction
    match instruction:
        case Label():
            for pair in instruction.pairs:
                yield f"LABEL {expanded(pair.name, placed, facts)[0]}", expanded(pair.value, placed, facts)
        case Maintainer():
            yield "MAINTAINER", instruction.name
        case Expose():
            for port in instruction.ports:
                text, arguments = expanded(port, placed, facts)
                yield f"EXPOSE {(text.removesuffix('/tcp'), arguments)}", True
        case Volume():
            for path in instruction.paths:
                yield f"VOLUME {expanded(path, placed, facts)}", True
        case Stopsignal():
            yield "STOPSIGNAL", expanded(instruction.signal, placed, facts)[0]
        case Healthcheck():
            yield "HEALTHCHECK", said(instruction)
        case Onbuild():
            yield f"ONBUILD {instruction.value}", True
        case _:
            return


def expanded(word: str, placed: Placed, facts: Facts) -> tuple[str, tuple[str, ...]]:
    """A word with its variables replaced, and those that a build argument may set: they must stay arguments."""
    names = [a or b for a, b in re.findall(r"\$(?:\{(\w+)|(\w+))", word)]
    declared = {
        name.name
        for other in facts.placed
        if isinstance(other.instruction, Arg)
        and other.stage == placed.stage
        and other.instruction.span.start < placed.instruction.span.start
        for name in other.instruction.names
    }
    text = process_word(word, placed.scope.values, facts.dockerfile.escape).text
    return text, tuple(name for name in names if name in declared and name not in placed.scope.env)


def said(instruction: Instruction) -> str:
    """An instruction as it is written, on one line."""
    return " ".join(instruction.value.split()) + "".join(f" {flag.name}={flag.value}" for flag in instruction.flags)


def differences(before: Facts, outcome: Outcome) -> Iterator[str]:
    """Every difference that nothing names."""
    after = gather(parse(Source(outcome.patch.after.text)), before.context)
    old, new = seen(before), seen(after)
    if outcome.plan.rung is Rung.PRUNED:
        # A start script that changes users stays with its gosu: it starts as the file says
        old["USER"] = Seen("root" if before.end.user in ROOT else before.end.user)
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        was, now = (one.value if one else None), (other.value if other else None)
        if was == now or (name == "STOPSIGNAL" and not was and not now):
            continue
        if not named(outcome, name, one.line if one else None):
            yield f"{name.split(' ')[0]} differs: {name}: {was!r} → {now!r}"
    yield from command(before, after, outcome)


def named(outcome: Outcome, name: str, line: int | None) -> bool:
    """Whether a decision is about this setting: its subject begins with it, or it is about the line that says it."""
    for decision in outcome.plan.decisions:
        if decision.outcome in (Became.KEPT, Became.MOVED, Became.CHECK):
            continue
        if decision.subject == name or decision.subject.startswith((f"{name} ", f"{name}=")):
            return True
        if line is not None and decision.line == line:
            return True
    return False


def command(before: Facts, after: Facts, outcome: Outcome) -> Iterator[str]:
    """ENTRYPOINT and CMD: written the same, or replaced by a decision with a process 1 of the same words."""
    for kind in (Entrypoint, Cmd):
        old, new = text(before, kind), text(after, kind)
        if old == new:
            continue
        line = next(
            (p.instruction.line for p in reversed(before.contract.instructions) if type(p.instruction) is kind), None
        )
        if old is None and new in ("[]", None):
            # An entrypoint that the new base brings is taken back: it is what there was.
            continue
        if not named(outcome, kind.__name__.upper(), line):
            yield f"{kind.__name__.upper()} differs: {old!r} → {new!r}"
    if whole(before) == whole(after):
        # Said as before; what a shell makes of it is the same, though nothing is known of a base that is none
        return
    old_argv, new_argv = before.launch.argv, after.launch.argv
    script = before.contract.base_entrypoint
    if before.contract.base_runs is not None and new_argv != old_argv and new_argv[: len(script)] == script:
        # The base's script that only finds the program is said again where the base has gone
        new_argv = new_argv[len(script) :]
    if not same_program(old_argv, new_argv) and not started_by(outcome, new_argv):
        yield f"process 1 differs: {old_argv} → {new_argv}"


def started_by(outcome: Outcome, argv: tuple[str, ...]) -> bool:
    """Whether a decision about the command says that another program is started, and names it: `npm start` runs node."""
    program = argv[0].rpartition("/")[2] if argv else ""
    launch = outcome.facts.launch
    lines = (launch.line, *(shelled.needs.line for shelled in launch.shelled))
    return any(
        # A command that only the base says is a new one in the file
        (decision.outcome is Became.REPLACED or decision.subject.startswith(("CMD ", "ENTRYPOINT ")))
        and decision.line in lines
        and program in decision.reason.split()
        for decision in outcome.plan.decisions
    )


def whole(facts: Facts) -> tuple[str | None, str | None]:
    """ENTRYPOINT and CMD of the image, the base's where the file says none: an ENTRYPOINT of its own clears the base's CMD."""
    inherited = [
        json.dumps(words) if words else None for words in (facts.contract.base_entrypoint, facts.contract.base_cmd)
    ]
    return text(facts, Entrypoint) or inherited[0], text(facts, Cmd) or inherited[1]


def text(facts: Facts, kind: type[Instruction]) -> str | None:
    """The last instruction of a kind as written, None without one."""
    own = [p.instruction for p in facts.contract.instructions if type(p.instruction) is kind]
    return said(own[-1]) if own else None


def same_program(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether two command lines are the same words, but for the directory of the program.

    >>> same_program(("gunicorn", "app"), ("/usr/local/bin/gunicorn", "app"))
    True
    """
    if old == new:
        return True
    return bool(old and new) and old[1:] == new[1:] and new[0].rpartition("/")[2] == old[0].rpartition("/")[2]


def test_the_contract_survives(changed: tuple[Case, ...]) -> None:
    failures = []
    for case in changed:
        assert case.outcome is not None
        failures += [(case.name, what) for what in differences(case.outcome.facts, case.outcome)]
    assert not failures, broken(failures, len(changed))
