"""Functions of the text: each is read when all its calls are known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from minify.launcher.actions import (
    Call,
    Function,
    Scoped,
)
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import Result, gives_any, without_zeros
from minify.launcher.text import tree
from minify.launcher.text.tree_facts import reads_status, unset_names
from minify.launcher.text.words import NAME
from minify.launcher.values import (
    Fields,
)

_REACHING: Final = ("exit", "exec", "umask", "ulimit", "cd", "set", "shift", "export", "unset", "readonly", ".", "source",
                    "trap", "return")  # fmt: skip
"""Commands that end more than themselves, or change what comes after them."""


class Functions(Commander):
    """Reads functions and their calls."""

    def definition(self, command: tree.Definition, way: Way) -> Result:
        name = command.name
        if way.branch or way.function or way.apart:
            self.obstacle("a function that is defined on a condition", command.place, command.raw)
        if name in self.definitions and self.definitions[name] is not command:
            self.obstacle("a function that is defined twice", command.place, command.raw)
        if not NAME.fullmatch(name) and not re.fullmatch(r"[\w.:-]+", name):
            self.obstacle("the name of a function", command.place, command.raw)
        self.definitions[name] = command
        return Result()

    def call(self, name: str, command: tree.Simple, arguments: Fields, way: Way) -> Result:
        """A function of the text is called."""
        definition = self.definitions[name]
        if command.redirects or not way.streams.untouched:
            self.obstacle("a redirection around a function", command.place, command.raw)
        if command.assignments:
            self.obstacle("a variable for a function alone", command.place, command.raw)
        if self.grouped and (self.options.errexit or self._reaches_out(definition.body)):
            self.obstacle("a function in ( … ) that would end or change more than that", command.place, command.raw)
        if reads_status(definition.body):
            self.obstacle("a function that reads the status of what was before it", command.place, command.raw)
        self.uses.setdefault(name, set())
        self.checked.setdefault(name, set()).add(self.options.errexit and not way.protected)
        # What it unsets, and what it makes local, is not known after it
        for changed in unset_names(definition.body):
            self.certain.discard(changed)
        self.started_any = True
        return Result((), Call(name, arguments))

    def _reaches_out(self, body: tree.Command) -> bool:
        """Whether a function ends the text, or changes what is outside of it."""
        for node in tree.nodes(body):
            if isinstance(node, tree.Assignment):
                return True
            if isinstance(node, tree.Simple) and node.words:
                word = node.words[0].static
                if word is None or word in _REACHING or word in self.definitions:
                    return True
        return False

    def functions(self) -> tuple[Function, ...]:
        """The functions that are called, in the order of the text, each by how it is used."""
        done: dict[str, tuple[frozenset[str], frozenset[bool], Function]] = {}
        again = True
        while again:
            again = False
            for name in [name for name in self.definitions if name in self.uses]:
                uses, checked = frozenset(self.uses[name]), frozenset(self.checked[name])
                if name in done and done[name][:2] == (uses, checked):
                    continue
                again = True
                bodies = [self._body(self.definitions[name], uses, one) for one in sorted(checked)]
                if len(bodies) == 2 and bodies[0] != bodies[1]:
                    definition = self.definitions[name]
                    self.obstacle(
                        "a function that set -e counts in, and is called where it does not",
                        definition.place,
                        definition.raw,
                    )
                done[name] = (uses, checked, bodies[0])
        return tuple(done[name][2] for name in self.definitions if name in done)

    def _body(self, definition: tree.Definition, uses: frozenset[str], checked: bool) -> Function:
        outer, self.local = self.local, []
        options = replace(self.options)
        self.options.errexit = checked
        wanted = bool(uses & {"check", "value"})
        way = Way(want=Want.GIVE if wanted else Want.NONE, function=True, branch=True)
        with self.elsewhere():
            body = tuple(self.statement(definition.body, way))
        self.options = options
        if self.local:
            body = (Scoped(tuple(dict.fromkeys(self.local)), body),)
        self.local = outer
        gives = wanted and ("value" in uses or gives_any(body))
        return Function(definition.name, body if gives else without_zeros(body), gives)
