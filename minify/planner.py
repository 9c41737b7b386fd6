"""Choose a rung: the best one that nothing stops, with what stopped those above it."""

from __future__ import annotations

from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.config import skipped
from minify.ecosystems import ECOSYSTEMS, recognise, state
from minify.ecosystems.gate import gate, lacking
from minify.ecosystems.health import with_health
from minify.ecosystems.init import with_init
from minify.errors import RefusedError
from minify.plan import Decision, Options, Outcome, Plan, Refusal, Repair, Rung, Runtime, Tree
from minify.rewrite.multistage import multistage
from minify.rewrite.replace_base import replace_base, replaceable

_MINIMAL = ("scratch", "distroless")


class Wish(NamedTuple):
    """What the user asked for: the best rung to try, and how the final stage is to be written."""

    to: Rung | None = None
    options: Options = Options()
    disable: tuple[str, ...] = ()
    """Codes of passes that are not asked."""
    repairs: tuple[Repair, ...] = ()
    """What an earlier attempt lacked: found by building and running it."""
    upgrade: bool = False
    """Whether bases at the end of their life give way to the next release that is kept up."""


def choose(facts: Facts, wish: Wish) -> Plan:
    """The plan for a file: nothing to do, a final stage of its own, or clean-ups on a slimmer base."""
    base = facts.base
    skip = skipped(facts.dockerfile.source.text)
    if skip is not None:
        return _nothing(
            facts,
            Rung.SLIM,
            Decision(
                subject="dockminify: skip",
                outcome=Outcome.KEPT,
                reason="a comment asks to leave this file alone",
                line=skip,
            ),
        )
    _refuse_windows(facts)
    if base is not None and base.kind in _MINIMAL:
        rung = Rung.SCRATCH if base.kind == "scratch" else Rung.DISTROLESS
        reason = f"the final stage stands on {facts.base_written} already"
        line = facts.lineage[0].stage.from_.line
        return _nothing(
            facts, rung, Decision(subject=f"FROM {facts.base_written}", outcome=Outcome.KEPT, reason=reason, line=line)
        )
    refusals: tuple[Refusal, ...] = ()
    detection = None
    if "multi-stage" in wish.disable:
        refusals = (Refusal(rung=Rung.DISTROLESS, reason="the settings disable multi-stage"),)
    elif wish.to is None or wish.to >= Rung.DISTROLESS:
        refusals = gate(facts)
        detection = recognise(facts) if not facts.launch.needs_shell else None
        refusals += lacking(facts, detection)
        if detection is None and not refusals:
            started = facts.launch.argv[0] if facts.launch.argv else "nothing"
            refusals = (
                Refusal(
                    rung=Rung.DISTROLESS,
                    reason=f"what {started} needs at run time is not known",
                    line=facts.launch.line,
                ),
            )
        elif detection is not None and not refusals:
            answer = ECOSYSTEMS[detection.ecosystem]().plan(facts, detection, wish.to)
            if isinstance(answer, Runtime):
                led = with_init(facts, answer)
                led = led if isinstance(led, Refusal) else with_health(facts, led)
                answer = (led,) if isinstance(led, Refusal) else led
            if not isinstance(answer, Runtime):
                refusals = answer
            else:
                in_place = replaceable(facts, answer, wish.options) and not wish.repairs
                if in_place and "final-base" not in wish.disable:
                    fixes, decisions = replace_base(facts, answer)
                else:
                    fixes, decisions = multistage(facts, _with_kept(answer, wish), wish.options)
                if facts.dockerfile.syntax and "cache-mount" not in wish.disable:
                    from minify.rewrite.passes.cache_mount import shown

                    fixes = (*fixes, *shown(facts))
                scratch = answer.base.kind == "scratch"
                stopped = (
                    ()
                    if scratch
                    else (
                        Refusal(
                            rung=Rung.SCRATCH,
                            reason=f"certificates, time zones, users and /tmp come with {answer.base.reference}; --to scratch takes them from the build stage",
                        ),
                    )
                )
                return Plan(
                    rung=Rung.SCRATCH if scratch else Rung.DISTROLESS,
                    base=answer.base.reference,
                    detection=detection,
                    fixes=fixes,
                    decisions=(*decisions, *state.decisions(facts)),
                    refusals=stopped,
                    size_before_mb=base.uncompressed_mb if base else None,
                    size_after_mb=answer.base.uncompressed_mb,
                    runtime=answer,
                    options=wish.options,
                )
    else:
        refusals = (Refusal(rung=Rung.DISTROLESS, reason=f"--to {wish.to.label} asks for no better"),)
    # Loaded here: a file that gets a final stage of its own needs none of them
    from minify.rewrite.passes import PASSES
    from minify.rewrite.passes.cache_mount import without_needless

    found = without_needless(facts, [fix for rule in PASSES for fix in rule(facts) if fix.code not in wish.disable])
    return Plan(
        rung=Rung.SLIM,
        base=facts.base_written,
        detection=detection,
        fixes=found,
        decisions=tuple(state.decisions(facts)),
        refusals=refusals,
        size_before_mb=base.uncompressed_mb if base else None,
        size_after_mb=None,
    )


def _with_kept(runtime: Runtime, wish: Wish) -> Runtime:
    """The runtime with the paths that the settings ask for, and with repairs; they may not exist, so they are taken if they are there."""
    asked = (
        *((path, "the settings ask for it") for path in wish.options.keep),
        *((r.path, r.reason) for r in wish.repairs),
    )
    new = {path: reason for path, reason in asked if not any(under(path, tree.path) for tree in runtime.trees)}
    if not new:
        return runtime
    trees = tuple(Tree(path=path, reason=reason, certain=False) for path, reason in new.items())
    return runtime._replace(trees=(*runtime.trees, *trees))


def _nothing(facts: Facts, rung: Rung, why: Decision) -> Plan:
    """The plan that leaves a file as it is."""
    return Plan(rung=rung, base=facts.base_written, detection=None, fixes=(), decisions=(why,), refusals=())


def _refuse_windows(facts: Facts) -> None:
    base = facts.base
    from_ = facts.lineage[0].stage.from_
    windows = base is not None and base.os == "windows"
    windows = windows or (from_.platform or "").lower().startswith("windows")
    if windows:
        raise RefusedError(
            f"{facts.base_written} is a Windows image"
            if base is not None and base.os == "windows"
            else "this Dockerfile builds a Windows image",
            path=facts.dockerfile.source.path,
            line=from_.line,
            column=1,
            hint="Windows has no distroless or scratch images: nothing is changed",
        )
