"""`java $JAVA_OPTS -jar app.jar` without a shell: from version 9 on java itself reads options from JDK_JAVA_OPTIONS.

Whoever sets JAVA_OPTS as the container starts has to set JDK_JAVA_OPTIONS then: so it is done when it is asked for, and only said
otherwise. A variable that java reads anyway needs no asking.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import Shelled, Spoken
from minify.ecosystems.java_machine import Machine, machine
from minify.plan import Decision, Outcome

READ: Final = "JDK_JAVA_OPTIONS"
# https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html#using-the-jdk_java_options-launcher-environment-variable
_OLDEST: Final = 9
# In the order in which java reads them; the command's options are between the last two, and of two settings the last one holds
_READ_ANYWAY: Final = ("JAVA_TOOL_OPTIONS", READ, "_JAVA_OPTIONS")
# Words that mean the same to the shell, which splits them, and to java, which reads quotes and @files
_PLAIN: Final = re.compile(r"(?:-[\w\-+=:./,%~^]+(?:\s+|$))*")
# What java takes from the command line alone
_NEVER: Final = re.compile(r"(?:^|\s)(?:-jar|-m|--module|-version|--version|-help|--help|-h|-\?|@)", re.ASCII)


class Told(NamedTuple):
    """The facts without the shell, what ENV has to say, the variables that are not read any more, and what is to be looked at."""

    facts: Facts
    env: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()


def told(facts: Facts, *, wanted: bool) -> Told | Decision | None:
    """The command with its options in the environment; a Decision where that has to be asked for, None where it would not be the same."""
    if len(facts.launch.shelled) != 1:
        return None
    shelled = facts.launch.shelled[0]
    found = _options(shelled)
    java = machine(facts)
    if found is None or not isinstance(java, Machine) or java.major is None or int(java.major) < _OLDEST:
        return None
    variables, words = found
    values = dict(facts.contract.env)
    names = [name for name, _ in variables]
    line = shelled.needs.line
    shown = " ".join(f"${name}" for name in names)
    spoken = Spoken(argv=words, rewritten=True, placed=_spoken(facts, shelled).placed)
    launch = facts.launch._replace(shelled=())
    launch = launch._replace(cmd=spoken) if shelled.keyword == "CMD" else launch._replace(entrypoint=spoken)
    # What stands in for an empty variable is nothing that java finds there
    if _in_order(names, set_too=READ in values) and not any(fallback for _, fallback in variables):
        reason = "java reads it by itself: the command gave it the same options a second time"
        said = Decision(subject=shown, outcome=Outcome.REPLACED, reason=reason, line=line)
        return Told(facts._replace(launch=launch), decisions=(said,))
    value = " ".join(values.get(name) or fallback for name, fallback in variables).strip()
    if READ in values or set(names) & set(_READ_ANYWAY):
        return None
    if not _PLAIN.fullmatch(value) or _NEVER.search(value) or _computed(facts, names):
        return None
    if not wanted:
        reason = f"--java-options starts java without a shell: whoever sets {' or '.join(names)} then sets {READ}, which java reads by itself"
        return Decision(subject=shown, outcome=Outcome.CHECK, reason=reason, line=line)
    contract = facts.contract._replace(env=(*facts.contract.env, (READ, value)))
    reason = (
        f"java reads {READ} by itself, and nothing reads {' or '.join(names)} any more: set that one wherever the container is "
        "started with another value (compose files, manifests); java says on standard error that it picked it up"
    )
    decisions = (
        Decision(
            subject=shown, outcome=Outcome.REPLACED, reason="java reads its options from the environment", line=line
        ),
        Decision(subject=READ, outcome=Outcome.CHECK, reason=reason, line=line),
    )
    renamed = tuple((name, READ) for name in names)
    if not value:
        return Told(facts._replace(launch=launch), renamed=renamed, decisions=decisions)
    reason = f"the value that the file gives to {' and '.join(names)}"
    added = Decision(subject=f"ENV {READ}", outcome=Outcome.ADDED, reason=reason, line=line)
    return Told(facts._replace(launch=launch, contract=contract), ((READ, value),), renamed, (*decisions, added))


def _in_order(names: list[str], *, set_too: bool) -> bool:
    """Whether java reads all of these by itself, in the order of the command; `set_too` where ENV has JDK_JAVA_OPTIONS.

    >>> _in_order(["JAVA_TOOL_OPTIONS"], set_too=False), _in_order(["JAVA_TOOL_OPTIONS"], set_too=True)
    (True, False)
    """
    if not set(names) <= set(_READ_ANYWAY) or names != sorted(names, key=_READ_ANYWAY.index):
        return False
    return not set_too or READ in names or _READ_ANYWAY[0] not in names


def _spoken(facts: Facts, shelled: Shelled) -> Spoken:
    return facts.launch.cmd if shelled.keyword == "CMD" else facts.launch.entrypoint


def _options(shelled: Shelled) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]] | None:
    """The variables that stand where options of java begin, each with what stands in for it, and the command without them."""
    from minify.launcher.actions import Exec
    from minify.launcher.values import EachArgument, Fallback, Literal, One, Split, Variable

    program = shelled.program
    if len(program.body) != 1 or program.functions or shelled.words:
        return None
    last = program.body[0]
    if not isinstance(last, Exec) or last.run.env or not last.run.streams.untouched:
        return None
    fields = list(last.run.argv)
    if fields and isinstance(fields[-1], EachArgument) and shelled.script is not None:
        fields.pop()
    words: list[str] = []
    variables: list[tuple[str, str]] = []
    for place, field in enumerate(fields):
        match field:
            case One(text=Literal(text=text)):
                words.append(text)
            case Split(text=Variable(name=name)) if place == len(variables) + 1:
                variables.append((name, ""))
            case Split(text=Fallback(value=Variable(name=name), text=Literal(text=text), empty=True)) if (
                place == len(variables) + 1
            ):
                variables.append((name, text))
            case _:
                return None
    if not variables or words[0].rpartition("/")[2] != "java":
        return None
    return tuple(variables), tuple(words)


def _computed(facts: Facts, names: list[str]) -> bool:
    """Whether ENV makes a value of other variables, as those of the build: what it is then, is not written there."""
    for placed in facts.contract.instructions:
        if placed.instruction.keyword == "ENV":
            for pair in getattr(placed.instruction, "pairs", ()):
                if pair.name in names and "$" in pair.value:
                    return True
    return False
