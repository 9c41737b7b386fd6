"""What a container starts, said in another way: shell form and exec form, a name and its path, a script and its interpreter.

>>> plain("exec gunicorn -b '0.0.0.0:80' app:app"), plain("gunicorn -b $HOST")
(('gunicorn', '-b', '0.0.0.0:80', 'app:app'), None)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from minify.analysis.contract import USUAL_PATH
from minify.verify import links, scripts
from minify.verify.engine import Configuration
from minify.verify.filesystem import Filesystem

_SHELLS: Final = ("ash", "bash", "dash", "sh")
# Words that every shell takes as they are: nothing is expanded, and one command is started
_PLAIN: Final = re.compile(r"""(?:\s|[^\s'"\\$`;&|<>()*?\[\]{}~#!]|'[^']*'|"[^"$`\\]*")+""")


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs are started: an image, and what its configuration says."""

    files: Filesystem
    configuration: Configuration

    @property
    def search(self) -> str:
        """PATH."""
        return self.configuration.env.get("PATH", USUAL_PATH)

    def program(self, name: str) -> str | None:
        """Where a program is started from, as it was found; None when it is not there."""
        return self.files.which(name, self.search, self.configuration.workdir or "/")

    def real(self, name: str) -> str | None:
        """The file behind it."""
        found = self.program(name)
        return self.files.resolve(found) if found is not None else None


def plain(text: str) -> tuple[str, ...] | None:
    """The words of a shell's command line when it needs no shell, without a leading `exec`; None when it does."""
    if not _PLAIN.fullmatch(text) or "\n" in text.strip():
        return None
    words = shlex.split(text)
    if words[:1] == ["exec"]:
        del words[0]
    return tuple(words) if words and "=" not in words[0] else None


def shell_text(argv: Sequence[str]) -> str | None:
    """The command line of a shell form: of `("/bin/sh", "-c", "make run")`; None where it is none."""
    if len(argv) == 3 and argv[0].rpartition("/")[2] in _SHELLS and argv[1] == "-c":
        return argv[2]
    return None


def equal(old: Sequence[str], before: Place, new: Sequence[str], after: Place) -> str | None:
    """Why two different command lines start the same program with the same arguments; None when that cannot be seen."""
    for words, script, reason in _ways(old, before):
        if len(words) != len(new) or not _same_program(words[0], before, new[0], after):
            continue
        pairs = enumerate(zip(words, new, strict=True))
        if all(
            one == other or at == 0 or (at == script and _same_file(one, other, after)) for at, (one, other) in pairs
        ):
            return reason
    return None


def _ways(argv: Sequence[str], place: Place) -> Iterator[tuple[tuple[str, ...], int, str]]:
    """The command lines that come to the same: the words, which of them is a script that its interpreter is given, and why."""
    words = tuple(argv)
    reason = "the same program by its path"
    text = shell_text(words)
    if text is not None:
        direct = plain(text)
        if direct is None:
            return
        words, reason = direct, "the same words, started without a shell"
    if words:
        yield words, 0, reason
    interpreted = interpret(words, place)
    if interpreted is not None:
        yield interpreted, len(interpreted) - len(words), "the script's own interpreter, named before it"


def interpret(argv: Sequence[str], place: Place) -> tuple[str, ...] | None:
    """What the kernel makes of a script: `("./report.py", "-v")` → `("/usr/bin/python3", "./report.py", "-v")`."""
    script = place.program(argv[0]) if argv else None
    line = place.files.shebang(script) if script is not None else None
    if script is None or line is None:
        return None
    program, looked_up = scripts.interpreter(line)
    if looked_up is not None:
        found = place.program(looked_up)
        return (found, script, *argv[1:]) if found is not None and len(line.split()) == 2 else None
    argument = line[len(program) :].strip()
    return (program, *((argument,) if argument else ()), script, *argv[1:])


def _same_program(old: str, before: Place, new: str, after: Place) -> bool:
    one, other = before.program(old), after.program(new)
    if one is None or other is None:
        return False
    return one == other or before.files.resolve(one) == after.files.resolve(other)


def _same_file(path: str, name: str, place: Place) -> bool:
    """Whether a script is named in another way: `./report.py` for `/report/report.py`."""
    return place.files.exists(path) and links.normal(name, place.configuration.workdir or "/") == path
