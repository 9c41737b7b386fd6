"""One module a language: `detect` says whether it is what the container starts, `plan` what that needs at run time.

Adding one: a module with these two functions, a template, a sample folder, and a line in `ECOSYSTEMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from minify.analysis.facts import Facts
    from minify.ecosystems.java_options import Told
    from minify.ecosystems.static_site import Site
    from minify.plan import Decision, Detection, Refusal, Rung, Runtime


class Ecosystem(Protocol):
    """What a module of this package provides."""

    TEMPLATE: str

    def detect(self, facts: Facts) -> Detection | None:
        """What was recognised, with its evidence; None when this language is not what starts."""
        ...

    def plan(self, facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
        """What the final image needs, or every reason why it cannot be said."""
        ...


class Telling(Protocol):
    """Asks whether a command can do without a shell since its program reads the environment."""

    def __call__(self, facts: Facts, *, wanted: bool) -> Told | Decision | None:
        """`wanted`: whoever starts the container may be asked to set another variable."""
        ...


# A module is imported when it is asked: a Go file does not wait for what reads Node's manifests.
@cache
def _go() -> Ecosystem:
    from minify.ecosystems import go

    return go


@cache
def _python() -> Ecosystem:
    from minify.ecosystems import python

    return python


@cache
def _node() -> Ecosystem:
    from minify.ecosystems import node

    return node


@cache
def _java() -> Ecosystem:
    from minify.ecosystems import java

    return java


@cache
def _nginx() -> Ecosystem:
    from minify.ecosystems import nginx

    return nginx


@cache
def _httpd() -> Ecosystem:
    from minify.ecosystems import httpd

    return httpd


@cache
def _caddy() -> Ecosystem:
    from minify.ecosystems import caddy

    return caddy


@cache
def _tomcat() -> Ecosystem:
    from minify.ecosystems import tomcat

    return tomcat


@cache
def _jetty() -> Ecosystem:
    from minify.ecosystems import jetty

    return jetty


@cache
def _dotnet() -> Ecosystem:
    from minify.ecosystems import dotnet

    return dotnet


@cache
def _php() -> Ecosystem:
    from minify.ecosystems import php

    return php


@cache
def _ruby() -> Ecosystem:
    from minify.ecosystems import ruby

    return ruby


@cache
def _deno() -> Ecosystem:
    from minify.ecosystems import deno

    return deno


@cache
def _bun() -> Ecosystem:
    from minify.ecosystems import bun

    return bun


@cache
def _perl() -> Ecosystem:
    from minify.ecosystems import perl

    return perl


@cache
def _lua() -> Ecosystem:
    from minify.ecosystems import lua

    return lua


@cache
def _r() -> Ecosystem:
    from minify.ecosystems import r

    return r


@cache
def _julia() -> Ecosystem:
    from minify.ecosystems import julia

    return julia


@cache
def _erlang() -> Ecosystem:
    from minify.ecosystems import erlang

    return erlang


@cache
def _tool() -> Ecosystem:
    from minify.ecosystems import tool

    return tool


@cache
def _native() -> Ecosystem:
    from minify.ecosystems import native

    return native


# The order matters: what compiles its program, or knows the package that brings it, is asked before what merely finds a file.
ECOSYSTEMS: Final[Mapping[str, Callable[[], Ecosystem]]] = {
    "go": _go,
    "nginx": _nginx,
    "httpd": _httpd,
    "caddy": _caddy,
    "tomcat": _tomcat,
    "jetty": _jetty,
    "python": _python,
    "node": _node,
    "deno": _deno,
    "bun": _bun,
    "java": _java,
    "dotnet": _dotnet,
    "php": _php,
    "ruby": _ruby,
    "perl": _perl,
    "lua": _lua,
    "r": _r,
    "julia": _julia,
    "erlang": _erlang,
    "native": _native,
    "tool": _tool,
}

# Those that know what they start by its name: they are imported when that starts.
STARTED: Final[Mapping[str, tuple[str, ...]]] = {
    "nginx": ("nginx",),
    "httpd": ("httpd", "httpd-foreground"),
    "caddy": ("caddy",),
    "tomcat": ("catalina.sh",),
    "jetty": ("docker-entrypoint.sh",),
}

Planner = Callable[["Facts", "Detection", "Rung | None"], "Runtime | tuple[Refusal, ...]"]


def _java_linked() -> Planner:
    from minify.ecosystems import java

    return java.smallest


# Who can cut a runtime down further, at the price of what is not seen: asked by --smallest only.
SMALLEST: Final[Mapping[str, Callable[[], Planner]]] = {"java": _java_linked}


Sited = Callable[["Facts"], "Site | Refusal"]


def _nginx_site() -> Sited:
    from minify.ecosystems import nginx

    return nginx.static_site


def _httpd_site() -> Sited:
    from minify.ecosystems import httpd

    return httpd.static_site


# Who may serve nothing but files, which a smaller server could do: asked by --server only.
STATIC: Final[Mapping[str, Callable[[], Sited]]] = {"nginx": _nginx_site, "httpd": _httpd_site}


def _java_options() -> Telling:
    from minify.ecosystems import java_options

    return java_options.told


# Who reads from the environment by itself what a shell puts into its command line.
TOLD: Final[Mapping[str, Callable[[], Telling]]] = {"java": _java_options}


WITH_LAUNCHERS: Final = ("python", "node", "native")
"""The ecosystems that can do what a shell did for the command: by their runtime, or by a program that their compiler makes."""


WITH_SHELL: Final = ("erlang",)
"""The ecosystems that bring a shell into the final image: what it reads when the container starts stays as it is."""


def with_own_shell(facts: Facts) -> tuple[Facts, Detection] | None:
    """The facts of a container that starts as the file says, where its shell comes along; None where it does not, or is not asked for."""
    script = facts.launch.argv[:1] and facts.launch.argv[0].endswith((".sh", ".bash"))
    if not (facts.launch.needs_shell or facts.launch.shelled or script):
        return None
    # Loaded here: most files need no shell
    from minify.analysis.kept_shell import with_shell_kept

    seen = with_shell_kept(facts)
    if seen is None:
        return None
    for name in WITH_SHELL:
        detection = ECOSYSTEMS[name]().detect(seen)
        if detection is not None:
            return seen, detection
    return None


def launches(detection: Detection) -> bool:
    """Whether the plan for what was recognised can do what a shell did."""
    return detection.ecosystem in WITH_LAUNCHERS


def recognise(facts: Facts) -> Detection | None:
    """The first ecosystem that recognises what the container starts."""
    program = facts.launch.argv[0].rpartition("/")[2] if facts.launch.argv else ""
    for name, module in ECOSYSTEMS.items():
        if program not in STARTED.get(name, (program,)):
            continue
        detection = module().detect(facts)
        if detection is not None:
            return detection
    return None
