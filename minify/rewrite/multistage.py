"""From the last stage to a build stage and a final stage: the fixes that write a plan's runtime into the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from minify.analysis.contract import MOVABLE
from minify.analysis.defaults import OF_BASE, arguments, choosing, variables
from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.analysis.homes import home
from minify.analysis.launch import NeedsShell, Shelled, health_command
from minify.analysis.scopes import Placed
from minify.ecosystems import ownership
from minify.ecosystems.finals import kept_environment, loader
from minify.ecosystems.removed import may_be_gone
from minify.ecosystems.trees import is_file
from minify.edit import Edit, Fix, Safety
from minify.image import identity
from minify.image.catalog import split_usr
from minify.image.packages import DATABASES, essential
from minify.plan import Decision, Options, Outcome, Runtime, Tree
from minify.rewrite.arguments import fixed
from minify.rewrite.case import in_case, lower
from minify.rewrite.comments import closed_up, closing, comments_above, deletion
from minify.rewrite.render import exec_form, render
from minify.rewrite.restated import restated
from minify.shell.effects import ChangesMode, ChangesOwner, MakesUser
from minify.syntax import (
    Add,
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Healthcheck,
    Instruction,
    Label,
    Run,
    Shell,
    Span,
    User,
    Workdir,
    process_word,
)

BUSYBOX = "gcr.io/distroless/static-debian13:debug"
CODE = "multi-stage"
PRUNED = "pruned"
"""The code of the fix where the whole root is copied."""


def multistage(facts: Facts, runtime: Runtime, options: Options) -> tuple[tuple[Fix, ...], tuple[Decision, ...]]:
    """The fixes (one for the whole conversion, since half of it is no Dockerfile) and what they mean."""
    # COPY fails on a path that a later RUN took away again
    gone = [tree.path for tree in runtime.trees if tree.certain and may_be_gone(facts, tree.path)]
    runtime = runtime._replace(
        trees=tuple(tree._replace(certain=tree.certain and tree.path not in gone) for tree in runtime.trees)
    )
    gifts = ownership.given(facts, runtime.trees) if options.user else ()
    stage, alias, naming = _stage_name(facts)
    edits: list[Edit] = [*naming]
    origin = stage
    if facts.later.used:
        stage = _free(facts, f"{alias}-build", taken=(origin,))
    decisions: list[Decision] = list(runtime.decisions)
    # A whole root comes with all that its base image sets
    final_env, env_decisions = ((), ()) if runtime.whole else kept_environment(facts, runtime)
    decisions += env_decisions
    if options.user:
        decisions += ownership.decisions(facts, options.user, gifts)
    for offset, text in runtime.insertions:
        edits.append(Edit(Span(offset, offset), in_case(facts, text, offset)))
    if alias:
        from_ = facts.final.stage.from_
        reason = f"the final stage is {alias} now; what builds for it is {origin}"
        decisions.append(
            Decision(subject=f"FROM {from_.image} AS {alias}", outcome=Outcome.REPLACED, reason=reason, line=from_.line)
        )
        edits += [Edit(use, origin) for use in facts.later.uses]
    edits += [Edit(*shifted) for shifted in facts.later.shifted]
    moved_text, moved_decisions, deletions = _moved(facts, runtime, options)
    decisions += moved_decisions
    decisions += _script_of_base(facts, runtime, decisions)
    edits += deletions
    env = (*final_env, *runtime.env)
    own = _final_text(facts, runtime, (stage, alias), env, moved_text, options, gifts)
    if stage != origin:
        own = _on_top(facts, (origin, stage), own)
    text = facts.dockerfile.source.text
    last, closes = closing(facts.dockerfile)
    moves = last is not None and any(e.span.start <= last.span.start < e.span.end for e in deletions)
    if moves and closes and not facts.later.part:
        # What stands below the command is no part of the build
        edits.append(Edit(closes, ""))
        own += "\n" + text[closes.start :].replace("\r\n", "\n").rstrip("\n") + "\n"
    tail = _tail(text, edits)
    newline = facts.dockerfile.source.newline
    edits = [e for e in edits if e.span not in tail or e.content]
    gap = newline if text[: tail.start].endswith("\n") else newline * 2
    own += "\n" if facts.later.joins else ""
    edits.append(Edit(tail, gap + own.replace("\n", newline)))
    decisions += [Decision(subject=tree.path, outcome=Outcome.KEPT, reason=tree.reason) for tree in runtime.trees]
    decisions += _for_defaults(facts, runtime)
    reason = f"build in a stage of its own and copy what runs onto {runtime.base.reference}"
    if runtime.whole:
        reason = "build in a stage of its own, leave out what nothing that runs needs, and copy the rest"
    fix = Fix(code=PRUNED if runtime.whole else CODE, edits=tuple(sorted(edits)), safety=Safety.INFERRED, reason=reason)
    return (fix,), tuple(decisions)


def _for_defaults(facts: Facts, runtime: Runtime) -> Iterator[Decision]:
    """The build arguments that the final stage does not follow: a build that gives another value changes what is built, not that."""
    if runtime.whole:
        return
    yield from fixed(facts, runtime.base)
    for name, chooses in choosing(facts, [tree.path for tree in runtime.trees]).items():
        if chooses.what != OF_BASE:
            reason = f"chooses {chooses.what}, and the final stage copies by its default, {chooses.default}: no build may give it another value"
            yield Decision(subject=f"ARG {name}", outcome=Outcome.CHECK, reason=reason, line=chooses.line)


def _script_of_base(facts: Facts, runtime: Runtime, said: Sequence[Decision]) -> Iterator[Decision]:
    """What became of the base's entrypoint script, where nothing else says it: one that only runs what CMD names."""
    script, contract = facts.contract.base_entrypoint, facts.contract
    spoken = (
        runtime.whole or runtime.entrypoint is not None or any(one.subject.startswith("ENTRYPOINT") for one in said)
    )
    if script and contract.entrypoint is None and contract.base_runs is not None and not spoken:
        yield Decision(
            subject=f"ENTRYPOINT {' '.join(script)}",
            outcome=Outcome.DROPPED,
            reason="a script of the base image that runs a program as it is; CMD names one",
        )


def _on_top(facts: Facts, names: tuple[str, str], own: str) -> str:
    """The final stage with the steps before it in a stage of their own: others are built on the one that they would change."""
    origin, stage = names
    if re.match(r"FROM\s", own, re.IGNORECASE):
        return re.sub(rf"(--from=){re.escape(stage)}(?=\s)", rf"\g<1>{origin}", own)
    return in_case(facts, f"FROM {origin} AS {stage}\n") + own


def _free(facts: Facts, name: str, taken: Sequence[str] = ()) -> str:
    """A name for a stage that no stage of the file has: `api-build`, `api-build-2`."""
    known = {*(node.stage.name for node in facts.graph.nodes), *facts.later.names, *taken}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, 999))) if n.lower() not in known)


def _stage_name(facts: Facts) -> tuple[str, str, tuple[Edit, ...]]:
    """The build stage's name, the final stage's (the last stage's own, which `docker build --target` may name), and the edits."""
    from_ = facts.final.stage.from_
    end = from_.image_span.end
    alias = re.match(r"((?:\s|\\\r?\n)+as(?:\s|\\\r?\n)+)(\S+)", from_.source.text[end : from_.span.end], re.IGNORECASE)
    if alias is not None:
        # A stage that others are built on is one to build on
        name = _free(facts, f"{alias[2]}-{'base' if facts.later.used else 'build'}")
        return name, alias[2], (Edit(Span(end + alias.start(2), end + alias.end(2)), name),)
    if from_.alias is not None:
        return from_.alias, "", ()
    taken = {node.stage.name for node in facts.graph.nodes}
    name = next(n for n in ("build", "builder", "app-build", *(f"build-{i}" for i in range(2, 999))) if n not in taken)
    keyword = "as" if lower(facts) else "AS"
    return name, "", (Edit(Span(end, end), f" {keyword} {name}"),)


def _moved(facts: Facts, runtime: Runtime, options: Options) -> tuple[str, tuple[Decision, ...], tuple[Edit, ...]]:
    """The contract's instructions as the final stage's text, what became of each, and the edits that take them out."""
    newline = facts.dockerfile.source.newline
    out: list[str] = []
    decisions: list[Decision] = []
    deletions: list[Edit] = []
    last_stage = facts.final.stage.index
    comments = comments_above(facts.dockerfile)
    contract = facts.contract
    user = contract.user if runtime.user is None else runtime.user
    trailing = _trailing(facts)
    last_of = {kind: _last(contract.instructions, kind) for kind in (User, Workdir, Healthcheck, Entrypoint, Cmd)}
    chosen = _chosen_workdir(facts) if runtime.whole else None
    for placed in _with_arguments(facts, chosen):
        instruction = placed.instruction
        # What another stage is built upon keeps what it says
        here = placed.stage == last_stage and not facts.later.built_upon
        movable = isinstance(instruction, MOVABLE) or instruction.span.start in trailing
        if movable and here:
            deletions.append(deletion(facts.dockerfile, instruction, comments))
        match instruction:
            case Entrypoint() | Cmd() | Healthcheck() if placed is not last_of[type(instruction)]:
                decisions.append(_decision(instruction, Outcome.DROPPED, "a later one of its kind replaces it"))
                continue
            case Entrypoint() | Cmd():
                continue
            case User():
                comment = comments.get(instruction.span.start, ("", 0))[0] if movable and here else ""
                if placed is last_of[User] and options.user is None:
                    out.append(comment + _line(instruction.text))
                continue
            case Workdir():
                if facts.contract.workdir:
                    # Where the last one stands: a directory that it makes belongs to the user above it
                    if placed is chosen:
                        out.append(_line(instruction.text))
                    elif placed is last_of[Workdir]:
                        out.append("")
                    continue
                out.append(_line(instruction.text))
                continue
            case Shell() if runtime.whole:
                out.append(_line(instruction.text))
                continue
            case Shell():
                decisions.append(
                    _decision(instruction, Outcome.DROPPED, "only shell forms use it, and the final stage has none")
                )
                continue
            case Healthcheck() if not runtime.whole or runtime.health is not None:
                out.append(
                    comments.get(instruction.span.start, ("", 0))[0]
                    + _health(facts, runtime, placed, instruction, decisions)
                )
                continue
            case Arg():
                out.append(_line(instruction.text))
                decisions.append(_decision(instruction, Outcome.KEPT, "the final stage reads it too"))
                continue
            case Env() if not isinstance(instruction, Label) and all(
                pair.name in runtime.env_dropped for pair in instruction.pairs
            ):
                decisions.append(_decision(instruction, Outcome.REPLACED, "only the shell script that goes read it"))
                continue
            case Env() if not isinstance(instruction, Label):
                comment = comments.get(instruction.span.start, ("", 0))[0] if movable and here else ""
                out.append(comment + _line(instruction.text))
                continue
            case _:
                out.append(
                    comments.get(instruction.span.start, ("", 0))[0] + _line(instruction.text)
                    if here
                    else _line(instruction.text)
                )
                decisions.append(
                    _decision(
                        instruction,
                        Outcome.MOVED if here else Outcome.KEPT,
                        "describes the image: it belongs to the final stage",
                    )
                )
    own_shell = any(isinstance(placed.instruction, Shell) for placed in contract.instructions)
    if runtime.whole and facts.base is not None and facts.base.run_shell and not own_shell:
        # The shell forms below are for it
        out.insert(0, f"SHELL {exec_form(facts.base.run_shell)}{newline}")
        reason = f"{facts.base_written} says it, {runtime.base.reference} does not"
        decisions.append(Decision(subject=out[0].strip(), outcome=Outcome.ADDED, reason=reason))
    unchanged = facts.contract.workdir == "/" == runtime.base.workdir and options.user is None
    if "" in out and unchanged:
        out.remove("")
    if "" in out:
        out[out.index("")] = f"WORKDIR {facts.contract.workdir}{newline}"
    elif facts.contract.workdir not in ("", "/") and chosen is None:
        out.append(f"WORKDIR {facts.contract.workdir}{newline}")
    if options.user:
        out.append(f"USER {options.user}{newline}")
    elif user and last_of[User] is None:
        out.append(f"USER {user}{newline}")
        if facts.launch.user and runtime.user is None:
            reason = f"who {facts.launch.changer} started the application as, when nothing before it needed root"
            decisions.append(Decision(subject=f"USER {facts.launch.user}", outcome=Outcome.ADDED, reason=reason))
            reason = "the application ran as this user before, whatever the container started as"
            decisions.append(
                Decision(subject=f"{facts.launch.changer} {facts.launch.user}", outcome=Outcome.REPLACED, reason=reason)
            )
    elif last_of[User] is None and runtime.base.user not in ("", "root", "0"):
        out.append(f"USER root{newline}")
    out += restated(facts, runtime.base, decisions)
    out += _command_lines(facts, runtime, comments, decisions)
    return "".join(out).replace("\r\n", "\n"), tuple(decisions), closed_up(facts.dockerfile, deletions)


def _trailing(facts: Facts) -> frozenset[int]:
    """Where ENV and USER stand that no later RUN, COPY, ADD or WORKDIR of the last stage needs: they move instead of standing twice.

    PATH and LD_* stay: the step that gathers shared libraries looks where they say.
    """
    found: list[int] = []
    makes_directory = False
    read: set[str] = set()
    if facts.later.built_upon:
        return frozenset()
    for instruction in reversed(facts.final.stage.instructions):
        if isinstance(instruction, Run | Add):
            break
        if isinstance(instruction, Workdir):
            makes_directory = True
            read |= variables(instruction.path)
        if isinstance(instruction, User) and makes_directory:
            # WORKDIR makes its directory as the user's own
            continue
        needed = isinstance(instruction, Env) and any(
            p.name in ("PATH", *read) or p.name.startswith("LD_") for p in instruction.pairs
        )
        if needed:
            read |= variables(instruction.text)
        elif isinstance(instruction, Env | User):
            found.append(instruction.span.start)
    return frozenset(found)


def _user_of_build(facts: Facts) -> str:
    """The user that the build stage ends as, without what moves away."""
    trailing = _trailing(facts)
    user = facts.base.user if facts.base else ""
    for placed in facts.placed:
        if isinstance(placed.instruction, User) and placed.instruction.span.start not in trailing:
            user = placed.instruction.user
    return user


def _chosen_workdir(facts: Facts) -> Placed | None:
    """The last WORKDIR, where it is absolute and an ARG chooses it: as written it still follows `--build-arg`."""
    last = _last(facts.contract.instructions, Workdir)
    if last is None or not process_word(last.instruction.value, last.scope.values).text.startswith("/"):
        return None
    return last if arguments(facts, last, last.instruction.value) else None


def _with_arguments(facts: Facts, chosen: Placed | None = None) -> Iterator[Placed]:
    """The contract's instructions in order, each after the ARGs that it reads."""
    said: set[int] = set()
    for placed in facts.contract.instructions:
        instruction = placed.instruction
        if isinstance(instruction, Workdir | Shell) and facts.contract.workdir and placed is not chosen:
            yield placed
            continue
        if not isinstance(instruction, Cmd | Entrypoint):
            names = variables(instruction.text)
            for earlier in facts.placed:
                if earlier is placed or (earlier.instruction.span.start == instruction.span.start):
                    break
                arg = earlier.instruction
                if (
                    isinstance(arg, Arg)
                    and earlier.stage == placed.stage
                    and arg.span.start not in said
                    and names & {n.name for n in arg.names}
                ):
                    said.add(arg.span.start)
                    yield earlier
        yield placed


def _command_lines(
    facts: Facts, runtime: Runtime, comments: dict[int, tuple[str, int]], decisions: list[Decision]
) -> Iterator[str]:
    newline = facts.dockerfile.source.newline
    inherits = bool(runtime.base.entrypoint)
    wrote_entrypoint = False
    for keyword, placed, argv in (
        ("ENTRYPOINT", facts.contract.entrypoint, runtime.entrypoint),
        ("CMD", facts.contract.cmd, runtime.cmd),
    ):
        if keyword == "CMD" and inherits and not wrote_entrypoint:
            yield f"ENTRYPOINT []{newline}"
        comment = comments.get(placed.instruction.span.start, ("", 0))[0] if placed is not None else ""
        if placed is not None and placed is _init_at(facts):
            # The init process stays where it stood: alone, or in front of what it starts
            argv = (*facts.launch.init, *argv) if argv is not None else None
            argv = None if argv == placed.instruction.exec_form else argv
        elif keyword == "ENTRYPOINT" and _init_of_base(facts) and not runtime.whole:
            argv = (*facts.launch.init, *(argv or ()))
        if argv is None and placed is not None:
            here = placed.stage == facts.final.stage.index and not facts.later.built_upon
            if keyword == "CMD" and _dead_cmd(facts) and not runtime.whole:
                decisions.append(
                    _decision(placed.instruction, Outcome.DROPPED, "the shell form of ENTRYPOINT never passes it on")
                )
                continue
            yield comment + _line(placed.instruction.text)
            decisions.append(
                _decision(
                    placed.instruction,
                    Outcome.MOVED if here else Outcome.KEPT,
                    "starts the application in the final stage",
                )
            )
            wrote_entrypoint |= keyword == "ENTRYPOINT"
        elif argv:
            yield comment + f"{keyword} {exec_form(argv)}{newline}"
            wrote_entrypoint |= keyword == "ENTRYPOINT"
            if placed is not None:
                spoken = facts.launch.entrypoint if keyword == "ENTRYPOINT" else facts.launch.cmd
                shelled = next((one for one in facts.launch.shelled if one.keyword == keyword), None)
                reason = runtime.command_reason or said_of_program(placed, spoken.argv, argv)
                if shelled is not None:
                    reason = said_of_shell(
                        shelled, argv[len(facts.launch.init) :] if argv[:1] == facts.launch.init[:1] else argv
                    )
                decisions.append(_decision(placed.instruction, Outcome.REPLACED, reason))
            else:
                base = facts.contract.base_entrypoint if keyword == "ENTRYPOINT" else facts.contract.base_cmd
                reason = f"{facts.base_written} says it, {runtime.base.reference} does not"
                if base and base != argv:
                    reason = f"{facts.base_written} says {' '.join(base)}, which starts this"
                reason = runtime.command_reason or reason
                subject = f"{keyword} {' '.join(argv)}"
                decisions.append(Decision(subject=subject, outcome=Outcome.ADDED, reason=reason))
        elif placed is not None:
            decisions.append(_decision(placed.instruction, Outcome.DROPPED, "only starts what CMD says"))


def said_of_shell(shelled: Shelled, argv: Sequence[str]) -> str:
    """Why ENTRYPOINT or CMD starts a launcher."""
    interpreter = argv[0].rsplit("/", 1)[-1]
    what = f"{shelled.source} is a shell script" if shelled.source else "needs a shell for its variables and steps"
    if len(argv) == 1:
        return f"{what}: a program that the build stage makes does exactly the same"
    return f"{what}: a launcher for {interpreter} does exactly the same"


def _init_at(facts: Facts) -> Placed | None:
    """The instruction that names the init process."""
    if not facts.launch.init or _init_of_base(facts):
        return None
    first = facts.contract.entrypoint
    return first if first is not None and _begins(first, facts.launch.init[0]) else facts.contract.cmd


def _init_of_base(facts: Facts) -> bool:
    """Whether the init process stands in the ENTRYPOINT that the base image brings."""
    init = facts.launch.init
    return bool(init) and facts.contract.entrypoint is None and facts.contract.base_entrypoint[: len(init)] == init


def _begins(placed: Placed, word: str) -> bool:
    exec_form = placed.instruction.exec_form
    return exec_form[:1] == (word,) if exec_form is not None else placed.instruction.value.split()[:1] == [word]


def said_of_program(placed: Placed, before: Sequence[str], argv: Sequence[str]) -> str:
    """Why ENTRYPOINT or CMD is written anew: the shell goes, or the program gets its path, or its interpreter is named."""
    name = argv[0].rsplit("/", 1)[-1]
    if before and before[0].rsplit("/", 1)[-1] != name:
        return f"starts {name} itself" + (f", which is {argv[0]}" if argv[0] != name else "")
    if placed.instruction.exec_form is None:
        return f"needs no shell: {argv[0]} is started directly"
    return f"names the program by its absolute path, {argv[0]}"


def _dead_cmd(facts: Facts) -> bool:
    entrypoint = facts.contract.entrypoint
    return entrypoint is not None and entrypoint.instruction.exec_form is None


def said_of_health(argv: Sequence[str]) -> str:
    """Why HEALTHCHECK runs something else."""
    return f"asks the same with {argv[0]}, which the image has anyway"


def _health(facts: Facts, runtime: Runtime, placed: Placed, instruction: Healthcheck, decisions: list[Decision]) -> str:
    flags = "".join(f"{facts.dockerfile.source.slice(flag.span)} " for flag in instruction.flags)
    if runtime.health is not None:
        reason = said_of_health(runtime.health)
        if "called" in runtime.values:
            if instruction.exec_form == runtime.health:
                reason = "describes the image: it belongs to the final stage"
                decisions.append(_decision(instruction, Outcome.MOVED, reason))
                return _line(instruction.text)
            reason = "needs no shell: the program is started directly"
        decisions.append(_decision(instruction, Outcome.REPLACED, reason))
        return f"HEALTHCHECK {flags}CMD {exec_form(runtime.health)}\n"
    problems: list[NeedsShell] = []
    argv = health_command(placed, problems)
    if instruction.none or instruction.exec_form == argv:
        decisions.append(_decision(instruction, Outcome.MOVED, "describes the image: it belongs to the final stage"))
        return _line(instruction.text)
    decisions.append(_decision(instruction, Outcome.REPLACED, "needs no shell: the program is started directly"))
    return f"HEALTHCHECK {flags}CMD {exec_form(argv)}\n"


def _topmost(trees: Sequence[Tree]) -> tuple[Tree, ...]:
    """The trees that no other tree brings along: each path is copied once."""
    unique = {tree.path: _with_those_within(tree, trees) for tree in reversed(trees)}
    kept = [
        tree
        for path, tree in unique.items()
        if not any(o.certain and o.path != path and under(path, o.path) for o in unique.values())
    ]
    return tuple(reversed(kept))


def _with_those_within(tree: Tree, trees: Sequence[Tree]) -> Tree:
    """A directory exists when something in it does, and is asked for libraries when that is: data with the program among it."""
    within = [o for o in trees if under(o.path, tree.path)]
    return tree._replace(certain=any(o.certain for o in within), scanned=any(o.scanned for o in within))


def _final_text(
    facts: Facts,
    runtime: Runtime,
    names: tuple[str, str],
    env: Sequence[tuple[str, str]],
    moved: str,
    options: Options,
    gifts: Sequence[ownership.Given],
) -> str:
    nonroot = options.user == ownership.NONROOT
    # The final base knows nonroot, and has a home for it
    accounts = not nonroot and (runtime.accounts or _accounts(facts, runtime, options.user))
    # One COPY brings both files
    trees = [tree for tree in _topmost(runtime.trees) if not (accounts and tree.path in _NAMES)]
    certain = [t for t in trees if t.certain]
    uncertain = [t for t in trees if not t.certain]
    libraries = runtime.brings_libc or runtime.libraries_lacking
    inside = [g for g in gifts if any(under(g.path, tree.path) for tree in trees)]
    owned = [path for path in _owned(facts, certain, gifts) if path != runtime.program]
    owned += [tree.path for tree in certain if tree.path in runtime.directories and tree.path not in owned]
    assert facts.base is not None
    own_loader = loader(facts.base)
    database = DATABASES.get(facts.base.package_manager or "", "apt")
    base = runtime.base
    reference = base.reference
    if options.user and base.family.startswith("distroless/"):
        reference = f"{base.reference}:nonroot"
    named = f" AS {names[1]}" if names[1] else ""
    values: dict[str, object] = {
        "stage": names[0],
        "platform": _platform(facts),
        "base": facts.mirror.map(reference),
        "final_alias": " AS runtime" if options.debug_stage else named,
        "build_user": _user_of_build(facts),
        "root_needed": _user_of_build(facts) not in ("", "root", "0", "0:0", "root:root"),
        "workdir": facts.contract.workdir,
        "certain": [t.path for t in certain],
        "uncertain": [t.path for t in uncertain],
        "uncertain_linked": [t.path for t in uncertain if t.named],
        "scanned": [*(["/runtime"] if runtime.packages else []), *(t.path for t in trees if t.scanned)],
        "program": runtime.program if [t.path for t in trees if t.scanned] == [runtime.program] else "",
        "certain_scanned": [t.path for t in trees if t.scanned and t.certain],
        "owned": [path for path in owned if _is_directory(facts, path)],
        "owned_if_directory": [path for path in owned if not _is_directory(facts, path) and not is_file(facts, path)],
        # distroless has /bin and /lib as links into /usr, which a directory of that name cannot be copied onto
        "split": split_usr(facts.base.distro),
        "merged": ((runtime.packages or runtime.programs) and (database != "apt" or split_usr(facts.base.distro)))
        or any(
            path.startswith(("/bin/", "/sbin/", "/lib/", "/lib64/")) for path in (*owned, *(t.path for t in uncertain))
        ),
        "accounts": accounts,
        "packages": list(runtime.packages),
        "brought": list(runtime.programs),
        "database": database,
        "essential": list(essential(database)) if runtime.packages and database != "apt" else [],
        "libraries_wanted": libraries,
        "brings_libc": runtime.brings_libc,
        "gathered": bool(
            libraries
            or uncertain
            or owned
            or gifts
            or runtime.packages
            or runtime.programs
            or runtime.files
            or base.kind == "scratch"
        ),
        "owner": (options.user or "").split(":"),
        "nonroot": nonroot,
        "given": [g.path for g in inside if not g.file],
        "given_alone": [g.path for g in inside if not g.whole and not g.file],
        "given_files": [g.path for g in inside if g.file],
        "given_whole": [g.path for g in inside if g.whole],
        "given_empty": [g.path for g in gifts if g not in inside and not g.file],
        "loader": own_loader,
        "opened": list(runtime.loaded) if own_loader.directories else [],
        "extra_files": list(
            dict.fromkeys(
                (
                    *(own_loader.extras if runtime.brings_libc else ()),
                    *runtime.files,
                    *_messages(facts),
                    *_scratch_files(base.kind == "scratch"),
                )
            )
        ),
        "scratch": base.kind == "scratch",
        "called": "",
        "skipped": [] if runtime.brings_libc else list(base.shared_objects),
        "env": list(env),
        "texts": list(runtime.texts),
        "heredocs": _heredocs(facts),
        "moved": moved,
        "debug": {"base": "runtime", "busybox": facts.mirror.map(BUSYBOX), "final_alias": named}
        if options.debug_stage
        else None,
        **runtime.values,
    }
    text = render(runtime.template, values, options.templates)
    text = in_case(facts, _named(facts, text))
    return re.sub(r"\n{3,}", "\n\n", text).lstrip("\n").rstrip("\n") + "\n"


# https://docs.docker.com/build/buildkit/dockerfile-release-notes/#140
_FRONTEND = re.compile(
    r"(?:docker\.io/)?docker/dockerfile(?::(?:latest|labs|1|1-labs|1\.(?:[4-9]|\d\d)[\d.]*(?:-labs)?))?(?:@.*)?"
)


def _heredocs(facts: Facts) -> bool:
    """Whether here-documents are read: the file has some, or what only BuildKit builds and a frontend that reads them."""
    # Windows' line ends would be part of one
    if facts.dockerfile.source.newline != "\n":
        return False
    instructions = [i for node in facts.graph.nodes for i in node.stage.instructions]
    if any(i.heredocs for i in instructions):
        return True
    # The older builder takes `# syntax` for a comment
    return any(i.flag("mount") for i in instructions) and bool(_FRONTEND.fullmatch(facts.dockerfile.syntax or ""))


def _messages(facts: Facts) -> tuple[str, ...]:
    """The C library's own messages in the language of the image: what `strerror` says. Slim images never have them."""
    env = dict(facts.contract.env)
    said = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    language = re.fullmatch(r"([a-z]{2,3}(?:_[A-Z]{2})?)(?:\.[\w-]+)?(?:@\w+)?", said)
    slim = facts.base is None or facts.base.variant.startswith("slim") or facts.base.libc != "glibc"
    if language is None or slim or not any(w.path == "/usr/lib/locale" for w in facts.footprint.written):
        return ()
    names = dict.fromkeys((language[1], language[1].partition("_")[0]))
    return tuple(f"/usr/share/locale/{name}/LC_MESSAGES/libc.mo" for name in names)


def _scratch_files(scratch: bool) -> tuple[str, ...]:
    """What distroless static has and scratch has not: taken from the build stage where it is there."""
    if not scratch:
        return ()
    return (
        "/etc/passwd",
        "/etc/group",
        "/etc/nsswitch.conf",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/services",
        "/etc/protocols",
        "/etc/mime.types",
        "/usr/share/zoneinfo",
        "/etc/localtime",
    )


_NAMES: Final = ("/etc/passwd", "/etc/group")


def _accounts(facts: Facts, runtime: Runtime, asked: str | None) -> bool:
    """Whether the final image needs the build stage's users: it runs as one that the base has not so, or files belong to one."""
    user = (asked or facts.contract.user).partition(":")[0]
    homes = {entry.partition(":")[0]: entry.rpartition(":")[2] for entry in runtime.base.users}
    if not facts.footprint.users and user in homes:
        # Alpine's nobody is at home in /
        return "HOME" not in dict(facts.contract.env) and home(facts, {}, user) not in (None, homes[user])
    ids = {entry.split(":")[1] for entry in facts.base.users} if facts.base else set()
    known = bool(user) and user != "root" and (not user.isdigit() or user in ids)
    return known or bool(facts.footprint.users)


def _owned(facts: Facts, trees: Sequence[Tree], gifts: Sequence[ownership.Given]) -> list[str]:
    """Trees whose own directory may not be root's with mode 755: COPY makes the top directory of what it copies anew."""
    changed = [e.path.rstrip("/*") for _, e in facts.footprint.effects() if isinstance(e, ChangesOwner | ChangesMode)]
    homes = [user.home for user in facts.footprint.users if isinstance(user, MakesUser) and user.home]
    # A WORKDIR that the base image has already, as /, is not made anew
    made = [w for w in facts.footprint.written if w.origin != "workdir" or w.path not in SYSTEM]
    foreign = [w.path for w in made if _as_other(facts, w.line)]
    paths = [*changed, *homes, *foreign, *(g.path for g in gifts if any(g.path == t.path for t in trees))]
    return [
        t.path for t in trees if any(p and (under(t.path, p) or (p in foreign and under(p, t.path))) for p in paths)
    ]


def _is_directory(facts: Facts, path: str) -> bool:
    """Whether a path is sure to be a directory: a WORKDIR, what has something below it, or a directory of the context."""
    return any(
        (w.path == path and (w.origin == "workdir" or (w.origin == "context" and facts.context.is_dir(w.source))))
        or (w.path != path and under(w.path, path))
        for w in facts.footprint.written
    )


def _as_other(facts: Facts, line: int) -> bool:
    """Whether the instruction at a line writes as a user other than root, or for one."""
    for placed in facts.placed:
        if placed.instruction.line <= line <= facts.dockerfile.source.line(placed.instruction.span.end - 1):
            chown = placed.instruction.flag("chown") or placed.instruction.flag("chmod")
            if isinstance(placed.instruction, Add):
                return bool(chown)
            return placed.scope.user not in ("", "root", "0", "0:0", "root:root")
    return False


def _platform(facts: Facts) -> str:
    """The platform of the stage that builds, where it is not the target's: what it built is for that one."""
    platform = facts.lineage[0].stage.from_.platform
    if platform is not None and "BUILDPLATFORM" in platform and _crosses(facts):
        platform = None
    # The target's is what a stage has anyway
    if platform is None or "TARGETPLATFORM" in platform:
        platform = pinned(facts)
    return f"--platform={platform} " if platform is not None else ""


def _named(facts: Facts, text: str) -> str:
    """A platform that the file says by the name of an image only is meant: linters are told so."""
    if pinned(facts) is None or facts.lineage[0].stage.from_.platform is not None:
        return text
    return re.sub(r"^FROM --platform=", r"# hadolint ignore=DL3029\n\g<0>", text, flags=re.MULTILINE)


def _crosses(facts: Facts) -> bool:
    """Whether a stage that is built on asks for the platform that the image is for."""
    names = (n.name for p in facts.placed if isinstance(p.instruction, Arg) for n in p.instruction.names)
    return any(name.startswith("TARGET") for name in names)


def pinned(facts: Facts) -> str | None:
    """The platform that the name of the base image pins, as arm64v8/alpine does."""
    image = facts.lineage[0].image
    return identity.platform(image) if image is not None else None


def _line(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _decision(instruction: Instruction, outcome: Outcome, reason: str) -> Decision:
    subject = " ".join(f"{instruction.keyword} {instruction.value}".split())
    return Decision(
        subject=subject if len(subject) <= 60 else subject[:57] + "...",
        outcome=outcome,
        reason=reason,
        line=instruction.line,
    )


def _last(placed: Sequence[Placed], kind: type[Instruction]) -> Placed | None:
    return next((p for p in reversed(placed) if isinstance(p.instruction, kind)), None)


def _tail(text: str, edits: Sequence[Edit]) -> Span:
    """The end of the file after the last text that stays: white space, and instructions that are taken out."""
    deleted = [e.span for e in edits if not e.content]
    position = len(text)
    while position:
        covering = next((s for s in deleted if s.start < position <= s.end), None)
        if covering is not None:
            position = covering.start
        elif text[position - 1].isspace():
            position -= 1
        else:
            break
    newline = text.find("\n", position)
    return Span(len(text) if newline < 0 else newline + 1, len(text))
