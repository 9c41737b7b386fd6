"""Julia: packages that it is told to install, and code and scripts that run as the image is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from minify.shell.effects import ChangesNothing, Effect, InstallsLibraries, RunsProject
from minify.shell.options import Options, below, home, parse, path_of, unknown
from minify.shell.script import Command
from minify.shell.state import absolute

# https://docs.julialang.org/en/v1/manual/command-line-interface/
_VALUED: Final = (
    *("-e", "--eval", "-E", "--print", "-L", "--load", "-J", "--sysimage", "-H", "--home", "-C", "--cpu-target", "-p", "--procs"),
    *("-t", "--threads", "-m", "--module"),
)  # fmt: skip
# Statements that only install, load or precompile packages
_OF_PACKAGES: Final = re.compile(
    r"(?:using|import)\s+[\w.,:\s]+|Pkg\s*\.\s*(?:Registry\s*\.\s*)?\w+\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|pkg\"[^\"]*\"|Base\.precompile\w*\(\)"
    r"|ENV\s*\[\s*\"\w+\"\s*\]\s*=\s*\"[^\"$]*\""
)

_ADDED: Final = re.compile(
    r"\bPkg\s*\.\s*(?:add|develop)\s*\((?P<words>.*?)\)\s*(?:;|\n|$)|pkg\"\s*(?:add|develop|dev)\s+(?P<list>[^\"]*)\"",
    re.DOTALL,
)
_ACTIVATES: Final = re.compile(r"\bPkg\s*\.\s*activate\s*\(\s*\"([^\"$]*)\"|pkg\"\s*activate\s+([^\s\"]+)")
_TEXT: Final = re.compile(r"\"([^\"$]+)\"")


def julia(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`julia --project -e 'using Pkg; Pkg.instantiate()'`, `julia build.jl`."""
    options = parse(command.arguments, valued=_VALUED, first=True)
    if options.has("--version", "-v", "--help", "-h"):
        return (ChangesNothing(command),)
    codes = [option.value for option in options.all("-e", "--eval", "-E", "--print")]
    if codes:
        if None in codes:
            return (unknown("the code that julia is given is not known", command),)
        return _code(command, env, options, "\n".join(code for code in codes if code is not None))
    if not options.operands:
        return (unknown("what julia reads from its input is not known", command),)
    path = path_of(options.operands[0], command)
    return (RunsProject("julia", path, command),) if path else (unknown("which script runs is not known", command),)


def _code(command: Command, env: Mapping[str, str], options: Options, text: str) -> tuple[Effect, ...]:
    if _OF_PACKAGES.sub("", text).strip("; \n\t"):
        return (RunsProject("julia", None, command),)
    project = options.find("--project")
    place = project.value if project is not None else env.get("JULIA_PROJECT")
    folder = command.cwd if project is not None and not place else absolute(place, command.cwd) if place else None
    if place in ("@.", "@"):
        folder = command.cwd
    if activated := _ACTIVATES.search(text):
        folder = absolute(activated[1] or activated[2], command.cwd)
    found = [_TEXT.findall(m["words"]) if m["words"] else (m["list"] or "").split() for m in _ADDED.finditer(text)]
    names = [
        re.split(r"[@#]", word.rstrip("/").rpartition("/")[2])[0].removesuffix(".git")
        for words in found
        for word in words
    ]
    return (
        InstallsLibraries(
            tool="julia",
            packages=tuple(dict.fromkeys(name.removesuffix(".jl") for name in names if name)),
            files=(below(folder, "Project.toml"),) if folder else (),
            prefix=depot(env),
            editable=False,
            user=False,
            cache=False,
            dev=False,
            command=command,
            leaves=folder,
        ),
    )


def depot(env: Mapping[str, str]) -> str:
    """Where packages and their compiled caches go: the first depot.

    >>> depot({"JULIA_DEPOT_PATH": "/opt/depot:"}), depot({"HOME": "/home/app"})
    ('/opt/depot', '/home/app/.julia')
    """
    first = env.get("JULIA_DEPOT_PATH", "").split(":")[0]
    return first or below(home(env), ".julia")
