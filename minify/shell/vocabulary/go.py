"""go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Configures,
    Effect,
    InstallsLibraries,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, names, parse, reach, unknown
from minify.shell.script import Command
from minify.shell.state import absolute

_VALUED: Final = names(
    """
    -o -ldflags -tags -gcflags -asmflags -mod -modfile -p -buildmode -installsuffix -pkgdir
    -toolexec -compiler -overlay -C -gccgoflags -pgo -run -count -timeout -coverprofile -cover
    -covermode
    """
)
_VERSION = re.compile(r"v\d+$")


def _static(options: Options, env: Mapping[str, str]) -> bool | None:
    """CGO_ENABLED=0 links nothing of libc; otherwise the imports decide, unless the linker is told."""
    if env.get("CGO_ENABLED") == "0":
        return True
    flags = options.value("-ldflags") or options.value("--ldflags")
    if flags is not None and "-static" in flags and "-static-" not in flags:
        return True
    return False if env.get("CGO_ENABLED") == "1" else None


def _last(package: str) -> str | None:
    """The name of the program that a package path builds: `/v2` and `@latest` are not part of it."""
    path = package.partition("@")[0].rstrip("/")
    head, _, name = path.rpartition("/")
    if _VERSION.match(name) and head:
        name = head.rpartition("/")[2]
    return None if name in ("", ".", "..", "...") else name


def go(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`CGO_ENABLED=0 go build -ldflags="-s -w" -o /app ./cmd/server`."""
    options = parse(command.arguments, valued=_VALUED, long_dash=True)
    action, *rest = options.operands or (None,)
    chosen = options.find("-C")
    cwd = command.cwd if chosen is None else absolute(chosen.value, command.cwd) or ""
    path = (env.get("GOPATH") or "/go").partition(":")[0]
    match action and action.text:
        case "build":
            return _build(options, cwd, command, env)
        case "install":
            bin_ = env.get("GOBIN") or below(path, "bin")
            return tuple(
                Builds(
                    tool="go",
                    output=below(bin_, name) if (name := _last(argument.text or "")) else f"{bin_}/",
                    package=argument.text,
                    static=_static(options, env),
                    command=command,
                )
                for argument in rest
            ) or (Builds(tool="go", output=f"{bin_}/", package=".", static=_static(options, env), command=command),)
        case "mod" | "get" | "work":
            return _modules(path, cwd, options, command)
        case "generate" | "run" | "test" | "tool":
            script = rest[0].text if rest else None
            return (RunsProject("go", script, command),)
        case "env" if options.has("-w", "-u"):
            settings = [argument.text or "" for argument in rest]
            named = [setting.partition("=") for setting in settings]
            configured = (Configures(tool="go", name=name, value=value, command=command) for name, _, value in named)
            return (*configured, Writes(below(home(env), ".config/go"), command))
        case None | "env" | "version" | "vet" | "fmt" | "list" | "doc" | "help" | "clean" | "fix" | "telemetry":
            return (ChangesNothing(command),)
        case _:
            return (unknown("what this go command does is not known", command),)


def xcaddy(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`xcaddy build v2.8.4 --with github.com/caddy-dns/cloudflare`: Caddy with plugins, in `caddy` where no output is named."""
    options = parse(command.arguments, valued=("--output", "--with", "--replace", "--embed"))
    if options.texts[:1] == ("version",):
        return (ChangesNothing(command),)
    if options.texts[:1] != ("build",) or not command.cwd:
        return (unknown("what this xcaddy command does is not known", command),)
    given = options.find("--output")
    output = below(command.cwd, "caddy") if given is None else absolute(given.value, command.cwd)
    if output is None:
        return (unknown("where xcaddy puts the program is not known", command),)
    # It builds without CGO unless that is asked for. https://github.com/caddyserver/xcaddy/blob/master/cmd/main.go
    static = True if env.get("CGO_ENABLED") != "1" else None
    return (Builds(tool="xcaddy", output=output, package=None, static=static, command=command),)


def _build(options: Options, cwd: str, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    output: str | None = None
    given = options.find("-o", "--o")
    if given is not None:
        output = absolute(given.value, cwd)
        if output is None and (directory := reach(given.argument, command)) is not None and given.value is None:
            # `-o /out/$name`: the directory at least
            output = f"{directory.rstrip('/')}/"
        if output is None:
            return (unknown("where go puts the program is not known", command),)
        if (given.value or "").endswith("/"):
            output = f"{output.rstrip('/')}/"
    static = _static(options, env)
    packages = options.operands[1:]
    if any(package.text is None for package in packages):
        return (Builds(tool="go", output=output, package=None, static=static, command=command),)
    return tuple(
        Builds(tool="go", output=output, package=package.text, static=static, command=command) for package in packages
    ) or (Builds(tool="go", output=output, package=".", static=static, command=command),)


def _modules(path: str, cwd: str, options: Options, command: Command) -> tuple[Effect, ...]:
    texts = options.texts
    if not cwd:
        return (Writes(path, command), unknown("which module it works on is not known", command))
    if texts[:2] == ("mod", "vendor"):
        return (Writes(below(cwd, "vendor"), command), Writes(below(path, "pkg/mod"), command))
    if texts[0] == "get" or texts[:2] in (("mod", "download"), ("mod", "tidy"), ("work", "sync")):
        named = tuple(text for text in texts[1:] if text is not None) if texts[0] == "get" else ()
        return (
            InstallsLibraries(
                tool="go",
                packages=named,
                files=(below(cwd, "go.mod"), below(cwd, "go.sum")),
                prefix=path,
                editable=False,
                user=False,
                cache=True,
                dev=False,
                command=command,
            ),
        )
    if texts[:2] in (("mod", "verify"), ("mod", "graph"), ("mod", "why")):
        return (ChangesNothing(command),)
    return (Writes(cwd, command),)
