"""HEALTHCHECK by curl, wget or nc: what it asks, and the same asked by the image's own runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.launch import health_command
from minify.ecosystems.health_program import own_program, with_own_program
from minify.plan import Decision, Outcome, Refusal, RefusalKind, Runtime, refuse
from minify.syntax import Healthcheck

if TYPE_CHECKING:
    from minify.health import HealthPlan, Obstacle

# What these run is a program of the image's own. `read` says so too, but it knows curl and wget, which take long to load
_RUNTIMES = ("bun", "deno", "node", "perl", "python", "python3")


def asked(facts: Facts) -> HealthPlan | tuple[Obstacle, ...] | None:
    """What the health check asks of the application; None when there is none, or it runs a program of its own."""
    placed = facts.contract.healthcheck
    if placed is None:
        return None
    instruction = placed.instruction
    assert isinstance(instruction, Healthcheck)
    argv = health_command(placed, [])
    if instruction.none or (argv and argv[0].rpartition("/")[2] in _RUNTIMES):
        return None
    from minify.health import read

    command = instruction.exec_form if instruction.exec_form is not None else instruction.shell or ""
    busybox = facts.base is not None and facts.base.libc == "musl"
    return read(command, shell=placed.scope.shell, busybox=busybox)


def by_runtime(
    facts: Facts, interpreter: str, write: Callable[[HealthPlan], tuple[str, ...]]
) -> tuple[str, ...] | None:
    """The exec form that asks the same with an interpreter of the final image; None when nothing is to be translated."""
    plan = asked(facts)
    if plan is None:
        return None
    from minify.health import HealthPlan

    return (interpreter, *write(plan)) if isinstance(plan, HealthPlan) else None


def with_health(facts: Facts, runtime: Runtime) -> Runtime | Refusal:
    """The runtime with what became of the health check said; a Refusal where the runtime cannot ask."""
    placed, plan = facts.contract.healthcheck, asked(facts)
    if placed is None or plan is None:
        return runtime
    from minify.health import HealthPlan

    line = placed.instruction.line
    if runtime.health is None:
        own = own_program(facts)
        brought = with_own_program(facts, runtime, own) if own is not None else None
        if brought is not None:
            return brought._replace(decisions=(*brought.decisions, *suggestions(facts)))
        if not isinstance(plan, HealthPlan):
            obstacle = plan[0]
            return refuse(f"HEALTHCHECK needs what the final image lacks: {obstacle}", line, kind=RefusalKind.HEALTH)
        instruction = placed.instruction
        assert isinstance(instruction, Healthcheck)
        command = (instruction.exec_form or (instruction.shell or "").split())[0]
        reason = f"HEALTHCHECK runs {command}, and nothing in the final image could ask the same"
        return refuse(reason, line, kind=RefusalKind.HEALTH)
    if not isinstance(plan, HealthPlan):
        return runtime
    notes = tuple(Decision(subject="HEALTHCHECK", outcome=Outcome.CHECK, reason=note, line=line) for note in plan.notes)
    return runtime._replace(decisions=(*runtime.decisions, *notes))


def suggestions(facts: Facts) -> tuple[Decision, ...]:
    """What could ask from outside, ready to be pasted, where nothing in a smaller image can: for Kubernetes and compose."""
    placed, plan = facts.contract.healthcheck, asked(facts)
    if placed is None or plan is None:
        return ()
    from minify.health import HealthPlan, Obstacle
    from minify.health.renderers.cluster import beside, in_one_line, kubernetes

    instruction = placed.instruction
    assert isinstance(instruction, Healthcheck)
    command: str | tuple[str, ...] = instruction.exec_form or instruction.shell or ""
    flags = {flag.name: flag.value or "" for flag in instruction.flags}
    argv = command if isinstance(command, tuple) else (*placed.scope.shell, command)
    probe = (
        kubernetes(plan, flags, environment=dict(facts.contract.env))
        if isinstance(plan, HealthPlan)
        else Obstacle("only a shell can ask this", "")
    )
    if isinstance(probe, Obstacle):
        given = plan if isinstance(plan, HealthPlan) else HealthPlan(())
        whole = kubernetes(given, flags, argv=argv)
        assert not isinstance(whole, Obstacle)
        reason = f"{probe}; a probe of Kubernetes, which reads no HEALTHCHECK, can only run it: {in_one_line('livenessProbe', whole)}"
    else:
        reason = f"a probe of Kubernetes asks the same, at the address of the pod, without any program in the image: {in_one_line('livenessProbe', probe)}"
    found = [Decision(subject="HEALTHCHECK", outcome=Outcome.CHECK, reason=reason, line=instruction.line)]
    service = beside(plan, flags, command) if isinstance(plan, HealthPlan) else None
    if service is not None and not isinstance(service, Obstacle):
        reason = f"with compose, a service beside app asks the same: {in_one_line('app-health', service)}"
        found.append(Decision(subject="HEALTHCHECK", outcome=Outcome.CHECK, reason=reason, line=instruction.line))
    return tuple(found)


def in_lines(source: str) -> str:
    r"""The words of a RUN that print a program's source, a line of its own for each line.

    >>> in_lines("a\nb\n").splitlines()[1]
    "    'a' \\"
    """
    quoted = ("'" + line.replace("'", "'\\''") + "'" for line in source.rstrip("\n").split("\n"))
    return " \\\n    ".join(["printf '%s\\n'", *quoted, ""])
