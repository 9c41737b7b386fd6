"""The whole pipeline, straight: what `import minify` users and the command line call.

>>> outcome = fix_text(b"FROM scratch\\nCOPY app /app\\nCMD [\\"/app\\"]\\n")
>>> outcome.patch.empty, outcome.plan.rung.label
(True, 'scratch')
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts, gather
from minify.context.tree import Context
from minify.diff import Patch
from minify.edit import Applied, Safety, Skipped
from minify.errors import ConfigurationError, InternalError, UsageError
from minify.plan import Plan
from minify.planner import Wish, choose, wanted
from minify.rewrite.apply import apply_fixes
from minify.rewrite.comments import generated
from minify.rewrite.upgrade import named, upgrades
from minify.syntax import Source, parse
from minify.targets import Planned, combined, counted, found, planned, resolved

if TYPE_CHECKING:
    from minify.surroundings import Surroundings

MAXIMUM_BYTES = 4_000_000
"""A Dockerfile is text that a person writes: a larger file is something else."""


class Outcome(NamedTuple):
    """What became of one Dockerfile."""

    facts: Facts
    plan: Plan
    patch: Patch
    applied: tuple[Applied, ...]
    skipped: tuple[Skipped, ...]
    around: Surroundings | None = None
    """What stands around the Dockerfile and uses the image; None when nobody looked."""
    targets: tuple[Planned, ...] = ()
    """What became of each image that the file builds, where it is not the last stage's alone."""


def fix(
    path: Path, *, context: Path | None = None, wish: Wish | None = None, required: Safety = Safety.INFERRED
) -> Outcome:
    """Read a Dockerfile and its build context (its own folder, unless another is named) and plan its smallest form.

    Every stage is planned that the wish or a file of the repository builds as an image, and the last one.
    """
    source = Source.from_bytes(read_file(path), str(path))
    root = Context(context if context is not None else path.parent, path)
    return fix_source(source, root, with_targets(source, root, wish or Wish()), required)


def with_targets(source: Source, context: Context, wish: Wish, root: Path | None = None) -> Wish:
    """The wish with the stages that files of the repository build as images of their own; as it is where it names some."""
    if wish.targets or context.dockerfile is None or context.root is None or "AS" not in source.text.upper():
        return wish
    dockerfile = parse(source)
    if not any(stage.name for stage in dockerfile.stages[:-1]):
        return wish
    from minify.surroundings import targets

    return with_builds(source, context, wish, targets(context, root).items())


def with_builds(source: Source, context: Context, wish: Wish, builds: Iterable[tuple[str, str]]) -> Wish:
    """The wish with the stages that are built by name, given with the place that says so."""
    said = dict(builds)
    if wish.targets or not any(said):
        return wish
    return wish._replace(targets=found(gather(parse(source), context, wish.options.mirror), said))


def fix_text(
    data: bytes, *, path: str = "Dockerfile", context: Path | None = None, wish: Wish | None = None
) -> Outcome:
    """Plan for a text, as one that comes through a pipe; its build context is not known unless it is named."""
    return fix_source(Source.from_bytes(data, path), Context(context, None), wish or Wish(), Safety.INFERRED)


def fix_source(source: Source, context: Context, wish: Wish, required: Safety) -> Outcome:
    """parse → analyse → choose a plan → rewrite → diff."""
    mirror = wish.options.mirror
    facts = gather(parse(source), context, mirror, wish.options.bases)
    wish = wish._replace(targets=resolved(facts, wish.targets))
    newer = wanted(facts, upgrades(facts, wanted=wish.upgrade and required <= Safety.INFERRED), wish)
    upgraded, raised, shown = apply_fixes(source, newer, required)
    if raised:
        # Another base is another set of facts
        facts = gather(parse(upgraded), context, mirror, wish.options.bases)
    several = planned(facts, wish)
    naming = counted(several)
    if naming is not None and naming.safety >= required:
        upgraded, more, _ = apply_fixes(upgraded, (naming,), required)
        newer, raised = (*newer, naming), (*raised, *more)
        facts = gather(parse(upgraded), context, mirror, wish.options.bases)
        several = planned(facts, wish)
    plan = combined(several) if several else choose(facts, wish)
    made = generated(facts.dockerfile) if plan.fixes else ()
    plan = plan._replace(decisions=(*plan.decisions, *named(facts), *made))
    if mirror.rules:
        plan = with_registry(facts, plan, wish)
    try:
        patched, applied, skipped = apply_fixes(upgraded, plan.fixes, required)
    except InternalError as error:
        if wish.options.templates is None:
            raise
        # With templates of the user's own it is theirs that made it
        raise ConfigurationError(error.message, path=str(wish.options.templates), line=error.line) from error
    return Outcome(
        facts=facts,
        plan=plan._replace(fixes=(*newer, *plan.fixes)),
        patch=Patch(source, patched),
        applied=(*raised, *applied),
        skipped=(*shown, *skipped),
        targets=several if any(one.target.stage for one in several) else (),
    )


def with_registry(facts: Facts, plan: Plan, wish: Wish) -> Plan:
    """The plan with every image under the name that the user's own registry has for it."""
    from minify.rewrite import registry

    pulled = wanted(facts, tuple(registry.fixes(facts, plan.fixes)), wish)
    return plan._replace(fixes=(*plan.fixes, *pulled), decisions=(*plan.decisions, *registry.unknown(facts)))


def look_around(outcome: Outcome, root: Path | None = None) -> Outcome:
    """The outcome with what uses the image in its repository (compose files, manifests, pipelines) and would break."""
    if outcome.patch.empty:
        return outcome
    from minify.surroundings import look

    images = [(one.facts, one.plan) for one in outcome.targets if one.plan is not None]
    return outcome._replace(around=look(images or [(outcome.facts, outcome.plan)], root))


def read_file(path: Path) -> bytes:
    """The bytes of a Dockerfile, or a UsageError that says what is there instead."""
    try:
        if path.is_dir():
            raise UsageError("is a directory", path=str(path), hint=f"name the file: {path}/Dockerfile")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no such file", path=str(path), hint="check the path; - reads from standard input") from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if len(data) > MAXIMUM_BYTES:
        raise UsageError(f"is {len(data):,} bytes: no Dockerfile is that long", path=str(path))
    return data
