"""Small programs that the standard library can stand in for: `mkdir -p`, `rm -f`, `nc -z`; other forms run as they are."""

from __future__ import annotations

import re
from dataclasses import replace

from minify.launcher.actions import (
    Given,
    Inherited,
    Into,
    Perform,
    Task,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.known import Facts
from minify.launcher.reading.network import Network
from minify.launcher.reading.scope import Way
from minify.launcher.reading.statuses import Result
from minify.launcher.text import tree
from minify.launcher.values import (
    Literal,
    One,
    Text,
)


class Tools(Network, Facts):
    """Reads calls of small programs."""

    def _task(
        self,
        command: tree.Simple,
        way: Way,
        task: Task,
        words: list[tree.Word],
        *,
        detail: Text | None = None,
        least: int = 1,
        recursive: bool = False,
        force: bool = False,
    ) -> Result:
        fields = self.fields(tuple(words))
        if len(fields) < least:
            return self.program(command, way)
        action = Perform(task, fields, detail, quiet=self.is_quiet(command, way), recursive=recursive, force=force)
        return Result((), action)

    # Files

    def do_mkdir(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "p")
        if found is None:
            return self.program(command, way)
        return self._task(command, way, "make_directories" if "p" in found[0] else "make_directory", found[1])

    def do_rm(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "frR")
        if found is None:
            return self.program(command, way)
        given, words = found
        return self._task(command, way, "remove", words, recursive="r" in given or "R" in given, force="f" in given)

    def do_touch(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "")
        return self.program(command, way) if found is None else self._task(command, way, "touch", found[1])

    def do_ln(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "sfn")
        if found is None or "s" not in found[0] or len(found[1]) != 2 or ("n" in found[0] and "f" not in found[0]):
            return self.program(command, way)
        given, words = found
        if not self._plain_fields(words):
            return self.program(command, way)
        return self._task(command, way, "link", words, force="f" in given, recursive="n" in given, least=2)

    def do_mv(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "f")
        if found is None or len(found[1]) != 2 or not self._plain_fields(found[1]):
            return self.program(command, way)
        return self._task(command, way, "move", found[1], least=2)

    def do_cp(self, command: tree.Simple, way: Way) -> Result:
        found = self.taken(command, "f")
        if found is None or len(found[1]) != 2 or not self._plain_fields(found[1]):
            return self.program(command, way)
        return self._task(command, way, "copy", found[1], least=2)

    def _plain_fields(self, words: list[tree.Word]) -> bool:
        return all(isinstance(field, One) for field in self.fields(tuple(words)))

    def do_chmod(self, command: tree.Simple, way: Way) -> Result:
        words = list(command.words[1:])
        recursive = bool(words) and words[0].static in ("-R", "--recursive")
        words = words[1:] if recursive else words
        mode = words[0].static if words else None
        if mode is None or not re.fullmatch(r"0?[0-7]{3}|[0-7]{4}|[augo]{0,3}\+x", mode):
            return self.program(command, way)
        if any((word.static or "").startswith("-") for word in words[1:]):
            return self.program(command, way)
        return self._task(command, way, "mode", words[1:], detail=Literal(mode), recursive=recursive)

    def do_chown(self, command: tree.Simple, way: Way) -> Result:
        words = list(command.words[1:])
        recursive = bool(words) and words[0].static in ("-R", "--recursive")
        words = words[1:] if recursive else words
        owner = self.fields((words[0],)) if words else ()
        if (
            len(owner) != 1
            or not isinstance(owner[0], One)
            or any((word.static or "").startswith("-") for word in words)
        ):
            return self.program(command, way)
        text = owner[0].text
        if not (isinstance(text, Literal) and re.fullmatch(r"\d+(:\d+)?", text.text)):
            self.only_python("chown by a name", command.place, command.raw)
        return self._task(command, way, "owner", words[1:], detail=text, recursive=recursive)

    def do_cat(self, command: tree.Simple, way: Way) -> Result:
        streams = self.program_streams(command.redirects, way.streams, command.place, command.raw)
        if len(command.words) == 1 and isinstance(streams.input, Given):
            return self.printed(command, streams.input.text, way, newline=False, streams=streams)
        if any((word.static or "").startswith("-") for word in command.words[1:]) or len(command.words) == 1:
            return self.program(command, way)
        if streams.output != Inherited(1):
            return self.program(command, way)
        return self._task(command, way, "show", list(command.words[1:]))

    def do_envsubst(self, command: tree.Simple, way: Way) -> Result:
        """`envsubst '$A $B' < in > out`."""
        streams = self.program_streams(command.redirects, way.streams, command.place, command.raw)
        names = command.words[1].static if len(command.words) == 2 else None
        if len(command.words) > 2 or (len(command.words) == 2 and names is None):
            return self.program(command, way)
        if not (
            isinstance(streams.input, Into) and isinstance(streams.output, Into) and streams.error == way.streams.error
        ):
            return self.program(command, way)
        detail = None if names is None else Literal(" ".join(re.findall(r"\$\{?([A-Za-z_]\w*)", names, re.ASCII)))
        paths = (One(streams.input.path), One(streams.output.path))
        status = 1 if self.dialect is not Dialect.DASH else 2
        append = streams.output.mode == "a"
        return Result((), Perform("substitute", paths, detail, status=status, append=append))

    # The network

    # What the runtime knows

    # Another program before the program

    def do_env(self, command: tree.Simple, way: Way) -> Result:
        """`env A=b program`."""
        words = list(command.words[1:])
        assignments: list[tree.Assignment] = []
        while (
            words
            and (found := re.match(r"([A-Za-z_]\w*)=", words[0].raw))
            and isinstance(words[0].parts[0], tree.Plain)
        ):
            first, *rest = words[0].parts
            assert isinstance(first, tree.Plain)
            value = tree.Word((tree.Plain(first.text[len(found[0]) :], True), *rest), words[0].place, words[0].raw)
            if len(self.fields((words[0],))) != 1 or not isinstance(self.fields((words[0],))[0], One):
                return self.program(command, way)
            assignments.append(tree.Assignment(found[1], value, False, words[0].place, words[0].raw))
            words.pop(0)
        if not words or words[0].static is None or not re.fullmatch(r"[\w./][\w./+-]*", words[0].static):
            return self.program(command, way)
        own = replace(command, assignments=(*command.assignments, *assignments))
        return self.program(own, way, words=tuple(words))

    # A word in a text
