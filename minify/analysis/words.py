"""Refuses the variables that BuildKit cannot expand, as `${name!}`: it says so when it builds, not when it parses."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.stages import StageGraph
from minify.errors import SyntaxRefusedError
from minify.syntax import (
    Add,
    Arg,
    Dockerfile,
    Env,
    ExpansionError,
    Expose,
    From,
    Instruction,
    Stopsignal,
    User,
    Volume,
    Workdir,
    process_word,
)


def check_origins(dockerfile: Dockerfile) -> None:
    """Refuse an ARG before the first FROM, or a FROM, that cannot be expanded: BuildKit reads all of them.

    >>> from minify.syntax import Source, parse
    >>> check_origins(parse(Source("FROM debian:${release!}\\n")))
    Traceback (most recent call last):
    ...
    minify.errors.SyntaxRefusedError: Dockerfile:1: unsupported modifier (!) in substitution
    """
    for instruction in (*dockerfile.global_args, *(stage.from_ for stage in dockerfile.stages)):
        _check(instruction)


def check_stages(graph: StageGraph) -> None:
    """Refuse an instruction that cannot be expanded in a stage that the last one is built with."""
    for index in sorted(graph.needed()):
        for instruction in graph.nodes[index].stage.instructions:
            _check(instruction)


def _check(instruction: Instruction) -> None:
    for word in _words(instruction):
        try:
            process_word(word, {}, instruction.escape)
        except ExpansionError as error:
            raise SyntaxRefusedError(
                str(error),
                path=instruction.source.path,
                line=instruction.source.line(instruction.span.start),
                hint="write $name, ${name}, ${name:-word}, ${name:+word}, ${name#pattern}, ${name%pattern} or ${name/pattern/word}",
            ) from None


def _words(instruction: Instruction) -> Iterator[str]:
    """The words whose variables BuildKit expands; those of a here-document are read where it is."""
    match instruction:
        case From():
            yield instruction.image
            yield instruction.platform or ""
        case Arg():
            yield from (name.default for name in instruction.names if name.default)
        case Env():
            for pair in instruction.pairs:
                yield from (pair.name, pair.value)
        case Add():
            yield from instruction.words
            yield from (flag.value for flag in instruction.flags if flag.value and flag.name in ("chown", "chmod"))
        case Expose() | User() | Workdir() | Stopsignal():
            yield instruction.value
        case Volume():
            yield from instruction.paths
        case _:
            pass
