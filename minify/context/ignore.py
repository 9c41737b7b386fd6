"""`.dockerignore` as BuildKit reads it: moby/patternmatcher, walked as fsutil walks a build context.

Order counts, `!` takes back, `**` crosses directories, and what is below an ignored directory is ignored.
gitignore differs in nearly all of it (a bare name matches at any depth there, and only at the root here).
"""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Iterable
from typing import NamedTuple

from minify.errors import RefusedError

_WILDCARDS = frozenset("*?")
_REGEX_SPECIAL = frozenset(".+()|{}$")


class Group(NamedTuple):
    """Neighbouring patterns of one sign: among them the order does not matter, so they are one regex."""

    exception: bool
    regex: re.Pattern[str]


# Which groups matched a directory: what its entries inherit.
Inherited = tuple[bool, ...]


class IgnoreRules(NamedTuple):
    """The patterns of one ignore file, ready to be matched.

    >>> rules = IgnoreRules.read(b"*.md\\n!README.md\\n", ".dockerignore")
    >>> [rules.ignored(path) for path in ("notes.md", "README.md", "docs/notes.md")]
    [True, False, False]
    """

    groups: tuple[Group, ...] = ()
    exceptions: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: bytes, path: str) -> IgnoreRules:
        """The rules of an ignore file; one that BuildKit would reject is refused with its line."""
        signed: list[tuple[bool, str]] = []
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        for number, line in enumerate(text.split("\n"), 1):
            try:
                pattern = read_pattern(line)
                if pattern is not None:
                    # Compiled one by one as well, so that a bad one is named with its line.
                    re_of(pattern[1])
                    signed.append(pattern)
            except ValueError as error:
                raise RefusedError(
                    f"bad ignore pattern {line.strip()!r}: {error}",
                    path=path,
                    line=number,
                    hint="BuildKit refuses this build context; correct the pattern",
                ) from None
        return cls.of(signed)

    @classmethod
    def of(cls, patterns: Iterable[tuple[bool, str]]) -> IgnoreRules:
        """The rules of `(is an exception, cleaned pattern)` pairs, in order."""
        groups: list[tuple[bool, list[str]]] = []
        for exception, pattern in patterns:
            if not groups or groups[-1][0] != exception:
                groups.append((exception, []))
            groups[-1][1].append(pattern)
        return cls(
            tuple(
                Group(exception, _compile("|".join(f"(?:{regex_text(item)})" for item in items)))
                for exception, items in groups
            ),
            tuple(item for exception, items in groups if exception for item in items),
        )

    def match(self, path: str, inherited: Inherited = ()) -> tuple[bool, Inherited]:
        """Whether `path` is ignored, given what its directory matched; and what its own entries inherit.

        A group is only tried when it could change the answer, and one not tried on a directory is not
        inherited: `**/*.log` then `!keep` does not bring back `keep/a.log`. So fsutil walks, so do we.
        """
        ignored = False
        matched: list[bool] = []
        for index, group in enumerate(self.groups):
            hit = bool(inherited and inherited[index])
            if not hit and group.exception == ignored:
                hit = group.regex.fullmatch(path) is not None
            if hit:
                ignored = not group.exception
            matched.append(hit)
        return ignored, tuple(matched)

    def ignored(self, path: str) -> bool:
        """Whether the builder does not see `path` (relative, POSIX)."""
        parts = path.split("/")
        ignored = False
        inherited: Inherited = ()
        for count in range(1, len(parts) + 1):
            ignored, inherited = self.match("/".join(parts[:count]), inherited)
        return ignored

    def may_hold_exceptions(self, directory: str) -> bool:
        """Whether something below an ignored directory can be taken back by a `!` pattern."""
        parts = directory.split("/")
        return any(_reaches_below(pattern, parts) for pattern in self.exceptions)


def _reaches_below(pattern: str, directory: list[str]) -> bool:
    """Whether the pattern can match below the directory: one no deeper cannot, nor one of another branch."""
    if "**" in pattern or "[" in pattern or "\\" in pattern:
        return True
    parts = pattern.split("/")
    if len(parts) <= len(directory):
        return False
    return all(
        part == name or (not _WILDCARDS.isdisjoint(part) and re_of(part).fullmatch(name) is not None)
        for part, name in zip(parts, directory, strict=False)
    )


def read_pattern(line: str) -> tuple[bool, str] | None:
    """One line of an ignore file as `(is an exception, cleaned pattern)`; None for a comment or blank line.

    >>> read_pattern("! /docs/../src/ ")
    (True, 'src')
    """
    # Before the white space is cut: an indented # is a file name.
    if line.startswith("#"):
        return None
    pattern = line.strip()
    if not pattern:
        return None
    exception = pattern.startswith("!")
    if exception:
        pattern = pattern[1:].strip()
        if not pattern:
            raise ValueError('illegal exclusion pattern: "!"')
    pattern = clean(pattern)
    if len(pattern) > 1 and pattern.startswith("/"):
        pattern = pattern[1:]
    # patternmatcher reads the sign after the slash is cut, so `/!x` has become an exception.
    if not exception and pattern.startswith("!"):
        exception, pattern = True, pattern[1:]
        if not pattern:
            raise ValueError('illegal exclusion pattern: "!"')
    check_match_pattern(pattern)
    return exception, pattern


def clean(path: str) -> str:
    """Go's `path.Clean`: like posixpath.normpath, which alone keeps two leading slashes."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def check_match_pattern(pattern: str) -> None:
    """Raise ValueError for what Go's `filepath.Match` calls a bad pattern: `[`, `[]a]`, `[x-]`, `\\`."""
    at, size = 0, len(pattern)

    def one_of_class(position: int) -> int:
        if position >= size or pattern[position] in "-]":
            raise ValueError("syntax error in pattern")
        if pattern[position] == "\\":
            position += 1
            if position >= size:
                raise ValueError("syntax error in pattern")
        if position + 1 >= size:
            raise ValueError("syntax error in pattern")
        return position + 1

    while at < size:
        if pattern[at] == "\\":
            at += 1
            if at >= size:
                raise ValueError("syntax error in pattern")
        elif pattern[at] == "[":
            at += 1
            if at < size and pattern[at] == "^":
                at += 1
            at = one_of_class(at)
            if pattern[at] == "-":
                at = one_of_class(at + 1)
            while pattern[at] != "]":
                at = one_of_class(at)
                if pattern[at] == "-":
                    at = one_of_class(at + 1)
        at += 1


def regex_text(pattern: str) -> str:
    r"""The regex of a cleaned pattern, as patternmatcher writes it, to be used with `fullmatch`.

    >>> regex_text("**/*.py")
    '(.*/)?[^/]*\\.py'
    """
    out: list[str] = []
    # What patternmatcher makes of it: only a "regex" is one, the others are compared as text.
    kind = "exact"
    at, size = 0, len(pattern)
    while at < size:
        first = at == 0
        char = pattern[at]
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 2 if pattern.startswith("/", at + 1) else 1
            if at < size:
                out.append("(.*/)?")
                kind = "regex"
            elif kind == "exact":
                kind = "prefix"
            else:
                out.append(".*")
                kind = "regex"
            if first:
                kind = "suffix"
        elif char == "*":
            out.append("[^/]*")
            kind = "regex"
        elif char == "?":
            out.append("[^/]")
            kind = "regex"
        elif char == "\\":
            out.append("\\" + pattern[at : at + 1])
            at += 1
            kind = "regex"
        else:
            out.append("\\" + char if char in _REGEX_SPECIAL else char)
            if char in "[]":
                kind = "regex"
    if kind == "exact":
        return re.escape(pattern)
    if kind == "prefix":
        return f"{re.escape(pattern[:-2])}(?s:.*)"
    if kind == "suffix":
        # `**.py` and `**/x` compare the end of the path, and `**/x` also finds `x` itself.
        suffix = pattern[2:]
        alone = f"|{re.escape(suffix[1:])}" if suffix.startswith("/") else ""
        return f"(?s:.*){re.escape(suffix)}{alone}"
    return "".join(out)


def re_of(pattern: str) -> re.Pattern[str]:
    """The compiled regex of one cleaned pattern; ValueError when Go would not compile it either."""
    return _compile(regex_text(pattern))


def _compile(text: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # `[[]` is a warning of Python's about what it may mean one day; today it means what it means in Go.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.compile(text, re.ASCII)
        except re.error as error:
            raise ValueError(str(error)) from None
