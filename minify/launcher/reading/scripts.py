"""Other shell scripts that a text runs: taken in where they are its last step, or known for what they do."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Final

from minify.launcher.actions import Assign, Enter, SetArguments, Share, Statement
from minify.launcher.program import Dialect
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Want, Way, numeric_names
from minify.launcher.reading.statuses import Result
from minify.launcher.text import tree
from minify.launcher.text.grammar import parse
from minify.launcher.values import AllArguments, Argument, ArgumentCount, EachArgument, EachSplit, One

_SHELLS: Final = ("sh", "bash", "ash", "dash")
_SHEBANG: Final = re.compile(r"#!\s*(?:\S*/env\s+)?(\S+)(?:[ \t]+(\S+))?")

# wait-for-it.sh of vishnubob/wait-for-it, each version that passes its arguments on unchanged: the first half of the
# SHA-256 of its lines, blanks at their ends left out
_WAIT_FOR_IT: Final = frozenset(
    {
        "b7a04f38de1e51e7",
        "2ea7475e07674e4f",
        "4f3f751fe340c1d7",
        "3f3790f899f53d1a",
        "6c2f3621142659ca",
        "ced81270affb7f4a",
        "15063f2bfa886dda",
        "1a8957424a24d1ac",
        "0f75de5c9d9c37a9",
    }
)
_WAITING: Final = """\
wait_for_it() {
    if [ "$4" != 1 ]; then
        if [ "$3" -gt 0 ]; then
            echo "wait-for-it.sh: waiting $3 seconds for $1:$2" >&2
        else
            echo "wait-for-it.sh: waiting for $1:$2 without a timeout" >&2
        fi
    fi
    WAITFORIT_start_ts=$(date +%s)
    until nc -z "$1" "$2"; do
        if [ "$3" -gt 0 ] && [ "$(($(date +%s) - WAITFORIT_start_ts))" -ge "$3" ]; then
            if [ "$4" != 1 ]; then
                echo "wait-for-it.sh: timeout occurred after waiting $3 seconds for $1:$2" >&2
            fi
            return 124
        fi
        sleep 1
    done
    if [ "$4" != 1 ]; then
        echo "wait-for-it.sh: $1:$2 is available after $(($(date +%s) - WAITFORIT_start_ts)) seconds" >&2
    fi
}
"""
_ADDRESS: Final = re.compile(r'("?)([\w.-]+|\$\w+|\$\{\w+\}):(\d+|\$\w+|\$\{\w+\})\1', re.ASCII)


class Scripts(Commander):
    """Reads calls of other scripts."""

    def other_script(
        self, command: tree.Simple, words: tuple[tree.Word, ...], way: Way, *, replaces: bool
    ) -> Result | None:
        """What a call of a shell script comes to; None when it is none, or its text is not known."""
        found = self._script_of(words)
        if found is None:
            return None
        path, text, rest = found
        if path and hashlib.sha256(_stripped(text).encode()).hexdigest()[:16] in _WAIT_FOR_IT:
            known = self._wait_for_it(command, path, rest, way, replaces=replaces)
            if known is not None:
                return known
        if not replaces or way.function or way.apart or command.redirects:
            self.obstacle("another shell script runs, and not at the end", command.place, command.raw)
            return Result()
        return self._entered(command, path, text, rest)

    def _script_of(self, words: tuple[tree.Word, ...]) -> tuple[str, str, tuple[tree.Word, ...]] | None:
        """The path, the text and the arguments of a script that is called; the path is empty for `sh -c text`."""
        name = words[0].static if words else None
        if not name:
            return None
        rest = words[1:]
        if name.rpartition("/")[2] in _SHELLS:
            if len(rest) >= 2 and rest[0].static == "-c" and (inner := rest[1].static) is not None:
                return "", inner, rest[2:]
            if not rest or not (path := rest[0].static) or path.startswith("-"):
                return None
            text = self.files(path)
            return None if text is None else (path, text, rest[1:])
        if "/" not in name and not name.endswith((".sh", ".bash")):
            return None
        text = self.files(name)
        match = _SHEBANG.match(text) if text is not None else None
        if text is None or (match is not None and match[1].rpartition("/")[2] not in _SHELLS):
            return None
        return name, text, rest

    def _dialect_of(self, command: tree.Simple, path: str, text: str, words: tuple[tree.Word, ...]) -> Dialect | None:
        called = (words[0].static or "").rpartition("/")[2] if words else ""
        match = _SHEBANG.match(text)
        name = called if called in _SHELLS else match[1] if match else "sh"
        return Dialect.of(name, alpine=self.dialect is Dialect.ASH)

    def options_of(self, text: str) -> str | None:
        """Take over the options of `#!/bin/sh -e`; what is wrong with them, when something is."""
        match = _SHEBANG.match(text)
        name = match[1].rpartition("/")[2] if match else ""
        given = match[2] if match and name in _SHELLS else None
        if given is None:
            return None
        if not re.fullmatch(r"-[eux]+", given):
            return "an option of the shell in the first line"
        self.options.errexit = self.options.errexit or "e" in given
        self.options.nounset = self.options.nounset or "u" in given
        if "x" in given:
            self.note("line 1: what -x traces is not written")
        return None

    def _entered(self, command: tree.Simple, path: str, text: str, rest: tuple[tree.Word, ...]) -> Result:
        """The script goes on in the place of this one: with its exported variables only, and its own arguments."""
        words = command.words[1:] if command.words[0].static == "exec" else command.words
        dialect = self._dialect_of(command, path, text, words)
        if dialect is not self.dialect and dialect is not None and not self.plain_so_far:
            self.obstacle("a script for another shell runs", command.place, command.raw)
        if dialect is None or (path in self.entered):
            self.obstacle("another shell script runs", command.place, command.raw)
            return Result()
        before: list[Statement] = []
        for assignment in command.assignments:
            if assignment.word is not None:
                before += [Share(assignment.name), Assign(assignment.name, self.text(assignment.word))]
                self.share(assignment.name)
                self.assigned(assignment.name)
        fields = self.fields(rest)
        if not path and fields:
            # `sh -c text name arguments`
            if not isinstance(fields[0], One):
                self.obstacle("sh -c with what may be no name", command.place, command.raw)
            fields = fields[1:]
        child = type(self)(dialect, is_command=False, files=self.files)
        child.script_name = path or dialect.value
        child.obstacles, child.python_only = self.obstacles, self.python_only
        child.programs, child.notes = self.programs, self.notes
        child.started_any, child.opened = self.started_any, self.opened
        child.entered = (*self.entered, path)
        child.branching = self.branching
        script = parse(text, dialect, path or self_path(command))
        for error in script.errors:
            self.obstacle(error.reason, error.place, error.raw)
        child.numeric = numeric_names(script.body)
        if path and words[0].static == path and (wrong := child.options_of(text)):
            self.obstacle(wrong, command.place, command.raw)
        body = child.sequence(script.body, Way(want=Want.END))
        functions = child.functions()
        if {one.name for one in functions} & set(self.definitions):
            self.obstacle("two scripts with a function of the same name", command.place, command.raw)
        self.inner_functions += (*functions, *child.inner_functions)
        self.inner_private |= {name: None for name in child.private if name not in child.always} | child.inner_private
        self.entered_dialect = child.entered_dialect or dialect
        own = tuple(name for name in child.private if name not in child.always)
        kinds = (Argument, AllArguments, ArgumentCount, EachArgument, EachSplit, SetArguments)
        given = [SetArguments(fields)] if any(isinstance(one, kinds) for one in tree.nodes(tuple(body))) else []
        return Result((*before, *given, Enter(own), *body), left=True)

    def _wait_for_it(
        self, command: tree.Simple, name: str, rest: tuple[tree.Word, ...], way: Way, *, replaces: bool
    ) -> Result | None:
        """`./wait-for-it.sh db:5432 -t 30 -- program`."""
        host = port = None
        timeout, quiet, strict = "15", False, False
        words = list(rest)
        while words:
            word = words.pop(0)
            if word.raw == "--":
                break
            option = word.static
            if (address := _ADDRESS.fullmatch(word.raw)) and host is None:
                host, port = address[2], address[3]
            elif option in ("-q", "--quiet"):
                quiet = True
            elif option in ("-s", "--strict"):
                strict = True
            elif option is not None and (given := re.fullmatch(r"--timeout=(\d+)", option)):
                timeout = given[1]
            elif option == "-t" and words and re.fullmatch(r"\d+", words[0].static or ""):
                timeout = words.pop(0).static or ""
            else:
                return None
        if host is None or command.redirects or command.assignments or (not words and not replaces and way.apart):
            return None
        if "wait_for_it" not in self.definitions:
            inner = parse(_WAITING.replace("wait-for-it.sh", name.rpartition("/")[2]), Dialect.DASH)
            definition = inner.body.items[0].command
            assert isinstance(definition, tree.Definition)
            self.definitions["wait_for_it"] = definition
        if words and not replaces:
            return None
        text = f'wait_for_it "{host}" "{port}" {timeout} {1 if quiet else 0}'
        if words:
            refuses = (
                f"|| {{ echo '{name.rpartition('/')[2]}: strict mode, refusing to execute subprocess' >&2; exit 124; }}"
            )
            text += f" {refuses if strict else ''}\nexec {' '.join(word.raw for word in words)}"
        script = parse(text, self.dialect, command.place.path)
        if script.errors:
            return None
        if not words:
            (item,) = script.body.items
            assert isinstance(item.command, tree.Simple)
            return self.simple_command(replace(item.command, place=command.place, raw=command.raw), way)
        return Result(tuple(self.sequence(_placed(script.body, command), way)), left=True)


def _placed(sequence: tree.Sequence, command: tree.Simple) -> tree.Sequence:
    """Commands that stand for another one, at its place."""
    items = tuple(replace(item, command=_at(item.command, command)) for item in sequence.items)
    return tree.Sequence(items)


def _at(inner: tree.Command, command: tree.Simple) -> tree.Command:
    if isinstance(inner, tree.AndOr):
        rest = tuple((operator, _at(one, command)) for operator, one in inner.rest)
        return replace(inner, first=_at(inner.first, command), rest=rest)
    return replace(inner, place=command.place, raw=command.raw)


def _stripped(text: str) -> str:
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def self_path(command: tree.Simple) -> str:
    """The file that a command stands in."""
    return command.place.path
