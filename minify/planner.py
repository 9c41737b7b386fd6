"""Choose a rung: the best one that nothing stops, with what stopped those above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.directives import Directives, Kept, read
from minify.ecosystems import ECOSYSTEMS, SMALLEST, STATIC, TOLD, idle, launches, recognise, state, with_own_shell
from minify.ecosystems.asked import Asked, with_asked
from minify.ecosystems.gate import gate, lacking, shell_stays
from minify.ecosystems.health import suggestions, with_health
from minify.ecosystems.init import with_init
from minify.edit import Fix
from minify.errors import RefusedError, UsageError
from minify.image.permitted import permitted
from minify.image.reference import ImageReference
from minify.plan import (
    Decision,
    Detection,
    Options,
    Outcome,
    Plan,
    Refusal,
    RefusalKind,
    Repair,
    Rung,
    Runtime,
    Target,
    refuse,
)
from minify.rewrite.multistage import multistage
from minify.rewrite.replace_base import replace_base, replaceable
from minify.syntax import Copy

_MINIMAL = ("scratch", "distroless")
_OTHER_IMAGE: Final = ("slim-base", "end-of-life")
CONVERSION: Final = "multi-stage"
"""What `disable` names when no final stage is to be written at all."""


class Wish(NamedTuple):
    """What the user asked for: the best rung to try, and how the final stage is to be written."""

    to: Rung | None = None
    options: Options = Options()
    disable: tuple[str, ...] = ()
    """Codes of passes that are not asked."""
    repairs: tuple[Repair, ...] = ()
    """What an earlier attempt lacked: found by building and running it."""
    kept: tuple[Kept, ...] = ()
    """Paths and programs that the file's own comments ask for."""
    allow: tuple[str, ...] = ()
    """Patterns of images that may be introduced; none: any."""
    deny: tuple[str, ...] = ()
    """Patterns of images that may not."""
    upgrade: bool = False
    """Whether bases at the end of their life give way to the next release that is kept up."""
    targets: tuple[Target, ...] = ()
    """The stages that are built as images of their own; none: the last one."""


def choose(facts: Facts, wish: Wish) -> Plan:
    """The plan for a file: nothing to do, a final stage of its own, or clean-ups on a slimmer base."""
    asked = read(facts.dockerfile)
    if asked.off is not None:
        reason = "a comment asks to leave this file alone"
        why = Decision(subject="dockminify: off", outcome=Outcome.KEPT, reason=reason, line=asked.off)
        return _nothing(facts, Rung.SLIM, why)
    plan = _choose(facts, _with_comments(wish, asked))
    said = tuple(
        Decision(
            subject=item.code,
            outcome=Outcome.KEPT,
            reason=f"a comment asks to leave it out{': ' if item.reason else ''}{item.reason}",
            line=item.line,
        )
        for item in asked.ignore
    )
    return plan._replace(fixes=wanted(facts, plan.fixes, wish), decisions=(*plan.decisions, *said))


def wanted(facts: Facts, fixes: Sequence[Fix], wish: Wish) -> tuple[Fix, ...]:
    """The fixes that no comment and no list of images rules out."""
    asked = read(facts.dockerfile)
    if asked.off is not None:
        return ()
    kept = [item.name for item in asked.keep] + list(wish.options.keep)
    return tuple(
        fix
        for fix in fixes
        if fix.code not in wish.disable
        and not any(item.covers(fix) for item in asked.ignore)
        and not (fix.code in _OTHER_IMAGE and not _fits(facts, fix.edits[0].content, kept, wish))
    )


def _fits(facts: Facts, image: str, kept: Sequence[str], wish: Wish) -> bool:
    """Whether an image may be introduced, and lacks nothing that is asked for."""
    from minify.image.alternatives import lost

    try:
        image = facts.mirror.original(ImageReference.parse(image)).familiar
    except UsageError:
        # The default of an ARG that is a part of a name
        return True
    lacking = lost(facts.base, image) if facts.base is not None else ()
    return permitted(image, wish.allow, wish.deny) and not set(kept) & set(lacking)


def _with_comments(wish: Wish, asked: Directives) -> Wish:
    """What is asked, with what the file's own comments ask for: a conversion is of the whole file, wherever its comment stands."""
    whole = {i.code for i in asked.ignore if i.span is None or i.code in (CONVERSION, "final-base", "pruned")}
    return wish._replace(disable=(*wish.disable, *sorted(whole)), kept=(*wish.kept, *asked.keep))


def _choose(facts: Facts, wish: Wish) -> Plan:
    base = facts.base
    _refuse_windows(facts)
    if wish.options.server is not None:
        return _served(facts, wish, wish.options.server)
    if base is not None and base.kind in _MINIMAL:
        rung = Rung.SCRATCH if base.kind == "scratch" else Rung.DISTROLESS
        reason = f"the final stage stands on {facts.base_written} already"
        if base.kind == "scratch" and _whole_root(facts):
            rung, reason = Rung.PRUNED, "the final stage is the whole root of a build stage already"
        line = facts.lineage[0].stage.from_.line
        return _nothing(
            facts, rung, Decision(subject=f"FROM {facts.base_written}", outcome=Outcome.KEPT, reason=reason, line=line)
        )
    answer = _closure(facts, wish)
    if isinstance(answer, Plan):
        return answer
    detection, refusals, advice = answer
    advice = (*advice, *_health(facts, refusals))
    if "multi-stage" not in wish.disable and (wish.to is None or wish.to >= Rung.PRUNED):
        pruned = _pruned(facts, wish, detection, refusals, advice)
        if isinstance(pruned, Plan):
            return pruned
        refusals = (*refusals, *pruned)
    # Loaded here: a file that gets a final stage of its own needs none of them
    from minify.rewrite.passes import PASSES
    from minify.rewrite.passes.cache_mount import without_needless

    rules = () if "slim" in wish.disable else PASSES
    found = without_needless(facts, wanted(facts, [fix for rule in rules for fix in rule(facts)], wish))
    return Plan(
        rung=Rung.SLIM,
        base=facts.base_written,
        detection=detection,
        fixes=found,
        decisions=(*advice, *_user_not_changed(facts, wish), *state.decisions(facts)),
        refusals=refusals,
        size_before_mb=base.uncompressed_mb if base else None,
        size_after_mb=None,
    )


class _Stopped(NamedTuple):
    """What stopped a final image of nothing but the application, and what is to be said of it all the same."""

    detection: Detection | None
    refusals: tuple[Refusal, ...]
    advice: tuple[Decision, ...] = ()


def _closure(facts: Facts, wish: Wish) -> Plan | _Stopped:
    """The plan for a final image of nothing but the application, or what stops it."""
    if CONVERSION in wish.disable:
        return _Stopped(None, (refuse("the settings disable multi-stage"),))
    if wish.to is not None and wish.to < Rung.DISTROLESS:
        return _Stopped(None, (refuse(f"--to {wish.to.label} asks for no better", kind=RefusalKind.WISH),))
    detection = recognise(facts) if not facts.launch.needs_shell else None
    shell = with_own_shell(facts) if detection is None or not launches(detection) else None
    if shell is not None:
        facts, detection = shell
    refusals = (*gate(facts), *lacking(facts, detection))
    if refusals:
        return _Stopped(detection, _with_idle(facts, refusals))
    if detection is None:
        started = facts.launch.argv[0] if facts.launch.argv else "nothing"
        reason = f"what {started} needs at run time is not known"
        return _Stopped(None, (*shell_stays(facts), refuse(reason, facts.launch.line)))
    told = _told(facts, detection, wish)
    answer = _runtime(told, detection, wish)
    if not isinstance(answer, Runtime):
        return _Stopped(detection, _with_idle(facts, answer), told.decisions if told.facts is facts else ())
    if ready := idle.refusals(facts, answer.decisions):
        return _Stopped(detection, ready)
    return _converted(facts, told.facts, detection, answer, wish)


def _with_idle(facts: Facts, refusals: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """What stops the rung, and the scripts that something outside starts, where nothing else leaves open what starts."""
    return refusals if any(refusal.programs for refusal in refusals) else (*refusals, *idle.refusals(facts))


def _runtime(told: _Told, detection: Detection, wish: Wish) -> Runtime | tuple[Refusal, ...]:
    """What an ecosystem says that the application needs, with its init process and health check."""
    seen = told.facts
    smallest = SMALLEST.get(detection.ecosystem) if wish.options.smallest else None
    plan = smallest() if smallest is not None else ECOSYSTEMS[detection.ecosystem]().plan
    stays = () if launches(detection) else shell_stays(seen)
    answer = stays or plan(seen, detection, wish.to)
    if not isinstance(answer, Runtime):
        return answer
    answer = answer._replace(
        env=(*answer.env, *told.env), renamed=told.renamed, decisions=(*answer.decisions, *told.decisions)
    )
    led = with_init(seen, answer)
    led = led if isinstance(led, Refusal) else with_health(seen, led)
    if isinstance(led, Refusal):
        return (led,)
    if not permitted(led.base.reference, wish.allow, wish.deny):
        rung = Rung.SCRATCH if led.base.kind == "scratch" else Rung.DISTROLESS
        return (Refusal(rung=rung, reason=f"the settings do not allow {led.base.reference}"),)
    return led


def _converted(facts: Facts, seen: Facts, detection: Detection, answer: Runtime, wish: Wish) -> Plan:
    """The plan that writes a runtime: another base where the last stage stands, or a final stage of its own."""
    in_place = replaceable(seen, answer, wish.options) and not wish.repairs and not wish.kept
    if in_place and "final-base" not in wish.disable:
        fixes, decisions = replace_base(seen, answer)
    else:
        fixes, decisions = multistage(seen, _with_kept(seen, answer, wish), wish.options)
    if facts.dockerfile.syntax and "cache-mount" not in wish.disable:
        from minify.rewrite.passes.cache_mount import shown

        fixes = (*fixes, *shown(facts))
    reference = answer.base.reference
    scratch = answer.base.kind == "scratch"
    brings = (
        f"certificates, time zones, users and /tmp come with {reference}; --to scratch takes them from the build stage"
    )
    return Plan(
        rung=Rung.SCRATCH if scratch else Rung.DISTROLESS,
        base=facts.mirror.map(reference),
        detection=detection,
        fixes=fixes,
        decisions=(*decisions, *state.decisions(facts), *idle.decisions(facts, answer.decisions)),
        refusals=() if scratch else (Refusal(rung=Rung.SCRATCH, reason=brings, kind=RefusalKind.WISH),),
        size_before_mb=facts.base.uncompressed_mb if facts.base else None,
        size_after_mb=answer.base.uncompressed_mb,
        runtime=answer,
        options=wish.options,
    )


def _served(facts: Facts, wish: Wish, name: str) -> Plan:
    """The plan that gives a plain static site the server that was asked for; a RefusedError where the site is more than that."""
    base = facts.base
    # Loaded here: nobody asks for it by chance
    from minify.image.servers import server, servers
    from minify.rewrite.server_image import server_image

    wanted_server = server(name)
    if wanted_server is None:
        known = ", ".join(row.name for row in servers())
        raise UsageError(f"no server is called {name}", hint=f"those that are known: {known}")
    reference = ImageReference.parse(wanted_server.image)
    if (
        base is not None
        and ImageReference.parse(facts.base_written).familiar.partition(":")[0] == reference.familiar.partition(":")[0]
    ):
        why = Decision(
            subject=f"FROM {facts.base_written}", outcome=Outcome.KEPT, reason=f"{name} serves the site already"
        )
        return _nothing(facts, Rung.DISTROLESS, why)
    detection = recognise(facts)
    sited = STATIC.get(detection.ecosystem) if detection is not None else None
    none = refuse("what starts is no server of static files that is known", facts.launch.line)
    site = sited()(facts) if sited is not None else none
    if not permitted(wanted_server.image, wish.allow, wish.deny):
        site = refuse(f"the settings do not allow {wanted_server.image}")
    answer = site if isinstance(site, Refusal) else server_image(facts, site, wanted_server)
    if isinstance(answer, Refusal):
        raise RefusedError(
            f"--server {name}: {answer.reason}",
            path=facts.dockerfile.source.path,
            line=answer.line,
            column=1 if answer.line is not None else None,
            hint="without --server the server that is there stays, in a smaller image",
        )
    fixes, decisions = answer
    return Plan(
        rung=Rung.DISTROLESS,
        base=wanted_server.image,
        detection=detection,
        fixes=fixes,
        decisions=decisions,
        refusals=(),
        size_before_mb=base.uncompressed_mb if base else None,
        options=wish.options,
    )


def _whole_root(facts: Facts) -> bool:
    """Whether the final stage copies all that another stage holds: `COPY --from=build / /`."""
    return any(
        isinstance(placed.instruction, Copy)
        and placed.instruction.flag("from")
        and placed.instruction.sources == ("/",)
        and placed.instruction.dest == "/"
        for placed in facts.placed
    )


def _pruned(
    facts: Facts,
    wish: Wish,
    detection: Detection | None,
    refusals: tuple[Refusal, ...],
    advice: tuple[Decision, ...],
) -> Plan | tuple[Refusal, ...]:
    """The whole root less what nothing needs, or what stops that."""
    if "pruned" in wish.disable:
        return (Refusal(rung=Rung.PRUNED, reason="the settings disable pruned"),)
    # Loaded here: a file whose application is understood needs none of it
    from minify.pruning.plan import prune

    keep = (*wish.options.keep, *(item.name for item in wish.kept), *(repair.path for repair in wish.repairs))
    answer = prune(facts, keep, refusals)
    if not isinstance(answer, Runtime):
        return answer
    if not permitted(answer.base.reference, wish.allow, wish.deny):
        return (Refusal(rung=Rung.PRUNED, reason=f"the settings do not allow {answer.base.reference}"),)
    # What in a whole root belongs to whom is not known well enough for another user
    fixes, decisions = multistage(facts, answer, wish.options._replace(user=None))
    return Plan(
        rung=Rung.PRUNED,
        base=answer.base.reference,
        detection=detection,
        fixes=fixes,
        decisions=(*decisions, *advice, *_user_not_changed(facts, wish), *state.decisions(facts)),
        refusals=refusals,
        size_before_mb=None,
        size_after_mb=None,
    )


def _health(facts: Facts, refusals: Sequence[Refusal]) -> tuple[Decision, ...]:
    """What could ask instead of a health check that costs a rung."""
    return suggestions(facts) if any(refusal.kind is RefusalKind.HEALTH for refusal in refusals) else ()


def _with_kept(facts: Facts, runtime: Runtime, wish: Wish) -> Runtime:
    """The runtime with what the settings and comments ask for, and with repairs."""
    return with_asked(
        facts,
        runtime,
        (
            *(Asked(name, "the settings ask for it") for name in wish.options.keep),
            *(Asked(item.name, "a comment asks for it", item.line) for item in wish.kept),
            *(Asked(repair.path, repair.reason) for repair in wish.repairs),
        ),
    )


def _user_not_changed(facts: Facts, wish: Wish) -> tuple[Decision, ...]:
    """A stage that keeps its shape keeps its user: what there belongs to whom is not known well enough."""
    if wish.options.user is None or facts.contract.user.partition(":")[0] == wish.options.user.partition(":")[0]:
        return ()
    reason = f"only a final stage of its own is made for {wish.options.user}"
    return (Decision(subject=f"USER {facts.contract.user or 'root'}", outcome=Outcome.CHECK, reason=reason),)


class _Told(NamedTuple):
    """The facts where the program reads from the environment what a shell gave it, with what ENV says then."""

    facts: Facts
    env: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()


def _told(facts: Facts, detection: Detection, wish: Wish) -> _Told:
    telling = TOLD.get(detection.ecosystem) if facts.launch.shelled else None
    answer = telling()(facts, wanted=wish.options.java_options) if telling is not None else None
    if answer is None:
        return _Told(facts)
    return _Told(facts, decisions=(answer,)) if isinstance(answer, Decision) else _Told(*answer)


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
