"""YAML with the line of every value, for files that anybody may have written: nothing is constructed, nothing is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

_DEEP: Final = re.compile(r"(?:[\[{]\s*){60}|(?:-\s+){60}|^[ ]{400}", re.MULTILINE)
"""The parser recurses in C: a file that is nested like this would end the process."""
_LARGEST: Final = 500_000


def documents(text: str) -> Iterator[Node]:
    """The root node of each document; none for what is no YAML."""
    import yaml

    if len(text) > _LARGEST or _DEEP.search(text):
        return
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        yield from (node for node in yaml.compose_all(text, Loader=loader) if node is not None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return


def fields(node: Node | None) -> dict[str, Node]:
    """A mapping's values by their key, those of `<<` below its own; empty for any other node."""
    from yaml.nodes import MappingNode

    return _fields(node, 0) if isinstance(node, MappingNode) else {}


def _fields(node: MappingNode, depth: int) -> dict[str, Node]:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    found: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            continue
        if key.value != "<<":
            found[key.value] = value
        elif depth < 5:
            merged = value.value if isinstance(value, SequenceNode) else [value]
            for one in merged:
                if isinstance(one, MappingNode):
                    found = {**_fields(one, depth + 1), **found}
    return found


def items(node: Node | None) -> list[Node]:
    """A sequence's values; empty for any other node."""
    from yaml.nodes import SequenceNode

    return list(node.value) if isinstance(node, SequenceNode) else []


def value(node: Node | None) -> str | None:
    """A scalar's text; None for any other node."""
    from yaml.nodes import ScalarNode

    return str(node.value) if isinstance(node, ScalarNode) else None


def line(node: Node) -> int:
    """The line that a node begins in, from 1."""
    return int(node.start_mark.line) + 1


def scripts(node: Node) -> Iterator[tuple[Node, str, dict[str, Node]]]:
    """Every text in a document with the mapping that it stands in; a list of words is one command line of its own."""
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    seen: set[int] = set()
    pending: list[tuple[Node, dict[str, Node]]] = [(node, {})]
    while pending:
        one, around = pending.pop()
        # Aliases: what stands at several places is looked at once
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, MappingNode):
            own = fields(one)
            pending.extend((child, own) for child in reversed(list(own.values())))
        elif isinstance(one, SequenceNode):
            pending.extend((child, around) for child in reversed(one.value))
        elif isinstance(one, ScalarNode):
            yield one, str(one.value), around
