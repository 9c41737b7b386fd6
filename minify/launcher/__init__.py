"""Shell commands and scripts as a launcher in Python or JavaScript that does exactly the same.

A distroless image has no shell: `CMD gunicorn -b :$PORT app:app` or an entrypoint script needs a launcher in the
runtime that the image has anyway. `read` takes a shell text apart, `python_source` and `node_source` write it down.

What a launcher leaves to the caller: that the programs it names (`Program.programs`) are in the image.
"""

from __future__ import annotations

from minify.launcher.program import Dialect, Obstacle, Place, Program, Started
from minify.launcher.read import read

__all__ = ["Dialect", "Obstacle", "Place", "Program", "Started", "node_source", "one_liner", "python_source", "read"]


def python_source(program: Program) -> str:
    """The launcher as a Python program: CPython 3.9 and later, nothing but the standard library."""
    from minify.launcher.writing.python import python_source

    return python_source(program)


def one_liner(program: Program) -> str | None:
    """The launcher as an argument of `python3 -I -c`; None when it takes more than one statement."""
    from minify.launcher.writing.python import one_liner

    return one_liner(program)


def node_source(program: Program) -> str:
    """The launcher as a CommonJS program: Node 14 and later, no packages; `program.python_only` must be empty."""
    from minify.launcher.writing.node import node_source

    return node_source(program)
