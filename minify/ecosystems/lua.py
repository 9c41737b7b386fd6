"""Lua: the interpreter that a Debian package brings, with the modules of packages and of luarocks, and the application."""

from __future__ import annotations

import re
from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.context.lua import ENDINGS, LuaFacts, lua_facts, lua_needs, module_files
from minify.ecosystems.gate import starts
from minify.ecosystems.interpreted import Brought, application_files, closed, in_front, named_directly, script_for
from minify.ecosystems.servers import command
from minify.ecosystems.sources import holds, unseen
from minify.image.layouts import Layout, layout_of_packages
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

TEMPLATE = "lua.Dockerfile.j2"

_LUA = re.compile(r"lua(?:jit|\d\.\d)?")


def detect(facts: Facts) -> Detection | None:
    """Lua, when a package brings the interpreter, and it or a script for it is what starts."""
    argv = facts.launch.argv
    found = _row(facts)
    if not argv or found is None or (_LUA.fullmatch(_name(argv[0])) is None and _script_names(facts) is None):
        return None
    row, line = found
    return Detection(
        ecosystem="lua",
        version=None,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"the package {row} brings Lua", line=line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter with its modules and the application, onto a base without shared libraries."""
    found = _row(facts)
    assert found is not None
    row = layout_of_packages("lua", "apt", (found[0],))
    assert row is not None
    script = script_for(facts, _names(facts))
    if not holds(facts, ENDINGS) and script is None:
        return (unseen("the application's Lua files", facts.launch.line),)
    source = lua_facts(facts.context, application_files(facts), script.source if script else None)
    asks_env = script is not None and _name(script.interpreter[0]) == "env"
    parts = command(facts)
    said: tuple[Decision, ...] = ()
    if script is not None and asks_env:
        parts = in_front(facts, script, (f"/usr/bin/{script.interpreter[1]}",))
        said = (named_directly(script),)
    brought = Brought(
        template=TEMPLATE,
        trees=tuple(Tree(path=path, reason="the modules that luarocks installs", certain=False) for path in row.also),
        command=parts,
        taken=row.also,
        left=row.spare,
        files=module_files([*(name for name, _ in source.modules), *_preloaded(facts)]),
        stops=tuple(_stops(facts, row, source)),
        values={},
        decisions=(
            *said,
            Decision(subject="luarocks", outcome=Outcome.DROPPED, reason="installs modules; nothing runs it"),
        ),
    )
    return closed(facts, to, brought)


def _stops(facts: Facts, row: Layout, source: LuaFacts) -> Iterator[Refusal]:
    argv, line = facts.launch.argv, facts.launch.line
    if "/" in argv[0] and _LUA.fullmatch(_name(argv[0])) and not argv[0].startswith("/usr/bin/"):
        yield refuse(f"where {argv[0]} comes from is not known", line)
    if any(name.startswith("LUA_INIT") and not value.startswith("@") for name, value in facts.contract.env):
        yield refuse("code in LUA_INIT may start programs")
    if any(word.startswith("-e") for word in _options(facts)):
        yield refuse("code in the command may start programs", line)
    for name in _preloaded(facts):
        if (needs := lua_needs(name)) is not None:
            yield refuse(f"{name} {needs}", line)
    for path in source.compiled:
        yield refuse(f"{path} is compiled: what it starts is not known")
    for called in source.programs:
        if not called.in_tests:
            yield starts(called, "starts a program by a shell")
            break
    for place in source.loads:
        yield refuse(f"{place} loads a library by name")
        break
    for name, path in source.modules:
        needs = lua_needs(name)
        if needs is not None:
            yield refuse(f"{path}: {name} {needs}")


def _options(facts: Facts) -> tuple[str, ...]:
    """The words for the interpreter, before the script: `-l` and `-e` stand beside what follows them."""
    words = list(facts.launch.argv[1:] if _LUA.fullmatch(_name(facts.launch.argv[0])) else ())
    found: list[str] = []
    while words and words[0].startswith("-") and words[0] not in ("-", "--"):
        word = words.pop(0)
        found.append(word + words.pop(0) if word in ("-l", "-e") and words else word)
    return tuple(found)


def _preloaded(facts: Facts) -> tuple[str, ...]:
    """The modules of `lua -l socket app.lua`, and of 5.4's `-l s=socket`."""
    return tuple(word[2:].rpartition("=")[2] for word in _options(facts) if word.startswith("-l"))


def _row(facts: Facts) -> tuple[str, int] | None:
    """The package that brings an interpreter, and its line."""
    for install in facts.footprint.installs:
        for package in install.packages:
            if install.manager == "apt" and layout_of_packages("lua", "apt", (package.name,)) is not None:
                return package.name, facts.dockerfile.source.line(package.span.start)
    return None


def _names(facts: Facts) -> tuple[str, ...]:
    found = _row(facts)
    return ("lua", found[0]) if found is not None else ("lua",)


def _script_names(facts: Facts) -> str | None:
    script = script_for(facts, _names(facts))
    return script.source if script is not None else None


def _name(word: str) -> str:
    return word.rpartition("/")[2]
