"""What must not be pruned: images whose own tools are the application, bases for others, and files that say too little."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from minify.analysis.facts import Facts
from minify.ecosystems.gate import SHELLS
from minify.ecosystems.purpose import of_base, of_program, of_stage, of_use, pauses
from minify.image.catalog import BaseImage
from minify.image.pruning import in_full, start_script, system, words
from minify.image.purposes import starts
from minify.plan import Refusal, Rung
from minify.pruning.texts import Mention
from minify.shell.run import read_command_line
from minify.syntax import Cmd, Entrypoint, Healthcheck, Shell

_POSIX = r"(/usr)?(/bin/)?(sh|bash|ash|dash)"
# Beside these, `sleep 30` is all that a command line does
_NOTHING = ("true", ":", "echo", "printf", "date")


def forbidden(facts: Facts) -> tuple[Refusal, ...]:
    """Every reason why a file keeps its shape that needs no text of the application."""
    return tuple(_reasons(facts))


def in_texts(named: Mapping[str, Mention]) -> Refusal | None:
    """A text that runs the system's package manager: it stays then, with all that it needs.

    >>> in_texts({"apt-get": Mention("apt-get", "run.sh", 2)}).reason
    'run.sh:2 names apt-get: the package manager may be used at run time'
    """
    for mention in named.values():
        where = "this" if not mention.path else f"{mention.path}:{mention.line}"
        reason = f"{where} names {mention.program}: the package manager may be used at run time"
        return _refuse(reason, None if mention.path else mention.line)
    return None


def _refuse(reason: str, line: int | None = None) -> Refusal:
    return Refusal(rung=Rung.PRUNED, reason=reason, line=line)


def _reasons(facts: Facts) -> Iterator[Refusal]:
    outermost = facts.lineage[0]
    line = outermost.stage.from_.line
    base = facts.base
    if facts.dockerfile.escape != "\\":
        yield _refuse("the file's escape character is not the backslash", 1)
    if (reason := of_base(facts)) is not None:
        yield _refuse(reason, line)
    if outermost.unresolved or base is None:
        what = ", ".join(outermost.unresolved) or outermost.written
        yield _refuse(f"what {what} sets and holds is not known, so it cannot be said again{_why(facts)}", line)
        return
    if base.onbuild:
        yield _refuse(
            f"the base image {outermost.written} runs ONBUILD instructions that this file does not show", line
        )
    if facts.contract.onbuild:
        yield _refuse(
            "ONBUILD makes this a base for other images, which build in it", facts.contract.onbuild[0].instruction.line
        )
    if not base.placed:
        yield _refuse(f"which distribution {outermost.written} stands on is not known{_why(facts)}", line)
    elif not base.shell:
        yield _refuse(f"{outermost.written} has no shell that could take anything out of it", line)
    elif system(base.package_manager) is None and base.family != "busybox":
        yield _refuse(f"which package manager {outermost.written} has is not known", line)
    if not in_full(base):
        yield _refuse(
            f"what {outermost.written} sets is not known in full, so it cannot be said again{_why(facts)}", line
        )
    unknown = [name for name in base.env_unknown if name in words("environment")]
    if unknown:
        yield _refuse(f"what {outermost.written} sets {unknown[0]} to is not known", line)
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name in words("asks_manager"):
                yield _refuse(
                    f"{package.name} asks the package manager when it runs",
                    facts.dockerfile.source.line(package.span.start),
                )
    yield from _start(facts)
    yield from _rest(facts)


def _why(facts: Facts) -> str:
    """What whoever was asked for the base image said, or that somebody could be asked."""
    if facts.lineage[0].unresolved:
        return ""
    return f": {facts.not_told}" if facts.not_told else " (--inspect asks an engine or a registry)"


def _start(facts: Facts) -> Iterator[Refusal]:
    base, contract = facts.base, facts.contract
    assert base is not None
    inherited = contract.entrypoint is None and bool(base.entrypoint)
    argv = _started(facts)
    from_line = facts.lineage[0].stage.from_.line
    line = facts.launch.line
    if contract.entrypoint is None and contract.cmd is None and (not argv or _waits(argv)):
        told = f" ({' '.join(argv)})" if argv else ""
        yield _refuse(
            f"neither CMD nor ENTRYPOINT is in the file: it is a base for other images, or for work by hand{told}",
            from_line,
        )
        return
    if not argv and not facts.launch.needs_shell:
        yield _refuse("nothing is started: it is a base for other images", line)
        return
    if inherited and any(not word.startswith("-") for word in base.entrypoint) and base.entrypoint[0].endswith(".sh"):
        script = start_script(base)
        if base.script is not None:
            # Read as a text like any other
            pass
        elif script is None or script.script not in base.entrypoint:
            yield _refuse(f"what the start script of {facts.base_written} calls is not known", from_line)
        elif not script.certain(_version(base)):
            yield _refuse(
                f"whether this {facts.base_written} has the start script of later ones is not known", from_line
            )
    commands = tuple(dict.fromkeys(_commands(facts)))
    does = any(not pauses(one) and one[0].rsplit("/", 1)[-1] not in (*_NOTHING, *SHELLS) for one in commands)
    for command in commands:
        if does and pauses(command):
            continue
        if _waits(command):
            yield _refuse(f"{command[0]} waits for a person, who may use every tool of the image", line)
        yield from (_refuse(reason, line) for reason in of_program(facts, command))
    if (reason := of_stage(facts)) is not None:
        yield _refuse(reason, facts.final.stage.from_.line)
    if (use := of_use(facts)) is not None:
        yield _refuse(*use)
    if any(path.startswith("/sys/fs/cgroup") for path in contract.volumes):
        yield _refuse("VOLUME /sys/fs/cgroup: systemd runs in it", line)


def _version(base: BaseImage) -> str | None:
    """The version that the tag names, else what the catalog says of it."""
    tag = base.reference.rpartition("/")[2].partition("@")[0].partition(":")[2]
    return tag if tag[:1].isdigit() else base.version


def _started(facts: Facts) -> tuple[str, ...]:
    """What starts, the start script of the base image left out: `docker-entrypoint.sh node x.js` starts node."""
    base = facts.base
    argv = facts.launch.argv
    if base is not None and facts.contract.entrypoint is None and argv[: len(base.entrypoint)] == base.entrypoint:
        script = start_script(base)
        if script is not None and script.script in base.entrypoint:
            return argv[len(base.entrypoint) :]
    return argv


def _waits(argv: tuple[str, ...]) -> bool:
    """Whether a shell or an interpreter is started with nothing to run."""
    name = argv[0].rsplit("/", 1)[-1]
    rest = [word for word in argv[1:] if not word.startswith("-") or word in ("-c", "-m", "-e")]
    return not rest and (name in SHELLS or name.rstrip("0123456789.") in starts("waits"))


def _commands(facts: Facts) -> Iterator[tuple[str, ...]]:
    """The simple commands of ENTRYPOINT and CMD, shell forms taken apart."""
    argv = _started(facts)
    if argv and not facts.launch.needs_shell:
        yield argv
        cmd = facts.launch.cmd.argv
        # A script in ENTRYPOINT hands on to what CMD says; so does a program that is given an interpreter with nothing to run
        if cmd and cmd != argv and (argv[0].endswith((".sh", ".bash")) or _waits(cmd)):
            yield cmd
        if argv[0].rsplit("/", 1)[-1] in SHELLS and "-c" in argv[1:2] and len(argv) > 2:
            yield from _simple(argv[2])
    for placed in (facts.contract.entrypoint, facts.contract.cmd):
        if placed is None:
            continue
        form = placed.instruction.exec_form
        if form is None:
            yield from _simple(placed.instruction.value)
        elif len(form) > 2 and form[0].rsplit("/", 1)[-1] in SHELLS and form[1].startswith("-") and "c" in form[1]:
            yield from _simple(form[2])


def _simple(text: str) -> Iterator[tuple[str, ...]]:
    for command in read_command_line(text).commands:
        if command.name:
            yield (command.name, *(word or "" for word in command.args))


def _rest(facts: Facts) -> Iterator[Refusal]:
    for run in facts.footprint.runs:
        for command in run.script.commands:
            if command.name in words("devices"):
                yield _refuse(f"{command.name} makes what COPY does not carry", run.placed.instruction.line)
    shells = [p for p in facts.contract.instructions if isinstance(p.instruction, Shell)]
    forms = [
        p.instruction
        for p in (facts.contract.entrypoint, facts.contract.cmd, facts.contract.healthcheck)
        if p is not None
        and isinstance(p.instruction, Cmd | Entrypoint | Healthcheck)
        and p.instruction.exec_form is None
    ]
    if shells and any(form.span.start < shells[-1].instruction.span.start for form in forms):
        yield _refuse("SHELL changes after a shell form that it does not hold for", shells[-1].instruction.line)
    own = facts.base.run_shell if facts.base is not None else ()
    if own and not re.fullmatch(_POSIX, own[0]):
        yield _refuse(f"the commands of the build stage are run by {own[0]}", facts.lineage[0].stage.from_.line)
    for placed in shells:
        argv = placed.instruction.argv if isinstance(placed.instruction, Shell) else ()
        if argv and not re.fullmatch(_POSIX, argv[0]):
            yield _refuse(f"the commands of the build stage are run by {argv[0]}", placed.instruction.line)
