"""Scripts whose interpreter is not there: `#!/bin/bash` in an image without bash.

>>> interpreter("/usr/bin/env -S FLAG=1 python3 -u"), interpreter("/bin/sh -e")
(('/usr/bin/env', 'python3'), ('/bin/sh', None))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minify.analysis.contract import USUAL_PATH
from minify.verify.filesystem import Filesystem

# What a container gets whose image sets none
# https://github.com/moby/moby/blob/v28.0.0/oci/defaults.go


def interpreter(line: str) -> tuple[str, str | None]:
    """The program that a `#!` line names, and what `env` is to look up on PATH, if it is env."""
    words = line.split()
    if not words:
        return "", None
    if words[0].rpartition("/")[2] != "env":
        return words[0], None
    names = (word for word in words[1:] if not word.startswith("-") and "=" not in word)
    return words[0], next(names, None)


def lacks(files: Filesystem, path: str, search: str) -> str | None:
    """The interpreter that a script names and the image has not: a path, or a name that is not on PATH; None for others."""
    line = files.shebang(path)
    if line is None:
        return None
    program, looked_up = interpreter(line)
    if not program or files.which(program, "") is None:
        return program or "#!"
    return looked_up if looked_up is not None and files.which(looked_up, search) is None else None


def broken(files: Filesystem, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every executable script whose interpreter is not there, with the interpreter."""
    search = environment.get("PATH", USUAL_PATH)
    for path, entry in files.entries.items():
        if entry.executable and entry.content is not None and entry.content.script is not None:
            lacking = lacks(files, path, search)
            if lacking is not None:
                yield path, lacking
