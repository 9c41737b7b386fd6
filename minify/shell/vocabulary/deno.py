"""Deno: its cache, node_modules beside deno.json, programs that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.shell.effects import Builds, ChangesNothing, Effect, InstallsLibraries, RunsProject, Writes
from minify.shell.options import Options, below, home, parse, unknown
from minify.shell.script import Command
from minify.shell.state import absolute

_VALUED: Final = (
    *("-o", "--output", "-c", "--config", "--import-map", "--cert", "--target", "--icon", "--include", "--exclude"),
    *("-n", "--name", "--root", "-L", "--log-level", "--ext", "--entrypoint", "--unstable"),
)
_FETCHES: Final = ("cache", "install", "i", "add", "remove", "uninstall", "update", "outdated", "vendor", "ci")
_ASKS: Final = (
    "info",
    "lint",
    "doc",
    "types",
    "completions",
    "help",
    "lsp",
    "jupyter",
    "repl",
    "coverage",
    "audit",
    "why",
)


def deno(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`deno cache main.ts`, `deno install --frozen`, `deno compile -o server main.ts`, `deno task build`."""
    options = parse(command.arguments, valued=_VALUED)
    action = options.texts[0] if options.operands else None
    if action is None or action in _ASKS:
        return (ChangesNothing(command),)
    if action == "upgrade":
        return (Writes("/usr/bin/deno", command),)
    if action == "compile":
        return _compiles(options, command)
    if action not in _FETCHES:
        return (RunsProject("deno", options.texts[1] if len(options.texts) > 1 else action, command),)
    if options.has("-g", "--global"):
        place = options.value("--root") or env.get("DENO_INSTALL_ROOT")
        if place is None:
            return (Writes(below(home(env), ".deno"), command),)
        return (unknown("which programs are installed for everybody is not known", command),)
    place = absolute(env.get("DENO_DIR") or below(home(env), ".cache/deno"), command.cwd)
    if not command.cwd or place is None:
        return (unknown("which project Deno works on is not known", command),)
    fetched = InstallsLibraries(
        tool="deno",
        packages=(),
        files=(below(command.cwd, "deno.json"), below(command.cwd, "deno.lock")),
        prefix=place.rstrip("/"),
        editable=False,
        user=False,
        cache=False,
        dev=False,
        command=command,
    )
    return (
        fetched,
        *(Writes(below(command.cwd, name), command, certain=False) for name in ("node_modules", "deno.lock")),
    )


def _compiles(options: Options, command: Command) -> tuple[Effect, ...]:
    written = options.find("-o", "--output")
    script = next((text for text in options.texts[1:] if text), None)
    name = written.value if written is not None else (script or "").rpartition("/")[2].rpartition(".")[0]
    output = absolute(name, command.cwd) if name else None
    if output is None:
        return (unknown("which program is made is not known", command),)
    return (Builds(tool="deno", output=output, package=script, static=None, command=command),)
