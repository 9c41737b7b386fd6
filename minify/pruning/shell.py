"""Whether anything of an image needs its shell: what keeps it, or how the application starts without one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import NeedsShell, health_command
from minify.ecosystems import ECOSYSTEMS, recognise
from minify.ecosystems.gate import LAUNCHERS, SHELLS
from minify.ecosystems.started import started
from minify.image.programs import programs
from minify.image.pruning import links_of_busybox, words
from minify.image.purposes import starts
from minify.image.start_scripts import start_script
from minify.plan import Decision, Outcome, Rung, Runtime
from minify.pruning.texts import Mention, Text, mentions
from minify.pruning.unread import Unread
from minify.syntax import Healthcheck

_CLIENTS = ("curl", "wget", "nc")
"""Programs that ask over the network and start no other; of busybox they are the shell."""
_COMPOSE = re.compile(r"(docker-)?compose[\w.-]*\.ya?ml")


_COMMENTS = ("#", "//", "*", ";", "<!--")
_SHELL_WORD = re.compile(rf"(?<![\w.+-])({'|'.join(SHELLS)})(?![\w+-]|\.\w)")


class Stays(NamedTuple):
    """What keeps the shell, and its line."""

    reason: str
    line: int | None = None


class Starts(NamedTuple):
    """How the application starts where no shell is left, in exec forms; None where the file's own instruction is one."""

    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    health: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    insertions: tuple[tuple[int, str], ...] = ()
    reason: str = ""
    checks: tuple[Decision, ...] = ()
    """What a program that stays does by a shell, where nothing shows that it is asked for it."""

    def says(self, facts: Facts, said: Sequence[Text]) -> tuple[Text, ...]:
        """The texts that run with this start: its own words in the place of the instructions that it replaces."""
        contract = facts.contract
        replaced = {
            placed.instruction.line: words
            for placed, words in (
                (contract.entrypoint, self.entrypoint),
                (contract.cmd, self.cmd),
                (contract.healthcheck, self.health),
            )
            if placed is not None and words is not None
        }
        return (
            *(text for text in said if text.path or text.line not in replaced),
            *(Text(" ".join(words), line=line) for line, words in replaced.items()),
        )


def without_shell(facts: Facts, said: Sequence[Text], missing: Unread | None, keep: Sequence[str]) -> Starts | Stays:
    """How the application starts without a shell, or what keeps it.

    It goes where every text that runs was read, what starts is understood, and none of it is, or starts, a shell or a
    program that may use one.
    """
    stays = next(_in_the_way(facts, said, keep), None)
    if stays is not None:
        return stays
    if missing is not None:
        return Stays(f"something may start one: {missing.reason}", missing.line)
    if not facts.context.known:
        return Stays("something may start one: the build context is not known")
    if facts.base is not None and facts.base.libc != "glibc":
        links = [name for names in links_of_busybox().values() for name in names]
        for mention in mentions(said, links).values():
            return Stays(f"{mention.place} names {mention.program}, which is the same program")
    detection = recognise(facts)
    if detection is None:
        argv = facts.launch.argv
        return Stays(f"whether {argv[0] if argv else 'what starts'} starts one is not known", facts.launch.line)
    # The paths of the build stage are those of a final image on scratch
    answer = ECOSYSTEMS[detection.ecosystem]().plan(facts, detection, Rung.SCRATCH)
    looks_up = any("find_library" in text.text for text in said)
    looks_up |= isinstance(answer, Runtime) and bool(answer.loaded)
    if looks_up and facts.base is not None and (facts.base.distro or "").startswith(words("scripted-ldconfig")):
        return Stays(f"ldconfig, which finds libraries by their names, is a shell script in {facts.base_written}")
    if isinstance(answer, Runtime):
        return _planned(facts, answer)
    for refusal in answer:
        if refusal.programs:
            return Stays(f"something may start one: {refusal.reason}", refusal.line)
    return _as_it_is(facts)


def _in_the_way(facts: Facts, said: Sequence[Text], keep: Sequence[str]) -> Iterator[Stays]:
    """What asks for a shell in so many words: settings, instructions, scripts."""
    for path in keep:
        if path.rsplit("/", 1)[-1] in SHELLS:
            yield Stays(f"{path} is asked for")
    for problem in facts.launch.needs_shell:
        yield Stays(problem.reason, problem.line)
    for shelled in facts.launch.shelled:
        yield Stays(shelled.needs.reason, shelled.needs.line)
    argv = facts.launch.argv
    if not argv:
        return
    name = argv[0].rsplit("/", 1)[-1]
    if name in SHELLS or name.endswith((".sh", ".bash")):
        yield Stays(f"{argv[0]} is run by it", facts.launch.line)
    elif name in LAUNCHERS or argv[0] in LAUNCHERS:
        yield Stays(f"{argv[0]} is {LAUNCHERS.get(name) or LAUNCHERS[argv[0]]}", facts.launch.line)
    elif (row := start_script(name)) is not None:
        yield Stays(f"{row.script} is read by it", facts.launch.line)
    elif facts.context.known and (script := started(facts)) and _shell_reads(script.interpreter):
        yield Stays(f"{argv[0]} is run by it", facts.launch.line)
    base = facts.base
    if facts.contract.entrypoint is None and facts.contract.base_entrypoint and facts.contract.base_runs is None:
        yield Stays(
            f"whether {facts.contract.base_entrypoint[0]} of {base.reference if base else 'the base'} needs it is not known"
        )
    for text in said:
        # The scripts of package.json are started by npm, and no plan for the image starts npm
        if _COMPOSE.fullmatch(text.path) or text.path.rsplit("/", 1)[-1] == "package.json":
            continue
        for number, line in enumerate(text.text.splitlines()):
            first = number == 0 and line.startswith("#!")
            if first and _shell_reads(tuple(line[2:].split())):
                yield Stays(f"{text.path or 'what a RUN writes'} is a shell script", None if text.path else text.line)
            elif not first and (found := _SHELL_WORD.search(line)) and not line.lstrip().startswith(_COMMENTS):
                mention = Mention(found[1], text.path, number + (text.line or 1))
                yield Stays(f"{mention.place} names {found[1]}", None if text.path else mention.line)


def _shell_reads(interpreter: tuple[str, ...]) -> bool:
    """Whether the words after `#!` name a shell: `/bin/sh`, `/usr/bin/env bash`."""
    return any(word.rsplit("/", 1)[-1] in SHELLS for word in interpreter[:3])


def _planned(facts: Facts, runtime: Runtime) -> Starts | Stays:
    """As the final image of a better rung starts: its paths are the build stage's."""
    if runtime.texts:
        return Stays("what a launcher does is done by it", facts.launch.line)
    if shell := next((name for name in runtime.programs if name in SHELLS), None):
        return Stays(next((d.reason for d in runtime.decisions if d.subject == shell), "the application starts it"))
    for keyword, placed, argv in (
        ("ENTRYPOINT", facts.contract.entrypoint, runtime.entrypoint),
        ("CMD", facts.contract.cmd, runtime.cmd),
    ):
        if argv is None and placed is not None and placed.instruction.exec_form is None:
            return Stays(f"{keyword} is in the shell form", placed.instruction.line)
    health = _health(facts, runtime)
    if isinstance(health, Stays):
        return health
    base = dict(facts.base.env) if facts.base is not None else {}
    entrypoint, cmd = runtime.entrypoint, runtime.cmd
    return Starts(
        entrypoint=() if entrypoint is None and facts.contract.entrypoint is None else entrypoint,
        cmd=facts.launch.cmd.argv if cmd is None and facts.contract.cmd is None else cmd,
        health=health,
        env=tuple((name, value) for name, value in runtime.env if name not in base),
        # What only asks for the health goes with its place
        insertions=runtime.insertions if runtime.health is None or health == runtime.health else (),
        reason=runtime.command_reason,
        checks=tuple(decision for decision in runtime.decisions if decision.outcome is Outcome.CHECK),
    )


def _as_it_is(facts: Facts) -> Starts | Stays:
    """As the file says it, where an interpreter starts."""
    argv = facts.launch.argv
    if argv[0].rsplit("/", 1)[-1].rstrip("0123456789.") not in starts("runtimes"):
        return Stays(f"whether {argv[0]} starts one is not known", facts.launch.line)
    health = _health(facts, None)
    if isinstance(health, Stays):
        return health
    words = [
        None if spoken.placed is not None and spoken.placed.instruction.exec_form == spoken.argv else spoken.argv
        for spoken in (facts.launch.entrypoint, facts.launch.cmd)
    ]
    return Starts(entrypoint=words[0], cmd=words[1], health=health)


def _health(facts: Facts, runtime: Runtime | None) -> tuple[str, ...] | Stays | None:
    """What HEALTHCHECK runs without a shell: itself (None), another command, or what keeps the shell."""
    placed = facts.contract.healthcheck
    if placed is None:
        return None
    instruction = placed.instruction
    assert isinstance(instruction, Healthcheck)
    if instruction.none:
        return None
    problems: list[NeedsShell] = []
    argv = health_command(placed, problems)
    name = argv[0].rsplit("/", 1)[-1] if argv else ""
    script = name in SHELLS or name.endswith((".sh", ".bash"))
    client = name in _CLIENTS and facts.base is not None and facts.base.libc == "glibc"
    # Where all that the application is was understood, a program that the base has not is of the application
    own = runtime is not None and not script and name not in programs(facts.base)
    if runtime is not None and runtime.health is not None:
        # The application's own runtime asks: no network tool has to stay for it
        return runtime.health
    if not problems and (client or own or name.rstrip("0123456789.") in starts("runtimes")):
        return None if argv == instruction.exec_form else argv
    if instruction.exec_form is None:
        return Stays("HEALTHCHECK is in the shell form", instruction.line)
    return Stays(f"HEALTHCHECK runs {' '.join(instruction.exec_form[:1])}, which may start one", instruction.line)
