"""Paths inside an image: names made absolute, and symlinks followed as the kernel does, never above the root.

>>> normal("./usr//bin/env")
'/usr/bin/env'
>>> follow("/bin/sh", {"/bin": "usr/bin", "/usr/bin/sh": "dash"}.get)
'/usr/bin/dash'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

# As in Linux: more links than this are a loop, and no path is longer
# https://man7.org/linux/man-pages/man7/path_resolution.7.html
MAX_LINKS: Final = 40
MAX_PATH: Final = 4096
# No image nests directories as deep: what does would have us remember each of them
_DEEPEST: Final = 128

Target = Callable[[str], str | None]
"""Where a symlink points, as it is written; None where the path is no symlink."""


def normal(name: str, folder: str = "/") -> str | None:
    """The absolute path that a name stands for, without `.` and doubled slashes; None when it has a `..` or no end.

    >>> normal("lib/app.so", "/opt"), normal("../etc/passwd")
    ('/opt/lib/app.so', None)
    """
    if len(name) > MAX_PATH:
        return None
    parts = [part for part in joined(folder, name).split("/") if part not in ("", ".")]
    return None if ".." in parts or len(parts) > _DEEPEST else "/" + "/".join(parts)


def joined(folder: str, name: str) -> str:
    """A name seen from a folder: absolute names stand for themselves."""
    return name if name.startswith("/") else f"{folder}/{name}"


def follow(path: str, target: Target, passed: list[str] | None = None) -> str | None:
    """The path behind every link of every component; None for a loop. Says nothing of whether something is there.

    `passed` is given each symlink on the way, in order.
    """
    links = 0
    at: list[str] = []
    waiting = _parts(path)
    while waiting:
        part = waiting.pop()
        if part == "..":
            del at[-1:]
            continue
        at.append(part)
        here = "/" + "/".join(at)
        link = target(here)
        if link is None:
            continue
        links += 1
        if links > MAX_LINKS or not link or len(link) > MAX_PATH:
            return None
        if passed is not None:
            passed.append(here)
        if link.startswith("/"):
            at.clear()
        else:
            at.pop()
        waiting.extend(_parts(link))
    return "/" + "/".join(at)


def _parts(path: str) -> list[str]:
    """The components, the first one last."""
    return [part for part in reversed(path[:MAX_PATH].split("/")) if part not in ("", ".")]


def shown(path: str) -> str:
    """A path as it may be printed: what is no character of a name, or would steer a terminal, is escaped.

    >>> shown("/tmp/a\\x1b[2J"), shown("/tmp/\\udcff")
    ('/tmp/a\\\\x1b[2J', '/tmp/\\\\xff')
    """
    if path.isprintable():
        return path
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
