"""What stops a final stage without a shell, whatever the language: checked before an ecosystem plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.launch import NeedsShell, health_command
from minify.analysis.scopes import Scope, join
from minify.context.archives import unpacked
from minify.context.artifacts import built_before
from minify.context.places import Called
from minify.ecosystems.absent import absent
from minify.ecosystems.health import asked
from minify.ecosystems.health_program import own_program
from minify.ecosystems.purpose import of_base, of_program, of_stage, of_use
from minify.ecosystems.started import started
from minify.image import identity
from minify.image.layouts import starts_without_shell
from minify.plan import Detection, Refusal, RefusalKind, refuse
from minify.syntax import Add, Copy, process_word

SHELLS = ("sh", "bash", "ash", "dash", "zsh", "ksh")
LAUNCHERS: dict[str, str] = {
    "gosu": "a program that changes users", "su-exec": "a program that changes users",
    "sudo": "a program that changes users", "su": "a program that changes users", "env": "a program of the base image",
    "supervisord": "a process manager: one service an image needs none", "s6-svscan": "a process manager: one service an image needs none",
    "/init": "a process manager: one service an image needs none",
    "systemd": "a process manager", "crond": "a scheduler that runs commands in a shell", "cron": "a scheduler that runs commands in a shell",
    "make": "a build tool that runs commands in a shell",
    **dict.fromkeys(("elixir", "erl", "escript", "iex", "mix", "rebar3"), "started by shell scripts, which find Erlang and start it"),
}  # fmt: skip


# https://github.com/GoogleContainerTools/distroless: amd64, arm64, arm, s390x and ppc64le
_NOT_BUILT = ("linux/arm/v5", "linux/arm/v6", "linux/386", "linux/mips64le", "linux/riscv64")


def gate(facts: Facts) -> tuple[Refusal, ...]:
    """Every reason against a distroless or scratch final stage that does not depend on the language.

    Where the final image has the shell (`launch.own_shell`), what a shell reads is none.
    """
    return tuple(_reasons(facts))


def _reasons(facts: Facts) -> Iterator[Refusal]:
    if facts.dockerfile.escape != "\\":
        yield refuse("the file's escape character is not the backslash", 1)
    outermost = facts.lineage[0]
    line = outermost.stage.from_.line
    if (reason := of_base(facts)) is not None:
        yield refuse(reason, line)
    if (reason := of_stage(facts)) is not None:
        yield refuse(reason, facts.final.stage.from_.line)
    if (use := of_use(facts)) is not None:
        yield refuse(*use)
    if outermost.unresolved:
        yield refuse(f"the base image hangs on {', '.join(outermost.unresolved)}, which has no value in the file", line)
    elif outermost.image is not None and identity.platform(outermost.image) in _NOT_BUILT:
        yield refuse(f"{outermost.written} is for {identity.platform(outermost.image)}, which distroless is not", line)
    elif facts.base is None or facts.base.asked:
        yield refuse(f"nothing is known of the base image {outermost.written}", line)
    elif facts.base.onbuild:
        yield refuse(f"the base image {outermost.written} runs ONBUILD instructions that this file does not show", line)
    if facts.contract.onbuild:
        yield refuse(
            "ONBUILD makes this a base for other images, which build in it", facts.contract.onbuild[0].instruction.line
        )
    if facts.contract.entrypoint is None and facts.contract.cmd is None and not _serves(facts):
        starts = " ".join(facts.launch.argv)
        yield refuse(
            f"neither CMD nor ENTRYPOINT is in the file: the image starts what its base starts ({starts})"
            if starts
            else "neither CMD nor ENTRYPOINT is in the file: what the container is to start is not known"
        )
    for problem in facts.launch.needs_shell:
        yield refuse(problem.reason, problem.line)
    yield from _program(facts)
    yield from _health(facts)
    for number, reason in facts.footprint.unknown:
        yield refuse(f"what this leaves in the image is not known: {reason}", number)


def _serves(facts: Facts) -> bool:
    """Whether what the base image starts by itself is an application: a server, as its ports say, and no prompt."""
    return facts.base is not None and bool(facts.base.exposed)


def _program(facts: Facts) -> Iterator[Refusal]:
    argv = facts.launch.argv
    if not argv or facts.launch.needs_shell:
        return
    program, line = argv[0], facts.launch.line
    name = program.rsplit("/", 1)[-1]
    # What is known of installers depends on the language
    for reason in of_program(facts, argv, installs=False):
        yield refuse(reason, line)
    if (missing := absent(facts)) is not None:
        reason = f"{missing}, which starts, is not in the build context, so what it calls is not known"
        yield refuse(reason, line, kind=RefusalKind.UNSEEN)
    if facts.launch.own_shell and (name in SHELLS or program.endswith((".sh", ".bash"))):
        return
    if name in SHELLS:
        yield refuse(f"{' '.join(argv[:2])} is run by a shell" if argv[1:] else f"{program} is a shell", line)
    elif facts.base is not None and starts_without_shell(facts.base.family, argv):
        return
    elif program.endswith((".sh", ".bash")):
        yield refuse(f"{program} is a shell script", line)
    elif name in LAUNCHERS or program in LAUNCHERS:
        yield refuse(f"{program} is {LAUNCHERS.get(name) or LAUNCHERS[program]}", line)
    elif facts.context.known and not facts.launch.own_shell:
        script = started(facts)
        # `#!/bin/sh` and `#!/usr/bin/env bash`
        if script is not None and any(word.rsplit("/", 1)[-1] in SHELLS for word in script.interpreter[:2]):
            yield refuse(f"{program} is a shell script ({script.source})", line)


def _health(facts: Facts) -> Iterator[Refusal]:
    placed = facts.contract.healthcheck
    if placed is None:
        return
    plan = asked(facts)
    if own_program(facts) is not None:
        # Whether the final image can run it is asked when that is planned
        return
    if isinstance(plan, tuple):
        for obstacle in plan:
            said = f": {obstacle.text}" if obstacle.text else ""
            reason = f"HEALTHCHECK needs what the final image lacks: {obstacle.reason}{said}"
            yield refuse(reason, placed.instruction.line, kind=RefusalKind.HEALTH)
    if plan is not None:
        return
    problems: list[NeedsShell] = []
    argv = health_command(placed, problems)
    for problem in problems:
        yield refuse(problem.reason, problem.line, kind=RefusalKind.HEALTH)
    name = argv[0].rsplit("/", 1)[-1] if argv else ""
    if name in ("curl", "wget", "nc", "pgrep", "ps", "test", "grep", *SHELLS) or name.endswith(".sh"):
        yield refuse(f"HEALTHCHECK runs {argv[0]}", placed.instruction.line, kind=RefusalKind.HEALTH)


def lacking(facts: Facts, detection: Detection | None) -> tuple[Refusal, ...]:
    """A context that is not there, or lacks what COPY names, could say what the application calls: it cannot."""
    return tuple(_lacking(facts, detection.reads if detection is not None else None))


def _lacking(facts: Facts, reads: tuple[str, ...] | None) -> Iterator[Refusal]:
    scopes = {placed.instruction.span.start: placed.scope for placed in facts.placed}
    own = {node.stage.index for node in facts.lineage}
    for index in sorted(facts.graph.needed()):
        for instruction in facts.graph.nodes[index].stage.instructions:
            if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
                continue
            archive = _unpacked(facts, instruction, scopes.get(instruction.span.start))
            if archive is not None:
                yield refuse(
                    f"ADD unpacks {archive}, whose files are not read, so what the application needs is not known",
                    instruction.line,
                )
                return
            if reads is not None and index in own and not _reaches(instruction, scopes, reads):
                continue
            for written in instruction.sources:
                if written.startswith(("<<", "git@")) or "://" in written:
                    continue
                if not facts.context.known:
                    yield refuse(
                        "the build context is not known, so what the application needs is not known", instruction.line
                    )
                    return
                scope = scopes.get(instruction.span.start)
                source = process_word(written, scope.values if scope is not None else {})
                if any(c in source.text for c in "*?["):
                    # `poetry.lock*` copies the file if there is one.
                    continue
                if (
                    not source.unresolved
                    and not facts.context.exists(source.text)
                    and not built_before(facts.context, source.text)
                ):
                    yield refuse(
                        f"{source.text} is not in the build context, so what the application needs is not known",
                        instruction.line,
                    )
                    return


def _unpacked(facts: Facts, instruction: Copy | Add, scope: Scope | None) -> str | None:
    """The archive of the context that ADD unpacks: its own name is not there afterwards."""
    if isinstance(instruction, Copy) or instruction.flag("unpack") == "false":
        return None
    sources = [process_word(written, scope.values if scope is not None else {}) for written in instruction.sources]
    asked = (unpacked(facts.context, source.text) for source in sources if not source.unresolved)
    return next((archive for archive in asked if archive is not None), None)


def _reaches(instruction: Copy | Add, scopes: Mapping[int, Scope], reads: tuple[str, ...]) -> bool:
    """Whether what an instruction copies may lie where the application reads more than contents of its own."""
    scope = scopes[instruction.span.start]
    dest = process_word(instruction.dest, scope.values)
    path = "" if dest.unresolved else join(scope.workdir, dest.text)
    return not path or any(under(path, place) or under(place, path) for place in reads)


def shell_stays(facts: Facts) -> tuple[Refusal, ...]:
    """What a shell is asked for where nothing else in the final image could do it."""
    return tuple(
        refuse(f"{shelled.needs.reason}, and nothing in the final image could do the same", shelled.needs.line)
        for shelled in facts.launch.shelled
    )


def starts(called: Called, what: str | None = None) -> Refusal:
    """What stops the rung: `src/a.go:7 starts git`, or `what` in other words; of a program that is not named, its kind says so.

    >>> starts(Called(None, shell=True, path="a.c", line=3))[1:3]
    ('a.c:3 starts a shell', None)
    """
    named = "a shell" if called.shell else called.program or "a program whose name is not known"
    kind = RefusalKind.OTHER if called.program else RefusalKind.UNNAMED
    return refuse(f"{called.path}:{called.line} {what or f'starts {named}'}", kind=kind)
