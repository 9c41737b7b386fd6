"""Copies of the helpers that a launcher in Python calls: without types, and without what it does not need."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import libcst


class Needs(NamedTuple):
    """What decides how a helper is written for a program."""

    failure: int
    """The status that the shell itself fails with."""
    options: bool
    """`exec -x` is an option that the shell does not know."""
    functions: bool
    """The output of a function is read."""
    private: bool
    """There are variables that programs do not get."""
    empty: bool
    """A program may be none at all: `$COMMAND`."""
    present: bool = False
    """Every program is named, and known to be there."""


def copies(code: str, needs: Needs) -> list[str]:
    """The helpers that code calls, and those that they call."""
    found: dict[str, str] = {}
    pending = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)} & set(names())
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = _copy(name, needs)
            pending |= mentioned(found[name]) - set(found)
    return [found[name] for name in names() if name in found]


def names() -> tuple[str, ...]:
    """The names of all helpers, in the order of their file."""
    return tuple(_functions())


def mentioned(code: str) -> set[str]:
    """The helpers that code calls or hands on."""
    found = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    # A parameter or a variable of a helper may have the name of another one
    bound = {
        name for function in ast.parse(code).body if isinstance(function, ast.FunctionDef) for name in _bound(function)
    }
    return (found - bound) & set(names())


def _bound(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    given = [*arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    stored = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    inner = [node.name for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]
    return {*(one.arg for one in given if one is not None), *stored, *inner}


@functools.cache
def _functions() -> dict[str, libcst.FunctionDef]:
    import libcst

    folder = Path(__file__).with_name("python_helpers")
    text = "".join((folder / f"{name}.py").read_text("utf-8") for name in ("running", "files", "texts"))
    return {
        statement.name.value: statement
        for statement in libcst.parse_module(text).body
        if isinstance(statement, libcst.FunctionDef)
    }


@functools.cache
def _copy(name: str, needs: Needs) -> str:
    import libcst

    tree = _functions()[name].visit(_transformer(needs))
    assert isinstance(tree, libcst.FunctionDef)
    code = libcst.Module([tree.with_changes(leading_lines=[])]).code.strip()
    code = re.sub(r"  # (?:noqa|type:).*", "", code)
    if needs.present:
        code = code.replace(": 127 when it is not there.", ".")
    return code if needs.private else code.replace("exported()", "env")


def _transformer(needs: Needs) -> libcst.CSTTransformer:
    import libcst

    flags = {"OPTIONS": needs.options, "FUNCTIONS": needs.functions, "EMPTY": needs.empty}

    class Specialised(libcst.CSTTransformer):
        """A helper as this program needs it."""

        def leave_Param(self, original_node: libcst.Param, updated_node: libcst.Param) -> libcst.Param:  # noqa: N802
            plain = libcst.SimpleWhitespace("")
            equal = libcst.AssignEqual(plain, plain) if updated_node.default else libcst.MaybeSentinel.DEFAULT
            return updated_node.with_changes(annotation=None, equal=equal)

        def leave_FunctionDef(  # noqa: N802
            self, original_node: libcst.FunctionDef, updated_node: libcst.FunctionDef
        ) -> libcst.FunctionDef:
            return updated_node.with_changes(returns=None)

        def leave_AnnAssign(  # noqa: N802
            self, original_node: libcst.AnnAssign, updated_node: libcst.AnnAssign
        ) -> libcst.Assign | libcst.AnnAssign:
            if updated_node.value is None:
                return updated_node
            return libcst.Assign([libcst.AssignTarget(updated_node.target)], updated_node.value)

        def leave_Name(  # noqa: N802
            self, original_node: libcst.Name, updated_node: libcst.Name
        ) -> libcst.BaseExpression:
            return libcst.Integer(str(needs.failure)) if updated_node.value == "FAILURE" else updated_node

        def leave_If(  # noqa: N802
            self, original_node: libcst.If, updated_node: libcst.If
        ) -> libcst.If | libcst.RemovalSentinel:
            test = updated_node.test
            if isinstance(test, libcst.BooleanOperation) and isinstance(test.left, libcst.Name):
                wanted = flags.get(test.left.value)
                if wanted is not None:
                    return updated_node.with_changes(test=test.right) if wanted else libcst.RemoveFromParent()
            return updated_node

        def leave_Try(  # noqa: N802
            self, original_node: libcst.Try, updated_node: libcst.Try
        ) -> libcst.Try | libcst.FlattenSentinel[libcst.BaseStatement]:
            last = updated_node.handlers[0].body.body[-1] if updated_node.handlers else None
            line = last if isinstance(last, libcst.SimpleStatementLine) else libcst.SimpleStatementLine([])
            if not needs.present or not libcst.Module([line]).code.strip().startswith("return refused("):
                return updated_node
            body = [one for one in updated_node.body.body if isinstance(one, libcst.BaseStatement)]
            return libcst.FlattenSentinel(body)

        def leave_SimpleStatementLine(  # noqa: N802
            self, original_node: libcst.SimpleStatementLine, updated_node: libcst.SimpleStatementLine
        ) -> libcst.SimpleStatementLine | libcst.RemovalSentinel:
            code = libcst.Module([updated_node.with_changes(leading_lines=[])]).code.strip()
            is_default = code.endswith('.setdefault("env", exported())')
            return libcst.RemoveFromParent() if is_default and not needs.private else updated_node

    return Specialised()
