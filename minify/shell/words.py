"""The words of a shell command: what is literal, what is a variable, what only the shell can know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from minify.syntax.source import Span

_PLAIN = re.compile(r"[\w./:=,@+%^-]+", re.ASCII)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*|[0-9@*#?$!-])|\{(\w+)(?:(:?-)([^}'\"\\$`{]*))?\})", re.ASCII)
# Braces are a pattern to bash and text to dash
_GLOB = re.compile(r"[*?]|\[[^\]]+\]|\{[^{}]*(?:,|\.\.)[^{}]*\}")
_ANSI_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


class Literal(NamedTuple):
    """Text that stands for itself; unquoted text may still hold a glob."""

    text: str
    quoted: bool = False


class Variable(NamedTuple):
    """`$name`, `${name}` or, with a `fallback` and its operator, `${name:-fallback}`."""

    name: str
    raw: str
    quoted: bool = False
    operator: str = ""
    fallback: str = ""

    def value(self, env: Mapping[str, str]) -> str | None:
        """What it expands to; None when the variable is not known, for then the base image may set it."""
        known = env.get(self.name)
        return self.fallback if known == "" and self.operator == ":-" else known


class Opaque(NamedTuple):
    """What only the shell can know: `$(…)`, `${x%…}`, another user's home."""

    raw: str
    quoted: bool = False


Part = Literal | Variable | Opaque


class Word(NamedTuple):
    """One word of a command, as written (`raw`) and in parts.

    A glob stays the pattern it is written as (`rm -rf /tmp/*` names what goes), with `has_glob` to tell.
    """

    parts: tuple[Part, ...]
    span: Span
    raw: str

    @property
    def static(self) -> str | None:
        """The value when it is only literals, quotes removed."""
        return self.resolve({})

    def resolve(self, env: Mapping[str, str]) -> str | None:
        """The value when every variable of it is known, not yet split at white space; None otherwise."""
        text = ""
        for part in self.parts:
            value = _value(part, env)
            if value is None:
                return None
            text += value
        return text

    def fields(self, env: Mapping[str, str]) -> tuple[str | None, ...]:
        """The fields that the shell makes of it: `$PACKAGES` may be several or none; (None,) if unknown."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Literal):
            return (self.parts[0].text,)
        fields: list[str] = []
        open_field: str | None = None
        for part in self.parts:
            value = _value(part, env)
            if value is None:
                return (None,)
            if part.quoted or not isinstance(part, Variable):
                open_field = (open_field or "") + value
                continue
            pieces = value.split()
            if not pieces:
                continue
            if open_field is not None and value[0].isspace():
                fields.append(open_field)
                open_field = None
            fields += [(open_field or "") + pieces[0], *pieces[1:]]
            open_field = None if value[-1].isspace() else fields.pop()
        return (*fields, *(() if open_field is None else (open_field,)))

    @property
    def has_glob(self) -> bool:
        """Whether unquoted text of it is a pattern that the shell matches against files."""
        return any(isinstance(part, Literal) and not part.quoted and _GLOB.search(part.text) for part in self.parts)

    @property
    def leading(self) -> str:
        """The literal text it surely begins with: `/opt/app-` of `/opt/app-$VERSION`."""
        text = ""
        for part in self.parts:
            if not isinstance(part, Literal):
                break
            text += part.text
        return text


def _value(part: Part, env: Mapping[str, str]) -> str | None:
    if isinstance(part, Literal):
        return part.text
    return part.value(env) if isinstance(part, Variable) else None


def is_plain(raw: str) -> bool:
    """Whether a word has no character that the shell reads: most have none."""
    return _PLAIN.fullmatch(raw) is not None


def split_parts(raw: str, substitutions: Mapping[int, int]) -> tuple[Part, ...]:
    """The parts of a word as written.

    `substitutions` maps where each `$(…)`, backquote and `${…}` of it begins to where it ends.
    """
    return tuple(_joined(_scan(raw, substitutions))) or (Literal("", quoted=True),)


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts with neighbouring literals of one kind made one."""
    last: Literal | None = None
    for part in parts:
        if isinstance(part, Literal) and last is not None and last.quoted == part.quoted:
            last = Literal(last.text + part.text, part.quoted)
            continue
        if last is not None:
            yield last
        last = part if isinstance(part, Literal) else None
        if last is None:
            yield part
    if last is not None:
        yield last


def _scan(raw: str, substitutions: Mapping[int, int]) -> Iterator[Part]:
    index, end, quoted = 0, len(raw), False
    if raw.startswith("~"):
        stop = raw.find("/")
        stop = end if stop < 0 else stop
        # `~name` is that user's home, which /etc/passwd of the image says
        yield Variable(name="HOME", raw="~", quoted=True) if stop == 1 else Opaque(raw[:stop])
        index = stop
    while index < end:
        character = raw[index]
        if index in substitutions and not (matched := _VARIABLE.match(raw, index)):
            yield Opaque(raw[index : substitutions[index]], quoted)
            index = max(substitutions[index], index + 1)
        elif character == "'" and not quoted:
            stop = _find(raw, "'", index + 1)
            yield Literal(raw[index + 1 : stop], quoted=True)
            index = stop + 1
        elif character == '"':
            quoted = not quoted
            if quoted:
                yield Literal("", quoted=True)
            index += 1
        elif raw.startswith("$'", index) and not quoted:
            text, index = _ansi(raw, index + 2)
            yield Literal(text, quoted=True)
        elif raw.startswith('$"', index) and not quoted:
            index += 1
        elif character == "\\" and index + 1 < end:
            escaped = raw[index + 1]
            keeps = quoted and escaped not in '$`"\\\n'
            yield Literal(f"\\{escaped}" if keeps else "" if escaped == "\n" else escaped, quoted=True)
            index += 2
        elif character == "$" and (matched := _VARIABLE.match(raw, index)):
            yield Variable(
                name=matched[1] or matched[2],
                raw=matched[0],
                quoted=quoted,
                operator=matched[3] or "",
                fallback=matched[4] or "",
            )
            index = matched.end()
        else:
            yield Literal(character, quoted)
            index += 1


def _find(raw: str, text: str, start: int) -> int:
    found = raw.find(text, start)
    return len(raw) if found < 0 else found


def _ansi(raw: str, index: int) -> tuple[str, int]:
    r"""The text of `$'…'` from after its opening quote, and where it ends; `\x41` stays as written."""
    text = ""
    while index < len(raw) and raw[index] != "'":
        if raw[index] == "\\" and index + 1 < len(raw):
            text += _ANSI_ESCAPES.get(
                raw[index + 1], raw[index + 1] if raw[index + 1] in "\\'\"?" else raw[index : index + 2]
            )
            index += 2
        else:
            text += raw[index]
            index += 1
    return text, index + 1
