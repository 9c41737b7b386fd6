"""Node: distroless Node where its major exists, else the image's own node binary; production dependencies only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.context.needs import node_needs
from minify.context.node import PackageManifest, package_manifest, resolve_script
from minify.context.node_sources import NodeFacts, node_facts
from minify.ecosystems.finals import closure_base
from minify.ecosystems.sources import context_files
from minify.ecosystems.system import Calls, SystemPackages, system_packages
from minify.ecosystems.trees import application_trees
from minify.image import catalog
from minify.image.catalog import BaseImage
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree
from minify.syntax import Copy, process_word

TEMPLATE = "node.Dockerfile.j2"

_MANAGERS = ("npm", "yarn", "pnpm")
_BASE_ENTRYPOINT = ("docker-entrypoint.sh",)
OWN_NODE = "/usr/local/bin/node"
DISTROLESS_NODE = "/nodejs/bin/node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What runs in the end: an argv that begins with `node`, variables that a script sets, and how it was found."""

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    via: tuple[str, ...]


def detect(facts: Facts) -> Detection | None:
    """Node, when the container starts `node`, a package manager's script, or a package's program in a node image."""
    argv = _command(facts)
    if not argv or facts.base is None:
        return None
    name = argv[0].rsplit("/", 1)[-1]
    version = facts.base.version if facts.base.language == "node" else None
    node_image = facts.base.language == "node"
    if name in ("node", "nodejs", *_MANAGERS, "npx") or argv[0].endswith((".js", ".mjs", ".cjs")) or (node_image and "/" not in argv[0]):
        return Detection(
            ecosystem="node",
            version=version,
            evidence=(Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),),
        )
    return None


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The application with its production dependencies, on distroless Node or beside the image's own node binary."""
    assert facts.base is not None
    if facts.base.language != "node":
        return (
            _no(f"where {facts.launch.argv[0]} comes from is not known: {facts.base_written} is not a Node image", facts.launch.line),
        )
    directory = _application_directory(facts)
    manifest = package_manifest(facts.context, directory) if directory is not None else None
    started = _started(facts, manifest)
    if isinstance(started, Refusal):
        return (started,)
    if manifest is not None and manifest.problem:
        return (_no(f"{manifest.path}: {manifest.problem}", None),)
    files = context_files(facts)
    source = node_facts(facts.context, files)
    final, node = _final(facts, to)
    refusals = [*_sources_stop(source, started, manifest)]
    carried = application_trees(facts, ("/usr/local",))
    calls = Calls(
        programs=frozenset(c.program for c in source.programs if c.program and not c.in_tests) | _needed_programs(manifest),
        unknown=tuple(f"{c.path}:{c.line}" for c in source.programs if c.program is None and not c.in_tests),
    )
    system = system_packages(facts, calls, final)
    refusals += [*carried.refusals, *system.refusals]
    refusals += [_no(f"{e.packages[0]} is installed for every user, under /usr/local", None) for e in facts.footprint.libraries if e.prefix == "/usr/local" and any(p.split("@")[0] in started.argv[0] for p in e.packages)]
    if refusals:
        return tuple(refusals)
    prune = _prune(facts, manifest, started)
    own = node == OWN_NODE
    lacking = own or bool(system.carried) or _links_system_libraries(facts, system)
    argv = (node, *started.argv[1:])
    entrypoint_argv, cmd = _split(facts, argv)
    trees = (*([Tree(path=OWN_NODE, reason="the node binary that the image was built with")] if own else []), *carried.trees)
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=trees,
        entrypoint=entrypoint_argv,
        cmd=cmd,
        env=(*started.env, *_path(facts, own)),
        packages=system.carried,
        brings_libc=own,
        libraries_lacking=lacking and not own,
        values={"prune": prune.command if prune else "", "directory": prune.directory if prune else "", "base_libraries": () if own else final.shared_objects},
        decisions=(
            *carried.decisions,
            *system.decisions,
            *_decisions(facts, started, final, own),
            *([Decision(subject="development dependencies", outcome=Outcome.DROPPED, reason=prune.reason)] if prune else []),
        ),
    )


def _no(reason: str, line: int | None) -> Refusal:
    return Refusal(rung=Rung.DISTROLESS, reason=reason, line=line)


def _command(facts: Facts) -> tuple[str, ...]:
    """The argv that runs, without the official image's entrypoint script: it runs a program as it is, and else gives it to node.

    https://github.com/nodejs/docker-node/blob/main/docker-entrypoint.sh
    """
    argv = facts.launch.argv
    if argv[:1] and argv[0].rsplit("/", 1)[-1] == _BASE_ENTRYPOINT[0] and facts.base is not None and facts.base.language == "node":
        rest = argv[1:]
        if rest and (rest[0].startswith("-") or rest[0].endswith((".js", ".mjs", ".cjs"))):
            return ("node", *rest)
        return rest
    return argv


def _application_directory(facts: Facts) -> str | None:
    """The directory of the build context whose package.json lands in the working directory."""
    workdir = facts.contract.workdir
    for placed in facts.placed:
        instruction = placed.instruction
        if not isinstance(instruction, Copy) or instruction.flag("from"):
            continue
        dest = join(placed.scope.workdir, process_word(instruction.dest, placed.scope.values).text)
        for source in instruction.sources:
            for path in facts.context.expand(process_word(source, placed.scope.values).text):
                if path.rsplit("/", 1)[-1] == "package.json" and "node_modules" not in path:
                    parent = path.rpartition("/")[0]
                    clean = source.strip("/").removeprefix("./").rstrip("/")
                    below = parent if clean in ("", ".") else parent.removeprefix(clean).strip("/") if facts.context.is_dir(source) else ""
                    if join(dest, below or ".").rstrip("/") in (workdir.rstrip("/"), join(workdir, "package.json")) or join(dest, ".") == join(workdir, "package.json"):
                        return parent
    return None


def _started(facts: Facts, manifest: PackageManifest | None) -> Started | Refusal:
    argv = _command(facts)
    line = facts.launch.line
    name = argv[0].rsplit("/", 1)[-1]
    if name in ("node", "nodejs"):
        return Started(argv=("node", *argv[1:]), env=(), via=())
    if argv[0].endswith((".js", ".mjs", ".cjs")):
        return Started(argv=("node", *argv), env=(), via=())
    if name in _MANAGERS:
        if manifest is None:
            return _no(f"{' '.join(argv)}: the package.json that it reads is not known", line)
        resolved = resolve_script(manifest, name, argv[1:])
        if resolved.reason:
            return _no(f"{' '.join(argv)}: {resolved.reason}", line)
        return _program(resolved.argv, resolved.env, resolved.chain, manifest, line)
    if name == "npx":
        rest = tuple(a for a in argv[1:] if not a.startswith("-"))
        if manifest is None or not rest:
            return _no("npx may fetch a package when the container starts", line)
        return _program(argv[1:], (), ("npx",), manifest, line)
    return _program(argv, (), (), manifest, line)


def _program(
    argv: tuple[str, ...],
    env: tuple[tuple[str, str], ...],
    via: tuple[str, ...],
    manifest: PackageManifest | None,
    line: int | None,
) -> Started | Refusal:
    name = argv[0]
    if name in ("node", "nodejs"):
        return Started(argv=("node", *argv[1:]), env=env, via=via)
    need = node_needs(name)
    if need.shell or need.programs:
        return _no(f"{name} starts other programs", line)
    if manifest is None or name not in {*manifest.dependencies, *manifest.dev_dependencies}:
        return _no(f"{name}: which file of node_modules it runs is not known", line)
    if manifest.lock is not None and manifest.lock.manager == "pnpm":
        return _no(f"{name}: pnpm makes its programs shell scripts", line)
    # node_modules/.bin holds links to the packages' own files, which node runs as well as a shell would.
    return Started(argv=("node", f"node_modules/.bin/{name}", *argv[1:]), env=env, via=via)


def _split(
    facts: Facts, argv: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The argv as ENTRYPOINT and CMD, divided where the source divides it: arguments of `docker run` replace the same part."""
    entrypoint = facts.launch.entrypoint
    if entrypoint.placed is None or not entrypoint.argv:
        return (), argv
    cmd = facts.launch.cmd.argv
    if cmd and argv[-len(cmd) :] == cmd:
        return argv[: -len(cmd)], (None if not facts.launch.cmd.rewritten else cmd)
    if not cmd:
        return argv, None
    return (argv[0],), argv[1:]


def _final(facts: Facts, to: Rung | None) -> tuple[BaseImage, str]:
    """The final base and the path of its node: distroless where the tag asks for a major that it has."""
    base = facts.base
    assert base is not None
    version = base.version or ""
    major = version.split(".")[0]
    if to is not Rung.SCRATCH and base.libc == "glibc" and re.fullmatch(r"\d+", version):
        distroless = catalog.distroless_for("node", major)
        if distroless is not None:
            return distroless, DISTROLESS_NODE
    return closure_base(to), OWN_NODE


def _sources_stop(source: NodeFacts, started: Started, manifest: PackageManifest | None) -> Iterator[Refusal]:
    for called in source.programs:
        if called.shell and not called.in_tests:
            yield _no(f"{called.path}:{called.line} starts a shell", None)
            break
    read = [place for place in source.npm_env if not place.in_tests]
    if started.via and read:
        yield _no(f"{read[0].path}:{read[0].line} reads a variable that only a package manager sets", None)
    for name in manifest.dependencies if manifest else ():
        if node_needs(name).shell:
            yield _no(f"{name} starts programs through a shell", None)
            break


def _needed_programs(manifest: PackageManifest | None) -> frozenset[str]:
    return frozenset(p for name in (manifest.dependencies if manifest else ()) for p in node_needs(name).programs)


def _links_system_libraries(facts: Facts, system: SystemPackages) -> bool:
    """Whether native addons may link libraries that the file installs: only then is there something to gather."""
    return any(
        d.outcome is Outcome.DROPPED and d.reason.startswith("headers") for d in system.decisions
    )


@dataclass(frozen=True, slots=True)
class Prune:
    """The command that removes development dependencies, where it runs, and why."""

    command: str
    directory: str
    reason: str


def _prune(facts: Facts, manifest: PackageManifest | None, started: Started) -> Prune | None:
    """`npm prune --omit=dev`, when an install of the file brought development dependencies that nothing started needs."""
    if manifest is None or not manifest.dev_dependencies:
        return None
    installs = [e for e in facts.footprint.libraries if e.tool in _MANAGERS and not e.packages]
    if not installs or not any(e.dev for e in installs) or len({e.tool for e in installs}) != 1:
        return None
    install = installs[-1]
    workdir = facts.contract.workdir
    if install.tool != "npm" or manifest.lock is None or manifest.lock.manager != "npm" or not install.command.cwd or install.command.cwd != workdir:
        return None
    if any(f"node_modules/.bin/{name}" in started.argv for name in manifest.dev_dependencies):
        return None
    if any(re.search(rf"(^|[/=]){re.escape(name)}($|/)", word) for name in manifest.dev_dependencies for word in started.argv):
        return None
    if not any(under(join(workdir, "package-lock.json"), w.path) for w in facts.footprint.written):
        return None
    return Prune("npm prune --omit=dev", workdir, "package.json lists them as such, and package-lock.json pins the rest")


def _path(facts: Facts, own: bool) -> tuple[tuple[str, str], ...]:
    if own:
        return ()
    path = dict(facts.contract.env).get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return (("PATH", f"/nodejs/bin:{path}"),)


def _decisions(facts: Facts, started: Started, final: BaseImage, own: bool) -> Iterator[Decision]:
    line = facts.launch.line
    if started.via:
        yield Decision(
            subject=" → ".join(started.via),
            outcome=Outcome.REPLACED,
            reason=f"package.json says that it runs {' '.join(started.argv)}",
            line=line,
        )
    for name, value in started.env:
        yield Decision(subject=f"ENV {name}={value}", outcome=Outcome.ADDED, reason="the script of package.json sets it", line=line)
    if own:
        yield Decision(
            subject="node", outcome=Outcome.KEPT, reason=f"the very binary of {facts.base_written}, with the libraries that it loads"
        )
    else:
        yield Decision(
            subject="node",
            outcome=Outcome.REPLACED,
            reason=f"{final.reference} ships Node {final.language_version or final.version}; {facts.base_written} moves along the same major",
        )
    yield Decision(subject="npm, yarn and corepack", outcome=Outcome.DROPPED, reason="they install packages; nothing starts them")
    if facts.launch.entrypoint.placed is None and facts.base is not None and facts.base.entrypoint:
        yield Decision(
            subject=f"ENTRYPOINT {facts.base.entrypoint[0]}",
            outcome=Outcome.DROPPED,
            reason="a shell script of the base image that runs a program as it is; CMD names node itself",
        )
