"""What runs the application: the command of an image followed to the interpreter that its files name.

Nothing is told by the name of a script: `gunicorn` is Python because its first line says so.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Final

from minify.analysis.contract import USUAL_PATH
from minify.context.node import simple_command
from minify.image.purposes import starts
from minify.verify.engine import Configuration
from minify.verify.subject import Files

_MAX_STEPS: Final = 8
_LANGUAGES: Final = (("python", re.compile(r"(?:python|pypy)[\d.]*t?")), ("node", re.compile(r"node(?:js)?\d*")))
_SHELL: Final = re.compile(r"(?:ba|da|a|z|k)?sh|busybox")
# The program is a module or stands in the command line itself
_NO_SCRIPT: Final = ("-m", "-c", "-e", "--eval", "-p", "--print")
_SOURCES: Final = (".py", ".js", ".mjs", ".cjs")
_WORD: Final = re.compile(r"[\w./@+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """`Interpreter(language="python", path="/opt/venv/bin/python", folder="/app")`; `folder`: of the script that it runs.

    The path is as it was named: a virtual environment is a link to its interpreter.
    """

    language: str
    path: str
    folder: str


def command_of(configuration: Configuration, command: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """ENTRYPOINT and CMD as one command line, a shell form of one plain command as that command.

    >>> command_of(Configuration(cmd=("/bin/sh", "-c", "exec gunicorn app:app")))
    ('gunicorn', 'app:app')
    """
    argv = configuration.entrypoint + (configuration.cmd if command is None else command)
    if len(argv) >= 3 and _SHELL.fullmatch(posixpath.basename(argv[0])) and argv[1] == "-c":
        plain = simple_command(argv[2])
        if plain is not None:
            return plain[1]
    return argv


def read(argv: tuple[str, ...]) -> str:
    """The script that an interpreter is told to read, whatever its first line says; "" when there is none.

    >>> read(("tini", "--", "/nodejs/bin/node", "--no-warnings", "bin/www")), read(("python", "-m", "flask", "run"))
    ('bin/www', '')
    """
    names = [posixpath.basename(word) for word in argv]
    at = next((i for i, name in enumerate(names) if any(pattern.fullmatch(name) for _, pattern in _LANGUAGES)), None)
    if at is None:
        return ""
    for word in argv[at + 1 :]:
        if word in _NO_SCRIPT:
            return ""
        if not word.startswith("-"):
            return word
    return ""


def waits_for_input(configuration: Configuration, command: tuple[str, ...] | None = None) -> bool:
    """Whether a shell or an interpreter is started with nothing to run: a base image's own command, of use on a terminal.

    >>> waits_for_input(Configuration(cmd=("bash",))), waits_for_input(Configuration(cmd=("python3", "app.py")))
    (True, False)
    """
    words = command_of(configuration, command)
    # `docker-entrypoint.sh node` of the official images
    name = posixpath.basename(words[-1]) if words else ""
    patterns = (_SHELL, *(pattern for _, pattern in _LANGUAGES))
    return len(words) <= 2 and (len(words) < 2 or words[0].endswith(".sh")) and any(p.fullmatch(name) for p in patterns)


def interpreter_of(
    configuration: Configuration, files: Files, command: tuple[str, ...] | None = None
) -> Interpreter | None:
    """The interpreter that runs the application; None when it is no Python and no Node program.

    interpreter_of(image.configuration, filesystem).path
    """
    words = command_of(configuration, command)
    if len(words) >= 3 and words[1] == "-c" and _SHELL.fullmatch(posixpath.basename(words[0])):
        # More than one command: whichever word of it leads to an interpreter
        words = tuple(_WORD.findall(words[2]))
    looking = _Looking(configuration, files)
    for index, word in enumerate(words):
        # What stands before it (tini, an entrypoint script) starts what stands behind it
        found = looking.follow(word, words[index + 1 :])
        if found is not None:
            return found
    return None


def is_shell_script(configuration: Configuration, files: Files, command: tuple[str, ...] | None = None) -> bool:
    """Whether a shell reads what the application does: a script of its own, or a line of several commands.

    A script that is given a program (`docker-entrypoint.sh caddy run`) comes before it: the program is the application.
    """
    words = command_of(configuration, command)
    looking = _Looking(configuration, files)
    if not words or not looking.ends_in_a_shell(words[0]):
        return False
    given = files.which(words[1], looking.path, looking.folder) if len(words) > 1 else None
    return given is None or looking.ends_in_a_shell(words[1])


def any_interpreter(configuration: Configuration, files: Files, language: str) -> Interpreter | None:
    """The first interpreter of a language on PATH: for an application that a shell script starts."""
    names = {"python": ("python", "python3"), "node": ("node", "nodejs")}[language]
    looking = _Looking(configuration, files)
    found = (looking.follow(name, ()) for name in names)
    return next((one for one in found if one is not None), None)


class _Looking:
    def __init__(self, configuration: Configuration, files: Files) -> None:
        self.files = files
        self.folder = configuration.workdir or "/"
        self.path = configuration.env.get("PATH") or USUAL_PATH

    def ends_in_a_shell(self, word: str) -> bool:
        """Whether the `#!` lines of a program lead to a shell."""
        for _ in range(_MAX_STEPS):
            program = self.files.which(word, self.path, self.folder) if word else None
            if program is None:
                return False
            if _SHELL.fullmatch(posixpath.basename(program)):
                return True
            word = next(iter(_shebang_words(self.files.shebang(program) or "")), "")
        return False

    def follow(self, word: str, rest: tuple[str, ...]) -> Interpreter | None:
        """Follow a program through the `#!` lines to an interpreter."""
        for _ in range(_MAX_STEPS):
            program = self.files.which(word, self.path, self.folder) if word else None
            if program is None:
                return None
            named = self.files.shebang(program)
            if named is None:
                return self._interpreter(program, rest)
            words = _shebang_words(named)
            if not words:
                return None
            word, rest = words[0], (*words[1:], program, *rest)
        return None

    def _interpreter(self, program: str, rest: tuple[str, ...]) -> Interpreter | None:
        target = posixpath.basename(self.files.resolve(program) or program)
        names = [posixpath.basename(program), target]
        for language, pattern in _LANGUAGES:
            # Images of Bun have `node` as a link to it
            other = target in starts("runtimes") and not pattern.fullmatch(target)
            if not other and any(pattern.fullmatch(name) for name in names):
                return Interpreter(language=language, path=program, folder=self._folder_of_script(rest))
        return None

    def _folder_of_script(self, rest: tuple[str, ...]) -> str:
        """Modules are looked for from there; the working directory where no script is named."""
        script = next((word for word in rest if not word.startswith("-")), "")
        if not script or any(word in _NO_SCRIPT for word in rest[: rest.index(script)]):
            return self.folder
        path = posixpath.normpath(posixpath.join(self.folder, script))
        # A launcher such as npm or gunicorn lies elsewhere than what it runs
        launcher = self.files.shebang(path) is not None and not path.endswith(_SOURCES)
        return self.folder if launcher or not self.files.exists(path) else posixpath.dirname(path)


def _shebang_words(line: str) -> tuple[str, ...]:
    """`/usr/bin/env -S node --no-warnings` is `node --no-warnings`.

    >>> _shebang_words("/usr/bin/env python3"), _shebang_words("/opt/venv/bin/python -E")
    (('python3',), ('/opt/venv/bin/python', '-E'))
    """
    words = line.split()
    if words and posixpath.basename(words[0]) == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return tuple(words)
