"""`$((…))` read to the letter: numbers, variables and the operators that scripts use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from minify.launcher.values import (
    Both,
    Calculation,
    Compared,
    Condition,
    Either,
    Integer,
    Negative,
    Not,
    Number,
    OneOrZero,
)

_TOKEN: Final = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|[0-9]+)|([A-Za-z_]\w*)|(<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%<>!~&^|?:=,()]))",
    re.ASCII,
)
_LEVELS: Final = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))


class NotRead(ValueError):  # noqa: N818 - it becomes an obstacle
    """What is not read here."""


Look = Callable[[str], Number]
Token = tuple[str, str | Number]


def calculate(parts: Sequence[str | Number], variable: Look) -> Number:
    """The number that arithmetic is: its text, with numbers where it expands something; `variable` knows names.

    >>> calculate(["2 * (3 + ", Integer(4), ")"], lambda name: Integer(0)).left
    Integer(value=2)
    """
    tokens: list[Token] = []
    for part in parts:
        if not isinstance(part, str):
            tokens.append(("x", part))
            continue
        at = 0
        while part[at:].strip():
            match = _TOKEN.match(part, at)
            if match is None:
                raise NotRead(f"{part[at:].strip()} in arithmetic")
            tokens.append(("nvo"[(match.lastindex or 1) - 1], match[match.lastindex or 0]))
            at = match.end()
    reader = _Reader(tokens, variable)
    number = reader.level(0)
    if reader.tokens:
        raise NotRead(f"{reader.tokens[0][1]} in arithmetic")
    return number


class _Reader:
    def __init__(self, tokens: list[Token], variable: Look) -> None:
        self.tokens = tokens
        self.variable = variable

    def level(self, level: int) -> Number:
        if level == len(_LEVELS):
            return self.unary()
        left = self.level(level + 1)
        while self.tokens and self.tokens[0] in [("o", operator) for operator in _LEVELS[level]]:
            operator = str(self.tokens.pop(0)[1])
            right = self.level(level + 1)
            left = _combined(operator, left, right)
        return left

    def unary(self) -> Number:
        if not self.tokens:
            raise NotRead("arithmetic that ends too early")
        kind, text = self.tokens.pop(0)
        if not isinstance(text, str):
            return text
        if kind == "n":
            if text.lower().startswith("0x"):
                return Integer(int(text, 16))
            if len(text) > 1 and text.startswith("0"):
                raise NotRead(f"the octal number {text}")
            return Integer(int(text))
        if kind == "v":
            if self.tokens and self.tokens[0][1] in ("++", "--", "=", "+=", "-=", "*=", "/=", "%="):
                raise NotRead("an assignment in arithmetic")
            return self.variable(text)
        if text == "(":
            number = self.level(0)
            if not self.tokens or self.tokens.pop(0) != ("o", ")"):
                raise NotRead("a parenthesis in arithmetic that is not closed")
            return number
        if text == "-":
            number = self.unary()
            return Integer(-number.value) if isinstance(number, Integer) else Negative(number)
        if text == "+":
            return self.unary()
        if text == "!":
            return OneOrZero(Not(truth(self.unary())))
        raise NotRead(f"{text} in arithmetic")


def truth(number: Number) -> Condition:
    """Whether a number is not 0."""
    return number.condition if isinstance(number, OneOrZero) else Compared("!=", number, Integer(0))


def _combined(operator: str, left: Number, right: Number) -> Number:
    if operator in ("&&", "||"):
        both = (truth(left), truth(right))
        return OneOrZero(Both(both) if operator == "&&" else Either(both))
    if operator in ("==", "!=", "<", "<=", ">", ">="):
        return OneOrZero(Compared(operator, left, right))
    if operator in "/%":
        if not isinstance(right, Integer) or right.value == 0:
            raise NotRead("a division by what may be 0")
        return Calculation(operator, left, right)
    return Calculation(operator, left, right)
