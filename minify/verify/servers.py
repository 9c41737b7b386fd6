"""Servers: the ports they listen on, their answers, their health check, and how they end."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from minify.verify import health, stopping
from minify.verify.answers import observed
from minify.verify.ask import Question
from minify.verify.clues import failure
from minify.verify.differences import Observed, compare, short
from minify.verify.endings import HINT, NAME, ending, explain_first, outcome
from minify.verify.engine import Container, Ended, Image
from minify.verify.noise import shape
from minify.verify.probes import OTHER, Answer, Server, meet
from minify.verify.silence import unheard
from minify.verify.starting import Port, State
from minify.verify.stopping import Stop, stop
from minify.verify.trial import Trial
from minify.verify.verdict import Finding, Section, Verdict

_PATIENCE_SECONDS: Final = 8.0
_END_SECONDS: Final = 2.0
_AFTERWARDS: Final = "after the questions"
_ROOT: Final = Question("GET", "/")
_TROUBLE: Final = re.compile(
    r"\b(?:error|exception|traceback|fatal|critical|panic|segmentation fault|cannot|can't|could not|unable to|failed|failure|"
    r"no such file|permission denied)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything that was seen of one server from its first answer to its end."""

    observed: tuple[Observed, ...]
    answers: tuple[Answer, ...]
    health: Ended | None
    log: str
    ended: Ended | None
    foreign: tuple[int, ...]
    """Ports that speak something else than HTTP."""
    unreachable: tuple[int, ...]


def section(trial: Trial, containers: Sequence[Container], states: Sequence[State]) -> Section:
    """Ask both the same questions in the same order, then end both."""
    old_ports, new_ports = states[0].ports, states[1].ports
    ports = tuple(port for port in old_ports if port in new_ports)
    trial.progress(f"asking both on {', '.join(map(str, ports)) or 'no port'}")
    with ThreadPoolExecutor(2) as pool:
        images = (trial.before.image, trial.after.image)
        old, new = pool.map(lambda image, container: _visit(trial, image, container, ports), images, containers)
        stops = tuple(pool.map(_stop, containers, images, (old, new)))

    @cache
    def second(side: int) -> tuple[Container, Visit]:
        container, _ = trial.again(frozenset(port.number for port in ports), images[side])
        return container, _visit(trial, images[side], container, ports)

    def control() -> Visit:
        return second(0)[1]

    @cache
    def run(number: int) -> Sequence[Observed]:
        if number == 0:
            return control().observed
        container, _ = trial.again(frozenset(port.number for port in ports))
        return _visit(trial, images[0], container, ports).observed

    def stopped(side: int) -> Stop | None:
        container, visit = second(side)
        return _stop(container, images[side], visit)

    findings = [_ports_finding(old_ports, new_ports)]
    compared = compare(old.observed, new.observed, trial.normalisers, run)
    late = []
    if compared.different and _only_silent(old, new):
        # A machine that is busy makes one of two late: another run tells it from one that cannot answer
        repeated = compare(old.observed, second(1)[1].observed, trial.normalisers, run)
        if not repeated.different:
            compared, new = repeated, second(1)[1]
            late = ["the new image did not answer in time at first, and did in a second run"]
    findings += compared.findings
    notes = [*compared.notes, *late, *_notes(trial, old, ports)]
    findings += health.compare(old.health, new.health, lambda: control().health)
    if stops[0] is not None and stops[1] is not None:
        findings.append(stopping.compare(stops[0], stops[1], lambda: stopped(0), lambda: stopped(1)))
    if not any(one.verdict is Verdict.DIFFERENT for one in findings) and (
        trouble := _trouble(trial, old, new, control)
    ):
        findings.append(trouble)
    if any(one.verdict is Verdict.DIFFERENT for one in findings):
        findings = list(explain_first(tuple(findings), lambda one: trial.explained(one, _said(old), _said(new))))
    findings += _unreachable(old, new)
    if not any(one.verdict is Verdict.DIFFERENT for one in findings):
        findings, failed = _proving(trial, old, new, findings)
        notes += [HINT] if failed else []
    return Section.of(NAME, _summary(ports, findings), findings, notes)


def _only_silent(old: Visit, new: Visit) -> bool:
    """Whether one runs on and leaves unanswered what the other answers."""
    return new.ended is None and any(one.problem for one in new.answers) and not any(one.problem for one in old.answers)


def _visit(trial: Trial, image: Image, container: Container, ports: Sequence[Port]) -> Visit:
    asked = _Asked()
    for port in ports:
        if port.protocol == "tcp" and not port.local:
            _ask(asked, trial, container, port.number)
    # A connection is closed a moment before its process has ended
    if asked.failed:
        container.wait(_END_SECONDS)
    checked = health.check(container, image) if container.running() else None
    ended = None if container.running() else container.wait(10)
    state = "runs" if ended is None else f"ended: {ending(ended)}"
    asked.observed.append(Observed(what=_AFTERWARDS, shown=state, parts=(("state", state),)))
    log = "\n".join(container.output())
    return Visit(
        observed=tuple(asked.observed),
        answers=tuple(asked.answers),
        health=checked,
        log=log,
        ended=ended,
        foreign=tuple(asked.foreign),
        unreachable=tuple(asked.unreachable),
    )


def _stop(container: Container, image: Image, visit: Visit) -> Stop | None:
    """How it ends when it is told to; None when it ended before."""
    stopped = stop(container, image) if visit.ended is None else None
    # One that does not end by itself is not to be in the way of what is started next
    container.remove()
    return stopped


@dataclass(slots=True)
class _Asked:
    observed: list[Observed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
    unreachable: list[int] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(answer.problem for answer in self.answers)

    def note(self, server: Server, question: Question, answer: Answer) -> None:
        self.answers.append(answer)
        self.observed.append(observed(server, question, answer))


def _ask(asked: _Asked, trial: Trial, container: Container, port: int) -> None:
    """`GET /`, the addresses of the original's health check, and every probe, in that order."""
    address = container.reach(port)
    if address is None:
        asked.unreachable.append(port)
        return
    server, answer = meet(address, port, max(_PATIENCE_SECONDS, trial.ask.seconds / 4))
    asked.note(server, _ROOT, answer)
    if server.protocol == OTHER:
        asked.foreign += [] if answer.problem else [port]
        return
    checked = health.questions(trial.before.image.configuration, trial.ask.env)
    questions = (*(question for number, question in checked if number == port), *trial.ask.questions)
    for question in dict.fromkeys(questions):
        if question != _ROOT:
            asked.note(server, question, server.ask(question))


def _ports_finding(old: tuple[Port, ...], new: tuple[Port, ...]) -> Finding:
    verdict = Verdict.SAME if old == new else Verdict.DIFFERENT
    before, after = (", ".join(map(str, ports)) for ports in (old, new))
    return Finding(what="listens on", verdict=verdict, before=before, after=after)


def _proving(trial: Trial, old: Visit, new: Visit, findings: list[Finding]) -> tuple[list[Finding], bool]:
    """What is alike, but says nothing of a server that works: it ends by itself, or nobody heard it."""
    expected = trial.ask.expect_exit or 0
    for visit in (old, new):
        failed = visit.ended is not None and (visit.ended.status != expected or visit.ended.timed_out)
        if failed:
            reason = short(failure(visit.log)) or "no message"
            return [
                replace(one, verdict=Verdict.INCONCLUSIVE, detail=reason) if one.what == _AFTERWARDS else one
                for one in findings
            ], True
    silent = unheard(old.answers, old.health) or unheard(new.answers, new.health)
    if silent and not old.unreachable:
        said = Finding(what="answers", verdict=Verdict.INCONCLUSIVE, detail=silent)
        return [*findings, said], True
    return findings, False


def _trouble(trial: Trial, old: Visit, new: Visit, control: Callable[[], Visit]) -> Finding | None:
    """A line of the new image's log that tells of trouble, of a kind that the original never writes."""
    before, after = trial.normalisers
    known = {shape(line) for line in before(old.log).text.split("\n")}
    lines = [line for line in after(new.log).text.split("\n") if _TROUBLE.search(line) and shape(line) not in known]
    if not lines:
        return None
    again = {shape(line) for line in before(control().log).text.split("\n")}
    lines = [line for line in lines if shape(line) not in again]
    if not lines:
        return None
    return Finding(what="log", verdict=Verdict.DIFFERENT, before="no such line", after=short(lines[0]))


def _said(visit: Visit) -> str:
    """Its log, its answers and what its health check wrote: a page of an error may name the reason."""
    answers = (text for one in visit.observed for name, text in one.parts if name == "body")
    checked = [visit.health.stdout, visit.health.stderr] if visit.health is not None else []
    return "\n".join((*answers, *checked, visit.log))


def _notes(trial: Trial, visit: Visit, ports: Sequence[Port]) -> list[str]:
    notes = [
        f"{number}/tcp does not speak HTTP: only whether it takes connections, and its first bytes, were compared"
        for number in visit.foreign
    ]
    notes += [f"{port} is reached from inside the container only and was not asked" for port in ports if port.local]
    statuses = [dict(one.parts).get("status", "") for one in visit.observed]
    if any(status.startswith("5") for status in statuses):
        notes.append("it answers with errors of its own in the original too: --env or --run-arg may give what it lacks")
    elif set(statuses) - {""} == {"404"}:
        notes.append("every answer is 404: --probe names a path that it has")
    if trial.ask.probes and visit.foreign and len(visit.foreign) == len(ports):
        notes.append("no port speaks HTTP: the probes were not asked")
    return notes


def _unreachable(old: Visit, new: Visit) -> list[Finding]:
    return [
        Finding(
            what=f"answers on {number}",
            verdict=Verdict.INCONCLUSIVE,
            detail="this machine cannot reach the container's port",
        )
        for number in sorted({*old.unreachable, *new.unreachable})
    ]


def _summary(ports: Sequence[Port], findings: Sequence[Finding]) -> str:
    server = f"a server on {', '.join(map(str, ports))}" if ports else "a server"
    return f"{server}: {outcome(findings) or f'{len(findings)} comparisons, all the same'}"
