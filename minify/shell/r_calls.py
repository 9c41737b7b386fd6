"""The calls that R code makes, read from its text: of sources, and of what `R -e` is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

# https://cran.r-project.org/doc/manuals/r-release/R-lang.html#Tokens; ?Quotes for raw strings
_TOKEN: Final = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | [rR](?P<quote>["'])(?P<dashes>-*)(?:\((?P<round>.*?)\)|\[(?P<square>.*?)\]|\{(?P<curly>.*?)\})(?P=dashes)(?P=quote)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | `(?P<ticked>(?:[^`\\]|\\.)*)`
  | (?P<name>(?:[^\W\d_]|\.(?!\d))[\w.]*)
  | (?P<number>\d[\w.]*|\.\d\w*)
  | (?P<sign>:::?|<<?-|->>?|\|>|%[^%\n]*%|[=!<>]=|&&|\|\||\\|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_KEYWORDS: Final = ("if", "for", "while", "function", "repeat", "else", "in", "next", "break")


class Token(NamedTuple):
    """A name, a text without its quotes, a number or a sign, and its offset."""

    kind: str
    value: str
    offset: int


class Argument(NamedTuple):
    """One argument of a call: its name where it is given one, and its tokens."""

    name: str | None
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str | None:
        """The value where that is one text."""
        return self.tokens[0].value if len(self.tokens) == 1 and self.tokens[0].kind == "text" else None

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The values of a text or of `c("a", "b")`; None where something else is among them."""
        if self.text is not None:
            return (self.text,)
        inner = self.tokens[2:-1]
        if [token.value for token in self.tokens[:2]] != ["c", "("] or any(
            token.kind not in ("text", "number") and token.value != "," for token in inner
        ):
            return None
        return tuple(token.value for token in inner if token.kind == "text")


class Call(NamedTuple):
    """`processx::run("ls", args)`: the function's name, with its package where that is said."""

    name: str
    arguments: tuple[Argument, ...]
    offset: int

    @property
    def function(self) -> str:
        """The name without the package."""
        return self.name.rpartition(":")[2]

    def argument(self, name: str, place: int = 0) -> Argument | None:
        """The argument of a name, or the one that stands at a place among those without one."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        unnamed = [argument for argument in self.arguments if argument.name is None]
        return unnamed[place] if place < len(unnamed) else None


class Code(NamedTuple):
    """What a text of R holds: its calls, its tokens, and the functions that are given to others by name, with offsets."""

    calls: tuple[Call, ...]
    tokens: tuple[Token, ...]
    given: tuple[tuple[str, int], ...]
    own: frozenset[str]
    """The functions that it defines."""


def r_code(text: str) -> Code:
    r"""The calls of a text in order.

    >>> [(call.name, call.arguments[0].text) for call in r_code('x <- sys::exec_wait("ls")\nlibrary(jsonlite)').calls]
    [('sys::exec_wait', 'ls'), ('library', None)]
    >>> r_code("lapply(commands, system)").given
    (('commands', 7), ('system', 17))
    """
    tokens = tuple(_tokens(text))
    return Code(tuple(calls_of(tokens)), tokens, tuple(_given(tokens)), frozenset(_own(tokens)))


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        start = found.start()
        if kind == "comment":
            continue
        raw = next((found[name] for name in ("round", "square", "curly") if found[name] is not None), None)
        if raw is not None:
            yield Token("text", raw, start)
        elif kind == "text":
            value = _ESCAPE.sub(lambda one: _ESCAPED.get(one[1], one[1]), found["text"][1:-1])
            yield Token("text", value, start)
        elif kind == "ticked":
            yield Token("name", found["ticked"], start)
        else:
            yield Token(kind, found[0], start)


def _own(tokens: Sequence[Token]) -> Iterator[str]:
    """`page <- function(x)`, `page = \\(x)`."""
    for name, sign, value in zip(tokens, tokens[1:], tokens[2:], strict=False):
        assigned = name.kind in ("name", "text") and sign.kind == "sign" and sign.value in ("<-", "<<-", "=")
        if assigned and (value.kind, value.value) in (("name", "function"), ("sign", "\\")):
            yield name.value


def calls_of(tokens: Sequence[Token]) -> Iterator[Call]:
    """The calls among some tokens, those within others too."""
    for index, token in enumerate(tokens):
        if token.kind not in ("name", "text") or index + 1 >= len(tokens) or tokens[index + 1].value != "(":
            continue
        if tokens[index + 1].kind != "sign" or (token.kind == "name" and token.value in _KEYWORDS):
            continue
        name, start = _whole_name(tokens, index)
        yield Call(name, tuple(_arguments(tokens, index + 2)), tokens[start].offset)


def _whole_name(tokens: Sequence[Token], index: int) -> tuple[str, int]:
    """`processx::process$new`, and where it begins; of `a(b)$run` only `$run` is a name."""
    name = tokens[index].value
    while index >= 1 and tokens[index - 1].kind == "sign" and tokens[index - 1].value in ("::", ":::", "$", "@"):
        sign = "::" if tokens[index - 1].value.startswith("::") else "$"
        index -= 1
        if index == 0 or tokens[index - 1].kind != "name":
            return f"{sign}{name}", index
        index -= 1
        name = f"{tokens[index].value}{sign}{name}"
    return name, index


def _arguments(tokens: Sequence[Token], index: int) -> Iterator[Argument]:
    """The arguments from behind the opening bracket on, to the one that closes it."""
    waiting = [")"]
    current: list[Token] = []
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.kind == "sign":
            if token.value == waiting[-1]:
                waiting.pop()
                if not waiting:
                    break
            elif token.value in _OPENING:
                waiting.append(_OPENING[token.value])
            elif token.value == "," and len(waiting) == 1:
                yield _argument(current)
                current = []
                continue
        current.append(token)
    if current:
        yield _argument(current)


def _argument(tokens: Sequence[Token]) -> Argument:
    named = (
        len(tokens) > 1 and tokens[0].kind in ("name", "text") and tokens[1].kind == "sign" and tokens[1].value == "="
    )
    return Argument(tokens[0].value, tuple(tokens[2:])) if named else Argument(None, tuple(tokens))


def _given(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    """Names that stand alone as an argument, as a value of one or on the right of an assignment: `lapply(x, system)`, `FUN = system`."""
    for before, token, after in zip(tokens, tokens[1:], (*tokens[2:], Token("sign", ",", 0)), strict=False):
        valued = before.kind == "sign" and before.value in ("(", ",", "=", "<-", "<<-")
        goes_on = after.kind == "sign" and after.value in ("(", "=", "$", "[", ":", "::", ":::", "@")
        if token.kind == "name" and valued and not goes_on:
            yield token.value, token.offset
