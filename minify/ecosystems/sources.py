"""The files of the build context that reach the final stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from minify.analysis.facts import Facts
from minify.analysis.scopes import Placed
from minify.plan import Refusal, RefusalKind, refuse
from minify.syntax import Add, Copy, Run, process_word


def context_files(facts: Facts, instructions: Sequence[Placed] | None = None) -> tuple[str, ...]:
    """The context's files that a stage copies or mounts from it (the final one, unless its instructions are given), sorted, each once."""
    found: dict[str, None] = {}
    for placed in facts.placed if instructions is None else instructions:
        instruction = placed.instruction
        if isinstance(instruction, Run):
            for mounted in _mounted(instruction, placed.scope.values):
                found.update(dict.fromkeys(facts.context.expand(mounted)))
        if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
            continue
        for written in instruction.sources:
            if written.startswith("<<") or "://" in written:
                continue
            source = process_word(written, placed.scope.values)
            if not source.unresolved:
                found.update(dict.fromkeys(facts.context.expand(source.text)))
    return tuple(sorted(found))


def _mounted(instruction: Run, values: Mapping[str, str]) -> Iterator[str]:
    """What `--mount=type=bind,source=src,target=src` shows of the context to a RUN; without a source that is all of it."""
    for flag in instruction.flags:
        if flag.name != "mount":
            continue
        options = dict(part.partition("=")[::2] for part in (flag.value or "").split(","))
        if options.get("type", "bind") == "bind" and "from" not in options:
            source = process_word(options.get("source") or options.get("src") or ".", values)
            if not source.unresolved:
                yield source.text.lstrip("/") or "."


def unseen(whose: str, line: int | None) -> Refusal:
    """What stops the rung where no source is in the build context.

    >>> unseen("the application's Lua files", 7).reason
    "none of the application's Lua files is in the build context, so what it calls is not known"
    """
    reason = f"none of {whose} is in the build context, so what it calls is not known"
    return refuse(reason, line, kind=RefusalKind.UNSEEN)


def holds(facts: Facts, endings: tuple[str, ...]) -> bool:
    """Whether a stage that the final image depends on copies a file with one of these endings from the context."""
    for index in sorted(facts.graph.needed()):
        for instruction in facts.graph.nodes[index].stage.instructions:
            if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
                continue
            if any(
                heredoc.delimiter.endswith(endings) or instruction.dest.endswith(endings)
                for heredoc in instruction.heredocs
            ):
                return True
            for written in instruction.sources:
                if any(path.endswith(endings) for path in facts.context.expand(process_word(written, {}).text)):
                    return True
    return False
