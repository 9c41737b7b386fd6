"""Bun: its one program, the packages and the application; a script of package.json is what Bun would run for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.context.needs import node_needs
from minify.context.node import PackageManifest, simple_command
from minify.context.node_sources import NodeFacts, node_facts
from minify.context.places import Called
from minify.context.runtime_calls import RuntimeCalls, runtime_calls
from minify.ecosystems.command import by_path
from minify.ecosystems.health import by_runtime
from minify.ecosystems.interpreted import Brought, closed, script_for
from minify.ecosystems.javascript import (
    Compiled,
    all_placements,
    asked_for,
    compiled_by,
    home_of,
    manifest_of,
    not_there,
    ready,
    recognised,
    signals_of,
    split_of,
)
from minify.ecosystems.named import named_files, named_libraries
from minify.ecosystems.node_reach import literals, preloads, reach
from minify.ecosystems.programs import Dependency, installed_programs, lacking
from minify.image.layouts import layout_of_image
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.health import HealthPlan

TEMPLATE = "bun.Dockerfile.j2"

_NAMES = ("bun",)
_FILES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
# https://bun.sh/docs/cli/run, https://bun.sh/docs/runtime: options before the file, with a value of their own
_VALUED = (
    "-r",
    "--preload",
    "--require",
    "--import",
    "--port",
    "--conditions",
    "--define",
    "-d",
    "--env-file",
    "-c",
    "--config",
    "--title",
)
_CODE = ("-e", "--eval", "-p", "--print")
_ELSEWHERE = ("--cwd", "--filter", "-F", "--workspaces")
_COMMANDS = (
    *(
        "test",
        "x",
        "repl",
        "exec",
        "install",
        "i",
        "ci",
        "add",
        "a",
        "remove",
        "rm",
        "update",
        "audit",
        "outdated",
        "link",
        "unlink",
    ),
    *(
        "publish",
        "patch",
        "pm",
        "info",
        "why",
        "build",
        "init",
        "create",
        "c",
        "upgrade",
        "dedupe",
        "prune",
        "check",
        "fmt",
        "completions",
    ),
)
_CONFIG = "bunfig.toml"
_AROUND = ("pre", "post")
_DEEPEST = 8


class Start(NamedTuple):
    """The words that start Bun itself, the file that it runs, variables that scripts set, and the scripts on the way."""

    argv: tuple[str, ...]
    file: str | None
    env: tuple[tuple[str, str], ...] = ()
    via: tuple[str, ...] = ()
    code: str = ""
    before: tuple[str, ...] = ()
    """What is loaded before the file."""


def detect(facts: Facts) -> Detection | None:
    """Bun, when what starts is bun, or a script whose first line asks for it."""
    argv = facts.launch.argv
    if not argv or facts.base is None:
        return None
    started = argv[0].rpartition("/")[2] in (*_NAMES, "bunx") or script_for(facts, _NAMES) is not None
    if not started and compiled_by(facts, "bun") is None:
        return None
    return recognised(facts, "bun")


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program with the packages and the application, onto a base without shared libraries."""
    made = compiled_by(facts, "bun")
    if made is not None:
        return _compiled(facts, made, to)
    program = ready(facts, "bun")
    if isinstance(program, Refusal):
        return (program,)
    placed = all_placements(facts)
    manifest = manifest_of(facts, placed)
    if manifest is not None and manifest.problem:
        return (refuse(f"{manifest.path}: {manifest.problem}"),)
    start = _start(facts, manifest, program)
    if isinstance(start, Refusal):
        return (start,)
    env = (*facts.contract.env, *start.env)
    found = reach(facts.context, placed, _reached(facts, placed, start), facts.contract.workdir, env)
    script = (*((start.file,) if start.file else ()), *start.before)
    node = node_facts(facts.context, found.files, script)
    calls = runtime_calls(facts.context, found.files, "bun", argv=script)
    programs = (*node.programs, *calls.programs)
    assert facts.base is not None
    row = layout_of_image("bun", facts.base.family)
    # Packages may start node, which is Bun there
    asks = any(called.program == "node" for called in programs) or (manifest is not None and manifest.dependencies)
    fallback = row.links if row is not None and asks else ()
    own = ("bun", *(("node",) if fallback else ()))
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=program, reason="the runtime"),
            *(Tree(path=path, reason="has Bun under the name of node", scanned=False) for path in fallback),
            *home_of(facts, (facts.contract.workdir,)),
            *named_files(facts, node.opened),
        ),
        command=split_of(facts, program, start.argv),
        taken=(program, *fallback),
        stops=tuple(_stops(facts, start, manifest, node, calls, programs, own)),
        calls=programs,
        own=own,
        env=start.env,
        env_kept=("BUN_RUNTIME_TRANSPILER_CACHE_PATH",),
        health=by_runtime(facts, program, _health),
        probe=lambda plan: (program, *_health(plan)),
        decisions=(*_decisions(facts, start, program), *signals_of(facts, "bun", start.via, found.files)),
    )
    return closed(facts, to, brought)


def _compiled(facts: Facts, made: Compiled, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program that `bun build --compile` makes."""
    words = [word.static for word in made.command.argv]
    files = [word for word in words[2:] if word is not None and word.endswith(_FILES)]
    if None in words or not files:
        return (refuse(f"what {made.path} is made of is not known: {made.command.text}", facts.launch.line),)
    start = Start((made.path,), files[0], before=tuple(join(made.command.cwd, file) for file in files[1:]))
    within = facts._replace(contract=facts.contract._replace(workdir=made.command.cwd))
    found = reach(
        facts.context, made.placed, _reached(within, made.placed, start), made.command.cwd, facts.contract.env
    )
    if absent := tuple(not_there(facts, made, found)):
        return absent
    node = node_facts(facts.context, found.files, files)
    calls = runtime_calls(facts.context, found.files, made.path, argv=files)
    programs = (*node.programs, *calls.programs)
    packages = manifest_of(within, made.placed)
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=made.path, reason="the program, with Bun and the application in it"),
            *named_files(facts, node.opened),
        ),
        command=by_path(facts, made.path),
        taken=(made.path,),
        stops=tuple(_stops(facts, start, packages, node, calls, programs, (made.path,))),
        calls=programs,
        program=made.path,
    )
    return closed(facts, to, brought)


def _reached(facts: Facts, placed: tuple[Placement, ...], start: Start) -> tuple[str, ...]:
    """The words that say what Bun loads: files before the script, by options and by its own configuration, and the script."""
    before = (*start.before, *_configured(facts, placed, start))
    return ("bun", *(f"--preload={name}" for name in before), *([start.file] if start.file else []))


def _configured(facts: Facts, placed: tuple[Placement, ...], start: Start) -> Iterator[str]:
    """The texts of bunfig.toml that may name modules: `preload`, plugins. What its tests and its installer load does not start here."""
    import tomllib

    said = {**dict(facts.contract.env), **dict(start.env)}.get("BUN_OPTIONS", "")
    words = (*start.argv, *said.replace('"', "").split())
    given = [value for word, value in _pairs(words) if word in ("-c", "--config") and value]
    wanted = {join(facts.contract.workdir, name) for name in (_CONFIG, *given)}
    for path in dict.fromkeys(p.source for p in placed if p.target in wanted or p.target.endswith(f"/.{_CONFIG}")):
        text = facts.context.read_text(path) or ""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            yield from literals(text)
            continue
        yield from _texts([value for name, value in data.items() if name not in ("test", "install")])


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with what may be their values."""
    for word, after in zip_longest(words, words[1:], fillvalue=""):
        name, given, value = word.partition("=")
        yield name, value if given else after


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _health(plan: HealthPlan) -> tuple[str, ...]:
    from minify.health.renderers.node import node

    return node(plan)


def _start(facts: Facts, manifest: PackageManifest | None, program: str) -> Start | Refusal:
    argv, line = facts.launch.argv, facts.launch.line
    name = argv[0].rpartition("/")[2]
    if name not in _NAMES:
        script = script_for(facts, _NAMES)
        if script is None or script.interpreter[1:] not in (("bun",), ()):
            return refuse(f"{argv[0]} may fetch a package when the container starts", line)
        file = argv[0] if "/" in argv[0] else script.target
        return Start((program, file, *argv[1:]), file)
    if "/" in argv[0] and argv[0] != program:
        return refuse(f"where {argv[0]} comes from is not known", line)
    resolved = _resolve(manifest, argv, (), ())
    return refuse(resolved, line) if isinstance(resolved, str) else resolved


def _resolve(
    manifest: PackageManifest | None, argv: tuple[str, ...], env: tuple[tuple[str, str], ...], via: tuple[str, ...]
) -> Start | str:
    """What a command of Bun runs without a script of package.json, which a shell would run; a text says why not.

    A script's name counts before a file's behind `bun run`, and behind `bun` alone unless it has a file's ending.
    """
    rest = list(argv[1:])
    options: list[str] = []
    explicit = False
    while rest:
        word = rest.pop(0)
        if word in _CODE:
            return Start(argv, None, env, via, code=rest[0] if rest else "")
        if word.partition("=")[0] in _ELSEWHERE:
            return f"{' '.join(argv)}: the option {word} is not read"
        if word.startswith("-"):
            options.append(word)
            if word in _VALUED and rest:
                options.append(rest.pop(0))
            continue
        if word == "run" and not explicit:
            explicit = True
            continue
        if not explicit and word in _COMMANDS:
            return f"bun {word} is no run of a program"
        scripts = manifest.scripts if manifest is not None else {}
        if word in scripts and (explicit or not word.endswith(_FILES)):
            assert manifest is not None
            return _script(manifest, word, tuple(rest), env, via)
        if not word.endswith(_FILES) and "/" not in word:
            return f"{' '.join(argv)}: which file {word} is is not known"
        return Start(argv, word, env, via, before=preloads(options))
    return f"{' '.join(argv)} starts no program"


def _script(
    manifest: PackageManifest, name: str, rest: tuple[str, ...], env: tuple[tuple[str, str], ...], via: tuple[str, ...]
) -> Start | str:
    if name in via or len(via) >= _DEEPEST:
        return f"the script `{name}` runs itself"
    around = next((f"{word}{name}" for word in _AROUND if f"{word}{name}" in manifest.scripts), None)
    if around is not None:
        return f"bun runs the script `{around}` as well: {manifest.scripts[around]}"
    read = simple_command(manifest.scripts[name])
    if read is None:
        return f"the script `{name}` needs a shell: {manifest.scripts[name]}"
    set_here, words = read
    env = tuple({**dict(env), **dict(set_here)}.items())
    if words[0] == "node" and len(words) > 1 and not words[1].startswith("-"):
        # The image has Bun under node's name
        words = ("bun", *words[1:])
    if words[0] != "bun":
        return f"the script `{name}` starts {words[0]}: which file of node_modules that is is not known"
    return _resolve(manifest, (*words, *rest), env, (*via, name))


def _stops(
    facts: Facts,
    start: Start,
    manifest: PackageManifest | None,
    node: NodeFacts,
    calls: RuntimeCalls,
    programs: Sequence[Called],
    own: Sequence[str],
) -> Iterator[Refusal]:
    line = facts.launch.line
    if start.code and start.file is None:
        yield refuse("code in the command may start programs", line)
    needs = [Dependency(where, node_needs(name)) for name, where in asked_for(facts, manifest).items()]
    yield from lacking(facts, programs, needs, (*own, *installed_programs(facts)))
    yield from named_libraries(facts, node.libraries, needs)
    for library in calls.libraries:
        yield refuse(f"{library.path}:{library.line} loads a library by name")
    if start.via and node.npm_env:
        place = node.npm_env[0]
        yield refuse(f"{place.path}:{place.line} reads a variable that only a package manager sets")
    for dependency in needs:
        if dependency.needs.always_shell:
            yield refuse(f"{dependency.needs.name} starts programs through a shell")
            break
    said = {pair.name for p in facts.contract.instructions for pair in getattr(p.instruction, "pairs", ())}
    values = dict(facts.contract.env)
    for name, value in start.env:
        if name in said and values.get(name) != value:
            yield refuse(f"ENV {name} and the script {start.via[-1]} set different values", line)


def _decisions(facts: Facts, start: Start, program: str) -> Iterator[Decision]:
    line = facts.launch.line
    if start.via:
        reason = f"package.json says that it runs {' '.join(start.argv)}, and Bun asks a shell to do so"
        yield Decision(subject=" → ".join(start.via), outcome=Outcome.REPLACED, reason=reason, line=line)
    for name, value in start.env:
        yield Decision(
            subject=f"ENV {name}={value}", outcome=Outcome.ADDED, reason="the script of package.json sets it", line=line
        )
    base = facts.base
    if facts.contract.entrypoint is None and base is not None and base.language == "bun" and base.entrypoint:
        yield Decision(
            subject=f"ENTRYPOINT {base.entrypoint[0]}",
            outcome=Outcome.REPLACED,
            reason=f"a shell script of the base image that finds bun: {program} is named directly",
        )
