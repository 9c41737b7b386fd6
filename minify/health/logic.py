"""How the commands of a health check hang together: which of them must succeed for its exit code to be 0.

`a || exit 1`, `a && b`, `a; b`, `! a`, `{ a; }`, `( a )` and `if a; then exit 0; else exit 1; fi` are run for every
outcome that the commands could have; what comes out is compared with "all of these succeed".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from minify.health.plan import Obstacle
from minify.shell.script import Command

_MOST: Final = 6


class Interpreter(NamedTuple):
    """The shell that runs a text, and whether a pipe fails when any of its commands does."""

    name: str
    pipefail: bool = False

    @property
    def is_bash(self) -> bool:
        """Whether it is surely bash: /bin/sh is dash or busybox as often."""
        return self.name.rpartition("/")[2] == "bash"


class Probe(NamedTuple):
    """A command, or several joined by pipes, that succeeds or fails; `limit` are the seconds it is given."""

    commands: tuple[Command, ...]
    shell: Interpreter
    limit: float | None = None

    @property
    def text(self) -> str:
        """As it is written."""
        return " | ".join(command.text for command in self.commands)


class Constant(NamedTuple):
    """`true`, `echo ok`, `false`."""

    succeeds: bool


class Leave(NamedTuple):
    """`exit 1`; None: with the status of what ran last."""

    succeeds: bool | None


class Not(NamedTuple):
    """`! inner`."""

    inner: Node


class Chain(NamedTuple):
    """`first && second`, `first || second` or, with `;`, both one after the other."""

    first: Node
    operator: str
    second: Node


class Branch(NamedTuple):
    """`if condition; then …; else …; fi`."""

    condition: Node
    then: Node
    otherwise: Node | None


class Subshell(NamedTuple):
    """`( inner )`, `sh -c 'inner'`: an exit in it leaves only it."""

    inner: Node


Node = Probe | Constant | Leave | Not | Chain | Branch | Subshell


class Literal(NamedTuple):
    """A probe that must succeed, or fail."""

    probe: Probe
    succeeds: bool


class _Left(Exception):  # noqa: N818 - the `exit` of a script
    def __init__(self, status: bool) -> None:
        self.status = status


def required(tree: Node) -> tuple[tuple[Literal, ...], tuple[Probe, ...]] | Obstacle:
    """The probes whose outcome is the outcome of the whole, and those that change nothing about it."""
    probes = list(_probes(tree))
    if len(probes) > _MOST:
        return Obstacle("it runs too many commands", "")
    table = {outcomes: _outcome(tree, probes, outcomes) for outcomes in product((True, False), repeat=len(probes))}
    if all(table.values()):
        return Obstacle("it is healthy whatever happens", "")
    if not any(table.values()):
        return Obstacle("it can never be healthy", "")
    healthy_outcomes = [outcomes for outcomes, healthy in table.items() if healthy]
    literals = [
        (index, wanted)
        for index in range(len(probes))
        for wanted in (True, False)
        if all(outcomes[index] == wanted for outcomes in healthy_outcomes)
    ]
    for outcomes, healthy in table.items():
        if healthy != all(outcomes[index] == wanted for index, wanted in literals):
            return Obstacle("which of its commands must succeed depends on the others", "")
    counting = [index for index, _ in literals]
    rest = tuple(probe for index, probe in enumerate(probes) if index not in counting)
    return tuple(Literal(probes[index], wanted) for index, wanted in literals), rest


def _probes(node: Node) -> Iterator[Probe]:
    match node:
        case Probe():
            yield node
        case Not(inner) | Subshell(inner):
            yield from _probes(inner)
        case Chain(first, _, second):
            yield from _probes(first)
            yield from _probes(second)
        case Branch(condition, then, otherwise):
            yield from _probes(condition)
            yield from _probes(then)
            if otherwise is not None:
                yield from _probes(otherwise)
        case Constant() | Leave():
            pass


def _outcome(tree: Node, probes: Sequence[Probe], outcomes: Sequence[bool]) -> bool:
    by_probe = {id(probe): outcome for probe, outcome in zip(probes, outcomes, strict=True)}
    last = True

    def run(node: Node) -> bool:
        nonlocal last
        match node:
            case Probe():
                last = by_probe[id(node)]
            case Constant(succeeds):
                last = succeeds
            case Leave(succeeds):
                raise _Left(last if succeeds is None else succeeds)
            case Not(inner):
                last = not run(inner)
            case Subshell(inner):
                try:
                    last = run(inner)
                except _Left as left:
                    last = left.status
            case Chain(first, operator, second):
                succeeded = run(first)
                if operator == ";" or succeeded == (operator == "&&"):
                    run(second)
            case Branch(condition, then, otherwise):
                if run(condition):
                    run(then)
                elif otherwise is not None:
                    run(otherwise)
                else:
                    last = True
        return last

    return run(Subshell(tree))
