"""Helpers of a launcher in Python: texts, numbers, time and the network."""

from __future__ import annotations

import http.client
import math
import os
import pwd
import re
import socket
import sys
import time
import urllib.parse
from typing import Any

from minify.launcher.writing.python_helpers.running import complain, fail
from minify.launcher.writing.python_helpers.state import FAILURE, env


def sleep(text: str = "", *others: str) -> int:
    """Sleep as long as a text says: 5, 0.5, 2m."""
    match = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", text)
    if others or not match:
        complain(f"sleep: invalid time interval {text}")
        return 1
    time.sleep(float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]])
    return 0


def unescaped(text: str) -> tuple[str, bool]:
    r"""A text with \n, \t and their like read, as echo of this shell has it, and whether \c ended it."""
    letters = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
    result = ""
    for octal, letter, plain in re.findall(r"\\0([0-7]{0,3})|\\(.)|([^\\]+|\\$)", text, re.DOTALL):
        if letter == "c":
            return result, True
        if letter:
            result += letters.get(letter, "\\" + letter)
        else:
            result += plain or chr(int(octal or "0", 8) & 255)
    return result, False


def echo(text: str, end: str = "\n", file: Any = None) -> None:
    r"""Write a text as echo of this shell does, with \n, \t and their like read."""
    text, stopped = unescaped(text)
    print(text, end="" if stopped else end, file=file, flush=True)


def value(name: str) -> str:
    """A variable, which must be set: `set -u`."""
    if name not in env:
        fail(f"{name}: parameter not set", FAILURE)
    return env[name]


def argument(arguments: list[str] | tuple[str, ...], number: int) -> str:
    """An argument, which must be there: `set -u`."""
    if number > len(arguments):
        fail(f"{number}: parameter not set", FAILURE)
    return arguments[number - 1]


def number(text: str) -> int:
    """The number that a text is in arithmetic; none is 0."""
    match = re.fullmatch(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|[0-9]*)\s*", text)
    digits = (match[2] if match else "") or "0"
    base = 16 if digits[1:2] in ("x", "X") else 8 if digits.startswith("0") else 10
    if not match or (base == 8 and re.search("[89]", digits)):
        fail(f"Illegal number: {text}", FAILURE)
        return 0
    return -int(digits, base) if match[1] == "-" else int(digits, base)


def compare(left: str, operator: str, right: str) -> bool:
    """Compare two texts as numbers; false when one is none."""
    numbers = []
    for text in (left, right):
        if not re.fullmatch(r"\s*[-+]?[0-9]+\s*", text):
            complain(f"[: Illegal number: {text}")
            return False
        numbers.append(int(text))
    difference = numbers[0] - numbers[1]
    return {
        "==": difference == 0,
        "!=": difference != 0,
        "<": difference < 0,
        "<=": difference <= 0,
        ">": difference > 0,
        ">=": difference >= 0,
    }[operator]


def quotient(left: int, right: int) -> int:
    """A quotient that is cut off toward zero."""
    return math.trunc(left / right)


def shifted(arguments: list[str], count: int) -> list[str]:
    """The arguments after the first ones, which must be there."""
    if count > len(arguments):
        fail("shift: can't shift that many", FAILURE)
    return arguments[count:]


def dirname(path: str) -> str:
    """The directory of a path."""
    head = path.rstrip("/").rpartition("/")[0].rstrip("/")
    return head or ("/" if path.startswith("/") else ".")


def basename(path: str, suffix: str = "") -> str:
    """The last part of a path, without a suffix."""
    name = path.rstrip("/").rpartition("/")[2] or path[:1]
    return name[: -len(suffix)] if suffix and name.endswith(suffix) and name != suffix else name


def user() -> str:
    """The name of the user."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        complain(f"cannot find name for user ID {os.geteuid()}")
        return ""


def without_prefix(text: str, prefix: str) -> str:
    """A text without what it begins with."""
    return text.removeprefix(prefix)


def without_suffix(text: str, suffix: str) -> str:
    """A text without what it ends with."""
    return text[: len(text) - len(suffix)] if text.endswith(suffix) else text


def trim(expression: str, text: str) -> str:
    """The part of a text that an expression keeps, where it matches."""
    match = re.fullmatch(expression, text, re.DOTALL)
    return match[1] if match else text


def capitalized(text: str) -> str:
    """A text with its first character in upper case."""
    return text[:1].upper() + text[1:]


def uncapitalized(text: str) -> str:
    """A text with its first character in lower case."""
    return text[:1].lower() + text[1:]


def listening(*address: str, seconds: float | None = None) -> bool:
    """Whether something takes connections at a host and port."""
    try:
        host, port = address
        if not host:
            return False
        socket.create_connection((host, int(port)), seconds).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def answers(
    *addresses: str,
    fails: bool = True,
    follows: bool = False,
    head: bool = False,
    shows: bool = False,
    holds: str | None = None,
    seconds: float | None = None,
    times: int = 20,
) -> bool:
    """Whether a server answers over HTTP, with a status that is no error."""
    if len(addresses) != 1 or not times:
        return False
    url = addresses[0] if "://" in addresses[0] else "http://" + addresses[0]
    parts = urllib.parse.urlsplit(url)
    try:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        connection.request("HEAD" if head else "GET", path, headers={"Accept": "*/*"})
        response = connection.getresponse()
        body = response.read()
    except (OSError, ValueError, http.client.HTTPException):
        return False
    target = response.getheader("Location")
    if follows and target and response.status in (301, 302, 303, 307, 308):
        target = urllib.parse.urljoin(url, target)
        return answers(
            target, fails=fails, follows=True, head=head, shows=shows, holds=holds, seconds=seconds, times=times - 1
        )
    good = not (fails and response.status >= 400)
    if shows and good:
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    return good and (holds is None or os.fsencode(holds) in body)
