"""Perl's installers: cpanm, cpan, cpm, carton."""

from __future__ import annotations

import re
from collections.abc import Mapping

from minify.shell.effects import ChangesNothing, Effect, InstallsLibraries, RunsProject, Writes
from minify.shell.options import below, parse, unknown
from minify.shell.script import Command
from minify.shell.state import absolute


def _installs(command: Command, packages: tuple[str, ...], prefix: str | None, manifest: str | None = None) -> Effect:
    return InstallsLibraries(
        tool="cpan",
        packages=packages,
        files=(manifest,) if manifest else (),
        prefix=prefix,
        editable=False,
        user=False,
        cache=True,
        dev=False,
        command=command,
    )


def _place(env: Mapping[str, str], cwd: str) -> str | None:
    """Where variables have modules installed: https://metacpan.org/pod/local::lib, and cpanm's own."""
    for name, pattern in (
        ("PERL_CPANM_OPT", r"(?:^|\s)(?:-[lL]|--local-lib(?:-contained)?)[\s=]*(\S+)"),
        ("PERL_MM_OPT", r"\bINSTALL_BASE=(\S+)"),
        ("PERL_LOCAL_LIB_ROOT", r"([^:\s]+)$"),
    ):
        found = re.search(pattern, env.get(name, ""))
        if found is not None:
            return absolute(found[1], cwd)
    return None


def cpan(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cpanm --notest Mojolicious`, `cpanm -L local --installdeps .`."""
    options = parse(
        command.arguments,
        valued=(
            "-l",
            "-L",
            "--local-lib",
            "--local-lib-contained",
            "-M",
            "--from",
            "--mirror",
            "--cpanfile",
            "--save-dists",
        ),
    )
    if options.has("-V", "--version", "--info", "--look", "--help", "-h"):
        return (ChangesNothing(command),)
    chosen = options.find("-l", "-L", "--local-lib", "--local-lib-contained")
    prefix = absolute(chosen.value, command.cwd) if chosen is not None else _place(env, command.cwd)
    if chosen is not None and prefix is None:
        return (unknown("where modules are installed to is not known", command),)
    named = None if None in options.texts else tuple(text for text in options.texts if text is not None)
    if options.has("--installdeps"):
        directory = named[0] if named else "."
        manifest = absolute(options.value("--cpanfile") or f"{directory.rstrip('/')}/cpanfile", command.cwd)
        return (_installs(command, (), prefix, manifest),)
    if named is None:
        return (unknown("which modules are installed is not known", command),)
    return (_installs(command, named, prefix),)


def cpm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cpm install -g`, `cpm install --resolver metadb`: to `local/` unless it is for everybody."""
    options = parse(
        command.arguments,
        valued=(
            "-L",
            "--local-lib-contained",
            "-w",
            "--workers",
            "-r",
            "--resolver",
            "--cpanfile",
            "--snapshot",
            "--mirror",
        ),
    )
    if options.texts[:1] != ("install",) or None in options.texts:
        return (
            (ChangesNothing(command),)
            if options.texts[:1] != ("install",)
            else (unknown("which modules are installed is not known", command),)
        )
    packages = tuple(text for text in options.texts[1:] if text is not None)
    if options.has("-g", "--global"):
        return (_installs(command, packages, _place(env, command.cwd), absolute("cpanfile", command.cwd)),)
    place = absolute(options.value("-L", "--local-lib-contained") or "local", command.cwd)
    if place is None:
        return (unknown("where modules are installed to is not known", command),)
    return (_installs(command, packages, place, absolute("cpanfile", command.cwd)),)


def carton(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`carton install --deployment`: to `local/`, or where PERL_CARTON_PATH says."""
    options = parse(command.arguments, valued=("--path", "--cpanfile", "--without"), first=True)
    action = options.texts[0] if options.operands else "install"
    if action == "exec":
        return (RunsProject("carton", None, command),)
    if action not in ("install", "update", "bundle", "fatpack"):
        return (ChangesNothing(command),)
    if not command.cwd:
        return (unknown("which project carton works on is not known", command),)
    if action == "bundle":
        return (Writes(below(command.cwd, "vendor"), command),)
    if action == "fatpack":
        return (Writes(below(command.cwd, "vendor/bin"), command),)
    place = absolute(env.get("PERL_CARTON_PATH") or "local", command.cwd)
    return (_installs(command, (), place, below(command.cwd, "cpanfile")),)
