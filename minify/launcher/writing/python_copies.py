"""Copies of the helpers that a launcher in Python calls: without types, and without what it does not need."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Needs(NamedTuple):
    """What decides how a helper is written for a program."""

    failure: int
    """The status that the shell itself fails with."""
    unopened: int
    """The status where a file for a stream cannot be opened."""
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
def _functions() -> dict[str, str]:
    """The text of each helper, with its decorators."""
    folder = Path(__file__).with_name("python_helpers")
    found: dict[str, str] = {}
    for file in ("running", "traps", "files", "texts"):
        text = (folder / f"{file}.py").read_text("utf-8")
        lines = text.splitlines(keepends=True)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                found[node.name] = "".join(lines[first - 1 : node.end_lineno])
    return found


@functools.cache
def _copy(name: str, needs: Needs) -> str:
    code = _functions()[name]
    # One round for what contains other things, so that no two edits overlap
    code = _edited(code, _left_out(code, needs))
    code = _edited(code, _retyped(code, needs)).strip()
    code = re.sub(r"  # (?:noqa|type:).*", "", code)
    if needs.present:
        code = code.replace(": 127 when it is not there.", ".")
    return code if needs.private else code.replace("exported()", "env")


class _Edit(NamedTuple):
    """Bytes of a text, by line and column as `ast` counts them, and what comes in their place."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def _edited(code: str, edits: Iterator[_Edit]) -> str:
    lines = code.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    data = b"".join(lines)
    for edit in sorted(edits, reverse=True):
        start, end = (starts[line - 1] + column for line, column in (edit.start, edit.end))
        data = data[:start] + edit.text.encode() + data[end:]
    return data.decode()


def _left_out(code: str, needs: Needs) -> Iterator[_Edit]:
    """Statements that this program does not need, as whole lines, and conditions that are settled."""
    flags = {"OPTIONS": needs.options, "FUNCTIONS": needs.functions, "EMPTY": needs.empty}
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.If) and isinstance(node.test, ast.BoolOp) and isinstance(node.test.values[0], ast.Name):
            flag, rest = node.test.values[0], node.test.values[1]
            if flags.get(flag.id):
                yield _Edit((flag.lineno, flag.col_offset), (rest.lineno, rest.col_offset), "")
            elif flag.id in flags:
                yield _lines(node)
        elif isinstance(node, ast.AnnAssign) and node.value is None:
            yield _lines(node)
        elif isinstance(node, ast.Expr):
            if not needs.private and ast.unparse(node).endswith(".setdefault('env', exported())"):
                yield _lines(node)
        elif isinstance(node, ast.Try) and needs.present and _refuses(node.handlers):
            body = lines[node.lineno : node.handlers[0].lineno - 1]
            yield _lines(node)._replace(text="".join(f"{line[4:]}\n" for line in body))


def _refuses(handlers: list[ast.ExceptHandler]) -> bool:
    text = ast.unparse(handlers[0].body[-1]) if handlers else ""
    return text.startswith(("return refused(", "return (refused(", "children.append("))


def _lines(node: ast.stmt) -> _Edit:
    assert node.end_lineno is not None
    return _Edit((node.lineno, 0), (node.end_lineno + 1, 0), "")


def _retyped(code: str, needs: Needs) -> Iterator[_Edit]:
    """The text without types, and with the shell's own status."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            # From the parenthesis to the colon
            if node.returns is not None:
                yield _after(code, node.returns, r"\s*->\s*$")
            arguments = node.args
            spaced = [
                *zip(arguments.args[len(arguments.args) - len(arguments.defaults) :], arguments.defaults, strict=True)
            ]
            spaced += [
                (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
            ]
            defaults = dict(spaced)
            given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            for one in given:
                if one is not None and one.annotation is not None:
                    begin = (one.lineno, one.col_offset + len(one.arg))
                    default = defaults.get(one)
                    end = (default.lineno, default.col_offset) if default is not None else _end(one.annotation)
                    yield _Edit(begin, end, "=" if default is not None else "")
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield _Edit(_end(node.target), (node.value.lineno, node.value.col_offset), " = ")
        elif isinstance(node, ast.Name) and node.id == "FAILURE":
            yield _Edit((node.lineno, node.col_offset), _end(node), str(needs.failure))
        elif isinstance(node, ast.Name) and node.id == "UNOPENED":
            yield _Edit((node.lineno, node.col_offset), _end(node), str(needs.unopened))


def _after(code: str, node: ast.expr, before: str) -> _Edit:
    """An expression with what stands before it on its line."""
    head = code.splitlines()[node.lineno - 1].encode()[: node.col_offset].decode()
    found = re.search(before, head)
    assert found is not None
    return _Edit((node.lineno, len(head[: found.start()].encode())), _end(node), "")


def _end(node: ast.expr) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
