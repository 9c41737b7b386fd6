"""Both images started the same way, side by side, and compared by what they do.

What ends by itself is a program, what listens is a server, what does neither is a worker.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from minify.errors import UsageError
from minify.verify import endings, servers, workers
from minify.verify.ask import Ask
from minify.verify.differences import short
from minify.verify.endings import HINT, NAME, ending
from minify.verify.engine import Container, Engine, Progress, silent
from minify.verify.starting import SLOWER, State
from minify.verify.subject import Subject
from minify.verify.trial import Trial
from minify.verify.verdict import Finding, Section, Verdict

__all__ = ["Ask", "compare"]

_MOMENT_SECONDS: Final = 2.0
_LONGEST_SECONDS: Final = 15.0


def compare(engine: Engine, before: Subject, after: Subject, ask: Ask, progress: Progress = silent) -> Section:
    """Start both, watch what becomes of them, and compare: `compare(engine, original, new, Ask(probes=("/health",)))`."""
    _check(ask)
    with Trial(engine=engine, before=before, after=after, ask=ask, progress=progress) as trial:
        progress("starting both images")
        containers = [trial.start(one.image) for one in (before, after)]
        old, new = states = _alike(trial.settle(containers), containers)
        if old.ended is not None and new.ended is not None:
            return endings.section(trial, old.ended, new.ended)
        if old.listens and new.listens:
            return servers.section(trial, containers, states)
        if old.ended is None and new.ended is None and not old.ports and not new.ports:
            return workers.section(trial, containers)
        return _unlike(trial, containers, old, new)


def _check(ask: Ask) -> None:
    """What is wrong with the question is told before anything starts."""
    _ = ask.questions
    for argument in ask.run_args:
        if argument.partition("=")[0] in ("-p", "--publish", "-P", "--publish-all"):
            raise UsageError(
                f"{argument.partition('=')[0]} cannot be given for a verification: both containers would want the port",
                hint="ports are reached without it; name one that EXPOSE does not tell with --port",
            )


def _alike(states: tuple[State, ...], containers: list[Container]) -> tuple[State, ...]:
    """Where one listens and the other ended: what dies soon after it listens dies a moment sooner or later."""
    lives = [state.ended.seconds for state in states if state.ended is not None]
    if len(lives) != 1 or not any(state.listens for state in states):
        return states
    seconds = min(SLOWER * lives[0] + _MOMENT_SECONDS, _LONGEST_SECONDS)
    pairs = zip(states, containers, strict=True)
    return tuple(state if state.ended else replace(state, ended=container.wait(seconds)) for state, container in pairs)


def _unlike(trial: Trial, containers: list[Container], old: State, new: State) -> Section:
    """One does something else than the other already when it starts."""
    finding = Finding(what="start", verdict=Verdict.DIFFERENT, before=_doing(old), after=_doing(new))
    output = ["\n".join(container.output()) for container in containers]
    expected = trial.ask.expect_exit or 0
    if old.ended is not None and old.ended.status != expected and new.ended is None:
        summary = f"the original does not start ({ending(old.ended)}), the new image does: it {_doing(new)}"
        better = Finding(what="start", verdict=Verdict.INCONCLUSIVE, before=finding.before, after=finding.after)
        return Section.of(NAME, summary, [better], [HINT])
    for container in containers:
        container.remove()
    again = trial.again(frozenset(port.number for port in old.ports))[1]
    if _doing(again) == _doing(new):
        finding = Finding(
            what="start",
            verdict=Verdict.INCONCLUSIVE,
            before=finding.before,
            after=finding.after,
            detail="a second run of the original does what the new image does",
        )
        return Section.of(NAME, "the original does now one thing, now the other", [finding])
    explained = trial.explained(finding, *output)
    reason = f": {short(explained.detail)}" if explained.detail else ""
    return Section.of(NAME, f"the original {finding.before}, the new image {finding.after}{reason}", [explained])


def _doing(state: State) -> str:
    """A state in words: `listens on 8000/tcp`."""
    if state.ended is not None:
        return f"ends with {ending(state.ended)}" if not _killed(state) else f"is {ending(state.ended)}"
    return f"listens on {', '.join(map(str, state.ports))}" if state.ports else "runs on without listening"


def _killed(state: State) -> bool:
    return state.ended is not None and ending(state.ended).startswith("killed")
