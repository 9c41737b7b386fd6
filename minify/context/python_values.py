"""What an expression of a Python source can be, as far as literals and assignments show it."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst
from libcst.metadata import Assignment, Scope

from minify.context.command_text import Text, words

Scopes = Callable[[cst.CSTNode], Scope | None]
_MAX_DEPTH = 4


class Values:
    """Reads expressions of one module; `scopes` gives the scope of a node."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        # Values of `name = value`, by the identity of the target's node, which is what a scope knows.
        self.assigned: dict[int, cst.BaseExpression] = {}
        # Targets of `command += [...]`: what lengthens a command leaves the program as it is.
        self.lengthened: dict[int, None] = {}

    def names(self, node: cst.CSTNode) -> tuple[str, ...]:
        """The qualified names of an expression: `subprocess.run` for `sp.run`."""
        scope = self.scopes(node)
        if scope is None:
            return ()
        return tuple(sorted(name.name for name in scope.get_qualified_names_for(node)))

    def options(self, value: cst.BaseExpression, depth: int = 0) -> tuple[cst.BaseExpression, ...]:
        """The expressions that a value can be: a name's assignments, both arms of a conditional."""
        if depth < _MAX_DEPTH:
            found: tuple[cst.BaseExpression, ...] = ()
            if isinstance(value, cst.IfExp):
                found = (value.body, value.orelse)
            elif isinstance(value, cst.Name):
                found = self._assignments(value)
            if found:
                return tuple(option for item in found for option in self.options(item, depth + 1))
        return (value,)

    def _assignments(self, name: cst.Name) -> tuple[cst.BaseExpression, ...]:
        """All values of a name, when each one is known; () when one is a parameter, a loop's, a with's."""
        scope = self.scopes(name)
        if scope is None:
            return ()
        nodes = {id(item.node): None for item in scope[name.value] if isinstance(item, Assignment)}
        if not all(node in self.assigned or node in self.lengthened for node in nodes):
            return ()
        # In the order of the source, which a scope's own set does not have.
        return tuple(value for node, value in self.assigned.items() if node in nodes)

    def only(self, value: cst.BaseExpression) -> cst.BaseExpression | None:
        """The one expression that a value is."""
        options = self.options(value)
        return options[0] if len(options) == 1 else None

    def argv(self, value: cst.BaseExpression, *, split: bool) -> tuple[str | None, ...]:
        """The words of a command, None for what is not literal; () when nothing is known."""
        if isinstance(value, cst.List | cst.Tuple):
            return self._elements(value)
        if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add):
            left = self.only(value.left)
            if isinstance(left, cst.List | cst.Tuple | cst.BinaryOperation):
                return self.argv(left, split=split)
        if isinstance(value, cst.Call):
            text = self._split(value)
            if text is not None:
                return words(text)
            if "builtins.list" in self.names(value.func) and value.args:
                return self.argv(value.args[0].value, split=split)
        text = self.text(value)
        if text is not None and split:
            return words(text)
        word = self._word(value)
        return (word,) if word is not None else ()

    def _elements(self, value: cst.List | cst.Tuple) -> tuple[str | None, ...]:
        found: list[str | None] = []
        for element in value.elements:
            if isinstance(element, cst.StarredElement):
                inner = self.only(element.value)
                # `[*command, "x"]`: what follows has no known place.
                if not found and isinstance(inner, cst.List | cst.Tuple):
                    found.extend(self._elements(inner))
                break
            found.append(self._word(element.value))
        return tuple(found)

    def _split(self, call: cst.Call) -> Text | None:
        """`"git log".split()` and `shlex.split("git log")`."""
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "split" and not call.args:
            inner = self.only(call.func.value)
        elif "shlex.split" in self.names(call.func) and call.args:
            inner = self.only(call.args[0].value)
        else:
            return None
        return self.text(inner) if inner is not None else None

    def _word(self, value: cst.BaseExpression) -> str | None:
        only = self.only(value)
        if only is None:
            return None
        if "sys.executable" in self.names(only):
            return "python"
        text = self.text(only)
        return text.start if text is not None and text.whole else None

    def text(self, value: cst.BaseExpression) -> Text | None:
        """What is known of a string expression; None when it is no string that we can see."""
        if isinstance(value, cst.SimpleString):
            literal = value.evaluated_value
            return Text(literal if isinstance(literal, str) else literal.decode("utf-8", "replace"), True)
        if isinstance(value, cst.ConcatenatedString):
            left, right = self.text(value.left), self.text(value.right)
            if left is None or not left.whole or right is None:
                return left and Text(left.start, False)
            return Text(left.start + right.start, right.whole)
        if isinstance(value, cst.FormattedString):
            first = value.parts[0] if value.parts else None
            start = first.value if isinstance(first, cst.FormattedStringText) else ""
            return Text(start, len(value.parts) == (1 if start else 0))
        if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add | cst.Modulo):
            mark = "%" if isinstance(value.operator, cst.Modulo) else ""
            return self._beginning(value.left, mark)
        func = value.func if isinstance(value, cst.Call) else None
        if isinstance(func, cst.Attribute) and func.attr.value == "format":
            return self._beginning(func.value, "{")
        return None

    def _beginning(self, value: cst.BaseExpression, mark: str) -> Text | None:
        """The text up to the first placeholder."""
        only = self.only(value)
        text = self.text(only) if only is not None else None
        if text is None:
            return None
        return Text(text.start.partition(mark)[0] if mark else text.start, False)
