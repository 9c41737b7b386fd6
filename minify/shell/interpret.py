"""From commands to effects: the vocabulary for what is known, Unknown for what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from minify.shell.effects import ChangesNothing, Configures, Downloads, Effect, RunsProject, Unknown, Writes
from minify.shell.options import reach, unknown
from minify.shell.script import Argument, Command, Script
from minify.shell.state import absolute
from minify.shell.vocabulary import VOCABULARY, Reader
from minify.shell.vocabulary.scripts import NETWORK_SCRIPT, is_project_path

_ASKING: Final = ("--version", "-version", "-V", "--help", "-h")
# `python3.12`, `gcc-14`, `pip3.11`: the same program, in a version
_VERSION = re.compile(r"-?\d+(?:\.\d+)*$")
# Tools that a project carries with it
_LOCAL: Final = ("configure", "Configure", "config", "gradlew", "mvnw", "composer.phar", "rustup-init")
_DEVICES: Final = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd", "/proc")
_DESCRIPTOR = re.compile(r"\d+-?|-")


def interpret(script: Script, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """The effects of a script's commands, in order, then what could not be read."""
    outside = {name: env[name] for name in env if name not in script.variables}
    found: list[Effect] = []
    downloads: list[str] = []
    for command in script.commands:
        known = {**outside, **command.env} if outside else command.env
        if "HOME" not in command.env:
            # `gosu app …`: it is another one's
            known = {name: value for name, value in known.items() if name != "HOME"}
        for effect in _command(command, known, script.functions):
            if isinstance(effect, RunsProject) and _path(effect) in downloads:
                effect = unknown(NETWORK_SCRIPT, command)
            elif isinstance(effect, Downloads) and effect.path is not None:
                downloads.append(effect.path)
            elif isinstance(effect, Configures) and effect.variable and effect.value is not None:
                # `poetry config virtualenvs.create false && poetry install`
                outside[effect.variable] = effect.value
            found.append(effect)
    found += [Unknown(opaque.reason, None, opaque.span) for opaque in script.opaque]
    return tuple(found)


def reader_of(name: str) -> Reader | None:
    """The reader of a program, by its name or its name less a version.

    >>> reader_of("pip3.11") is reader_of("pip")
    True
    """
    return VOCABULARY.get(name) or VOCABULARY.get(_VERSION.sub("", name))


def _command(command: Command, env: Mapping[str, str], functions: tuple[str, ...]) -> Iterator[Effect]:
    written = tuple(_redirected(command))
    for effect in _program(command, env, functions):
        if not (written and isinstance(effect, ChangesNothing)):
            yield effect
    yield from written


def _program(command: Command, env: Mapping[str, str], functions: tuple[str, ...]) -> tuple[Effect, ...]:
    if command.program is None:
        return (unknown("which program runs is not known", command),)
    if not command.program or command.name in functions:
        return (ChangesNothing(command),)
    if len(command.args) == 1 and command.args[0] in _ASKING:
        return (ChangesNothing(command),)
    reader = reader_of(command.name)
    if is_project_path(command.program, command.cwd) and (reader is None or not _is_tool(command.program)):
        return (RunsProject("sh", absolute(command.program, command.cwd) or command.program, command),)
    if reader is None:
        return (unknown(f"what {command.name} writes is not known", command),)
    return reader(command, env)


def _is_tool(program: str) -> bool:
    """Whether a path of the project is a known program all the same: `.venv/bin/pip`, `./configure`."""
    directory, _, name = program.rpartition("/")
    return directory.rpartition("/")[2] in ("bin", ".bin", "Scripts") or name in _LOCAL


def _path(effect: RunsProject) -> str | None:
    return absolute(effect.script, effect.command.cwd)


def _redirected(command: Command) -> Iterator[Effect]:
    for redirect in command.redirects:
        if ">" not in redirect.operator or redirect.target is None:
            continue
        for text in redirect.target.fields(command.env)[:1]:
            if text is not None and redirect.operator.endswith("&") and _DESCRIPTOR.fullmatch(text):
                continue
            if redirect.target.raw.startswith("("):
                continue
            path = reach(Argument(text, redirect.target), command)
            if path is None:
                yield unknown("which file the output goes to is not known", command)
            elif not path.startswith(_DEVICES):
                yield Writes(path, command)
