"""Paths as build files write them, made relative to the repository's root."""

from __future__ import annotations

import posixpath
import re
from typing import Final

from minify.batch.records import Claim

_DEFAULT: Final = re.compile(r"\$\{\w+:?-([^${}]*)\}")

# The repository's root, as CI systems and shells call it where a command starts
_HERE: Final = re.compile(
    r"\$\{\{\s*github\.workspace\s*\}\}|\$\((?:pwd|CURDIR)\)|`pwd`"
    r"|\$\{?(?:PWD|CURDIR|GITHUB_WORKSPACE|CI_PROJECT_DIR|WORKSPACE|BITBUCKET_CLONE_DIR|TRAVIS_BUILD_DIR)\}?"
    r"|\$\((?:Build\.SourcesDirectory|System\.DefaultWorkingDirectory)\)"
)


def inside(*parts: str) -> str | None:
    """A path in the repository; None when it leads out of it or is not known. A leading slash leads out.

    >>> inside("api", "../web"), inside("api", "../.."), inside("api", "."), inside("", "$DIR")
    ('web', None, 'api', None)
    """
    if any(mark in part for part in parts for mark in ("$", "`", "://", "git@", "{{", "\0")):
        return None
    path = posixpath.normpath(posixpath.join("", *parts))
    return (
        None if path == ".." or path.startswith(("../", "/", "~")) else path.removeprefix("./") if path != "." else ""
    )


def expanded(text: str) -> str:
    """Without the variables whose value is said: `${X:-api}` → `api`, `$PWD/api` → `./api`."""
    return _DEFAULT.sub(r"\1", _HERE.sub(".", text))


def one_name(script: str) -> str:
    """With one name for the root, whatever it is called: `$(pwd)/api` → `$PWD/api`."""
    return _HERE.sub("$PWD", script)


def claim(
    source: str,
    path: str,
    line: int | None,
    *,
    context: str,
    dockerfile: str | None,
    folder: str,
    of_context: bool,
    target: str | None = None,
) -> Claim | None:
    """A claim when both paths are known and inside. `folder` is what the context is relative to.

    `of_context`: the Dockerfile's path starts at the context, as in compose files; else at `folder`, as for `docker build -f`.
    """
    where = inside(folder, expanded(context))
    if where is None:
        return None
    if dockerfile is None:
        file = inside(where, "Dockerfile")
    elif of_context and not _HERE.match(dockerfile):
        file = inside(where, expanded(dockerfile))
    else:
        file = inside(folder, expanded(dockerfile))
    stage = expanded(target or "")
    return Claim(file, where, source, path, line, None if "$" in stage else stage) if file else None


def folder_of(path: str) -> str:
    """The folder that holds a file; "" for the root."""
    return posixpath.dirname(path)
