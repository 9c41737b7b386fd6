"""A launcher as a syntax tree of LibCST: its parts are read as Python, which they have to be, and stand one blank line apart."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def module(imports: Sequence[str], parts: Sequence[str]) -> str:
    """The text of a module: what it imports on one line, then its parts.

    >>> print(module(("os", "http.client"), ("# first\\nname = os.getpid()\\n", "print(name)")), end="")
    import os, http.client
    <BLANKLINE>
    # first
    name = os.getpid()
    <BLANKLINE>
    print(name)
    """
    body: list[cst.SimpleStatementLine | cst.BaseCompoundStatement] = []
    footer: Sequence[cst.EmptyLine] = ()
    if imports:
        aliases = [cst.ImportAlias(_dotted(name)) for name in imports]
        body.append(cst.SimpleStatementLine([cst.Import(aliases)]))
    for part in parts:
        tree = cst.parse_module(part.strip("\n") + "\n")
        statements = list(tree.body)
        if not statements:
            continue
        first = statements[0]
        # A comment above the first statement is the module's own to LibCST
        above = [*tree.header, *first.leading_lines]
        gap = [cst.EmptyLine(indent=False)] if body else []
        statements[0] = first.with_changes(leading_lines=[*gap, *above])
        body += statements
        footer = tree.footer
    return cst.Module(body=body, footer=footer).code


def _dotted(name: str) -> cst.Attribute | cst.Name:
    before, _, last = name.rpartition(".")
    return cst.Attribute(_dotted(before), cst.Name(last)) if before else cst.Name(last)
