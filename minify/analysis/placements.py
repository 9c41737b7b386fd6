"""Where the files of the build context are in the build stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from minify.analysis.footprint import SYSTEM
from minify.analysis.scopes import Placed, join
from minify.context.tree import Context
from minify.syntax import Add, Copy, process_word


class Placement(NamedTuple):
    """A file of the context, where the build stage has it, and where in the Dockerfile the COPY stands that brings it."""

    source: str
    target: str
    at: int = 0


def placed_files(placed: Sequence[Placed], context: Context) -> tuple[Placement, ...]:
    """Every file of the context that a COPY brings, with its path in the build stage."""
    found: dict[str, Placement] = {}
    for item in placed:
        instruction = item.instruction
        if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
            continue
        values = item.scope.values
        dest_text = process_word(instruction.dest, values).text
        dest = join(item.scope.workdir, dest_text)
        into = dest_text.endswith("/") or dest_text in (".", "./", "..") or len(instruction.sources) > 1
        # A directory that is there already
        into = into or dest in SYSTEM or dest == item.scope.workdir
        for written in instruction.sources:
            if written.startswith("<<") or "://" in written:
                continue
            source = process_word(written, values).text
            directory = context.is_dir(source)
            prefix = source.strip("/").removeprefix("./").rstrip("/")
            prefix = "" if prefix in ("", ".") else prefix + "/"
            for path in context.expand(source):
                below = path.removeprefix(prefix) if directory else path.rsplit("/", 1)[-1]
                target = join(dest, below) if directory or into or any(c in source for c in "*?[") else dest
                found[target] = Placement(path, target, instruction.span.start)
    return tuple(found[target] for target in sorted(found))
