"""The text of a health check as a tree of the commands that it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from minify.health.logic import Branch, Chain, Constant, Interpreter, Leave, Node, Not, Probe, Subshell
from minify.health.plan import Obstacle
from minify.shell.run import read_command_line
from minify.shell.script import Command

_TOKEN = re.compile(r"[ \t]*(?:(&&|\|\||;;|\||&|;|\n|[{}()]|[^\s&|;{}()]+))")
_INPUT: Final = ("<", "0<")
_OUTPUT: Final = (">", ">>", "1>", "1>>")
_ERRORS: Final = ("2>", "2>>")
_BOTH: Final = ("&>", "&>>", ">&")
SHELLS: Final = ("sh", "bash", "ash", "dash", "zsh")


class _Unreadable(Exception):  # noqa: N818 - it is no error, it is how the reading ends
    def __init__(self, obstacle: Obstacle) -> None:
        self.obstacle = obstacle


def structure(text: str, shell: Interpreter, limit: float | None = None) -> Node | Obstacle:
    """The tree of a command line run by a shell; `limit` are the seconds that `timeout` gives it."""
    try:
        return _Reader(text, shell, limit).read()
    except _Unreadable as unreadable:
        return unreadable.obstacle


class _Reader:
    """Reads the commands of a text and what stands between them."""

    def __init__(self, text: str, shell: Interpreter, limit: float | None) -> None:
        self.text = text
        self.shell = shell
        self.limit = limit
        self.items = self._items()
        self.at = 0

    def read(self) -> Node:
        tree = self._list(())
        if self.at < len(self.items):
            raise self._trouble()
        return tree

    def _items(self) -> list[Command | str]:
        script = read_command_line(self.text)
        if script.opaque:
            raise _Unreadable(Obstacle("the shell text cannot be read", self.text))
        items: list[Command | str] = []
        end = 0
        for command in sorted(script.commands, key=lambda command: (command.span.start, -command.span.end)):
            if command.span.start < end:
                # The `$(…)` of the command before
                continue
            if command.assignments:
                raise _Unreadable(Obstacle("it sets a variable", command.text))
            items += [token for token in _TOKEN.findall(self.text[end : command.span.start]) if token]
            items.append(command)
            end = command.span.end
        return items + [token for token in _TOKEN.findall(self.text[end:]) if token]

    def _peek(self) -> Command | str | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def _take(self, token: str) -> bool:
        if self._peek() == token:
            self.at += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._trouble()

    def _trouble(self) -> _Unreadable:
        item = self._peek()
        reason = "it runs something in the background" if item == "&" else "only a shell can run this"
        return _Unreadable(Obstacle(reason, self.text))

    def _list(self, ends: Sequence[str]) -> Node:
        tree = self._alternatives()
        while self._take(";") or self._take("\n"):
            following = self._peek()
            if following is None or following in ends:
                break
            if following in (";", "\n"):
                continue
            tree = Chain(tree, ";", self._alternatives())
        return tree

    def _alternatives(self) -> Node:
        tree = self._pipeline()
        while (operator := self._peek()) in ("&&", "||"):
            self.at += 1
            while self._take("\n"):
                pass
            tree = Chain(tree, str(operator), self._pipeline())
        return tree

    def _pipeline(self) -> Node:
        if self._take("!"):
            return Not(self._pipeline())
        first = self._peek()
        if isinstance(first, str) or first is None:
            return self._compound()
        commands = [first]
        self.at += 1
        while self._take("|"):
            following = self._peek()
            if not isinstance(following, Command):
                raise self._trouble()
            commands.append(following)
            self.at += 1
        return self._command(first) if len(commands) == 1 else Probe(tuple(commands), self.shell, self.limit)

    def _compound(self) -> Node:
        tree: Node
        if self._take("{"):
            tree = self._list(("}",))
            self._expect("}")
        elif self._take("("):
            tree = Subshell(self._list((")",)))
            self._expect(")")
        elif self._take("if"):
            tree = self._branch()
        else:
            raise self._trouble()
        following = self._peek()
        if isinstance(following, Command) and not following.argv:
            # `{ …; } > /dev/null`
            if quiet(following, self.shell) is None:
                raise _Unreadable(Obstacle("it writes a file", following.text))
            self.at += 1
        return tree

    def _branch(self) -> Node:
        condition = self._list(("then",))
        self._expect("then")
        then = self._list(("elif", "else", "fi"))
        otherwise: Node | None = None
        if self._take("elif"):
            return Branch(condition, then, self._branch())
        if self._take("else"):
            otherwise = self._list(("fi",))
        self._expect("fi")
        return Branch(condition, then, otherwise)

    def _command(self, command: Command) -> Node:
        words = [word.static for word in command.argv]
        name = (words[0] or "") if words else ""
        if name == "exit" and len(words) <= 2 and not command.redirects:
            return self._exit(command)
        if name in ("true", ":", "/bin/true", "/usr/bin/true") and quiet(command, self.shell) is not None:
            return Constant(True)
        if name in ("false", "/bin/false", "/usr/bin/false") and quiet(command, self.shell) is not None:
            return Constant(False)
        if name in ("echo", "printf") and quiet(command, self.shell) is not None:
            return Constant(True)
        limit = self.limit
        if name == "timeout" and len(words) > 2 and (seconds := duration(words[1])) is not None:
            words, limit = words[2:], min(seconds, limit or seconds) or limit
        shell = (words[0] if words else None) or ""
        inner = shell.rpartition("/")[2] in SHELLS and len(words) == 3 and words[1] in ("-c", "-lc")
        if inner and quiet(command, self.shell) is not None:
            if words[2] is None:
                raise _Unreadable(Obstacle("only a shell can expand this", command.text))
            return Subshell(_Reader(words[2], Interpreter(shell), limit).read())
        return Probe((command,), self.shell, self.limit)

    def _exit(self, command: Command) -> Leave:
        if len(command.argv) == 1 or command.argv[1].raw in ("$?", '"$?"'):
            return Leave(None)
        status = command.argv[1].static
        if status is None or not status.isdecimal():
            raise _Unreadable(Obstacle("with which status it ends is not known", command.text))
        return Leave(int(status) % 256 == 0)


def duration(text: str | None) -> float | None:
    """The seconds of `timeout 5`, `timeout 1.5s`, `timeout 1m`.

    >>> duration("2m")
    120.0
    """
    matched = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)", text or "", re.ASCII)
    if matched is None:
        return None
    return float(matched[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[matched[2]]


def quiet(command: Command, shell: Interpreter) -> bool | None:
    """Whether the output of a command goes to /dev/null; None when its redirections do more than that."""
    silent = False
    for redirect in command.redirects:
        target = redirect.target.static if redirect.target is not None else None
        if redirect.operator in ("2>&", "1>&", ">&") and target in ("1", "2"):
            silent = silent and redirect.operator == "2>&"
        elif target != "/dev/null" or redirect.operator not in (*_INPUT, *_OUTPUT, *_ERRORS, *_BOTH):
            return None
        elif redirect.operator in _BOTH and not shell.is_bash:
            # To dash `curl … &> file` is `curl … &`: it runs in the background and the check is healthy at once
            return None
        else:
            silent = silent or redirect.operator in (*_OUTPUT, *_BOTH)
    return silent
