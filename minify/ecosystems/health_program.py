"""A health check's own program, where nothing in the final image could ask the same: curl or wget, with the libraries that it loads.

FROM nginx + HEALTHCHECK CMD curl -f http://localhost/ || exit 1      # ("curl", "-f", "http://localhost/")
"""

from __future__ import annotations

from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import OR_EXIT, health_command
from minify.plan import Decision, Outcome, Runtime
from minify.shell.run import read_command_line
from minify.syntax import Healthcheck

# Compiled programs that open no plugin and no table of their own for a request by HTTP
_PROGRAMS: Final = ("curl", "wget")
_DIRECTORY: Final = "/usr/bin"


class OwnProgram(NamedTuple):
    """The exec form of a check that needs no shell, and where its program is."""

    argv: tuple[str, ...]
    path: str
    busybox: bool
    """Whether it is one of busybox's many names: the file is the whole of busybox then."""
    silenced: bool
    """Whether its output went to /dev/null."""


def own_program(facts: Facts) -> OwnProgram | None:
    """What a health check runs, if that is one command of curl or wget that needs no shell, and the image is known to have it.

    Docker takes every exit code but 0 for unhealthy, so what `|| exit 1` makes of the program's own code does not matter.
    """
    placed = facts.contract.healthcheck
    if placed is None:
        return None
    instruction = placed.instruction
    assert isinstance(instruction, Healthcheck)
    argv, silenced = health_command(placed, []), False
    if not argv:
        argv, silenced = _silenced(instruction), True
    directory, _, name = argv[0].rpartition("/") if argv else ("", "", "")
    if name not in _PROGRAMS or directory not in ("", _DIRECTORY):
        return None
    if not _has(facts, name):
        return None
    busybox = facts.base is not None and facts.base.libc == "musl" and name == "wget" and not _installed(facts, name)
    # It asks another program of its own for https
    if busybox and any(word.startswith("https:") for word in argv):
        return None
    return OwnProgram(argv, f"{_DIRECTORY}/{name}", busybox, silenced)


def _silenced(instruction: Healthcheck) -> tuple[str, ...]:
    """`curl -f http://localhost/ > /dev/null 2>&1 || exit 1` without what the shell does: only the health log shows the output."""
    script = read_command_line(OR_EXIT.sub("", instruction.shell or ""))
    if script.opaque or len(script.commands) != 1:
        return ()
    command = script.commands[0]
    words = tuple(word.static for word in command.argv if not word.has_glob)
    if command.assignments or command.conditional or command.piped or len(words) != len(command.argv):
        return ()
    for redirect in command.redirects:
        target = redirect.target.static if redirect.target is not None else None
        if (redirect.operator, target) not in (
            (">", "/dev/null"),
            ("1>", "/dev/null"),
            ("2>", "/dev/null"),
            ("2>&", "1"),
        ):
            return ()
    return tuple(word for word in words if word is not None) if None not in words else ()


def _installed(facts: Facts, name: str) -> bool:
    return name not in facts.footprint.removed_packages() and any(
        package.name == name for install in facts.footprint.installs for package in install.packages
    )


def _has(facts: Facts, name: str) -> bool:
    base = facts.base
    if base is None or name in facts.footprint.removed_packages():
        return False
    return _installed(facts, name) or name in base.has or (name == "wget" and base.libc == "musl")


def with_own_program(facts: Facts, runtime: Runtime, own: OwnProgram) -> Runtime | None:
    """The runtime with that program; None where its libraries would have to fit a C library that is another's."""
    placed = facts.contract.healthcheck
    if placed is None or not runtime.brings_libc:
        return None
    line = placed.instruction.line
    name = own.argv[0].rpartition("/")[2]
    what = "busybox under the name of wget" if own.busybox else "with the libraries that it loads"
    decisions = [d for d in runtime.decisions if d.subject != name]
    decisions.append(
        Decision(
            subject=name,
            outcome=Outcome.KEPT,
            reason=f"a network tool: HEALTHCHECK runs it, so it comes along, {what}",
            line=line,
        )
    )
    if own.silenced:
        reason = "without a shell its output goes to the health log, where docker inspect shows it"
        decisions.append(Decision(subject="HEALTHCHECK", outcome=Outcome.CHECK, reason=reason, line=line))
    return runtime._replace(health=own.argv, values={**runtime.values, "called": own.path}, decisions=tuple(decisions))
