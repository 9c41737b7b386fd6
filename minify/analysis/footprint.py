"""What the instructions of a stage leave on disk: paths written, packages installed, users made, and what is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.scopes import ROOT, Placed, join
from minify.context.tree import Context
from minify.shell.effects import (
    Builds,
    ChangesMode,
    ChangesOwner,
    CleansIndex,
    CopiesFile,
    Downloads,
    Effect,
    InstallsLibraries,
    InstallsPackages,
    MakesGroup,
    MakesUser,
    RefreshesIndex,
    RemovesPackages,
    RunsProject,
    Unknown,
    Writes,
    effects,
)
from minify.shell.run import read_run
from minify.shell.script import Script
from minify.syntax import Add, Copy, Run, Workdir, process_word

FORGOTTEN = (
    "/etc/apk",
    "/etc/apt",
    "/etc/yum.repos.d",
    "/tmp",
    "/var/tmp",
    "/var/cache/apk",
    "/var/cache/apt",
    "/var/cache/debconf",
    "/var/cache/dnf",
    "/var/cache/ldconfig",
    "/var/cache/yum",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/etc/locale.gen",
    "/root/.cache",
    "/root/.npm",
    "/proc",
    "/dev",
    "/sys",
    "/run",
)
"""Directories that hold nothing an application needs: caches, package databases and sources, what the kernel mounts."""

SYSTEM = (
    "/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/share",
    "/usr/include", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local/etc",
    "/usr/local/share", "/usr/local/include", "/usr/src", "/etc", "/var", "/var/cache", "/var/lib", "/var/log", "/var/www", "/home", "/opt", "/srv", "/mnt",
    "/media", "/boot", "/root",
)  # fmt: skip
"""Directories that the base image owns: what lies in them is taken by name, never as a whole."""


_SITES = ("/srv", "/var/www")
"""Those of them that hold nothing until somebody puts a site there: it is taken as a whole."""


# Where Debian keeps shared libraries
_LIBRARIES: Final = re.compile(r"/(usr/)?lib/[^/]+-linux-gnu[^/]*")


class Written(NamedTuple):
    """A path that an instruction creates or changes; `origin` says where the content is from.

    `path` is "" when it hangs on a variable that has no value.
    """

    path: str
    line: int
    origin: str
    """`context`, `stage:<name>`, `url`, `run`, `workdir`."""
    source: str = ""


class RunRead(NamedTuple):
    """A RUN as commands, and what they do."""

    placed: Placed
    script: Script
    effects: tuple[Effect, ...]


class Footprint(NamedTuple):
    """Everything that the instructions of a stage (with those it is built on) leave behind."""

    runs: tuple[RunRead, ...]
    written: tuple[Written, ...]

    def effects(self) -> Iterator[tuple[RunRead, Effect]]:
        """Every effect of every RUN, in order."""
        for run in self.runs:
            for effect in run.effects:
                yield run, effect

    @property
    def unknown(self) -> tuple[tuple[int, str], ...]:
        """What is not understood: line and reason."""
        return tuple(
            (run.placed.instruction.source.line(effect.span.start), effect.reason)
            for run, effect in self.effects()
            if isinstance(effect, Unknown)
        )

    @property
    def installs(self) -> tuple[InstallsPackages, ...]:
        """The installations of system packages, in order."""
        return tuple(e for _, e in self.effects() if isinstance(e, InstallsPackages))

    @property
    def libraries(self) -> tuple[InstallsLibraries, ...]:
        """The installations of language packages, in order."""
        return tuple(e for _, e in self.effects() if isinstance(e, InstallsLibraries))

    @property
    def users(self) -> tuple[MakesUser | MakesGroup, ...]:
        """The users and groups that are made."""
        return tuple(e for _, e in self.effects() if isinstance(e, MakesUser | MakesGroup))

    def removed_packages(self) -> frozenset[str]:
        """System packages that a later command removes again."""
        return frozenset(name for _, e in self.effects() if isinstance(e, RemovesPackages) for name in e.names)


def footprint(placed: Sequence[Placed], context: Context) -> Footprint:
    """Read what every COPY, ADD, WORKDIR and RUN leaves."""
    runs: list[RunRead] = []
    written: list[Written] = []
    for item in placed:
        instruction = item.instruction
        if isinstance(instruction, Copy | Add):
            written.extend(_copied(item, context))
        elif isinstance(instruction, Workdir):
            expanded = process_word(instruction.path, item.scope.values)
            path = "" if expanded.unresolved else join(item.scope.workdir, expanded.text)
            written.append(Written(path=path, line=instruction.line, origin="workdir"))
        elif isinstance(instruction, Run):
            known = item.scope.values
            if item.scope.user.partition(":")[0] in ROOT:
                # Docker sets it to what the accounts say, where nothing else does: `mkdir ~/.config`
                known = {"HOME": "/root", **known}
            script = read_run(instruction, shell=item.scope.shell, cwd=item.scope.workdir, env=known)
            read = RunRead(placed=item, script=script, effects=effects(script, known))
            runs.append(read)
            written.extend(_run_writes(read))
    return Footprint(runs=tuple(runs), written=tuple(written))


def _copied(item: Placed, context: Context) -> Iterator[Written]:
    instruction = item.instruction
    assert isinstance(instruction, Copy | Add)
    values = item.scope.values
    from_ = instruction.flag("from")
    expanded = process_word(instruction.dest, values)
    dest = "" if expanded.unresolved else join(item.scope.workdir, expanded.text)
    into = expanded.text.endswith("/") or len(instruction.sources) > 1 or expanded.text in (".", "..", "")
    if not dest:
        yield Written(path="", line=instruction.line, origin="copy")
        return
    for heredoc in instruction.heredocs:
        name = f"{dest.rstrip('/')}/{heredoc.delimiter}" if into else dest
        yield Written(path=name, line=instruction.line, origin="context", source=heredoc.delimiter)
    for written_source in instruction.sources:
        if written_source.startswith("<<"):
            continue
        source = process_word(written_source, values)
        if source.unresolved:
            yield Written(path="" if dest in SYSTEM else dest, line=instruction.line, origin="copy")
            continue
        yield from _one_copied(item, context, source.text, dest, into, from_)


def _one_copied(
    item: Placed, context: Context, source: str, dest: str, into: bool, from_: str | None
) -> Iterator[Written]:
    line = item.instruction.line
    if "://" in source or source.startswith("git@"):
        name = source.rstrip("/").rsplit("/", 1)[-1]
        yield Written(path=join(dest, name) if into else dest, line=line, origin="url", source=source)
        return
    origin = f"stage:{from_}" if from_ else "context"
    if dest not in SYSTEM or (dest in _SITES and _is_directory(context, source, from_)):
        base = source.rstrip("/").rsplit("/", 1)[-1]
        one_file = (
            into
            and base not in ("", ".", "..")
            and not any(c in base for c in "*?[")
            and (origin == "context" and context.known and context.exists(source) and not context.is_dir(source))
        )
        if dest in _SITES and from_ is not None and base not in ("", ".", ".."):
            # Or a file, as a program
            yield Written(path=join(dest, base), line=line, origin=origin, source=source)
        yield Written(path=join(dest, base) if one_file else dest, line=line, origin=origin, source=source)
        return
    # Into a directory that the base image owns: each thing by its name
    for path, origin_of_it in _spread(context, source, dest) if origin == "context" else _names(source, dest):
        yield Written(path=path, line=line, origin=origin, source=origin_of_it)


def _is_directory(context: Context, source: str, from_: str | None) -> bool:
    """Whether a COPY brings what is in a directory; of another stage a name with an ending is taken for a file's."""
    if from_ is None and context.known and context.exists(source):
        return context.is_dir(source)
    return "." not in source.rstrip("/").rsplit("/", 1)[-1].strip(".")


def _names(source: str, dest: str) -> Iterator[tuple[str, str]]:
    """Where a COPY of another stage puts its source below a directory, and the source; "" for where that cannot be known."""
    base = source.rstrip("/").rsplit("/", 1)[-1]
    unknown = source.endswith("/") or any(c in base for c in "*?[") or base in ("", ".", "..")
    yield ("" if unknown else join(dest, base)), source


def _spread(context: Context, source: str, dest: str) -> Iterator[tuple[str, str]]:
    """Where a COPY of the context puts each thing below a directory of the base image, and what it is in the context.

    A directory of the base within it is entered: `COPY rootfs /` with rootfs/usr/bin/tool puts /usr/bin/tool.
    """
    base = source.rstrip("/").rsplit("/", 1)[-1]
    pattern = any(c in base for c in "*?[")
    if not context.known or not context.exists(source):
        # Without the context a plain file name is still a name when it cannot be a directory's
        yield (join(dest, base) if not pattern and "." in base[1:] else ""), source
    elif context.is_dir(source):
        if context.truncated:
            yield "", source
            return
        for name in context.children(source):
            path, inside = join(dest, name), f"{source.rstrip('/') or '.'}/{name}"
            owned = (path in SYSTEM and path not in _SITES) or _LIBRARIES.fullmatch(path)
            if owned and context.is_dir(inside):
                yield from _spread(context, inside, path)
            else:
                yield path, inside
    elif pattern:
        for found in context.matching(source):
            yield from _spread(context, found, dest)
    else:
        yield join(dest, base), source


def _run_writes(read: RunRead) -> Iterator[Written]:
    source = read.placed.instruction.source
    for effect in read.effects:
        line = read.placed.instruction.line if effect.command is None else source.line(effect.command.span.start)
        for path in paths_of(effect):
            yield Written(path=path, line=line, origin="run", source=type(effect).__name__)


def paths_of(effect: Effect) -> tuple[str, ...]:
    """The paths below which an effect creates or changes something; "" stands for one that is not known."""
    match effect:
        case Writes(path=path):
            return (path,)
        case CopiesFile(target=target):
            return (target,)
        case Downloads(path=path):
            return (path,) if path else ()
        case Builds(output=output, command=command):
            return (output,) if output else (command.cwd,)
        case RunsProject(command=command):
            return (command.cwd,)
        case InstallsLibraries(prefix=prefix, leaves=leaves):
            return tuple(path for path in (prefix, leaves) if path)
        case ChangesOwner(path=path) | ChangesMode(path=path):
            return (path,)
        case MakesUser(home=home):
            return (home,) if home else ()
        case InstallsPackages() | RemovesPackages() | RefreshesIndex() | CleansIndex() | MakesGroup():
            return ()
        case _:
            return ()


def under(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or lies below it.

    >>> under("/app/x", "/app"), under("/apple", "/app")
    (True, False)
    """
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def forgotten(path: str) -> bool:
    """Whether a path is among what no application needs.

    >>> forgotten("/tmp/build"), forgotten("/opt/tmp")
    (True, False)
    """
    return any(under(path, directory) for directory in FORGOTTEN)


def roots(paths: Sequence[str]) -> tuple[str, ...]:
    """The topmost of some paths, in order, each once, without those that hold nothing an application needs.

    >>> roots(["/app/x", "/app", "/tmp/y", "/etc/z.conf"])
    ('/app', '/etc/z.conf')
    """
    kept = [p for p in dict.fromkeys(paths) if p and not forgotten(p)]
    return tuple(p for p in kept if not any(p != q and under(p, q) for q in kept))
