"""What a launcher's first lines depend on, in either language."""

from __future__ import annotations

from minify.launcher.actions import Call, Function, Keep, KeepNumber, SetArguments, Shift
from minify.launcher.program import Program
from minify.launcher.text.tree import nodes
from minify.launcher.values import (
    AllArguments,
    Argument,
    ArgumentCount,
    EachArgument,
    EachSplit,
    LastStatus,
    LastSucceeded,
)


def uses_arguments(node: object) -> bool:
    """Whether something in it reads or changes `$@`."""
    kinds = (Argument, AllArguments, ArgumentCount, EachArgument, EachSplit, SetArguments, Shift)
    return any(isinstance(one, kinds) for one in nodes(node))


def takes_arguments(function: Function, program: Program) -> bool:
    """Whether a function reads its arguments, or is given some that it does not read."""
    calls = [one for one in nodes((program.body, program.functions)) if isinstance(one, Call)]
    given = any(one.arguments for one in calls if one.function == function.name)
    return given or uses_arguments(function.body)


def needs_status(program: Program) -> bool:
    """Whether `$?` may be read before anything has set it."""
    marks = (Keep, KeepNumber, LastStatus, LastSucceeded)
    if any(isinstance(one, marks) for one in nodes(program.functions)):
        return True
    for statement in program.body:
        if isinstance(statement, Keep | KeepNumber):
            return any(isinstance(one, LastStatus | LastSucceeded) for one in nodes(statement))
        if any(isinstance(one, LastStatus | LastSucceeded) for one in nodes(statement)):
            return True
    return False
