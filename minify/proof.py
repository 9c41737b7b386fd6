"""The ladder, walked with an engine: the best rung that builds and behaves as the original did.

A rung that fails leaves evidence: what the new image lacks and the original has. It is taken along, once or twice;
then the next rung is tried. What comes out is proven, or nothing comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from minify import api
from minify.context.tree import Context
from minify.edit import Safety
from minify.errors import RefusedError, UsageError
from minify.plan import SHELL, Decision, Outcome, Plan, Repair, Rung, Target
from minify.planner import Wish
from minify.syntax import Source, parse
from minify.targets import made_of
from minify.verify.ask import Ask
from minify.verify.compare import Built, build, compare
from minify.verify.engine import BuildError, BuildOptions, Engine, Progress
from minify.verify.verdict import Verdict, Verification

MAX_STEPS = 8
MAX_REPAIRS = 2
"""On one rung: what still fails after two is not understood."""

Check = Callable[[api.Outcome], Verification]
"""Builds what an outcome writes and compares it with the original; BuildError where it does not build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One attempt: the rung, the paths that were taken along because an earlier attempt lacked them, and what came of it."""

    rung: Rung
    base: str | None
    repairs: tuple[str, ...]
    verification: Verification | None = None
    failure: BuildError | None = None
    target: str = ""
    """The stage that was built, where it is not the last one."""

    @property
    def verdict(self) -> Verdict:
        """What was found; an image that does not build is DIFFERENT."""
        return self.verification.verdict if self.verification is not None else Verdict.DIFFERENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The outcome that passed, None when none did; and every attempt in order. No attempt: nothing was to be changed."""

    outcome: api.Outcome | None
    steps: tuple[Step, ...]
    settled: Target | None = None
    """The target, where it is one of several, as it passed."""

    @property
    def verification(self) -> Verification | None:
        """What the last attempt found: the proof of what is written, when something is."""
        passed = self.passed
        return passed[0].verification if passed else self.steps[-1].verification if self.steps else None

    @property
    def passed(self) -> tuple[Step, ...]:
        """The last attempt of each image that is written, the last stage's first."""
        last = {step.target: step for step in self.steps}
        return tuple(step for step in last.values() if step.verification is not None and step.verdict.passes)


def prove(
    source: Source, context: Context, wish: Wish, required: Safety, check: Callable[[str], Check], progress: Progress
) -> Proof:
    """Walk down from the best rung until one passes, for each image that the file builds; one that never does stays as it is."""
    first = api.fix_source(source, context, wish, required)
    if not first.targets:
        stage = wish.targets[0].stage if wish.targets else ""
        return _walk(source, context, wish, required, check(stage), progress)
    settled: list[Target] = []
    proven: list[tuple[Target, api.Outcome]] = []
    steps: list[Step] = []
    for planned in first.targets:
        target = planned.target
        if planned.plan is None or not planned.plan.fixes:
            settled.append(target)
            continue
        progress(f"--target {target.stage}" if target.stage else "the last stage")
        found = _walk(source, context, wish, required, check(target.stage), progress, (*settled, target))
        steps += [replace(step, target=target.stage) for step in found.steps]
        if found.outcome is not None:
            settled = [one.target for one in found.outcome.targets] or [found.settled or target]
            proven.append((settled[-1], found.outcome))
        elif found.steps:
            settled.append(target._replace(left="no rung passed when it was built and run"))
        else:
            settled.append(target)
    if steps and not proven:
        return Proof(outcome=None, steps=tuple(steps))
    outcome = api.fix_source(source, context, wish._replace(targets=tuple(settled)), required)
    for target, before in proven:
        # A later target may have changed a stage that this one is made of
        if made_of(outcome.patch.after, target.stage) == made_of(before.patch.after, target.stage):
            continue
        plan = next(one.plan for one in outcome.targets if one.target.stage == target.stage)
        assert plan is not None
        step = _attempt(outcome._replace(plan=plan), wish, check(target.stage), progress)
        steps.append(replace(step, target=target.stage))
        if not step.verdict.passes:
            return Proof(outcome=None, steps=tuple(steps))
    return Proof(outcome=outcome, steps=tuple(steps))


def _walk(
    source: Source,
    context: Context,
    wish: Wish,
    required: Safety,
    check: Check,
    progress: Progress,
    targets: Sequence[Target] = (),
) -> Proof:
    """One image, bounded by MAX_STEPS builds: the last of `targets`, with the others as they are settled."""
    steps: list[Step] = []
    tried: set[str] = set()
    repaired = 0
    while len(steps) < MAX_STEPS:
        asked = wish
        settled = None
        if targets:
            settled = targets[-1]._replace(to=wish.to, safe=required is Safety.SAFE, repairs=wish.repairs)
            asked = wish._replace(targets=(*targets[:-1], settled), to=None, repairs=())
        outcome = api.fix_source(source, context, asked, Safety.INFERRED if targets else required)
        plan = outcome.plan
        if settled is not None:
            plan = next((one.plan for one in outcome.targets if one.target == settled), None) or outcome.plan
        step = None
        if not outcome.patch.empty and outcome.patch.after.text not in tried:
            tried.add(outcome.patch.after.text)
            own = outcome if plan is outcome.plan else outcome._replace(plan=plan)
            step = _attempt(own, wish, check, progress)
            steps.append(step)
            if step.verdict.passes:
                return Proof(outcome=outcome, steps=tuple(steps), settled=settled)
            if step.verdict is Verdict.INCONCLUSIVE:
                # A lower rung would be asked the same questions
                break
            lacking = _repairs(step, wish)
            if lacking and repaired < MAX_REPAIRS and plan.rung >= Rung.PRUNED:
                repaired += 1
                progress(f"{plan.rung.label}: again, with {', '.join(repair.path for repair in lacking)}")
                wish = wish._replace(repairs=(*wish.repairs, *lacking))
                continue
        lower = _lower(plan, wish, required)
        if lower is None:
            break
        wish, required = lower
        repaired = 0
        progress(
            f"one rung down: {wish.to.label if wish.to else ''}{', safe changes only' if required is Safety.SAFE else ''}"
        )
    return Proof(outcome=None, steps=tuple(steps))


def verify(
    old: Path,
    new: Path,
    context: Path,
    open_engine: Callable[[], Engine],
    options: BuildOptions,
    ask: Ask,
    progress: Progress,
    wish: Wish | None = None,
) -> Verification:
    """Build two Dockerfiles with one context and compare what they make; the engine is opened after both are read.

    `wish` is what `fix` would be asked for: when the new file is its work, what it decided is known.
    """
    before, after = (Source.from_bytes(api.read_file(path), str(path)) for path in (old, new))
    for source in (before, after):
        parse(source)
    with _opened(open_engine, progress) as engine:
        check = Original(engine, before, Context(context, old), options, ask, progress)
        asked = api.with_targets(before, Context(context, old), wish or Wish())
        return check.against(after.encode(), str(new), _decisions(before, after, check.context, asked, options.target))


def fix(
    path: Path,
    data: bytes | None,
    context: Path,
    wish: Wish,
    open_engine: Callable[[], Engine],
    options: BuildOptions,
    ask: Ask,
    progress: Progress,
) -> Proof:
    """What `fix --verify` does for a Dockerfile, or for `data` when it came through a pipe."""
    source = Source.from_bytes(api.read_file(path) if data is None else data, str(path))
    where = Context(context, path if data is None else None)
    wish = api.with_targets(source, where, wish)
    first = api.fix_source(source, where, wish, Safety.INFERRED)
    if first.patch.empty:
        return Proof(outcome=first, steps=())
    with _opened(open_engine, progress) as engine:
        checks = originals(engine, source, where, options, ask, progress)
        return prove(source, where, wish, Safety.INFERRED, checks, progress)


@contextmanager
def _opened(open_engine: Callable[[], Engine], progress: Progress) -> Iterator[Engine]:
    """The engine, closed in the end; what it keeps is named."""
    with closing(open_engine()) as engine:
        try:
            yield engine
        finally:
            if engine.kept:
                progress(f"kept: {', '.join(engine.kept)}")


class Original:
    """The original image, built and read once, and what it is compared with."""

    def __init__(
        self, engine: Engine, source: Source, context: Context, options: BuildOptions, ask: Ask, progress: Progress
    ) -> None:
        self.engine = engine
        self.context = context
        self.options = options
        self.ask = ask
        self.progress = progress
        self.path = source.path
        try:
            self.built = self._build(source.encode(), source.path, original=True)
        except BuildError as error:
            error.hint = "this is the original: nothing can be said about a new file before it builds here"
            raise
        self.last: Built | None = None
        """What it was compared with last."""

    def against(self, dockerfile: bytes, path: str, decisions: Sequence[Decision]) -> Verification:
        """Build another Dockerfile with the same context and compare."""
        self.last = self._build(dockerfile, path, original=False)
        return compare(
            self.engine,
            self.built,
            self.last,
            ask=self.ask,
            context=self.context,
            decisions=decisions,
            progress=self.progress,
        )

    def check(self, outcome: api.Outcome) -> Verification:
        """What `prove` asks of each attempt."""
        return self.against(outcome.patch.after.encode(), self.path, outcome.plan.decisions)

    def _build(self, dockerfile: bytes, path: str, *, original: bool) -> Built:
        if self.context.root is None:
            raise UsageError("nothing can be built without a build context", hint="name its folder with --context")
        return build(
            self.engine,
            dockerfile,
            self.context.root,
            self.options,
            path=path,
            original=original,
            progress=self.progress,
        )


def originals(
    engine: Engine, source: Source, context: Context, options: BuildOptions, ask: Ask, progress: Progress
) -> Callable[[str], Check]:
    """What `prove` asks of each target: its original is built when it is asked for first."""

    @cache
    def check(target: str) -> Check:
        return Original(engine, source, context, replace(options, target=target or options.target), ask, progress).check

    return check


def _decisions(
    before: Source, after: Source, context: Context, wish: Wish, target: str | None = None
) -> tuple[Decision, ...]:
    """Why `after` differs from `before`, when it is what `fix` makes of it on any rung; nothing is known of another's changes."""
    # From below: a rung that is not reached ends in the text of a lower one
    rungs = (wish.to, *(rung for rung in Rung if rung is not Rung.REFUSED))
    asked = dict.fromkeys((*((to, Safety.INFERRED) for to in rungs), (Rung.SLIM, Safety.SAFE)))
    alone = (Target(stage=target, asked=True),) if target else ()
    for targets in dict.fromkeys((wish.targets, alone)):
        for to, required in asked:
            try:
                outcome = api.fix_source(before, context, wish._replace(to=to, targets=targets), required)
            except (RefusedError, UsageError):
                return ()
            if outcome.patch.after.text == after.text:
                plans = [one.plan for one in outcome.targets if one.target.stage == (target or "").lower() and one.plan]
                return (plans[0] if plans else outcome.plan).decisions
    return ()


def _attempt(outcome: api.Outcome, wish: Wish, check: Check, progress: Progress) -> Step:
    plan = outcome.plan
    progress(f"{plan.rung.label}: building on {plan.base}" if plan.base else f"{plan.rung.label}: building")
    step = Step(rung=plan.rung, base=plan.base, repairs=tuple(repair.path for repair in wish.repairs))
    try:
        found = check(outcome)
    except BuildError as error:
        if error.original:
            raise
        # The line is one of a text that is written nowhere yet
        error.path = f"{error.path} (patched)"
        progress(f"{plan.rung.label}: does not build: {error}")
        return replace(step, failure=error)
    progress(f"{plan.rung.label}: {found.verdict.value}")
    return replace(step, verification=found)


def _repairs(step: Step, wish: Wish) -> tuple[Repair, ...]:
    """What the attempt lacked and was not taken along yet, with the finding that says so."""
    if step.verification is None:
        return ()
    have = {repair.path for repair in wish.repairs}
    found: dict[str, Repair] = {}
    for section in step.verification.sections:
        for finding in section.findings:
            for path in finding.repair:
                if path not in have and finding.verdict is Verdict.DIFFERENT:
                    reason = f"without it the built image was different: {finding.what}"
                    found.setdefault(path, Repair(path=path, reason=reason))
    return tuple(found.values())


def _lower(plan: Plan, wish: Wish, required: Safety) -> tuple[Wish, Safety] | None:
    """The next thing to try below a rung: another rung, with its shell if it had none, then the slim rung's safe changes alone."""
    rung = plan.rung
    if wish.options.server is not None:
        # Another server has no rungs
        return None
    if rung is Rung.SCRATCH and wish.to is Rung.SCRATCH:
        return wish._replace(to=Rung.DISTROLESS), required
    if rung > Rung.PRUNED:
        return wish._replace(to=Rung.PRUNED, repairs=()), required
    if rung is Rung.PRUNED and any(d.subject == SHELL and d.outcome is Outcome.DROPPED for d in plan.decisions):
        reason = "an image without a shell was different"
        return wish._replace(to=Rung.PRUNED, repairs=(Repair(path="/bin/sh", reason=reason),)), required
    if rung > Rung.SLIM:
        return wish._replace(to=Rung.SLIM, repairs=()), required
    if required < Safety.SAFE:
        return wish, Safety.SAFE
    return None
