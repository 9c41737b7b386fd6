"""A last stage that only copies what other stages built: its base image is replaced where it stands, and nothing is added."""

from __future__ import annotations

from minify.analysis.contract import CONTRACT
from minify.analysis.facts import Facts
from minify.analysis.footprint import FORGOTTEN, RunRead, under
from minify.ecosystems.finals import kept_environment
from minify.edit import Edit, Fix, Safety
from minify.plan import Decision, Options, Outcome, Runtime
from minify.rewrite.arguments import base_edits
from minify.rewrite.case import in_case
from minify.rewrite.comments import comments_above, deletion
from minify.rewrite.multistage import pinned, said_of_health, said_of_program
from minify.rewrite.render import env_lines, exec_form
from minify.shell.effects import (
    ChangesNothing,
    CleansIndex,
    Effect,
    InstallsPackages,
    RefreshesIndex,
    Removes,
    Writes,
)
from minify.syntax import Add, Arg, Cmd, Entrypoint, Healthcheck, Instruction, Onbuild, Run, Shell, Span, User

CODE = "final-base"

_USERS = ("", "root", "0", "0:0", "nobody", "nonroot")
"""Users that distroless images have; a number needs none."""


def replaceable(facts: Facts, runtime: Runtime, options: Options) -> bool:
    """Whether the last stage needs nothing but another base: it copies, describes, and installs what that base has."""
    instructions = [i for node in facts.lineage for i in node.stage.instructions]
    if (
        built_on(facts)
        or facts.later.used
        or pinned(facts) is not None
        or facts.launch.init
        or facts.launch.user
        or facts.launch.gone
        # A script that only hands on has no shell there either
        or (facts.contract.entrypoint is not None and not facts.launch.entrypoint.argv)
        or any(node.unresolved for node in facts.lineage)
        or options.debug_stage
        or options.user
        or options.keep
    ):
        return False
    if (
        runtime.brings_libc
        or runtime.libraries_lacking
        or runtime.packages
        or runtime.accounts
        or not all(t.certain and (_written(facts, t.path) or _inserted(runtime, t.path)) for t in runtime.trees)
    ):
        return False
    if runtime.base.kind != "distroless" or runtime.values or not any(isinstance(i, Add) for i in instructions):
        return False
    runs = {run.placed.instruction.span.start: run for run in facts.footprint.runs}
    return all(
        _stays(i, facts, runtime) or (isinstance(i, Run) and _provided(runs[i.span.start])) for i in instructions
    )


def _written(facts: Facts, path: str) -> bool:
    """Whether the file's own instructions put something at or below a path: what the old base has there would be lost."""
    return any(
        under(written.path, path) or under(path, written.path) for written in facts.footprint.written if written.path
    )


def _inserted(runtime: Runtime, path: str) -> bool:
    """Whether a line that is added to the stage copies a path to where it is."""
    return any(text.startswith("COPY ") and text.rstrip().endswith(f" {path}") for _, text in runtime.insertions)


def built_on(facts: Facts) -> bool:
    """Whether another stage stands on, or copies from, one of those that the final stage is built on."""
    own = {node.stage.index for node in facts.lineage}
    others = [node for node in facts.graph.nodes if node.stage.index not in own]
    return any(node.parent in own or own.intersection(node.copies_from) for node in others)


def replace_base(facts: Facts, runtime: Runtime) -> tuple[tuple[Fix, ...], tuple[Decision, ...]]:
    """The fix that names another base, drops the RUNs that it makes needless, and starts the program without a shell."""
    source = facts.dockerfile.source
    from_ = facts.lineage[0].stage.from_
    comments = comments_above(facts.dockerfile)
    named, dropped = base_edits(facts, from_.image_span, from_.image, runtime.base)
    edits = [*named]
    decisions = [*runtime.decisions, *dropped]
    env, env_decisions = kept_environment(facts, runtime)
    env = (*env, *runtime.env)
    decisions += env_decisions
    new = env_lines(env) + "\n" if env else ""
    user = any(isinstance(p.instruction, User) for p in facts.contract.instructions)
    if not user and runtime.base.user not in ("", "root", "0"):
        new += "USER root\n"
    if new:
        edits.append(Edit(Span(from_.span.end, from_.span.end), in_case(facts, new).replace("\n", source.newline)))
    edits += [Edit(Span(offset, offset), in_case(facts, text, offset)) for offset, text in runtime.insertions]
    decisions.append(
        Decision(
            subject=f"FROM {facts.base_written}",
            outcome=Outcome.REPLACED,
            reason=f"{runtime.base.reference} has certificates, time zones, users and /tmp, and no shell or package manager",
            line=from_.line,
        )
    )
    for instruction in (i for node in facts.lineage for i in node.stage.instructions):
        if isinstance(instruction, Run):
            edits.append(deletion(facts.dockerfile, instruction, comments))
            decisions.append(
                Decision(
                    subject=_subject(instruction),
                    outcome=Outcome.DROPPED,
                    reason=f"{runtime.base.reference} brings what it installs, or nothing needs it",
                    line=instruction.line,
                )
            )
        elif isinstance(instruction, Shell):
            edits.append(deletion(facts.dockerfile, instruction, comments))
            decisions.append(
                Decision(
                    subject=_subject(instruction),
                    outcome=Outcome.DROPPED,
                    reason="only shell forms use it",
                    line=instruction.line,
                )
            )
    check = facts.contract.healthcheck
    if check is not None and runtime.health is not None:
        instruction = check.instruction
        assert isinstance(instruction, Healthcheck)
        flags = "".join(f"{source.slice(flag.span)} " for flag in instruction.flags)
        start, end = instruction.keyword_span.start, instruction.span.start + len(instruction.text.rstrip("\r\n"))
        word = source.slice(instruction.keyword_span)
        edits.append(Edit(Span(start, end), f"{word} {flags}CMD {exec_form(runtime.health)}"))
        decisions.append(
            Decision(
                subject=_subject(instruction),
                outcome=Outcome.REPLACED,
                reason=said_of_health(runtime.health),
                line=instruction.line,
            )
        )
    emptied = bool(runtime.base.entrypoint) and facts.contract.entrypoint is None
    if emptied:
        reason = f"{runtime.base.reference} has an ENTRYPOINT of its own, and CMD is the whole command"
        decisions.append(Decision(subject="ENTRYPOINT []", outcome=Outcome.ADDED, reason=reason))
    for placed, spoken, argv in (
        (facts.contract.entrypoint, facts.launch.entrypoint, runtime.entrypoint),
        (facts.contract.cmd, facts.launch.cmd, runtime.cmd),
    ):
        if placed is None:
            continue
        instruction = placed.instruction
        lower = source.slice(instruction.keyword_span).islower()
        empty = f"{'entrypoint' if lower else 'ENTRYPOINT'} []{source.newline}" if emptied else ""
        if not argv:
            if empty and placed is facts.contract.cmd:
                edits.append(Edit(Span(instruction.span.start, instruction.span.start), empty))
            continue
        start, end = instruction.keyword_span.start, instruction.span.start + len(instruction.text.rstrip("\r\n"))
        word = source.slice(instruction.keyword_span)
        edits.append(Edit(Span(start, end), f"{empty}{word} {exec_form(argv)}"))
        decisions.append(
            Decision(
                subject=_subject(instruction),
                outcome=Outcome.REPLACED,
                reason=runtime.command_reason or said_of_program(placed, spoken.argv, argv),
                line=instruction.line,
            )
        )
    fix = Fix(
        code=CODE,
        edits=tuple(sorted(edits)),
        safety=Safety.INFERRED,
        reason=f"the last stage only copies what was built elsewhere: {runtime.base.reference} is enough under it",
    )
    return (fix,), tuple(decisions)


def _stays(instruction: Instruction, facts: Facts, runtime: Runtime) -> bool:
    if isinstance(instruction, User):
        user = instruction.user.partition(":")[0]
        has = [entry.partition(":")[0] for entry in runtime.base.users]
        # `USER $APP_UID`: a variable that both bases set to the same number
        name = user.removeprefix("$").strip("{}")
        number = dict(runtime.base.env).get(name) if user.startswith("$") else None
        same = number is not None and dict(facts.contract.env).get(name) == number
        return instruction.user in (*_USERS, *has) or user.isdigit() or same
    if isinstance(instruction, Healthcheck):
        return instruction.none or instruction.exec_form is not None or runtime.health is not None
    if isinstance(instruction, Add):
        chown = instruction.flag("chown") or ""
        return all(part.isdigit() or part in ("", "root", "nobody", "nonroot") for part in chown.split(":"))
    return isinstance(instruction, (*CONTRACT, Arg, Cmd, Entrypoint)) and not isinstance(instruction, Onbuild)


def _provided(run: RunRead) -> bool:
    """Whether a RUN leaves nothing that the final image needs: every package it installs was decided to be left."""
    return bool(run.effects) and not run.script.opaque and all(_nothing(effect) for effect in run.effects)


def _nothing(effect: Effect) -> bool:
    match effect:
        case InstallsPackages() | RefreshesIndex() | CleansIndex() | ChangesNothing():
            return True
        case Removes(path=path):
            return any(under(path, f) for f in (*FORGOTTEN, "/root", "/var/cache"))
        case Writes(path=path, command=command):
            return command.name == "update-ca-certificates" or any(under(path, f) for f in FORGOTTEN)
        case _:
            return False


def _subject(instruction: Instruction) -> str:
    text = " ".join(f"{instruction.keyword} {instruction.value}".split())
    return text if len(text) <= 60 else text[:57] + "..."
