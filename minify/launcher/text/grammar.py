"""From words to commands: lists, pipelines, `if`, loops, functions, redirections."""

from __future__ import annotations

from minify.launcher.program import Dialect
from minify.launcher.text.compound import CompoundReader
from minify.launcher.text.tree import (
    Script,
    Sequence,
    Strange,
)
from minify.launcher.text.words import StopReading


def parse(text: str, dialect: Dialect, path: str = "") -> Script:
    """The commands of a text; `errors` says where it cannot be read on.

    >>> parse("exec a $B", Dialect.DASH).body.items[0].command.words[1].raw
    'a'
    """
    reader = Reader(text, dialect, path=path)
    try:
        if "\r\n" in text:
            raise reader.stop("lines end in a carriage return, which the shell takes for a part of the last word")
        body = reader.read_sequence(())
        if reader.at < reader.end:
            raise reader.stop(f"{reader.next} stands where no command can begin")
        return Script(body)
    except StopReading as stop:
        line = "".join(text.splitlines()[stop.place.line - 1 : stop.place.line])
        return Script(Sequence(()), (Strange(stop.reason, stop.place, line.strip()),))
    except RecursionError:
        return Script(Sequence(()), (Strange("it nests too deeply", reader.place(0), text[:40]),))


class Reader(CompoundReader):
    """Reads a whole text."""
