"""Development dependencies of a Node application: whether `npm prune` may take them out of what was installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.context.needs import node_installers, node_needs
from minify.context.node import PackageManifest
from minify.ecosystems.node_reach import Reach, names_package
from minify.plan import Decision, Outcome
from minify.shell.effects import Configures, InstallsLibraries

# What made npm accept packages that do not fit each other: without it, it does not touch them again
_ACCEPTS = {"--legacy-peer-deps": "--legacy-peer-deps", "--force": "--force", "-f": "--force"}
_TYPED_SETTINGS = re.compile(r"\.config\.[cm]?ts$")


class Prune(NamedTuple):
    """The command that removes development dependencies, and why."""

    command: str
    reason: str


class NotPruned(NamedTuple):
    """Why development dependencies stay."""

    reason: str


def prune_of(
    facts: Facts, manifest: PackageManifest | None, words: Sequence[str], runs: Reach
) -> Prune | NotPruned | None:
    """`npm prune --omit=dev`, when an install of this stage brought development dependencies that nothing started needs.

    `words` are those of every command that starts, and of the options that a variable gives to node.
    """
    if manifest is None or not manifest.dev_dependencies:
        return None
    workdir = facts.contract.workdir
    every = [e for e in facts.footprint.libraries if e.tool in node_installers()]
    installs = [e for e in every if not e.packages]
    if not installs or not any(e.dev for e in installs):
        return None
    if any(e.tool != "npm" for e in installs):
        return NotPruned(f"{installs[-1].tool} removes them only with an install of its own")
    if manifest.lock is None or manifest.lock.manager != "npm":
        return NotPruned("no package-lock.json says which package belongs to which")
    modules = join(workdir, "node_modules")
    if any(e.command.cwd != workdir or e.prefix != modules for e in installs) or manifest.workspaces:
        return NotPruned("more than one directory has packages")
    lock = join(workdir, "package-lock.json")
    if not any(under(lock, w.path) and w.origin == "context" for w in facts.footprint.written):
        return NotPruned("package-lock.json is not copied into the image")
    reason = next(_unlisted(facts, [e for e in every if e.packages and e.prefix == modules], modules), None)
    reason = reason or next(_wanted(facts, manifest, words, runs), None)
    if reason is not None:
        return NotPruned(reason)
    assert facts.base is not None
    # npm 7, which Node 15 brought, reads --omit; before it, it was --production.
    old = int((facts.base.version or "99").split(".")[0]) < 15
    command = ["npm prune", "--production" if old else "--omit=dev", *_accepted(facts, manifest, installs)]
    return Prune(
        " ".join(command),
        "package.json lists them as such, package-lock.json pins the rest, and no source that runs names one",
    )


def _unlisted(facts: Facts, added: Sequence[InstallsLibraries], modules: str) -> Iterator[str]:
    """Packages that the final package.json may not list, so that npm would remove them, too."""
    manifest = f"{modules.rpartition('/')[0]}/package.json"
    written = [w for w in facts.footprint.written if w.origin != "run"]
    copied = max((w.line for w in written if under(manifest, w.path)), default=0)
    for install in added:
        saved = not any(argument.text == "--no-save" for argument in install.command.arguments)
        if not saved or facts.dockerfile.source.line(install.command.span.start) < copied:
            yield f"package.json may not list {' '.join(install.packages)}, which is installed beside what it lists"
    for one in written:
        if under(one.path, modules) and one.path != modules:
            yield f"package.json may not list {one.path}, which is copied there"


def _wanted(facts: Facts, manifest: PackageManifest, words: Sequence[str], runs: Reach) -> Iterator[str]:
    """Why one of them may be needed when the application starts."""
    for name in manifest.dev_dependencies:
        if _named(words, name):
            yield f"{name} is one of them, and it starts the application"
        path = names_package(facts.context, runs.files, name)
        if path is not None:
            yield f"{path} names {name}, which is one of them"
    for name in manifest.dependencies:
        if node_needs(name).compiles and (_named(words, name) or names_package(facts.context, runs.files, name)):
            yield f"{name} compiles sources when the application starts: types and presets may be among them"
    for path in runs.files:
        if _TYPED_SETTINGS.search(path):
            yield f"{path} may be compiled when the application starts, by a compiler that is among them"


def _named(words: Sequence[str], package: str) -> bool:
    return any(re.search(rf"(^|[/=]){re.escape(package)}($|/)", word) for word in words)


def _accepted(facts: Facts, manifest: PackageManifest, installs: Sequence[InstallsLibraries]) -> tuple[str, ...]:
    """The options by which npm accepted packages that do not fit each other."""
    found = {
        _ACCEPTS[name]: None
        for install in installs
        for argument in install.command.arguments
        if (name := (argument.text or "").partition("=")[0]) in _ACCEPTS
        and not (argument.text or "").endswith("=false")
    }
    # Settings of a user, of one command, or of a file that is there only while it installs
    lowered = {name.lower() for install in installs for name in install.command.env}
    settings = {e.name for _, e in facts.footprint.effects() if isinstance(e, Configures) and e.tool == "npm"}
    settings |= {name.removeprefix("npm_config_").replace("_", "-") for name in lowered}
    project = facts.context.read_text(f"{manifest.directory}/.npmrc".lstrip("/")) or ""
    settings |= {line.partition("=")[0].strip() for line in project.splitlines() if line.rstrip().endswith("true")}
    for option in dict.fromkeys(_ACCEPTS.values()):
        if option.removeprefix("--") in settings:
            found[option] = None
    return tuple(found)


def decided(prune: Prune | NotPruned | None) -> Iterator[Decision]:
    """What the report says of development dependencies."""
    if isinstance(prune, Prune):
        yield Decision(subject="development dependencies", outcome=Outcome.DROPPED, reason=prune.reason)
    elif prune is not None:
        yield Decision(subject="development dependencies", outcome=Outcome.KEPT, reason=prune.reason)
