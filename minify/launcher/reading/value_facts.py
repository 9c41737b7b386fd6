"""What stands in a value: programs whose output it has, variables that must be set."""

from __future__ import annotations

from minify.launcher.text import tree
from minify.launcher.values import Argument, Output, Variable


def outputs(value: object) -> list[Output]:
    """Each `$(program)` in a value."""
    return [node for node in tree.nodes(value) if isinstance(node, Output)]


def is_strict(value: object) -> bool:
    """Whether `set -u` looks at something in a value."""
    return any(isinstance(one, Variable | Argument) and one.strict for one in tree.nodes(value))
