"""Looks at the network: `nc -z`, `curl -f`, `wget --spider`, and a word in what they show."""

from __future__ import annotations

import re
from dataclasses import replace

from minify.launcher.actions import (
    Inherited,
    Into,
    Nothing,
    Status,
)
from minify.launcher.reading.options import OptionReader
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import Result
from minify.launcher.text import tree
from minify.launcher.values import (
    Answers,
    AnyText,
    Condition,
    Field,
    Listening,
    Literal,
    Matches,
    One,
    Pattern,
    Split,
    Text,
)


class Network(OptionReader):
    """Reads calls of programs that ask a server."""

    def do_nc(self, command: tree.Simple, way: Way) -> Result:
        """`nc -z host port`."""
        found = self.taken(command, "zvn", "w")
        if found is None or "z" not in found[0] or len(found[1]) != 2:
            return self.program(command, way)
        given, words = found
        streams = self.streams(command.redirects, way.streams)
        if "v" in given and not isinstance(streams.error, Nothing):
            return self.program(command, way)
        if isinstance(streams.output, Into) or isinstance(streams.error, Into):
            return self.program(command, way)
        fields = self.fields(tuple(words))
        if not all(isinstance(field, One | Split) for field in fields) or not re.fullmatch(r"\d+", given.get("w", "1")):
            return self.program(command, way)
        return Result((), Status(Listening(fields, float(given["w"]) if "w" in given else None)))

    def do_curl(self, command: tree.Simple, way: Way) -> Result:
        """`curl -f http://localhost:8080/health`, where only success counts."""
        found = self.taken(command, "fsSkLIg4", "om")
        if found is None or not way.protected or way.want is not Want.NONE:
            return self.program(command, way)
        given, words = found
        return self._answers(command, way, words, to=given.get("o"), fails="f" in given, follows="L" in given,
                             head="I" in given, seconds=given.get("m"))  # fmt: skip

    def do_wget(self, command: tree.Simple, way: Way) -> Result:
        """`wget -q --spider http://localhost:8080/health`, where only success counts."""
        kept = [
            word
            for word in command.words
            if word.static not in ("--spider", "--no-verbose", "--tries=1", "-nv", "--quiet")
        ]
        switches = [word.static for word in command.words if word not in kept]
        found = self.taken(replace(command, words=tuple(kept)), "q", "OtT")
        if found is None or not way.protected or way.want is not Want.NONE or found[0].get("t", "1") != "1":
            return self.program(command, way)
        given, words = found
        spider = "--spider" in switches
        if not spider and "O" not in given:
            return self.program(command, way)
        to = "/dev/null" if spider else given["O"].replace("-", "") or None
        return self._answers(command, way, words, to=to, fails=True, follows=True, head=spider, seconds=given.get("T"))

    def _answers(
        self, command: tree.Simple, way: Way, words: list[tree.Word], *,
        to: str | None, fails: bool, follows: bool, head: bool, seconds: str | None,
    ) -> Result:  # fmt: skip
        streams = self.streams(command.redirects, way.streams)
        fields = self.fields(tuple(words))
        if len(fields) != 1 or not _is_http(fields[0]) or to not in (None, "/dev/null"):
            return self.program(command, way)
        if (
            streams.output not in (Inherited(1), Nothing())
            or isinstance(streams.error, Into)
            or streams.input != Inherited(0)
        ):
            return self.program(command, way)
        if seconds is not None and not re.fullmatch(r"\d+(\.\d+)?", seconds):
            return self.program(command, way)
        shows = to is None and not isinstance(streams.output, Nothing)
        if head and shows:
            return self.program(command, way)
        limit = None if seconds is None else float(seconds)
        return Result((), Status(Answers(fields, fails, follows, head, shows, None, limit)))

    def fetched(self, command: tree.Command, search: tree.Command) -> Condition | None:
        if not isinstance(command, tree.Simple) or not command.words or command.words[0].static not in ("curl", "wget"):
            return None
        word = self._searched_word(search)
        if word is None:
            return None
        programs = dict(self.programs)
        name = command.words[0].static
        result = (self.do_curl if name == "curl" else self.do_wget)(command, Way(protected=True))
        status = result.status
        if not isinstance(status, Status) or not isinstance(status.condition, Answers) or not status.condition.shows:
            self.programs = programs
            return None
        return replace(status.condition, shows=False, holds=word)

    def searched(self, command: tree.Command, text: Text) -> Condition | None:
        word = self._searched_word(command)
        # A text of several lines holds what one of its lines holds
        return None if word is None else Matches(text, Pattern((AnyText(), Literal(word), AnyText())))

    def _searched_word(self, command: tree.Command) -> str | None:
        """The word of `grep -q word`; None for other commands, and for expressions."""
        if not isinstance(command, tree.Simple) or not command.words or command.words[0].static != "grep":
            return None
        found = self.taken(command, "qFE")
        if found is None or "q" not in found[0] or len(found[1]) != 1 or command.assignments:
            return None
        if not all(one.target.static == "/dev/null" for one in command.redirects):
            return None
        fields = self.fields((found[1][0],))
        if len(fields) != 1 or not isinstance(fields[0], One) or not isinstance(fields[0].text, Literal):
            return None
        word = fields[0].text.text
        if not word or not (re.fullmatch(r"[\w /:=@,\"{}-]+", word, re.ASCII) or "F" in found[0]) or "\n" in word:
            return None
        return None if "E" in found[0] and re.search(r"[{}]", word) else word


def _is_http(field: Field) -> bool:
    """Whether a field is an address of http, whatever is expanded in it."""
    if not isinstance(field, One | Split):
        return False
    first = field.text.parts[0] if hasattr(field.text, "parts") else field.text
    if not isinstance(first, Literal):
        return False
    rest = not isinstance(field.text, Literal)
    return bool(re.match(r"http://[^\s{}\[\]]*", first.text)) or (
        first.text.startswith(("localhost", "127.0.0.1"))
        and (rest or re.fullmatch(r"[\w.:/-]+", first.text) is not None)
    )
