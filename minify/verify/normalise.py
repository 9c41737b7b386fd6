"""What two runs of one program write differently, brought to one form: times, process ids, addresses, temporary names.

Only texts that differ as they are come here, and a report names what had to be normalised for them to agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from minify.verify.instants import mask_times


class Normalised(NamedTuple):
    """A text in its common form, and the names of what changed it, in the order of the normalisers."""

    text: str
    changed: tuple[str, ...]


# (name, pattern, replacement). No replacement holds a digit or is matched by a pattern again.
_RULES: Final = tuple(
    (name, re.compile(pattern, re.MULTILINE), replacement)
    for name, pattern, replacement in (
        # `npm start` says what it starts; without npm nobody does
        ("banners of package managers", r"^\n?> \S+@\S+ \S+(?: \S+)?\n> .*\n\n?", ""),
        ("banners of package managers", r"^(?:npm (?:notice|warn|WARN|error|ERR!)|yarn run v|info Visit https://yarnpkg|error Command failed with exit code \d+\.$).*(?:\n|\Z)", ""),
        ("banners of package managers", r"^(?:\$ (?:node|ts-node|tsx|next|nest) .*|(?:Done in [\d.]+m?s\.|\u2009?ELIFECYCLE\u2009.*))(?:\n|\Z)", ""),
        # Python: where a frame is, its line and the marks below it; the exception's own line stays
        ("stack frames", r'^[ |]*File "[^"\n]*", line \d+.*\n(?:(?: {4,}| {2,}\| {2,})(?! *File ").*(?:\n|\Z))*', ""),
        # Node, Java, .NET
        ("stack frames", r"^[ \t]+at .*(?::\d+\)?|<anonymous>\)?|\((?:native|Native Method|Unknown Source)\))$\n?", ""),
        ("stack frames", r"^(?:node:[\w/]+|(?:file://)?/\S+):\d+\n.*\n[ \t]*\^+[ \t]*\n", ""),
        ("stack frames", r"^Node\.js v\d+\.\d+\.\d+(?:\n|\Z)", ""),
        # Go
        ("stack frames", r"^\t/\S+:\d+(?: \+0x[0-9a-f]+)?\n", ""),
        ("uuids", r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "<uuid>"),
        # A container's host name is the beginning of its id
        ("host names of containers", r"(?<![\w./-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12}(?![\w./-])", "<host>"),
        ("memory addresses", r"\b0x[0-9a-fA-F]{5,16}\b", "<address>"),
        ("durations", r"(?<![\w.])\d+(?:\.\d+)? ?(?:ms|us|µs|μs|ns|msecs?|milliseconds?)\b", "<duration>"),
        ("durations", r"(?<![\w.])(?:\d+h)?(?:\d+m)?\d+\.\d+ ?(?:s|secs?|seconds?)\b", "<duration>"),
        ("durations", r"\b((?:in|took|after|for) )\d+ ?(?:s|secs?|seconds?)\b", r"\g<1><duration>"),
        ("durations", r"""(\b(?:uptime|elapsed|duration|took|latency|runtime)(?:_?(?:s|ms|seconds))?["']?[:=]? ?)\d+(?:\.\d+)?(?![\w.])""", r"\g<1><duration>"),
        ("process ids", r"""(\b(?:[Pp][Pp]?[Ii][Dd]|[Pp]rocess(?: id)?|[Tt]hread(?: id)?)["']?(?:[ =:#]|: )[\[(]?)\d+(?![\w.])""", r"\g<1><pid>"),
        # gunicorn: [2026-03-01 14:00:07 +0000] [7] [INFO] …; syslog: name[7]: …
        ("process ids", r"(\[)\d+(\](?= ?\[[A-Za-z]+\]))", r"\g<1><pid>\g<2>"),
        ("process ids", r"(^[\w.-]+\[)\d+(?=\]:)", r"\g<1><pid>"),
        ("temporary names", r"((?<![\w/])/(?:var/)?tmp/)[\w.@+-]+", r"\g<1><name>"),
        ("network addresses", r"(?<![\w.])(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}(?![\w.])", "<ip>"),
        # The client's side of a connection
        ("ports", r"((?:<ip>|\b127\.0\.0\.1|\[::1\]):)(?:3[2-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b", r"\g<1><port>"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Normaliser:
    """Brings what one container wrote to the common form.

    `known` is what this container alone is called by: its id is its host name. `now` is one time for all that is compared.

    >>> Normaliser(now=0.0, known={"3f2a9c0d1e4b": "<host>"})("3f2a9c0d1e4b ready in 12 ms, pid 7")
    Normalised(text='<host> ready in <duration>, pid <pid>', changed=('names of the container', 'durations', 'process ids'))
    """

    now: float
    known: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> Normalised:
        changed: dict[str, None] = {}
        while True:
            before = text
            for name, rule in self._steps():
                after = rule(text)
                if after != text:
                    changed[name] = None
                    text = after
            # What a name's place is taken by may be what another pattern waits for
            if text == before:
                return Normalised(text, tuple(name for name in NAMES if name in changed))

    def _steps(self) -> tuple[tuple[str, Callable[[str], str]], ...]:
        return (
            (NAMES[0], self._rename),
            (NAMES[1], lambda text: mask_times(text, self.now)),
            *((name, _substitution(pattern, replacement)) for name, pattern, replacement in _RULES),
        )

    def _rename(self, text: str) -> str:
        # The long ones first: a container's id begins with its host name
        for name in sorted(self.known, key=len, reverse=True):
            text = text.replace(name, self.known[name])
        return text


NAMES: Final = tuple(dict.fromkeys(("names of the container", "times", *(name for name, _, _ in _RULES))))
"""The normalisers, in their order."""


def _substitution(pattern: re.Pattern[str], replacement: str) -> Callable[[str], str]:
    return lambda text: pattern.sub(replacement, text)
