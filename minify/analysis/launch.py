"""The command that a container starts: ENTRYPOINT and CMD as exec forms, or why they need a shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.contract import RuntimeContract
from minify.analysis.scopes import DEFAULT_SHELL, Placed
from minify.shell.run import read_command_line
from minify.syntax import Healthcheck

if TYPE_CHECKING:
    from minify.launcher import Program


class NeedsShell(NamedTuple):
    """A shell form that cannot become an exec form: why, and the instruction."""

    reason: str
    line: int
    keyword: str = ""
    """Whose shell form it is; "" where the reason lies in a script."""


class Spoken(NamedTuple):
    """One of ENTRYPOINT, CMD or a health check's command as an argv; `rewritten` when it was a shell form."""

    argv: tuple[str, ...]
    rewritten: bool
    placed: Placed | None


class Shelled(NamedTuple):
    """ENTRYPOINT or CMD as a shell reads it, in the steps of a launcher; `words` follow the text or script in the instruction.

    `script` is its path in the build stage and `source` the one in the context, `needs` what is said where no launcher
    can take its place. It `looks` when it reads the words that it is given, beside handing them on.
    """

    keyword: str
    program: Program
    words: tuple[str, ...]
    script: str | None
    source: str | None
    needs: NeedsShell
    looks: bool


class Kept(NamedTuple):
    """A text of ENTRYPOINT or CMD, or a script behind them, that a shell of the final image goes on reading as it is."""

    keyword: str
    shell: str
    """What reads it, as written: `/bin/sh`, `bash`."""
    text: str
    words: tuple[str, ...]
    """What follows it in the instruction."""
    line: int
    source: str | None = None
    """Its path in the context, and `target` the one in the build stage; None for a text of the instruction."""
    target: str | None = None


class Launch(NamedTuple):
    """What starts: `entrypoint` + `cmd` is the application's argv; `needs_shell` says what could not be read.

    `init` is the init process that starts it, with its options: `("tini", "--")`. It is no part of the other two.
    Behind a shell, they are the program that its text ends in, with variables as written; `shelled` is that text.
    """

    entrypoint: Spoken
    cmd: Spoken
    needs_shell: tuple[NeedsShell, ...]
    init: tuple[str, ...] = ()
    shelled: tuple[Shelled, ...] = ()
    gone: tuple[str, ...] = ()
    """Scripts of the build stage that nothing starts any more: launchers take their place, or they only hand on."""
    user: str = ""
    """Who gosu or su-exec (`changer`) starts the application as, where nothing is done as another user: it becomes USER."""
    changer: str = ""
    kept: tuple[Kept, ...] = ()
    """What shells read, where ENTRYPOINT and CMD are as the file has them because the final image has the shell (`own_shell`)."""
    own_shell: bool = False

    @property
    def argv(self) -> tuple[str, ...]:
        """The whole command line of process 1."""
        return self.entrypoint.argv + self.cmd.argv

    @property
    def line(self) -> int | None:
        """The line of the instruction that says what is started."""
        for spoken in (self.entrypoint, self.cmd):
            if spoken.placed is not None and spoken.argv:
                return spoken.placed.instruction.line
        return None


OR_EXIT = re.compile(r"\s*\|\|\s*(exit\s+[1-9]\d*|false)\s*;?\s*$")
"""The end of a health check that only changes the exit code of its failure."""

_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")

NOTHING = Spoken(argv=(), rewritten=False, placed=None)


def launch(contract: RuntimeContract) -> Launch:
    """Read ENTRYPOINT and CMD.

    A shell-form ENTRYPOINT makes CMD and the arguments of `docker run` go nowhere: it is read as the whole command,
    and becoming an exec form would let them in again, so it must have no CMD beside it to be rewritten.
    """
    problems: list[NeedsShell] = []
    entrypoint = _spoken(contract.entrypoint, "ENTRYPOINT", problems)
    if contract.entrypoint is None:
        entrypoint = Spoken(argv=contract.base_entrypoint, rewritten=False, placed=None)
    cmd = _spoken(contract.cmd, "CMD", problems)
    if contract.cmd is None:
        cmd = Spoken(argv=contract.base_cmd, rewritten=False, placed=None)
    before: tuple[str, ...] = ()
    if contract.base_runs is not None and cmd.argv:
        # The base's script only finds the program: what it starts is said directly, behind the base's own init process.
        before, _ = behind_init(entrypoint.argv)
        entrypoint = NOTHING
        first = cmd.argv[0]
        runs = contract.base_runs
        script = "/" not in first and first.endswith(_SCRIPTS)
        if runs and (first.startswith("-") or script or _among(first, contract.base_words)):
            cmd = Spoken(argv=(runs, *cmd.argv), rewritten=True, placed=cmd.placed)
    shell_entrypoint = contract.entrypoint is not None and contract.entrypoint.instruction.exec_form is None
    if shell_entrypoint and contract.cmd is not None:
        # /bin/sh -c 'program' ignores what follows it: CMD is dead text in the original.
        cmd = NOTHING
    if entrypoint.argv:
        init, rest = behind_init(entrypoint.argv)
        entrypoint = entrypoint._replace(argv=rest)
    else:
        init, rest = behind_init(cmd.argv)
        cmd = cmd._replace(argv=rest)
    return Launch(entrypoint=entrypoint, cmd=cmd, needs_shell=tuple(problems), init=before or init)


def _among(word: str, words: tuple[str, ...]) -> bool:
    """Whether a word is one of those that a base's script looks for; `*.jl` is any with that end."""
    return any(word.endswith(one[1:]) if one.startswith("*") else word == one for one in words)


# Programs that only start another one, pass signals on and reap, with their options that take a value.
# https://github.com/krallin/tini#using-tini and https://github.com/Yelp/dumb-init#usage
_INITS = {"tini": ("-p", "-e"), "tini-static": ("-p", "-e"), "dumb-init": ("-r", "--rewrite"), "catatonit": ()}


def behind_init(argv: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """An init process with its options, and what it starts.

    >>> behind_init(("/usr/bin/tini", "-e", "143", "--", "node", "x.js"))
    (('/usr/bin/tini', '-e', '143', '--'), ('node', 'x.js'))
    """
    valued = _INITS.get(argv[0].rsplit("/", 1)[-1]) if argv else None
    if valued is None:
        return (), argv
    position = 1
    while position < len(argv) and argv[position].startswith("-"):
        word = argv[position]
        position += 2 if word in valued else 1
        if word == "--":
            break
    return argv[:position], argv[position:]


def health_command(placed: Placed, problems: list[NeedsShell]) -> tuple[str, ...]:
    """The argv of a HEALTHCHECK, or () when there is none or it needs a shell (said in `problems`)."""
    instruction = placed.instruction
    assert isinstance(instruction, Healthcheck)
    if instruction.none:
        return ()
    if instruction.exec_form is not None:
        return _see_through_shell(instruction.exec_form, placed, "HEALTHCHECK", problems)
    # Docker takes every exit code but 0 for unhealthy: `|| exit 1` says nothing.
    # https://docs.docker.com/reference/dockerfile/#healthcheck
    return _plain(OR_EXIT.sub("", instruction.shell or ""), placed, "HEALTHCHECK", problems) or ()


def _spoken(placed: Placed | None, name: str, problems: list[NeedsShell]) -> Spoken:
    if placed is None:
        return NOTHING
    exec_form = placed.instruction.exec_form
    if exec_form is not None:
        argv = _see_through_shell(exec_form, placed, name, problems)
        return Spoken(argv=argv, rewritten=argv != exec_form, placed=placed)
    text = placed.instruction.value
    if not text.strip():
        return Spoken(argv=(), rewritten=False, placed=placed)
    return Spoken(argv=_plain(text, placed, name, problems) or (), rewritten=True, placed=placed)


def _see_through_shell(argv: tuple[str, ...], placed: Placed, name: str, problems: list[NeedsShell]) -> tuple[str, ...]:
    """`["sh", "-c", "node x.js"]` is a shell form written as an exec form."""
    if len(argv) == 3 and argv[0].rsplit("/", 1)[-1] in ("sh", "bash", "ash", "dash") and argv[1] in ("-c", "-lc"):
        plain = _plain(argv[2], placed, name, problems)
        return argv if plain is None else plain
    return argv


def _plain(text: str, placed: Placed, name: str, problems: list[NeedsShell]) -> tuple[str, ...] | None:
    """The argv of a shell text that is one simple command without anything that only a shell does."""
    line = placed.instruction.line

    def problem(reason: str) -> None:
        problems.append(NeedsShell(reason=f"{name} {reason}", line=line, keyword=name))

    if placed.scope.shell[:1] not in (DEFAULT_SHELL[:1], ("/bin/bash",), ("bash",), ("sh",), ("/bin/ash",)):
        problem(f"is run by SHELL {list(placed.scope.shell)}")
        return None
    script = read_command_line(text)
    if script.opaque:
        problem(f"needs a shell: {script.opaque[0].reason}")
        return None
    commands = script.commands
    if len(commands) != 1:
        problem("needs a shell: it runs more than one command")
        return None
    command = commands[0]
    if command.redirects:
        problem("needs a shell: it redirects its input or output")
        return None
    if command.assignments:
        problem("needs a shell: it sets a variable for the command")
        return None
    if command.conditional or command.piped:
        problem("needs a shell: it branches or pipes")
        return None
    words: list[str] = []
    for word in command.argv:
        static = word.static
        if static is None or word.has_glob:
            problem(f"needs a shell: it expands {word.raw}")
            return None
        words.append(static)
    if words and words[0] == "exec":
        words = words[1:]
    if not words or words[0] in SHELL_BUILTINS:
        problem(f"needs a shell: {words[0] if words else 'nothing'} is a command of the shell itself")
        return None
    return tuple(words)


SHELL_BUILTINS = (
    ":", ".", "source", "cd", "set", "export", "eval", "trap", "ulimit", "umask", "wait", "exit", "if", "for", "while",
    "until", "case", "{", "(", "[[", "!", "alias", "read", "unset", "shift", "command", "type",
)  # fmt: skip

__all__ = ["OR_EXIT", "Kept", "Launch", "NeedsShell", "Shelled", "Spoken", "behind_init", "health_command", "launch"]
