"""Node: distroless Node where its major exists, else the image's own node binary; production dependencies only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.homes import home
from minify.analysis.scopes import join
from minify.context.needs import node_everywhere, node_needs
from minify.context.node import PackageManifest, resolve_script
from minify.context.node_sources import NodeFacts, node_facts
from minify.ecosystems.finals import closure_base
from minify.ecosystems.health import by_runtime
from minify.ecosystems.javascript import SOURCES, all_placements, asked_for, home_of, manifest_of, signals_of
from minify.ecosystems.launcher import handed, led, programs
from minify.ecosystems.named import named_files, named_libraries
from minify.ecosystems.node_prune import Prune, decided, prune_of
from minify.ecosystems.node_reach import Reach, from_options, reach, started_file
from minify.ecosystems.node_scripts import shell_of_script
from minify.ecosystems.programs import JAVASCRIPT_MANAGERS, Dependency, everywhere, installed_programs, lacking
from minify.ecosystems.sources import holds, unseen
from minify.ecosystems.system import Calls, SystemPackages, system_packages
from minify.ecosystems.trees import application_trees
from minify.image import catalog
from minify.image.catalog import BaseImage
from minify.image.packages import DATABASES
from minify.image.reference import ImageReference
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import InstallsLibraries

if TYPE_CHECKING:
    from minify.health import HealthPlan

TEMPLATE = "node.Dockerfile.j2"
OWN_NODE = "/usr/local/bin/node"
SYSTEM_NODE = "/usr/bin/node"
DISTROLESS_NODE = "/nodejs/bin/node"

_MANAGERS = ("npm", "yarn", "pnpm")
# Below the home of who installs. Packages that pnpm links from its store are files of their own all the same
_CACHES = {
    "npm": (".npm",),
    "yarn": (".cache/yarn", ".yarn/berry/cache"),
    "pnpm": (".cache/pnpm", ".local/share/pnpm/store"),
    "bun": (".bun/install/cache",),
}
# What a Node image has there itself, and what installs packages; an application and programs of its own may lie beside them
_MODULES = "/usr/local/lib/node_modules"
_BIN = "/usr/local/bin"
_PROGRAMS = (
    *(f"{_BIN}/{name}" for name in ("node", "nodejs", *JAVASCRIPT_MANAGERS)),
    *(f"{_MODULES}/{name}" for name in JAVASCRIPT_MANAGERS),
)
_BASE_ENTRYPOINT = "docker-entrypoint.sh"
_SCRIPTS = (".js", ".mjs", ".cjs")
# Programs of packages that are JavaScript files by the package's own name, for lock files that do not say so.
_JAVASCRIPT = ("next", "nuxt", "serve", "http-server", "json-server", "ts-node", "probot", "express-gateway", "strapi")
# What starts other programs in ways that its package does not say.
_SUPERVISORS = (
    "pm2",
    "pm2-runtime",
    "nodemon",
    "forever",
    "concurrently",
    "npm-run-all",
    "run-s",
    "run-p",
    "lerna",
    "turbo",
    "nx",
)


class Started(NamedTuple):
    """What runs in the end: an argv that begins with `node`, variables that a script sets, and the scripts on the way."""

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    via: tuple[str, ...]


def detect(facts: Facts) -> Detection | None:
    """Node, when the container starts `node`, a package manager's script, or a package's program in a node image."""
    argv = _command(facts)
    if not argv or facts.base is None:
        return None
    name = argv[0].rsplit("/", 1)[-1]
    node_image = facts.base.language == "node"
    if (
        name in ("node", "nodejs", *_MANAGERS, "npx")
        or argv[0].endswith(_SCRIPTS)
        or (node_image and "/" not in argv[0])
    ):
        return Detection(
            ecosystem="node",
            version=facts.base.version if node_image else None,
            evidence=(Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),),
        )
    return None


def _health(plan: HealthPlan) -> tuple[str, ...]:
    from minify.health.renderers.node import node

    return node(plan)


def _asked_by(interpreter: str, plan: HealthPlan) -> tuple[str, ...]:
    return (interpreter, *_health(plan))


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The application with its production dependencies, on distroless Node or beside the image's own node binary."""
    assert facts.base is not None
    package = _system_package(facts)
    if facts.base.language != "node" and package is None:
        where = f"where {facts.launch.argv[0]} comes from is not known: {facts.base_written} is not a Node image"
        return (refuse(where, facts.launch.line),)
    if not holds(facts, SOURCES) and not _packaged(facts):
        return (unseen("the application's sources", facts.launch.line),)
    placed = all_placements(facts)
    manifest = manifest_of(facts, placed)
    if manifest is not None and manifest.problem:
        return (refuse(f"{manifest.path}: {manifest.problem}"),)
    scripted = shell_of_script(facts, manifest, _command(facts)) if manifest is not None else None
    if isinstance(scripted, Refusal):
        return (scripted,)
    via = scripted.via if scripted is not None else ()
    facts = facts._replace(launch=scripted.launch) if scripted is not None else facts
    started = _started(facts, manifest, _command(facts), via)
    if isinstance(started, Refusal):
        return (started,)
    before = _before(facts, manifest, via)
    env, workdir = facts.contract.env, facts.contract.workdir
    ways = [reach(facts.context, placed, one.argv, workdir, (*env, *one.env)) for one in (started, *before)]
    runs = Reach(files=tuple(dict.fromkeys(f for way in ways for f in way.files)), certain=all(w.certain for w in ways))
    source = node_facts(facts.context, runs.files, facts.launch.argv)
    final, node = _final(facts, to) if package is None else (closure_base(to), SYSTEM_NODE)
    own = node != DISTROLESS_NODE
    carried = application_trees(facts, (), left=(*_PROGRAMS, *facts.launch.gone), emptied=("/usr/local", _MODULES))
    asked = asked_for(facts, manifest)
    calls = _calls(source, asked)
    ignore = (package,) if package is not None else ()
    system = system_packages(facts, calls._replace(programs=calls.programs | programs(facts)), final, ignore=ignore)
    wanted = (*ignore, *system.carried)
    divided = _split(facts, started, node)
    stops = _stops(
        facts, source, started._replace(via=tuple(v for s in (started, *before) for v in s.via)), manifest, asked, runs
    )
    refusals = [*stops, *carried.refusals, *system.refusals]
    if isinstance(divided, Refusal):
        refusals.append(divided)
    if refusals or isinstance(divided, Refusal):
        return tuple(refusals)
    all_env = (*env, *(pair for one in (started, *before) for pair in one.env))
    words = [*(word for one in (started, *before) for word in one.argv), *from_options(all_env)]
    prune = prune_of(facts, manifest, words, runs)
    home = home_of(facts, tuple(tree.path for tree in carried.trees))
    entrypoint, cmd = divided
    in_launcher = facts.launch.shelled and not handed(facts)
    installed = _installed(started, *before)
    runtime = Runtime(
        base=final,
        template=TEMPLATE,
        trees=(
            *([Tree(path=node, reason="the node binary that the image was built with")] if node == OWN_NODE else []),
            *home,
            *(
                Tree(path=f"{_MODULES}/{name}", reason=f"{name}, which npm installed for every user")
                for name in installed
            ),
            *carried.trees,
            *named_files(facts, source.opened),
        ),
        entrypoint=entrypoint,
        cmd=cmd,
        health=by_runtime(facts, node, _health),
        interpreter=node,
        probe=partial(_asked_by, node),
        # A launcher sets for a program what the script of package.json sets for it
        env=(*(() if in_launcher else started.env), *_path(facts, own)),
        packages=wanted,
        brings_libc=own,
        files=(
            *(f"{_BIN}/{name}" for name in installed),
            *_files(facts, asked, runs, [tree.path for tree in carried.trees]),
        ),
        libraries_lacking=not own and (bool(system.carried) or _addons(facts, system)),
        values={
            "prune": prune.command if isinstance(prune, Prune) else "",
            "caches": _caches(facts, [tree.path for tree in (*home, *carried.trees)]),
        },
        decisions=(
            *carried.decisions,
            *system.decisions,
            *_decisions(facts, started, final, own),
            *decided(prune),
            *signals_of(facts, "node", started.via, runs.files),
        ),
    )
    if not facts.launch.shelled:
        return runtime
    from minify.ecosystems.node_launch import style

    return led(facts, runtime, style(facts, node, placed, lambda argv: _started(facts, manifest, argv, via), wanted))


def _system_package(facts: Facts) -> str | None:
    """The distribution's package that holds node, where the image is not Node's own and the file installs it: `nodejs`, `nodejs20`."""
    if facts.base is None or facts.base.language == "node" or facts.base.package_manager not in DATABASES:
        return None
    names = [package.name for install in facts.footprint.installs for package in install.packages]
    return next((name for name in names if re.fullmatch(r"nodejs(\d+|-current|-lts-\w+)?", name)), None)


def _before(facts: Facts, manifest: PackageManifest | None, via: tuple[str, ...]) -> tuple[Started, ...]:
    """What a launcher starts beside the application, where it can be told."""
    if not facts.launch.shelled:
        return ()
    from minify.launcher.starts import starts

    found = [
        _started(facts, manifest, start.shown, via)
        for shelled in facts.launch.shelled
        for start in starts(shelled.program)
        if not start.arguments_only
    ]
    return tuple(one for one in found if isinstance(one, Started))


def _command(facts: Facts) -> tuple[str, ...]:
    """The argv that runs, without the official image's entrypoint script: it runs a program as it is, and else gives it to node.

    https://github.com/nodejs/docker-node/blob/main/docker-entrypoint.sh
    """
    argv = facts.launch.argv
    if (
        argv[:1]
        and argv[0].rsplit("/", 1)[-1] == _BASE_ENTRYPOINT
        and facts.base is not None
        and facts.base.language == "node"
    ):
        rest = argv[1:]
        if rest and (rest[0].startswith("-") or rest[0].endswith(_SCRIPTS)):
            return ("node", *rest)
        return rest
    return argv


def _started(
    facts: Facts, manifest: PackageManifest | None, argv: tuple[str, ...], via: tuple[str, ...] = ()
) -> Started | Refusal:
    """What a command line comes to; `via` are the scripts of package.json that it stands in."""
    line = facts.launch.line
    name = argv[0].rsplit("/", 1)[-1]
    if name in ("node", "nodejs"):
        return _of_node(facts, argv[1:], (), via)
    if argv[0].endswith(_SCRIPTS) and ("/" in argv[0] or not via):
        return _of_node(facts, argv, (), via)
    if name in _MANAGERS:
        if manifest is None:
            return refuse(f"{' '.join(argv)}: the package.json that it reads is not known", line)
        resolved = resolve_script(manifest, name, argv[1:])
        if resolved.reason:
            return refuse(resolved.reason if name in resolved.reason else f"{' '.join(argv)}: {resolved.reason}", line)
        return _program(facts, resolved.argv, resolved.env, (*via, *resolved.chain), manifest)
    if name == "npx":
        rest = argv[1:]
        while rest and rest[0] in ("-y", "--yes", "--no-install", "--no", "--quiet", "-q", "--"):
            rest = rest[1:]
        if manifest is None or not rest or rest[0].startswith("-") or "@" in rest[0][1:]:
            return refuse("npx may fetch a package when the container starts", line)
        return _program(facts, rest, (), ("npx",), manifest)
    return _program(facts, argv, (), via, manifest)


def _program(
    facts: Facts,
    argv: tuple[str, ...],
    env: tuple[tuple[str, str], ...],
    via: tuple[str, ...],
    manifest: PackageManifest | None,
) -> Started | Refusal:
    """A program that a script or CMD names: node itself, or a JavaScript file that a package links into node_modules/.bin."""
    name, line = argv[0], facts.launch.line
    if name.rsplit("/", 1)[-1] in ("node", "nodejs"):
        return _of_node(facts, argv[1:], env, via)
    installs = [e for e in facts.footprint.libraries if e.prefix == "/usr/local"]
    found = next((e for e in installs for package in e.packages if package.split("@")[0] == name), None)
    if found is not None and found.tool == "npm" and name in node_everywhere(sources=holds(facts, SOURCES)):
        # The link that npm makes: node follows it to the file of the package
        return Started(argv=("node", f"{_BIN}/{name}", *argv[1:]), env=env, via=via)
    if _starts_others(name) is not None:
        return refuse(f"{name} starts other programs", line)
    if found is not None:
        return refuse(f"{name} is installed for every user, under /usr/local, where more than it lies", line)
    if not via and "/" not in name and "node_modules/.bin" not in dict(facts.contract.env).get("PATH", ""):
        return refuse(f"{name}: which file it is is not known", line)
    if manifest is None:
        return refuse(f"{name}: which file of node_modules it runs is not known", line)
    path = _locked_program(facts, manifest, name)
    if path is None:
        if manifest.lock is not None and manifest.lock.manager == "pnpm":
            return refuse(f"{name}: pnpm makes its programs shell scripts", line)
        if name not in _JAVASCRIPT or name not in {*manifest.dependencies, *manifest.dev_dependencies}:
            return refuse(f"{name}: which file of node_modules it runs is not known", line)
        # node_modules/.bin holds links to the packages' own files, which node runs as well as a shell would.
        path = f"node_modules/.bin/{name}"
    return _of_node(facts, (path, *argv[1:]), env, via, name)


def _of_node(
    facts: Facts,
    arguments: tuple[str, ...],
    env: tuple[tuple[str, str], ...],
    via: tuple[str, ...],
    called: str | None = None,
) -> Started | Refusal:
    """What node is given, or what is `called` when it is; a program of a package is asked for by its own name and by the package's (`nest` is of @nestjs/cli)."""
    argv = ("node", *arguments)
    installed = re.search(
        r"(?:^|/)node_modules/(?:\.bin/|(?!\.)((?:@[^/]+/)?[^/]+)/)(?:.*/)?([^/]+)$", started_file(argv) or ""
    )
    names = (installed[1] or "", installed[2].partition(".")[0]) if installed is not None else ()
    why = _starts_others(*names)
    if why is not None:
        return refuse(f"{called or next(filter(None, names))} starts other programs{why}", facts.launch.line)
    return Started(argv=argv, env=env, via=via)


def _starts_others(*names: str) -> str | None:
    """Whether programs or packages start others, as the table says: what it says of them."""
    if any(name in _SUPERVISORS for name in names):
        return ""
    needs = [(name, node_needs(name)) for name in names]
    return next((f" ({name}: {n.why})" for name, n in needs if n.shell or n.programs or n.unknown), None)


def _packaged(facts: Facts) -> bool:
    """Whether the program that starts is of a package that was read, and npm installs no other for every user."""
    packages = [name for one in facts.footprint.libraries for name in one.packages]
    names = {name.partition("@")[0] for name in packages}.difference(_MANAGERS)
    return facts.launch.argv[0] in names and names <= node_everywhere(sources=False)


def _installed(*started: Started) -> tuple[str, ...]:
    """The packages for every user that are started from the links to their programs."""
    found = (word.rpartition("/") for one in started for word in one.argv[1:2])
    readable = node_everywhere(sources=False)
    return tuple(dict.fromkeys(name for folder, _, name in found if folder == _BIN and name in readable))


def _lock_packages(facts: Facts, manifest: PackageManifest) -> dict[str, object] | None:
    """The packages of package-lock.json by their path; None when there is none, or one of the old form."""
    if manifest.lock is None or manifest.lock.manager != "npm":
        return None
    try:
        data = json.loads(facts.context.read_text(manifest.lock.path) or "")
    except (ValueError, RecursionError):
        return None
    packages = data.get("packages") if isinstance(data, dict) else None
    return packages if isinstance(packages, dict) else None


def _locked_program(facts: Facts, manifest: PackageManifest, name: str) -> str | None:
    """The file that a program of node_modules/.bin is, by the lock file, when node can run it."""
    for path, package in (_lock_packages(facts, manifest) or {}).items():
        binary = package.get("bin") if isinstance(package, dict) else None
        if path.count("node_modules/") == 1 and isinstance(binary, dict) and isinstance(binary.get(name), str):
            file = str(binary[name]).removeprefix("./")
            if file.endswith(_SCRIPTS) or name in _JAVASCRIPT:
                return f"{path}/{file}"
    return None


def _split(facts: Facts, started: Started, node: str) -> tuple[tuple[str, ...], tuple[str, ...] | None] | Refusal:
    """The argv as ENTRYPOINT and CMD, divided where the source divides it: arguments of `docker run` replace the same part."""
    argv = (node, *started.argv[1:])
    entrypoint, cmd = facts.launch.entrypoint, facts.launch.cmd.argv
    if entrypoint.placed is None or not entrypoint.argv or entrypoint.argv[0].rsplit("/", 1)[-1] == _BASE_ENTRYPOINT:
        return (), argv
    if not cmd:
        return argv, None
    if argv[-len(cmd) :] == cmd and len(cmd) < len(argv):
        return argv[: -len(cmd)], cmd
    return refuse(
        f"{' '.join(entrypoint.argv)} reads CMD itself, so that arguments of docker run could not", facts.launch.line
    )


def _final(facts: Facts, to: Rung | None) -> tuple[BaseImage, str]:
    """The final base and the path of its node: distroless where the tag follows a major that it has."""
    base = facts.base
    assert base is not None
    pinned = re.match(r"v?\d+\.\d", ImageReference.parse(facts.base_written).tag or "") or "@" in facts.base_written
    if to is not Rung.SCRATCH and base.libc == "glibc" and not pinned:
        distroless = catalog.distroless_for("node", (base.version or "").split(".")[0])
        if distroless is not None:
            return distroless, DISTROLESS_NODE
    return closure_base(to), OWN_NODE


def _calls(source: NodeFacts, asked: Iterable[str]) -> Calls:
    needed = [p for name in asked for p in node_needs(name).programs]
    return Calls(
        programs=frozenset([*needed, *(c.program for c in source.programs if c.program)]),
        unknown=tuple(f"{c.path}:{c.line}" for c in source.programs if c.program is None),
    )


_DRAWS = (b"<text", b"fillText", b"strokeText", b"font")
"""What a source has that draws text; a package that only may do so needs no fonts without it."""


_NOT_TAKEN = ("/root", "/etc/os-release")
"""What nobody else may look into, and what every final base has of its own."""


def _files(facts: Facts, asked: Iterable[str], runs: Reach, taken: Sequence[str]) -> tuple[str, ...]:
    """Files of the base image that packages look up by name."""
    needs = [node_needs(name) for name in asked]
    named = [path for need in needs if not (need.command or need.optional) for path in need.files]
    fonts = [path for need in needs if need.optional for path in need.files if "font" in path]
    if fonts and any(word in (facts.context.read(f) or b"") for f in runs.files for word in _DRAWS):
        named += fonts
    return tuple(path for path in dict.fromkeys(named) if not any(under(path, tree) for tree in (*taken, *_NOT_TAKEN)))


def _stops(
    facts: Facts,
    source: NodeFacts,
    started: Started,
    manifest: PackageManifest | None,
    asked: Mapping[str, str],
    runs: Reach,
) -> Iterator[Refusal]:
    yield from _global_packages(facts, started, runs)
    options = from_options((*facts.contract.env, *started.env))
    if manifest is not None and manifest.plug_n_play and any(".pnp." in word for word in (*started.argv, *options)):
        yield refuse(
            "packages may lie in yarn's own cache, outside of the application (Plug'n'Play)", facts.launch.line
        )
    for called in source.programs:
        if called.program in (*_MANAGERS, "npx") and not called.in_tests:
            yield refuse(f"{called.path}:{called.line} starts {called.program}")
            break
    needs = [Dependency(where, node_needs(name)) for name, where in asked.items()]
    yield from lacking(facts, source.programs, needs, ("node", "nodejs", *installed_programs(facts)))
    yield from named_libraries(facts, source.libraries, needs)
    if started.via and source.npm_env:
        place = source.npm_env[0]
        yield refuse(f"{place.path}:{place.line} reads a variable that only a package manager sets")
    for name in asked:
        if node_needs(name).always_shell:
            yield refuse(f"{name} starts programs through a shell")
            break
    said = {
        pair.name: pair
        for placed in facts.contract.instructions
        if placed.instruction.keyword == "ENV"
        for pair in getattr(placed.instruction, "pairs", ())
    }
    values = dict(facts.contract.env)
    for name, value in started.env:
        if name in said and values.get(name) != value:
            yield refuse(
                f"ENV {name} and the script {started.via[-1]} set different values",
                facts.launch.line,
            )


def _global_packages(facts: Facts, started: Started, runs: Reach) -> Iterator[Refusal]:
    """Packages that `npm install --global` put beside the base's own, where the application may load them."""
    install = next((one for one in facts.footprint.libraries if everywhere(one)), None)
    if install is None:
        return
    searched = {**dict(facts.contract.env), **dict(started.env)}.get("NODE_PATH", "")
    workdir = facts.contract.workdir
    # Directories of the application itself hold nothing that is installed for every user
    outside = workdir == "/" or any(not under(join(workdir, one), workdir) for one in searched.split(":") if one)
    names = ["NODE_PATH"] if searched and outside else []
    names += [file for file in runs.files if b"lib/node_modules" in (facts.context.read(file) or b"")]
    if names:
        line = facts.dockerfile.source.line(install.command.span.start)
        packages = " ".join(install.packages)
        yield refuse(
            f"{names[0]} says that {packages} may be loaded, and what is installed for every user is left out", line
        )


def _addons(facts: Facts, system: SystemPackages) -> bool:
    """Whether addons may have been compiled here, against libraries that the final base lacks."""
    assert facts.base is not None
    if system.headers:
        return True
    if "g++" not in facts.base.has:
        return False
    manifest = manifest_of(facts, all_placements(facts))
    packages = _lock_packages(facts, manifest) if manifest is not None else None
    if packages is None:
        return True
    return any(
        isinstance(p, dict) and p.get("hasInstallScript") and not p.get("dev") for path, p in packages.items() if path
    )


def _caches(facts: Facts, taken: Sequence[str]) -> tuple[str, ...]:
    """Download caches of the package managers, in homes that are taken."""
    found: dict[str, None] = {}
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.tool in _CACHES:
            place = home(facts, run.placed.scope.env, run.placed.scope.user)
            if place and any(under(place, t) for t in taken):
                found.update(dict.fromkeys(f"{place.rstrip('/')}/{name}" for name in _CACHES[effect.tool]))
    return tuple(found)


def _path(facts: Facts, own: bool) -> tuple[tuple[str, str], ...]:
    if own:
        return ()
    path = facts.contract.path
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
        yield Decision(
            subject=f"ENV {name}={value}", outcome=Outcome.ADDED, reason="the script of package.json sets it", line=line
        )
    if own:
        reason = f"the very binary of {facts.base_written}, with the libraries that it loads"
        yield Decision(subject="node", outcome=Outcome.KEPT, reason=reason)
    else:
        reason = f"{final.reference} ships Node {final.language_version or final.version}; {facts.base_written} moves along the same major"
        yield Decision(subject="node", outcome=Outcome.REPLACED, reason=reason)
        reason = f"{final.reference} keeps node in /nodejs/bin, which is not on its PATH"
        yield Decision(subject="ENV PATH", outcome=Outcome.REPLACED, reason=reason)
    yield Decision(
        subject="npm, yarn and corepack", outcome=Outcome.DROPPED, reason="they install packages; nothing starts them"
    )
    if facts.launch.entrypoint.placed is None and facts.base is not None and facts.base.entrypoint:
        yield Decision(
            subject=f"ENTRYPOINT {facts.base.entrypoint[0]}",
            outcome=Outcome.DROPPED,
            reason="a shell script of the base image that runs a program as it is; CMD names node itself",
        )
