"""What BuildKit rejects of stages that use each other: wrong indices, circles, stages that come too late."""

from __future__ import annotations

import re
from collections.abc import Iterator

from minify.errors import SyntaxRefusedError
from minify.syntax.expand import ExpansionError, process_word
from minify.syntax.mounts import MountError, check_mount, mount_fields
from minify.syntax.tree import Copy, Dockerfile, Instruction, Run, Stage

# A longer number is none to Go, and so the name of an image.
_INDEX = re.compile(r"[+-]?[0-9]{1,18}")

_Use = tuple[Instruction, Stage, str]
"""An instruction, the stage it takes files from, and what it does with them: a reason's first words."""


def check_stages(dockerfile: Dockerfile) -> None:
    """Refuse what BuildKit would when it puts the stages together."""
    uses = [_uses(dockerfile, stage) for stage in dockerfile.stages]
    _check_circles(dockerfile, uses)
    # It looks no further into stages that the last one does not need.
    for index in _needed(dockerfile, uses):
        stage = dockerfile.stages[index]
        for one, used, what in uses[index]:
            if used.index > index:
                raise _refused(one, what)
        for one in stage.instructions:
            if isinstance(one, Run):
                _check_mounts(one)


def _uses(dockerfile: Dockerfile, stage: Stage) -> list[_Use]:
    uses: list[_Use] = []
    for one in stage.instructions:
        if isinstance(one, Copy) and one.from_:
            used = _copied_from(dockerfile, one, one.from_)
            if used:
                what = (
                    f'cannot copy from stage "{one.from_}", '
                    f'it needs to be defined before current stage "{_name(stage)}"'
                )
                uses.append((one, used, what))
        elif isinstance(one, Run):
            for flag in one.flags:
                fields = mount_fields(flag.value or "") if flag.name == "mount" else {}
                used = _named(dockerfile, fields.get("from", ""))
                if used:
                    what = (
                        f'cannot mount from stage "{fields["from"]}" to "{fields.get("target", "")}", '
                        "stage needs to be defined before current command"
                    )
                    uses.append((one, used, what))
    return uses


def _copied_from(dockerfile: Dockerfile, one: Copy, written: str) -> Stage | None:
    try:
        expanded = process_word(written, {}, dockerfile.escape).text
    except ExpansionError as error:
        raise _refused(one, f'failed to process "{written}": {error}') from None
    if expanded != written:
        raise _refused(
            one,
            "variable expansion is not supported for --from, "
            "define a new stage with FROM using ARG from global scope as a workaround",
        )
    if not _INDEX.fullmatch(written):
        return _named(dockerfile, written)
    index = int(written)
    if not 0 <= index < len(dockerfile.stages):
        raise _refused(one, f"invalid stage index {index}")
    return dockerfile.stages[index]


def _named(dockerfile: Dockerfile, name: str) -> Stage | None:
    return next((one for one in reversed(dockerfile.stages) if name and one.name == name.lower()), None)


def _name(stage: Stage) -> str:
    return stage.name or f"stage-{stage.index}"


def _check_circles(dockerfile: Dockerfile, uses: list[list[_Use]]) -> None:
    visited: set[int] = set()
    for stage in dockerfile.stages:
        # The way from the stage to where the search is, and what is left to follow from each step.
        path: list[int] = []
        ahead: list[Iterator[_Use]] = []
        entering: int | None = stage.index
        while entering is not None or ahead:
            if entering is not None and entering not in visited:
                visited.add(entering)
                path.append(entering)
                ahead.append(iter(uses[entering]))
            entering = None
            step = next(ahead[-1], None) if ahead else None
            if step is not None:
                one, used, _ = step
                if used.index in path:
                    raise _refused(one, f"circular dependency detected on stage: {_name(stage)}")
                entering = used.index
            elif ahead:
                ahead.pop()
                path.pop()


def _needed(dockerfile: Dockerfile, uses: list[list[_Use]]) -> list[int]:
    """The indices of the last stage and of those that it builds on, in order."""
    needed: set[int] = set()
    ahead = [dockerfile.stages[-1]]
    while ahead:
        stage = ahead.pop()
        if stage.index in needed:
            continue
        needed.add(stage.index)
        ahead += [used for _, used, _ in uses[stage.index]]
        base = dockerfile.base_stage(stage)
        ahead += [base] if base else []
    return sorted(needed)


def _check_mounts(run: Run) -> None:
    for flag in run.flags:
        if flag.name == "mount":
            try:
                check_mount(flag.value or "")
            except MountError as error:
                raise _refused(run, str(error)) from None


def _refused(one: Instruction, message: str) -> SyntaxRefusedError:
    start = one.keyword_span.start
    return SyntaxRefusedError(message, path=one.source.path, line=one.line, column=one.source.column(start))
