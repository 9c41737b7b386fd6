"""What changes variables, arguments and options: assignments, `export`, `local`, `set`, `shift`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from minify.launcher.actions import (
    Action,
    Assign,
    Capture,
    Forget,
    KeepNumber,
    SetArguments,
    Share,
    Shift,
    Statement,
    Status,
    When,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import Result
from minify.launcher.reading.value_facts import outputs
from minify.launcher.text import tree
from minify.launcher.text.words import NAME
from minify.launcher.values import (
    ArgumentCount,
    Compared,
    Integer,
    Joined,
    LastSucceeded,
    Output,
    Text,
    Variable,
    joined,
)

_PROTECTED: Final = ("IFS", "PWD", "OLDPWD", "OPTIND", "OPTARG", "PS4", "LINENO", "PPID", "_", "SHELLOPTS", "BASHOPTS",
                     "UID", "EUID", "RANDOM", "SECONDS", "POSIXLY_CORRECT", "GLOBIGNORE", "BASH_ENV", "ENV")  # fmt: skip
_OPTION_LETTERS: Final = {"e": "errexit", "u": "nounset", "x": "xtrace", "v": "verbose", "a": "allexport",
                          "f": "noglob", "E": "errtrace", "T": "functrace", "h": "hashall", "b": "notify",
                          "B": "braceexpand", "H": "histexpand"}  # fmt: skip


class Variables(Commander):
    """Reads commands that set something."""

    def _assignments(self, command: tree.Simple, way: Way) -> Result:
        if command.redirects:
            if command.assignments:
                self.obstacle("an assignment with a redirection", command.place, command.raw)
                return Result()
            return self.only_redirects(command, way)
        statements: list[Statement] = []
        status: Action | int = 0
        needed = way.want is not Want.NONE or way.protected or self.options.errexit
        for assignment in command.assignments:
            text = self._assigned_text(assignment)
            if text is None:
                continue
            last = assignment is command.assignments[-1]
            found = outputs(text)
            if found and needed:
                if isinstance(text, Output) and last:
                    self.assigned(assignment.name)
                    return Result((*self.before_and_clear(), *statements), Capture(assignment.name, text.run))
                if len(found) == 1 and last and self.options.errexit and not way.protected:
                    text = _checked(text)
                elif not (way.want is Want.NONE and way.protected and not last):
                    self.obstacle("the status of a command inside a longer value", command.place, command.raw)
            elif found:
                status = 0
            self.assigned(assignment.name)
            statements += [*self.before_and_clear(), Assign(assignment.name, text)]
        return Result(tuple(statements), status)

    def before_and_clear(self) -> list[Statement]:
        """What the words so far need, so that it stands ahead of what comes next and after what came before."""
        statements = list(self.before)
        self.before.clear()
        return statements

    def _assigned_text(self, assignment: tree.Assignment) -> Text | None:
        if assignment.word is None:
            self.obstacle("an array", assignment.place, assignment.raw)
            return None
        if assignment.name in _PROTECTED:
            self.obstacle(f"{assignment.name} is set", assignment.place, assignment.raw)
            return None
        text = self.text(assignment.word)
        if assignment.append:
            certain = assignment.name in self.certain
            text = joined([Variable(assignment.name, certain=certain), text])
        return text

    def do_export(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if not words or any((word.static or "").startswith("-") for word in words):
            self.obstacle("an option of export", command.place, command.raw)
            return Result()
        if way.apart:
            self.obstacle("export in ( … )", command.place, command.raw)
        return Result(tuple(self._declared(command, words, share=True)))

    def do_readonly(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if not words or any((word.static or "").startswith("-") for word in words):
            self.obstacle("an option of readonly", command.place, command.raw)
            return Result()
        return Result(tuple(self._declared(command, words, share=False)))

    def do_local(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if self.local is None or way.apart:
            self.obstacle("local outside a function", command.place, command.raw)
            return Result()
        statements: list[Statement] = []
        for word in words:
            name = (word.static or "").partition("=")[0] if not _is_declared(word) else _declared_name(word)
            if not NAME.fullmatch(name):
                self.obstacle("an option of local", command.place, command.raw)
                continue
            self.local.append(name)
            if not _is_declared(word):
                if self.dialect is Dialect.BASH:
                    self.certain.discard(name)
                    statements.append(Forget(name, shared=True))
                continue
            statements += self._declared(command, (word,), share=False)
        return Result(tuple(statements))

    def _declared(self, command: tree.Simple, words: tuple[tree.Word, ...], *, share: bool) -> list[Statement]:
        statements: list[Statement] = []
        for word in words:
            name = _declared_name(word) if _is_declared(word) else word.static or ""
            if not NAME.fullmatch(name):
                self.obstacle("a name that only running tells", command.place, command.raw)
                continue
            if name in _PROTECTED:
                self.obstacle(f"{name} is set", command.place, command.raw)
            if _is_declared(word):
                text = self.text(replace(word, parts=word.parts[1:]))
                if share:
                    # Shared first: then the assignment is no private one
                    self.share(name)
                self.assigned(name)
                statements += [*self.before_and_clear()]
                statements += [Share(name)] if share else []
                statements.append(Assign(name, text))
            elif share:
                self.share(name)
                statements.append(Share(name))
        return statements

    def do_unset(self, command: tree.Simple, way: Way) -> Result:
        statements: list[Statement] = []
        words = command.words[1:]
        if words and words[0].static == "-v":
            words = words[1:]
        if way.apart:
            self.obstacle("unset in ( … )", command.place, command.raw)
        for word in words:
            name = word.static
            if name is None or not NAME.fullmatch(name) or name in _PROTECTED:
                self.obstacle("unset of what is no plain variable", command.place, command.raw)
                continue
            if name in self.definitions:
                self.obstacle("a function that is unset", command.place, command.raw)
            self.forget(name)
            statements.append(Forget(name))
        return Result(tuple(statements))

    def _own_variables(self, command: tree.Simple) -> tuple[tuple[str, Text], ...]:
        env: list[tuple[str, Text]] = []
        for assignment in command.assignments:
            text = self._assigned_text(assignment)
            if text is None:
                continue
            if any(_reads(text, name) for name, _ in env):
                self.obstacle("variables for one command that read each other", command.place, command.raw)
            env.append((assignment.name, text))
        return tuple(env)

    def do_set(self, command: tree.Simple, way: Way) -> Result:
        words = list(command.words[1:])
        while words and (text := words[0].static) is not None and re.fullmatch(r"[-+][A-Za-z]+", text):
            words.pop(0)
            on = text[0] == "-"
            for letter in text[1:]:
                name = _OPTION_LETTERS.get(letter)
                if letter == "o":
                    name = words.pop(0).static if words else None
                self._option(name, on=on, command=command, way=way)
        if not words:
            if len(command.words) == 1:
                self.obstacle("set that lists every variable", command.place, command.raw)
            return Result()
        if words[0].static in ("--", "-"):
            words.pop(0)
        elif words[0].static is None:
            self.obstacle("set with what may be an option", command.place, command.raw)
        if way.apart:
            self.obstacle("arguments that a ( … ) sets", command.place, command.raw)
        return Result((SetArguments(self.fields(tuple(words))),))

    def _option(self, name: str | None, *, on: bool, command: tree.Simple, way: Way) -> None:
        if name in ("xtrace", "verbose"):
            self.note(f"line {command.place.line}: what set -{'x' if name == 'xtrace' else 'v'} traces is not written")
            return
        if name in ("errtrace", "functrace", "hashall", "notify", "braceexpand", "histexpand"):
            return
        if name == "pipefail" and self.dialect is Dialect.DASH:
            self.obstacle("pipefail, which dash does not have", command.place, command.raw)
            return
        if name not in ("errexit", "nounset", "pipefail", "allexport", "noglob"):
            self.obstacle("an option of set", command.place, command.raw)
            return
        if (way.branch or way.function or way.apart or way.loop) and getattr(self.options, name) != on:
            self.obstacle(f"set {'-' if on else '+'}o {name} on a condition", command.place, command.raw)
        setattr(self.options, name, on)

    def do_shift(self, command: tree.Simple, way: Way) -> Result:
        count = command.words[1].static if len(command.words) == 2 else "1"
        if len(command.words) > 2 or count is None or not count.isdecimal() or way.apart:
            self.obstacle("shift by what only running tells", command.place, command.raw)
            return Result()
        number = int(count)
        if self.dialect is not Dialect.DASH and (way.want is not Want.NONE or way.protected or self.options.errexit):
            # It fails without leaving the shell: whether there are enough is asked first
            enough = Compared(">=", ArgumentCount(), Integer(number))
            shifts = When(enough, (Shift(number, 0), KeepNumber(0)), (KeepNumber(1),))
            return Result((shifts,), Status(LastSucceeded()))
        return Result((Shift(number, 2 if self.dialect is Dialect.DASH else 0),))


def _is_declared(word: tree.Word) -> bool:
    """Whether a word is `name=value` after `export`."""
    first = word.parts[0] if word.parts else None
    return isinstance(first, tree.Plain) and first.quoted and re.fullmatch(r"[A-Za-z_]\w*=", first.text) is not None


def _declared_name(word: tree.Word) -> str:
    first = word.parts[0]
    assert isinstance(first, tree.Plain)
    return first.text[:-1]


def _checked(text: Text) -> Text:
    if isinstance(text, Output):
        return replace(text, checked=True)
    if isinstance(text, Joined):
        return Joined(tuple(_checked(part) for part in text.parts))
    return text


def _reads(text: Text, name: str) -> bool:
    return any(isinstance(node, Variable) and node.name == name for node in tree.nodes(text))
