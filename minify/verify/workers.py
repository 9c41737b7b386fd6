"""Workers: what neither ends nor listens. What they wrote in the same time, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from minify.verify import stopping
from minify.verify.differences import Observed, compare
from minify.verify.endings import NAME, explain_first, outcome
from minify.verify.engine import Container
from minify.verify.stopping import Stop, stop
from minify.verify.trial import Trial
from minify.verify.verdict import Finding, Section, Verdict

_STREAMS: Final = ("standard output", "standard error")

Output = tuple[str, str]


def section(trial: Trial, containers: Sequence[Container]) -> Section:
    """Compare what two containers wrote so far, then end both."""
    old, new = (container.output() for container in containers)
    images = (trial.before.image, trial.after.image)
    stops = [stop(container, image) for container, image in zip(containers, images, strict=True)]
    for container in containers:
        container.remove()

    @cache
    def again(side: int) -> tuple[Output, Stop | None]:
        container, state = trial.again(image=images[side])
        output = container.output()
        return output, stop(container, images[side]) if state.ended is None else None

    # Servers on a busy machine: the one that was given less time wrote less
    starting = bool(trial.expected)
    before, after = _observed(old, new, starting)
    compared = compare(before, after, trial.normalisers, lambda _: _observed(again(0)[0], new, starting)[0])
    ends = stopping.compare(stops[0], stops[1], lambda: again(0)[1], lambda: again(1)[1])
    findings = (*compared.findings, ends)
    notes = list(compared.notes)
    if any(one.verdict is Verdict.DIFFERENT for one in findings):
        findings = explain_first(findings, lambda one: trial.explained(one, "\n".join(old), "\n".join(new)))
    seconds = f"{trial.ask.seconds:.0f} s"
    if trial.expected:
        ports = ", ".join(map(str, sorted(trial.expected)))
        silent = Finding(
            what="listens on",
            verdict=Verdict.INCONCLUSIVE,
            detail=f"neither listens on {ports} within {seconds}: give what it waits for, or more time with --seconds",
        )
        findings = (silent, *findings)
    elif not "".join(old).strip():
        notes.append(f"it wrote nothing within {seconds}: little was exercised")
    said = outcome(findings) or "the same output and the same end"
    return Section.of(NAME, f"runs on without listening, {seconds} long: {said}", findings, notes)


def _observed(old: Output, new: Output, starting: bool) -> tuple[tuple[Observed, ...], tuple[Observed, ...]]:
    """Both outputs up to where the shorter one is: one of them is always a line ahead."""
    pairs = [_alike_long(one, other, starting) for one, other in zip(old, new, strict=True)]
    before, after = (
        tuple(
            Observed(what=name, shown="the same lines" if pair[side] else "nothing", parts=((name, pair[side]),))
            for name, pair in zip(_STREAMS, pairs, strict=True)
        )
        for side in (0, 1)
    )
    return before, after


def _alike_long(one: str, other: str, starting: bool) -> tuple[str, str]:
    """Cut to the same number of whole lines, unless one has less than half of the other's and neither is still starting."""
    lines = [text.split("\n")[:-1] for text in (one, other)]
    shorter, longer = sorted(map(len, lines))
    count = shorter if starting or shorter * 2 >= longer else longer
    return "\n".join(lines[0][:count]), "\n".join(lines[1][:count])
