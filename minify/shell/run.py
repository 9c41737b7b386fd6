"""RUN, CMD, ENTRYPOINT and HEALTHCHECK as the commands they run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from minify.shell.prefixes import see_through
from minify.shell.script import Argument, Command, OpaqueText, Script
from minify.shell.walk import read_text
from minify.shell.words import Literal, Word
from minify.syntax.source import Span

if TYPE_CHECKING:
    from minify.syntax.tree import Heredoc, Instruction

DEFAULT_SHELL: Final = ("/bin/sh", "-c")
_POSIX_SHELLS: Final = ("sh", "bash", "ash", "dash", "zsh", "ksh", "mksh")
_JSON_STRING = r'"(?:[^"\\]|\\.)*"'
# What BuildKit's MustParseHeredoc takes for a RUN that is nothing but a heredoc
_ONLY_HEREDOC = r"\d*<<-?[^<\s]+"
_SHEBANG = r"#!\s*(?:\S*/env\s+(?:-S\s*)?)?(\S+)"


def is_posix_shell(shell: Sequence[str]) -> bool:
    """Whether SHELL gives commands to a shell of the Bourne family: not `pwsh`, not `cmd /S /C`.

    >>> is_posix_shell(("/bin/bash", "-o", "pipefail", "-c"))
    True
    """
    names = [word.rpartition("/")[2] for word in shell]
    if names[:1] == ["busybox"]:
        names = names[1:]
    return bool(names) and names[0] in _POSIX_SHELLS and any(re.fullmatch(r"-[a-z]*c", word) for word in shell)


def read_run(
    run: Instruction,
    *,
    shell: tuple[str, ...] = DEFAULT_SHELL,
    cwd: str = "/",
    env: Mapping[str, str] | None = None,
) -> Script:
    """The commands of a RUN, with offsets into the Dockerfile.

    `RUN cd /src && make` is `cd` in `cwd` and `make` in /src. What is not understood is not guessed: it is
    `opaque`. `env` are the variables known there (ENV, ARG, and HOME for `~`).
    """
    known = {} if env is None else env
    body = run.body
    if run.exec_form is not None:
        return _exec_form(run.exec_form, body.text, body.offsets, cwd=cwd, env=known)
    if not is_posix_shell(shell):
        return _opaque(body.offsets, f"a command for {' '.join(shell[:1]) or 'no shell'}")
    text, offsets = body.text, list(body.offsets)
    if run.heredocs:
        first = run.heredocs[0]
        if re.fullmatch(_ONLY_HEREDOC, text.strip()):
            interpreter = re.match(_SHEBANG, first.body)
            name = interpreter[1].rpartition("/")[2] if interpreter else ""
            if name and name not in _POSIX_SHELLS:
                return _opaque(body.offsets, f"a script for {name}")
            text, offsets = _heredoc_text(run.source.text, first)
        else:
            text, offsets = _with_heredocs(run)
    return read_text(text, offsets, cwd=cwd, env=known)


def read_command_line(
    text: str,
    *,
    offsets: Sequence[int] | None = None,
    shell: tuple[str, ...] = DEFAULT_SHELL,
    cwd: str = "/",
    env: Mapping[str, str] | None = None,
) -> Script:
    """The commands of a shell-form CMD, of a script of package.json, …; offsets are into `text` by default.

    >>> [command.name for command in read_command_line("cd /app && exec node server.js").commands]
    ['cd', 'node']
    """
    places = range(len(text) + 1) if offsets is None else offsets
    if not is_posix_shell(shell):
        return _opaque(places, f"a command for {' '.join(shell[:1]) or 'no shell'}")
    return read_text(text, places, cwd=cwd, env={} if env is None else env)


def read_argv(argv: Sequence[str], *, cwd: str = "/", env: Mapping[str, str] | None = None) -> Script:
    """An exec form (CMD, ENTRYPOINT) as a script of one command; its spans are empty.

    >>> read_argv(("python", "-m", "app")).commands[0].args
    ('-m', 'app')
    """
    return _exec_form(tuple(argv), "", (0,), cwd=cwd, env={} if env is None else env)


def _exec_form(argv: tuple[str, ...], text: str, offsets: Sequence[int], *, cwd: str, env: Mapping[str, str]) -> Script:
    strings = list(re.finditer(_JSON_STRING, text))
    if len(strings) != len(argv):
        strings = []
    whole = Span(offsets[0], offsets[len(text) - 1] + 1) if text else Span(offsets[0], offsets[0])
    words = tuple(
        Word(
            (Literal(argument, quoted=True),),
            Span(offsets[strings[index].start()], offsets[strings[index].end() - 1] + 1) if strings else whole,
            strings[index].group() if strings else argument,
        )
        for index, argument in enumerate(argv)
    )
    rest, passed = see_through(
        [Argument(word.parts[0].text, word) for word in words if isinstance(word.parts[0], Literal)]
    )
    set_on_the_way = {name: value for name, value in passed if value is not None}
    command = Command(
        argv=words,
        assignments=(),
        redirects=(),
        span=whole,
        text=text,
        cwd=cwd,
        conditional=False,
        piped=False,
        nested=False,
        program=rest[0].text if rest else "",
        arguments=rest[1:],
        env={**env, **set_on_the_way} if set_on_the_way else env,
        upstream=None,
    )
    return Script(commands=(command,) if argv else (), exec_form=True)


def _opaque(offsets: Sequence[int], reason: str) -> Script:
    return Script(opaque=(OpaqueText(Span(offsets[0], offsets[-1]), reason),))


def _heredoc_text(source: str, heredoc: Heredoc) -> tuple[str, list[int]]:
    """A heredoc's body and where each character of it is; `<<-` took the tabs that begin its lines."""
    start, end = heredoc.body_span.start, heredoc.body_span.end
    raw = source[start:end]
    if raw == heredoc.body:
        return raw, list(range(start, end + 1))
    offsets: list[int] = []
    text = ""
    for line in raw.splitlines(keepends=True):
        kept = line.lstrip("\t") if heredoc.strip_tabs else line
        offsets += range(start + len(line) - len(kept), start + len(line))
        text += kept
        start += len(line)
    return text, [*offsets, end]


def _with_heredocs(run: Instruction) -> tuple[str, list[int]]:
    """The line and its heredocs put together again, as BuildKit hands them to the shell."""
    text = run.body.text
    offsets = list(run.body.offsets[: len(text)])
    for heredoc in run.heredocs:
        body, places = _heredoc_text(run.source.text, heredoc)
        text += "\n" + body + heredoc.delimiter
        end = places[-1]
        offsets += [places[0], *places[:-1], *[end] * len(heredoc.delimiter)]
    return text, [*offsets, offsets[-1] if offsets else run.span.end]
