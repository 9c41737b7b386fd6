"""The command of a HEALTHCHECK as a plan: `curl -f http://localhost/ || exit 1` is one request below 400."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minify.health.logic import Interpreter, Literal, Probe, required
from minify.health.plan import Check, FileCheck, HealthPlan, Obstacle
from minify.health.probes import read_probe
from minify.health.structure import SHELLS, structure
from minify.shell.run import is_posix_shell, read_argv

DEFAULT_SHELL: Final = ("/bin/sh", "-c")


def read(
    command: str | Sequence[str], *, shell: Sequence[str] = DEFAULT_SHELL, busybox: bool = False
) -> HealthPlan | tuple[Obstacle, ...] | None:
    """What the command of a HEALTHCHECK asks; None when it runs a program that needs no translation.

    A text is a shell form, run by `shell`; a sequence is an exec form, or the `test` of a compose file. `busybox`
    says whose wget it is.

    >>> plan = read("curl -f http://localhost:8080/health || exit 1")
    >>> plan.checks[0].path.static, plan.checks[0].statuses
    ('/health', Statuses(ranges=((0, 399),)))
    >>> read(["node", "healthcheck.js"]) is None
    True
    """
    if not isinstance(command, str):
        return _exec_form(tuple(command), shell, busybox=busybox)
    if not is_posix_shell(shell):
        return (Obstacle("it is a command for another shell", " ".join(shell[:1])),)
    interpreter = Interpreter(shell[0], any("pipefail" in word for word in shell))
    tree = structure(command.strip(), interpreter)
    if isinstance(tree, Obstacle):
        return (tree,)
    found = required(tree)
    if isinstance(found, Obstacle):
        return (found if found.text else found._replace(text=command.strip()),)
    literals, rest = found
    # `curl … || (kill 1 && exit 1)`: what changes nothing about the outcome may change something else
    acts = [probe for probe in rest if isinstance(read_probe(probe, busybox=busybox), Obstacle | None)]
    if acts:
        return tuple(Obstacle("it does more than ask", probe.text) for probe in acts)
    return _plan(literals, busybox=busybox)


def _exec_form(
    argv: tuple[str, ...], shell: Sequence[str], *, busybox: bool
) -> HealthPlan | tuple[Obstacle, ...] | None:
    if argv[:1] == ("CMD-SHELL",):
        return read(argv[1] if len(argv) > 1 else "", shell=shell, busybox=busybox)
    if argv[:1] in (("CMD",), ("NONE",)):
        argv = argv[1:]
    if not argv:
        return None
    if argv[0].rpartition("/")[2] in SHELLS and len(argv) == 3 and argv[1] in ("-c", "-lc"):
        return read(argv[2], shell=(argv[0], "-c"), busybox=busybox)
    commands = read_argv(argv).commands
    return _plan((Literal(Probe(commands, Interpreter("no shell")), True),), busybox=busybox)


def _plan(literals: Sequence[Literal], *, busybox: bool) -> HealthPlan | tuple[Obstacle, ...] | None:
    checks: list[Check] = []
    notes: list[str] = []
    obstacles: list[Obstacle] = []
    for literal in literals:
        found = read_probe(literal.probe, busybox=busybox)
        if found is None:
            if len(literals) == 1 and literal.succeeds:
                return None
            found = Obstacle("it is one of several commands", literal.probe.text)
        if isinstance(found, Obstacle):
            obstacles.append(found)
            continue
        check, more = found
        if not literal.succeeds:
            if not isinstance(check, FileCheck):
                obstacles.append(Obstacle("it is healthy when this fails", literal.probe.text))
                continue
            check = check._replace(negated=not check.negated)
        checks.append(check)
        notes += [note for note in more if note not in notes]
    return tuple(obstacles) or HealthPlan(tuple(checks), tuple(notes))
