"""An engine's build output, read line by line: what is told to the user, and what went wrong."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from minify.verify.engines.failures import BUILDAH_STEP, BUILDKIT_STEP, Failure, line_of_step

TAIL: Final = 12
"""Lines of a failed step's output that its message holds; the whole log goes with the error."""

_KEPT: Final = 400
_UNKNOWN = re.compile(r"unknown (?:shorthand )?flag: (?:'.' in )?(?P<option>-[\w-]+)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What an engine wraps around the reason, layer by layer
_WRAPPED = re.compile(
    r"^(?:(?:ERROR|error|Error|failed to build|failed to create LLB definition|while running runtime|Build error): "
    r"|failed to solve(?: with frontend [\w.]+)?: "
    r"|rpc error: code = \w+ desc = "
    r"|executor failed running \[.*\]: "
    r'|process ".*" did not complete successfully: '
    r'|building at STEP ".*?": )+',
    re.DOTALL,
)


class BuildReader:
    """Takes a build's lines one by one; `read` gives back the name of a step that begins.

    `ok` is for whoever ran the build to set: whether it ended well.
    """

    def __init__(self) -> None:
        self.ok = False
        self._tail: deque[str] = deque(maxlen=_KEPT)
        self._late: str | None = None

    def read(self, line: str) -> str | None:
        """Take one line; the name of the step that it begins, if it does."""
        self._tail.append(line)
        return None

    def broken_off(self, why: str) -> None:
        """The build did not end by itself."""
        self._late = why

    def unknown_option(self) -> str | None:
        """The option that this client does not have, when that is what it says."""
        # Before any step, or it is a program of the build that says so
        found = None if self.begun else _UNKNOWN.search("\n".join(self._tail))
        return found["option"] if found else None

    @property
    def begun(self) -> bool:
        """Whether the engine came so far that it built something."""
        return False

    def missing_frontend(self) -> bool:
        """Whether the image that `# syntax=` names could not be had."""
        return False

    def lost_layer(self) -> bool:
        """Whether the engine's build cache names a layer that its store has lost: seen with Docker 20.10 after a full disk."""
        return not self.ok and self._late is None and any("layer does not exist" in line for line in self._end())

    def _end(self) -> list[str]:
        return [line for line in self._tail if line.strip()][-2:]

    def failure(self, dockerfile: bytes) -> Failure:
        """What went wrong, with the line of the Dockerfile where it can be told."""
        if self._late is not None:
            return Failure(reason=self._late)
        return self._failure(dockerfile)

    def _failure(self, dockerfile: bytes) -> Failure:
        return Failure(reason=unwrapped(self._last))

    @property
    def _last(self) -> str:
        return next((line for line in reversed(self._tail) if line.strip()), "no reason given")


_VERTEX = re.compile(r"#(?P<number>\d+) (?P<rest>.*)")
_TIMED = re.compile(r"\d+\.\d+ (?P<text>.*)")
_ENDED = re.compile(r"(?:DONE|CACHED|CANCELED|ERROR|sha256:[0-9a-f]{64}|\.\.\.)(?: |:|$)")
_SHOWN = re.compile(r"^Dockerfile:(?P<line>\d+)\n-{8,}$", re.MULTILINE)
_PARSE_ERROR = re.compile(r"dockerfile parse error (?:on )?line (?P<line>\d+): (?P<why>.*)")
_FRONTEND = re.compile(r"(?:\[[^\]]*\] )?resolve image config for \S+")


@dataclass(slots=True)
class _Vertex:
    name: str
    error: str | None = None
    output: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))


class BuildKitReader(BuildReader):
    """BuildKit's plain output: `#7 [build 3/4] RUN make`, `#7 0.128 cc -o app`, `#7 ERROR: …`."""

    def __init__(self) -> None:
        super().__init__()
        self._vertices: dict[int, _Vertex] = {}

    @property
    def begun(self) -> bool:
        """Whether the engine came so far that it built something."""
        return bool(self._vertices)

    def read(self, line: str) -> str | None:
        """Take one line; the name of the step that it begins, if it does."""
        found = _VERTEX.fullmatch(line)
        if found is None:
            return super().read(_COLOURS.sub("", line))
        number, rest = int(found["number"]), found["rest"]
        vertex = self._vertices.get(number)
        if vertex is None:
            self._vertices[number] = _Vertex(rest)
            return shortened(rest) if BUILDKIT_STEP.fullmatch(rest) else None
        if timed := _TIMED.fullmatch(rest):
            vertex.output.append(timed["text"])
        elif rest.startswith("ERROR: "):
            vertex.error = rest.removeprefix("ERROR: ")
        elif rest != vertex.name and not _ENDED.match(rest):
            vertex.output.append(rest)
        return None

    def missing_frontend(self) -> bool:
        """Whether the image that `# syntax=` names could not be had."""
        return any(_FRONTEND.fullmatch(one.name) and one.error is not None for one in self._vertices.values())

    def _failure(self, dockerfile: bytes) -> Failure:
        if refused := _PARSE_ERROR.search(self._last):
            return Failure(reason=refused["why"], line=int(refused["line"]))
        shown = _SHOWN.search("\n".join(self._tail))
        vertex = self._failed()
        if vertex is None:
            return Failure(reason=unwrapped(self._last), line=int(shown["line"]) if shown else None)
        return Failure(
            reason=unwrapped(vertex.error or self._last),
            step=shortened(vertex.name),
            line=int(shown["line"]) if shown else line_of_step(vertex.name, dockerfile),
            output=tuple(vertex.output),
        )

    def _failed(self) -> _Vertex | None:
        """Of the steps that failed the one that the build's last line repeats: others were broken off by it."""
        failed = [one for one in self._vertices.values() if one.error is not None]
        named = [one for one in failed if one.error and unwrapped(one.error) in self._last]
        return next(iter(named or failed), None)


_NOISE = re.compile(r"-->|COMMIT |time=\"|Error: |error: ")


class BuildahReader(BuildReader):
    """The output of podman and buildah: `[1/2] STEP 3/4: RUN make`, then what the step writes."""

    def __init__(self) -> None:
        super().__init__()
        self._step: str | None = None
        self._output: deque[str] = deque(maxlen=TAIL)

    @property
    def begun(self) -> bool:
        """Whether the engine came so far that it built something."""
        return self._step is not None

    def read(self, line: str) -> str | None:
        """Take one line; the name of the step that it begins, if it does."""
        super().read(line)
        if BUILDAH_STEP.fullmatch(line):
            self._step = line
            self._output.clear()
            return shortened(line)
        if not _NOISE.match(line):
            self._output.append(line)
        return None

    def _failure(self, dockerfile: bytes) -> Failure:
        reason = shortened(unwrapped(self._last), 300)
        if self._step is None:
            return Failure(reason=reason)
        line = line_of_step(self._step, dockerfile)
        return Failure(reason=reason, step=shortened(self._step), line=line, output=tuple(self._output))


def unwrapped(line: str) -> str:
    """An engine's last line without the layers of its own that it came through.

    >>> unwrapped("failed to solve with frontend dockerfile.v0: failed to create LLB definition: no such host")
    'no such host'
    >>> unwrapped('ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2')
    'exit code: 2'
    """
    return _WRAPPED.sub("", line.strip())


def shortened(text: str, width: int = 110) -> str:
    """One line of at most that many characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
