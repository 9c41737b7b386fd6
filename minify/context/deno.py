"""deno.json, and what a command of Deno comes down to: its script, what it may do, the tasks that it runs."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from minify.context.tree import Context

NAMES: Final = ("deno.json", "deno.jsonc")
RUNNING: Final = ("run", "serve", "compile")
# Options whose value may be the next word: https://docs.deno.com/runtime/reference/cli/run/
_VALUED: Final = frozenset({
    "-c", "--config", "--import-map", "--cert", "--location", "--seed", "--ext", "--host", "--port", "-L", "--log-level",
    "--preload", "--import", "--require", "--conditions", "--lock-write-to", "--tunnel-name",
    # of deno compile
    "-o", "--output", "--target", "--icon", "--include", "--exclude",
})  # fmt: skip
# What may start any program; without one of these Deno starts none, whatever the sources say
_UNBOUND: Final = re.compile(
    r"-[A-Za-z]*[AP][A-Za-z]*(?:=.*)?|--allow-all|--allow-run(?:=.*)?|--permission-set(?:=.*)?"
)
_FOREIGN: Final = re.compile(
    r"-[A-Za-z]*[AP][A-Za-z]*(?:=.*)?|--allow-all|--allow-ffi(?:=.*)?|--permission-set(?:=.*)?"
)
# Short options may be written in one word, of which the last may have a value: -qA, -Ac deno.json, -Acdeno.json
_SHORT: Final = re.compile(r"-(?P<flags>[A-KM-Zabd-np-z]*)(?:(?P<valued>[cLo])=?(?P<value>.*))?", re.DOTALL)
# What brings modules beside the script
_PRELOADS: Final = ("--preload", "--import", "--require", "--include")
# Commands that deno's own task shell has, but xargs, which starts others:
# https://docs.deno.com/runtime/reference/cli/task/#built-in-commands
_OF_TASKS: Final = frozenset({
    "cat", "cp", "echo", "exit", "export", "false", "head", "mkdir", "mv", "pwd", "rm", "sleep", "true", "unset", ":",
})  # fmt: skip
_TOKEN: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])", re.DOTALL)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_DEEPEST: Final = 8
# What an import map leads to that is none of the project's own files
_PUBLISHED: Final = ("npm:", "jsr:", "node:", "http:", "https:")
_JOINS: Final = ("workspace", "links", "patch")


class DenoConfig(NamedTuple):
    """A deno.json; `problem` says why the rest is empty when it cannot be read."""

    path: str
    tasks: Mapping[str, str] = _NOTHING
    after: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """The tasks that a task waits for."""
    renames: bool = False
    """Whether imports may go through names that the project makes itself: those of its files, of a workspace's members."""
    import_map: str | None = None
    problem: str | None = None


class DenoCommand(NamedTuple):
    """One start of Deno: the options before the script, the script (None: code in the command) and the words after it."""

    options: tuple[str, ...]
    script: str | None
    words: tuple[str, ...]
    eval: str = ""

    @property
    def preloads(self) -> tuple[str, ...]:
        """What is loaded beside the script."""
        return self._values(*_PRELOADS)

    @property
    def configs(self) -> tuple[str, ...]:
        """The deno.json that it names."""
        return self._values("-c", "--config")

    @property
    def import_maps(self) -> tuple[str, ...]:
        """The import map that it names."""
        return self._values("--import-map")

    def _values(self, *names: str) -> tuple[str, ...]:
        return tuple(word.partition("=")[2] for word in self.options if word.partition("=")[0] in names)

    @property
    def starts(self) -> bool:
        """Whether it may start programs."""
        return bool(self.eval) or any(_UNBOUND.fullmatch(word) for word in (*self.options, *self.words))

    @property
    def loads(self) -> bool:
        """Whether it may load libraries by name."""
        return bool(self.eval) or any(_FOREIGN.fullmatch(word) for word in (*self.options, *self.words))


def deno_config(context: Context, path: str) -> DenoConfig:
    """Read a deno.json or deno.jsonc of the context."""
    text = context.read_text(path) or ""
    try:
        data = json.loads(_TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else " ", text))
    except (ValueError, RecursionError) as error:
        return DenoConfig(path, problem=f"{path} is not JSON: {error}")
    if not isinstance(data, dict):
        return DenoConfig(path, problem=f"{path} is not a JSON object")
    tasks: dict[str, str] = {}
    after: dict[str, tuple[str, ...]] = {}
    listed = data.get("tasks")
    for name, task in listed.items() if isinstance(listed, dict) else ():
        if isinstance(task, str):
            tasks[name] = task
        elif isinstance(task, dict):
            command = task.get("command")
            tasks[name] = command if isinstance(command, str) else ""
            waits = task.get("dependencies")
            after[name] = tuple(str(one) for one in waits) if isinstance(waits, list) else ()
    mapped = data.get("importMap")
    return DenoConfig(
        path,
        MappingProxyType(tasks),
        MappingProxyType(after),
        any(name in data for name in (*_JOINS, "importMap"))
        # A package finds itself by its name
        or ("name" in data and "exports" in data)
        or any(not to.startswith(_PUBLISHED) for name in ("imports", "scopes") for to in _leaves(data.get(name))),
        mapped if isinstance(mapped, str) else None,
    )


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)


def deno_command(argv: Sequence[str], *, compiles: bool = False) -> DenoCommand | str:
    """What `deno run --allow-net main.ts` runs, or `deno compile` makes a program of; a text says why that is not known.

    >>> deno_command(["deno", "run", "-A", "main.ts", "8000"])
    DenoCommand(options=('-A',), script='main.ts', words=('8000',), eval='')
    """
    rest = list(argv[1:])
    options: list[str] = []
    action = ""
    while rest:
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("-"):
            options += _options(word, rest)
            continue
        if not action and not options and "/" not in word and "." not in word:
            action = word
            if action == "eval":
                return _eval(rest)
            if action not in RUNNING or (action == "compile" and not compiles):
                return f"deno {action} is no run of a program"
            continue
        return DenoCommand(tuple(options), word, tuple(rest))
    if rest:
        return DenoCommand(tuple(options), rest[0], tuple(rest[1:]))
    return f"{' '.join(argv)} starts no program"


def _options(word: str, rest: list[str]) -> Iterator[str]:
    """One word of options, each option by itself and with its value, which is taken from the words that follow."""
    cluster = _SHORT.fullmatch(word)
    if cluster is not None and not word.startswith("--"):
        yield from (f"-{flag}" for flag in cluster["flags"])
        if cluster["valued"]:
            value = cluster["value"] or (rest.pop(0) if rest else "")
            yield f"-{cluster['valued']}={value}"
    else:
        yield f"{word}={rest.pop(0)}" if word in _VALUED and rest else word


def _eval(rest: list[str]) -> DenoCommand | str:
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in _VALUED and rest:
            rest.pop(0)
    return DenoCommand((), None, tuple(rest[1:]), rest[0]) if rest else "deno eval runs nothing"


def task_commands(config: DenoConfig, scripts: Mapping[str, str], argv: Sequence[str]) -> tuple[DenoCommand, ...] | str:
    """The starts of Deno that `deno task start` comes to, in Deno's own shell; a text says what else it would start.

    >>> config = DenoConfig("deno.json", {"start": "deno run --allow-net main.ts"})
    >>> task_commands(config, {}, ["deno", "task", "start"])
    (DenoCommand(options=('--allow-net',), script='main.ts', words=(), eval=''),)
    """
    rest = list(argv[2:])
    while rest and rest[0] in ("-q", "--quiet"):
        rest.pop(0)
    if not rest:
        return "deno task without a name runs nothing"
    if rest[0].startswith("-"):
        return f"the option {rest[0]} of deno task is not read"
    return _task(config, scripts, rest[0], ())


def _task(
    config: DenoConfig, scripts: Mapping[str, str], name: str, chain: tuple[str, ...]
) -> tuple[DenoCommand, ...] | str:
    from minify.shell.run import read_command_line

    if name in chain or len(chain) >= _DEEPEST:
        return f"the task {name} runs itself"
    text = config.tasks.get(name)
    before: list[str] = list(config.after.get(name, ()))
    if text is None:
        text = scripts.get(name)
        if text is None:
            return f"there is no task {name} in {config.path}"
        before += [around for around in (f"pre{name}", f"post{name}") if around in scripts]
    found: list[DenoCommand] = []
    for other in before:
        inner = _task(config, scripts, other, (*chain, name))
        if isinstance(inner, str):
            return inner
        found += inner
    read = read_command_line(text)
    if read.opaque or read.functions:
        return f"what the task {name} runs is not known: {text}"
    for command in read.commands:
        words = [word.static for word in command.argv]
        if not words:
            continue
        if words[0] is None:
            return f"what the task {name} runs is not known: {text}"
        if words[0] in _OF_TASKS:
            continue
        if words[0] != "deno":
            return f"the task {name} runs {words[0]}"
        known = [word if word is not None else "" for word in words]
        if known[1:2] == ["task"]:
            if None in words:
                return f"what the task {name} runs is not known: {text}"
            inner = (
                _task(config, scripts, known[2], (*chain, name))
                if len(known) > 2 and not known[2].startswith("-")
                else f"what the task {name} runs is not known: {text}"
            )
            if isinstance(inner, str):
                return inner
            found += inner
            continue
        if None in words[: _script_at(known)]:
            return f"what the task {name} runs is not known: {text}"
        one = deno_command(known)
        if isinstance(one, str):
            return one
        found.append(one)
    return tuple(found)


def _script_at(words: Sequence[str]) -> int:
    """How many words come before what a script is given."""
    one = deno_command(words)
    return len(words) - (len(one.words) if isinstance(one, DenoCommand) else 0)


def nearest(paths: Mapping[str, str], workdir: str) -> str | None:
    """The source of the deno.json that Deno finds from a directory upwards; `paths` are the context's by their place in the image."""
    folder = workdir or "/"
    while True:
        for name in NAMES:
            found = paths.get(posixpath.join(folder, name))
            if found is not None:
                return found
        if folder == "/":
            return None
        folder = posixpath.dirname(folder)
