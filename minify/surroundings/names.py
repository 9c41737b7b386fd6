"""Names of images in files that know the image by its name only: whether two mean the same one."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""What stands for a part of a name that is known at run time only."""

_VARIABLE = re.compile(
    r"\$\{\{[^}]*\}\}|\{\{[^}]*\}\}|\$\{(?P<braced>\w+)(?::?[-?+=](?P<default>[^}]*))?\}|\$\((?P<round>\w+)\)|\$(?P<bare>\w+)"
)


def expand(text: str, values: dict[str, str]) -> str:
    """A text with its variables' values: those of shells, of make, of compose; UNKNOWN for the others.

    >>> expand("${REGISTRY}/web:${TAG:-1}", {"REGISTRY": "ghcr.io/acme"})
    'ghcr.io/acme/web:1'
    """

    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["round"] or found["bare"]
        if name is not None and name in values:
            return values[name]
        return found["default"] or UNKNOWN

    for _ in range(3):
        new = _VARIABLE.sub(value, text)
        if new == text:
            break
        text = new
    return text


def repository(name: str) -> tuple[str, ...]:
    """The components of a name without tag and digest, and without what Docker adds by itself.

    >>> repository("docker.io/library/web:1.2"), repository("localhost:5000/acme/web@sha256:0")
    (('web',), ('localhost:5000', 'acme', 'web'))
    """
    bare = name.strip().strip("'\"").partition("@")[0]
    head, slash, last = bare.rpartition("/")
    parts = [part for part in f"{head}{slash}{last.partition(':')[0]}".split("/") if part]
    if parts[:1] == ["docker.io"]:
        parts = parts[1:]
    return tuple(parts[1:] if parts[:1] == ["library"] else parts)


def same(name: str, built: Iterable[str]) -> bool | None:
    """Whether an image's name is one of those that are built: True, None for perhaps, False.

    >>> same("acme/web:2", ["acme/web"]), same("registry.example/acme/web", ["acme/web"]), same("acme/api", ["acme/web"])
    (True, None, False)
    """
    wanted = repository(name)
    answer: bool | None = False
    if not wanted or UNKNOWN in wanted[-1]:
        return False
    for other in built:
        parts = repository(other)
        if not parts or parts[-1] != wanted[-1]:
            continue
        if parts == wanted and not any(UNKNOWN in part for part in parts):
            return True
        pairs = zip(reversed(parts), reversed(wanted), strict=False)
        if all(a == b or UNKNOWN in a or UNKNOWN in b for a, b in pairs):
            answer = None
    return answer
