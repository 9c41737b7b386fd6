"""What curl and wget have in common about a request: its headers, its credentials, its data."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final

from minify.health.options import Parsed
from minify.health.plan import Obstacle
from minify.health.text import Text

FORM: Final = Text.join("application/x-www-form-urlencoded")
JSON: Final = Text.join("application/json")
Headers = tuple[tuple[str, Text], ...]


def read_headers(parsed: Parsed, named: Mapping[str, str]) -> Headers | Obstacle:
    """The headers of `-H 'Name: value'`, and of options that set one: `named` maps meanings to headers."""
    headers: list[tuple[str, Text]] = []
    for given in parsed.values("header"):
        name, colon, value = given.partition(":")
        value = value.without(len(value.leading) - len(value.leading.lstrip(" ")))
        if not colon or name.static is None or not re.fullmatch(r"[\w-]+", name.static, re.ASCII) or not value.parts:
            return Obstacle("what becomes of this header is not known", str(given))
        headers.append((name.static, value))
    for meaning, header in named.items():
        value_of = parsed.value(meaning)
        if value_of is not None:
            headers.append((header, value_of))
    wrong = [value for _, value in headers if not is_line(value)]
    return Obstacle("a header is more than a line of ASCII", str(wrong[0])) if wrong else tuple(headers)


def authorization(credentials: Text) -> Text | Obstacle:
    """The header of `user:password`; it cannot be made ahead when the password is in a variable.

    >>> header = authorization(Text.join("user:password"))
    >>> header.static
    'Basic dXNlcjpwYXNzd29yZA=='
    """
    static = credentials.static
    if static is None or not static.isascii():
        return Obstacle("the password is in a variable", str(credentials))
    if ":" not in static:
        return Obstacle("it asks for a password", str(credentials))
    return Text.join("Basic " + base64.b64encode(static.encode()).decode())


def with_type(headers: Headers, name: str, value: Text) -> Headers:
    """The headers and one more, unless it is among them."""
    return headers if name.lower() in [known.lower() for known, _ in headers] else (*headers, (name, value))


def is_line(text: Text) -> bool:
    """Whether the literal text can be put into a request, and into any program, as it is."""
    return text.literals.isascii() and text.literals.isprintable()
