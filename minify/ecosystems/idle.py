"""Shell scripts that a Dockerfile copies by their name though nothing in the image starts them: something outside may.

A manifest's `command`, a cron job of the host, or somebody with `docker exec`: without a shell none of them runs. One that the
file makes ready to be started (`chmod +x`, a directory of PATH) is there for that, and keeps its shell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from minify.analysis.contract import USUAL_PATH
from minify.analysis.facts import Facts
from minify.analysis.scopes import join
from minify.ecosystems.gate import SHELLS
from minify.plan import Decision, Outcome, Refusal, refuse
from minify.shell.script import Command
from minify.syntax import Add, Cmd, Copy, Entrypoint, Healthcheck, process_word

# What makes a file ready, starts none, and leaves it its name
_READIES: Final = ("chmod", "chown", "chgrp", "dos2unix", "ls", "sed", "test", "touch", "[")


class _Script(NamedTuple):
    """A shell script that a COPY or ADD names: its text, the line that does, and the mode that it is given."""

    text: str
    line: int
    mode: str


def refusals(facts: Facts, known: Sequence[Decision] = ()) -> tuple[Refusal, ...]:
    """Scripts that the file makes ready to be started, and that nothing in the image starts; `known` are decisions that speak of others."""
    return tuple(
        refuse(
            f"{path} is a shell script that is made ready to be started, and nothing in the image starts it", one.line
        )
        for path, one in _idle(facts).items()
        if (path.rpartition("/")[0] in USUAL_PATH.split(":") or _executable(facts, path, one.mode))
        and not _among(path, known)
    )


def decisions(facts: Facts, known: Sequence[Decision] = ()) -> tuple[Decision, ...]:
    """What to look at, for an image that has no shell; not what is `known`."""
    return tuple(
        Decision(
            subject=path,
            outcome=Outcome.CHECK,
            reason="a shell script that nothing in the image starts: what starts it from outside finds no shell here",
            line=one.line,
        )
        for path, one in _idle(facts).items()
        if not _among(path, known)
    )


def _among(path: str, known: Sequence[Decision]) -> bool:
    name = path.rpartition("/")[2]
    return any(name in f"{one.subject} {one.reason}" for one in known)


def _idle(facts: Facts) -> Mapping[str, _Script]:
    """The scripts that nothing starts, by their path in the image."""
    named = _named_scripts(facts)
    told = list(_told(facts)) if named else []
    started: set[str] = set()
    # What a script that is started says may start others
    while True:
        found = {path for path in named.keys() - started if any(path.rpartition("/")[2] in text for text in told)}
        if not found:
            break
        started |= found
        told = [named[path].text for path in found]
    return {path: one for path, one in named.items() if path not in started}


def _told(facts: Facts) -> Iterator[str]:
    """What the image starts, and the commands of RUN that start something."""
    for item in facts.placed:
        if isinstance(item.instruction, Cmd | Entrypoint | Healthcheck):
            yield item.instruction.value
    for command in _commands(facts):
        if command.name not in _READIES:
            yield command.text
    for run in facts.footprint.runs:
        if run.script.opaque:
            yield run.placed.instruction.value


def _commands(facts: Facts) -> Iterator[Command]:
    for run in facts.footprint.runs:
        yield from run.script.commands


def _executable(facts: Facts, path: str, mode: str) -> bool:
    """Whether a file is given a mode to be started with, by itself or with all files that end alike."""
    name = path.rpartition("/")[2]
    return _for_start(mode) or any(
        command.name == "chmod"
        and any(word is not None and word.rpartition("/")[2] in (name, "*", "*.sh") for word in command.args[1:])
        and any(word is not None and _for_start(word) for word in command.args[:2])
        for command in _commands(facts)
    )


def _for_start(mode: str) -> bool:
    """Whether a mode lets a file be started.

    >>> _for_start("+x"), _for_start("a+rx"), _for_start("755"), _for_start("0644"), _for_start("g+w")
    (True, True, True, False, False)
    """
    if mode.isdigit():
        return any(int(digit) % 2 for digit in mode[-3:])
    return "x" in mode.partition("+")[2] or "x" in mode.partition("=")[2]


def _named_scripts(facts: Facts) -> dict[str, _Script]:
    found: dict[str, _Script] = {}
    for item in facts.placed:
        instruction = item.instruction
        if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
            continue
        dest = process_word(instruction.dest, item.scope.values).text
        for written in instruction.sources:
            source = process_word(written, item.scope.values).text
            head = facts.context.read(source, 200) if not written.startswith("<<") else None
            text = facts.context.read_text(source) if head is not None and _of_a_shell(head) else None
            if text is None:
                continue
            into = dest.endswith("/") or dest in (".", "./", "..") or len(instruction.sources) > 1
            target = join(item.scope.workdir, dest)
            path = join(target, source.rpartition("/")[2]) if into else target
            line = instruction.source.line(instruction.span.start)
            found[path or source] = _Script(text, line, instruction.flag("chmod") or "")
    return found


def _of_a_shell(head: bytes) -> bool:
    words = head.partition(b"\n")[0].decode("utf-8", "replace").removeprefix("#!").split()
    return head.startswith(b"#!") and any(word.rpartition("/")[2] in SHELLS for word in words[:2])
