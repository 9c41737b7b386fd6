"""Redirections: where each stream of a command goes, in the order in which they are written."""

from __future__ import annotations

from dataclasses import replace

from minify.launcher.actions import Given, Inherited, Into, Nothing, Stream, Streams
from minify.launcher.program import Dialect, Place
from minify.launcher.reading.fields import Fielder
from minify.launcher.reading.value_facts import is_strict
from minify.launcher.text import tree
from minify.launcher.values import Files, Literal, One, Text, joined

_NAMES = ("input", "output", "error")
_DEVICES = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2, "/proc/self/fd/1": 1, "/proc/self/fd/2": 2,
            "/dev/fd/1": 1, "/dev/fd/2": 2}  # fmt: skip


class Redirector(Fielder):
    """Reads redirections."""

    def streams(self, redirects: tuple[tree.Redirect, ...], outer: Streams) -> Streams:
        """The streams of a command, given those around it."""
        streams = outer
        for redirect in redirects:
            streams = self._redirected(redirect, streams)
        return streams

    def program_streams(self, redirects: tuple[tree.Redirect, ...], outer: Streams, place: Place, raw: str) -> Streams:
        """The streams of a program: what they expand is expanded in the program's own process.

        What `set -u` ends is that process, and what `${x:=y}` sets is gone with it.
        """
        before = len(self.before)
        streams = self.streams(redirects, outer)
        if len(self.before) != before:
            self.obstacle("an assignment in a redirection of a program", place, raw)
        own = streams.input if self.dialect is not Dialect.BASH else streams
        strict = is_strict(own)
        if strict and not (self.options.errexit and self.dialect is Dialect.BASH):
            self.obstacle("set -u looks at a redirection of a program", place, raw)
        return streams

    def _redirected(self, redirect: tree.Redirect, streams: Streams) -> Streams:
        operator = redirect.operator
        if operator in ("<<", "<<-", "<<<"):
            return self._here(redirect, streams)
        if operator in ("&>", "&>>") or (operator == ">&" and self._is_file(redirect)):
            stream = self._file(redirect, "a" if operator == "&>>" else "w", streams, 1)
            return replace(streams, output=stream, error=stream)
        descriptor = redirect.descriptor
        if descriptor is None:
            descriptor = 0 if operator.startswith("<") else 1
        if descriptor > 2:
            self.obstacle("a file descriptor above 2", redirect.place, redirect.raw)
            return streams
        if operator in (">&", "<&"):
            return self._duplicated(redirect, descriptor, streams)
        if operator == "<>":
            self.obstacle("<>", redirect.place, redirect.raw)
            return streams
        mode = {"<": "r", ">>": "a"}.get(operator, "w")
        if (mode == "r") != (descriptor == 0):
            self.obstacle("a stream that is opened the other way round", redirect.place, redirect.raw)
            return streams
        return _with(streams, descriptor, self._file(redirect, mode, streams, descriptor))

    def _here(self, redirect: tree.Redirect, streams: Streams) -> Streams:
        if redirect.descriptor not in (None, 0):
            self.obstacle("a here-document that is not standard input", redirect.place, redirect.raw)
            return streams
        if redirect.operator == "<<<":
            return replace(streams, input=Given(joined([self.text(redirect.target), Literal("\n")])))
        if redirect.body is None:
            self.obstacle("a here-document without a body", redirect.place, redirect.raw)
            return streams
        return replace(streams, input=Given(self.text(redirect.body)))

    def _is_file(self, redirect: tree.Redirect) -> bool:
        """`>& file` of bash."""
        target = redirect.target.static
        return (
            self.dialect is Dialect.BASH
            and redirect.descriptor is None
            and not (target is None or target.rstrip("-").isdecimal() or target == "-")
        )

    def _duplicated(self, redirect: tree.Redirect, descriptor: int, streams: Streams) -> Streams:
        target = redirect.target.static
        if target == "-":
            self.obstacle("a stream that is closed", redirect.place, redirect.raw)
            return streams
        if target not in ("0", "1", "2") or (target == "0") != (descriptor == 0):
            self.obstacle("a file descriptor above 2", redirect.place, redirect.raw)
            return streams
        return _with(streams, descriptor, getattr(streams, _NAMES[int(target)]))

    def _file(self, redirect: tree.Redirect, mode: str, streams: Streams, descriptor: int) -> Stream:
        target = self.target(redirect)
        if target is None:
            return Nothing()
        if isinstance(target, Literal):
            if target.text == "/dev/null":
                return Nothing()
            if target.text in _DEVICES:
                # To open it again is the same but for a regular file, where appending goes on at its end
                number = _DEVICES[target.text]
                if (number == 0) == (mode == "r"):
                    found = getattr(streams, _NAMES[number])
                    if isinstance(found, Inherited):
                        return Inherited(found.descriptor)
            if target.text.startswith(("/dev/tcp/", "/dev/udp/", "/dev/fd/")) or target.text in _DEVICES:
                self.obstacle("a file that only the shell has", redirect.place, redirect.raw)
                return Nothing()
        assert mode in ("r", "w", "a")
        return Into(target, mode)  # type: ignore[arg-type]

    def target(self, redirect: tree.Redirect) -> Text | None:
        """The file that a redirection names; None when it may be several words."""
        if self.dialect is not Dialect.BASH:
            # dash and busybox neither split nor match here
            return self.text(redirect.target)
        fields = self.fields((redirect.target,))
        if len(fields) == 1 and isinstance(fields[0], One):
            return fields[0].text
        if len(fields) == 1 and isinstance(fields[0], Files):
            self.obstacle("a redirection to a pattern", redirect.place, redirect.raw)
            return None
        self.obstacle("a redirection to what may be several words", redirect.place, redirect.raw)
        return None


def _with(streams: Streams, descriptor: int, stream: Stream) -> Streams:
    if descriptor == 0:
        return replace(streams, input=stream)
    return replace(streams, output=stream) if descriptor == 1 else replace(streams, error=stream)
