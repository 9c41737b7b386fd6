"""Perl's text as code: comments, documentation and the texts of strings blanked, every offset kept."""

from __future__ import annotations

import re
from typing import Final

_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}
# After these a slash divides; after anything else it opens a pattern
_VALUE: Final = re.compile(r"[\w)\]}$@%]\s*$")
_BEFORE_PATTERN: Final = re.compile(
    r"\b(?:and|or|not|xor|if|unless|while|until|return|split|grep|map|join|when|x|lt|gt|le|ge|eq|ne|cmp|print|push|unshift)\s*$"
)
_TOKEN: Final = re.compile(
    r"(?P<pod>^=[a-zA-Z].*?(?:^=cut\b[^\n]*|\Z))"
    r"|(?P<end>^__(?:END|DATA)__$.*)"
    r"|(?P<comment>(?<![\$\w{])\#[^\n]*)"
    r"|(?P<variable>[$@%&]\{?\^?\w+|\$(?:[^\w\s{]|\#)|\$\#\{?)"
    r"|(?P<format>^[ \t]*format\b[^\n]*=[ \t]*\n.*?^\.$)"
    r"|(?P<heredoc><<(?P<indent>~?)(?:(?P<mark>[\"'`])(?P<quoted>[^\n]*?)(?P=mark)|(?P<bare>[A-Za-z_]\w*)))"
    r"|(?P<quote>(?<![\w$@%&>-])(?P<operator>q[qxwr]?|m|s|tr|y)\b(?!\s*=>)(?=\s*[^\w\s,;)=}]|=(?![=>~])))"
    r"|(?P<string>[\"'`])"
    r"|(?P<slash>/)"
    r"|(?P<line>\n)"
    r"|(?P<word>isn't\b|\w+(?:::|\w)*)",
    re.DOTALL | re.MULTILINE,
)
_INSERTED: Final = re.compile(r"[@$]\{\s*[\[\\]")
_LONGEST: Final = 20_000


class _LostError(Exception):
    """A quote that does not end, or not where a person would have ended it: the text was misread."""


def code_of(text: str) -> str:
    r"""The code, as long as the text; what runs a shell (`` ` `` and `qx`) stays, as two backticks around blanks.

    >>> code_of("system('ls') # 'x'\n")
    "system('  ')      \n"
    """
    try:
        return _read(text)
    except _LostError:
        # Comments alone are surely none: what is in strings counts as code then
        return re.sub(r"^[ \t]*\#[^\n]*", lambda m: " " * len(m[0]), text, flags=re.MULTILINE)


def _read(text: str) -> str:
    out = list(text)
    position, bodies = 0, []
    while (found := _TOKEN.search(text, position)) is not None:
        position = found.end()
        match found.lastgroup:
            case "pod" | "end" | "comment" | "format":
                _blank(out, found.start(), position)
            case "heredoc":
                bodies.append((found["quoted"] or found["bare"] or "", found["mark"], found["indent"]))
                if found["mark"] == "`":
                    out[found.start()] = "`"
            case "line" if bodies:
                for tag, mark, indent in bodies:
                    last = _last_line(text, position, tag, indent)
                    if mark == "'" or not _INSERTED.search(text, position, last.start()):
                        _blank(out, position, last.end())
                    position = last.end()
                bodies = []
            case "string":
                end = _close(text, found.start(), found[0])
                _hide(out, text, found.start(), end, found[0])
                position = end
            case "slash" if _opens(text, found.start()):
                end = _close(text, found.start(), "/")
                _blank(out, found.start() + 1, end - 1)
                position = end
            case "quote":
                position = _quote(out, text, found)
            case _:
                pass
    return "".join(out)


def _last_line(text: str, position: int, tag: str, indent: str) -> re.Match[str]:
    """The line that ends a here-document."""
    margin = r"[ \t]*" if indent else ""
    found = re.compile(rf"^{margin}{re.escape(tag)}$", re.MULTILINE).search(text, position)
    if found is None:
        raise _LostError
    return found


def _opens(text: str, at: int) -> bool:
    before = text[max(0, at - 40) : at]
    return not _VALUE.search(before) or _BEFORE_PATTERN.search(before) is not None


def _quote(out: list[str], text: str, found: re.Match[str]) -> int:
    """Past `qw(…)`, `s{…}{…}` and their like."""
    start = found.end()
    while start < len(text) and text[start].isspace():
        start += 1
    opening = text[start]
    if opening == "#" and start > found.end():
        return found.end()
    end = _close(text, start, opening)
    operator = found["operator"]
    if operator in ("s", "tr", "y"):
        second = end
        if opening in _CLOSING:
            while second < len(text) and text[second].isspace():
                second += 1
            if second >= len(text):
                raise _LostError
            last = _close(text, second, text[second])
        else:
            last = _close(text, end - 1, opening)
        flags = re.compile(r"\w*").match(text, last)
        _blank(out, start + 1, end - 1)
        # `s/x/system("y")/e`: code
        if operator != "s" or flags is None or "e" not in flags[0]:
            _blank(out, second if opening not in _CLOSING else second + 1, last - 1)
        return last
    if operator == "qx":
        _blank(out, found.start(), end)
        out[found.start()] = out[end - 1] = "`"
    else:
        _hide(out, text, start, end, '"' if operator in ("qq", "qr", "m") else "'")
    return end


def _close(text: str, start: int, opening: str) -> int:
    """The end of what opens at `start`, past its closing delimiter."""
    closing = _CLOSING.get(opening, opening)
    depth, position = 0, start + 1
    for found in re.compile(rf"\\.|{re.escape(opening)}|{re.escape(closing)}", re.DOTALL).finditer(text, position):
        if found.start() - start > _LONGEST:
            break
        if found[0][0] == "\\" and len(found[0]) == 2:
            continue
        if closing != opening and found[0] == opening:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return found.end()
    raise _LostError


def _hide(out: list[str], text: str, start: int, end: int, kind: str) -> None:
    """Blank a string but for its quotes, unless code is inserted into it: `"@{[ `ls` ]}"`."""
    if kind != "'" and _INSERTED.search(text, start, end):
        return
    _blank(out, start + 1, end - 1)


def _blank(out: list[str], start: int, end: int) -> None:
    for index in range(start, end):
        if out[index] != "\n":
            out[index] = " "
