""".NET: the chiseled image of the same version, else the runtime of the original's own image with the libraries that it opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import SYSTEM, under
from minify.analysis.scopes import join
from minify.context.artifacts import built_before
from minify.context.dotnet import DotnetFacts, dotnet_facts
from minify.context.needs import Needs, dotnet_needs
from minify.ecosystems.data_files import placements
from minify.ecosystems.gate import starts
from minify.ecosystems.interpreted import Brought, closed
from minify.ecosystems.programs import installed_programs, lacking
from minify.ecosystems.servers import command
from minify.ecosystems.sources import unseen
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.image import catalog, data
from minify.image.catalog import BaseImage
from minify.image.layouts import layout_of_image
from minify.image.reference import ImageReference
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds
from minify.syntax import Add, Copy, process_word

TEMPLATE = "dotnet.Dockerfile.j2"

_REGISTRY = "mcr.microsoft.com/dotnet"
_BUILDS = ("run", "watch", "build", "publish", "test", "ef", "tool", "restore", "new", "fsi")
_ICU = "libicu"
# Variables that no application's runtime reads: https://learn.microsoft.com/dotnet/core/tools/dotnet-environment-variables
_OF_THE_SDK = ("DOTNET_GENERATE_ASPNET_CERTIFICATE", "DOTNET_NOLOGO", "NUGET_XMLDOC_MODE")
_INVARIANT = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"
# The release of Ubuntu that every version with chiseled images has one of
_SUITES = {"ubuntu22.04": "jammy", "ubuntu24.04": "noble", "ubuntu26.04": "resolute"}
_USUAL_SUITE = "noble"
_SOURCE_ENDINGS = (
    ".cs", ".fs", ".vb", ".cshtml", ".razor", ".csproj", ".fsproj", ".vbproj", ".sln", ".slnx", ".props", ".targets", ".md", ".user", ".ruleset",
    ".editorconfig", ".DotSettings",
)  # fmt: skip
_SOURCE_NAMES = (
    "Dockerfile",
    ".dockerignore",
    ".gitignore",
    ".gitattributes",
    "LICENSE",
    "NuGet.Config",
    "nuget.config",
    "global.json",
    "launchSettings.json",
)
_SOURCE_DIRECTORIES = ("bin", "obj", ".git", ".github", ".vs", ".vscode", "Properties", "test", "tests", "docs")


class Application(NamedTuple):
    """What the projects and sources say, wherever the build context has them."""

    facts: DotnetFacts
    needs: tuple[tuple[Needs, str], ...]


def detect(facts: Facts) -> Detection | None:
    """.NET, when `dotnet` starts, or a program in an image of .NET."""
    argv, base = facts.launch.argv, facts.base
    if not argv:
        return None
    name = argv[0].rsplit("/", 1)[-1]
    own = base is not None and base.language == "dotnet"
    if name != "dotnet" and not (own and "." not in name.strip(".") and "/" in argv[0]):
        return None
    return Detection(
        ecosystem="dotnet",
        version=base.version if own and base is not None else None,
        evidence=(Evidence(what=f"{' '.join(argv[:2])} is what starts", line=facts.launch.line),),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The published application on the chiseled image that has the same runtime, else with the runtime that it has now."""
    base = facts.base
    assert base is not None
    app = _application(facts)
    refusals = [*_command_stops(facts), *_origin_stops(facts, base), *_stops(app)]
    if refusals:
        return tuple(refusals)
    left = _left(facts)
    if left is None:
        return (refuse("the build runs in a directory that the base image owns"),)
    user = facts.contract.user
    if left and user.partition(":")[0] not in ("", "root", "0"):
        reason = (
            f"{user} may write where the application is built, and its sources are there: publish in a stage of its own"
        )
        return (refuse(reason),)
    chiseled = _chiseled(facts, base, app, left, to)
    if isinstance(chiseled, Runtime):
        return chiseled
    own = _own(facts, base, app, left, to, chiseled[0].reason)
    return own if isinstance(own, Runtime) else (*chiseled, *own)


def _chiseled(
    facts: Facts, base: BaseImage, app: Application, left: tuple[str, ...], to: Rung | None
) -> Runtime | tuple[Refusal, ...]:
    if to is Rung.SCRATCH:
        return (refuse("scratch has no .NET of its own"),)
    refusals = [*_tag_stops(facts, base), *_foreign_stops(facts, base, app), *_port_stops(facts, base, app.facts)]
    final = _final(facts, base, app.facts)
    if isinstance(final, Refusal):
        refusals.append(final)
    if refusals or isinstance(final, Refusal):
        return tuple(refusals)
    carried = application_trees(facts, (), left=(*left, *facts.launch.gone))
    system = system_packages(facts, Calls(programs=frozenset(), unknown=()), final, loads_by_name=True)
    refusals = [*carried.refusals, *system.refusals]
    if system.carried:
        reason = f"{system.carried[0]} may be needed at run time, and {final.reference} stands on another distribution"
        refusals.append(refuse(reason))
    if refusals:
        return tuple(refusals)
    spoken = (facts.launch.entrypoint, facts.launch.cmd)
    parts = [s.argv if s.rewritten else None for s in spoken]
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=(
            *(tree._replace(scanned=False) for tree in _published(facts, left)),
            *(t._replace(scanned=False) for t in carried.trees),
        ),
        entrypoint=parts[0],
        cmd=parts[1],
        env_kept=(_INVARIANT,),
        decisions=(*carried.decisions, *system.decisions, *_decisions(facts, base, final, app), *_left_out(left)),
    )


def _own(
    facts: Facts, base: BaseImage, app: Application, left: tuple[str, ...], to: Rung | None, why: str
) -> Runtime | tuple[Refusal, ...]:
    """The runtime that the image has, with the libraries that it and the application open by name."""
    row = layout_of_image("dotnet", base.family)
    assert row is not None
    if base.libc == "musl":
        return (refuse("what .NET opens by name is found on glibc only", facts.launch.line),)
    read = app.facts
    needed = [need for need, _ in app.needs if need.libraries and not need.optional]
    names = [*(load.name for load in read.loads if load.name), *(name for need in needed for name in need.libraries)]
    cultures = not _invariant(facts, read)
    whole = base.interpreter != "none"
    trees = (
        (
            Tree(path=row.program, reason="leads to the runtime", certain=False, scanned=False),
            Tree(path=row.prefix, reason="the runtime"),
        )
        if whole
        else ()
    )
    builds = base.family == "dotnet/sdk"
    brought = Brought(
        template=TEMPLATE,
        trees=(*trees, *_published(facts, left)),
        command=command(facts),
        taken=(row.program, row.prefix),
        left=(*left, *facts.launch.gone),
        stops=(
            *_unnamed(read),
            *lacking(facts, read.programs, (), ("dotnet", *installed_programs(facts))),
        ),
        calls=read.programs,
        own=("dotnet",),
        loaded=(
            *(name for name in row.opens if cultures or not name.startswith(_ICU)),
            *dict.fromkeys(
                f"{'' if name.startswith('lib') else 'lib'}{name.partition('.so')[0]}.so*" for name in names
            ),
        ),
        env_kept=tuple(name for name, _ in base.env if name not in ("PATH", *_OF_THE_SDK)),
        # The host chooses among the native files of packages by the distribution's name
        files=("/etc/os-release", "/usr/lib/os-release"),
        values={"spare": row.spare if builds else ()},
        decisions=(
            Decision(
                subject=".NET",
                outcome=Outcome.KEPT,
                reason=f"the one of {facts.base_written} comes along: {why}"
                if whole
                else f"the application brings its own: {why}",
            ),
            Decision(
                subject="culture data",
                outcome=Outcome.KEPT if cultures else Outcome.DROPPED,
                reason="ICU's libraries come along" if cultures else "the application asks for none",
            ),
            *_left_out(left),
        ),
    )
    return closed(facts, to, brought)


def _command_stops(facts: Facts) -> Iterator[Refusal]:
    argv, line = facts.launch.argv, facts.launch.line
    name = argv[0].rsplit("/", 1)[-1]
    if name == "dotnet" and argv[1:2] and argv[1] in _BUILDS:
        yield refuse(f"dotnet {argv[1]} compiles as the container starts", line)
    elif name == "dotnet" and not any(word.endswith(".dll") for word in argv[1:]):
        yield refuse("which application dotnet runs is not known", line)


def _origin_stops(facts: Facts, base: BaseImage) -> Iterator[Refusal]:
    line = facts.lineage[0].stage.from_.line
    if base.language != "dotnet":
        reason = f"where {facts.launch.argv[0]} comes from is not known: {facts.base_written} is no image of .NET"
        yield refuse(reason, line)
    elif layout_of_image("dotnet", base.family) is None:
        yield refuse(f"where {facts.base_written} has its runtime is not known", line)


def _tag_stops(facts: Facts, base: BaseImage) -> Iterator[Refusal]:
    """Tags of which no chiseled image is known to be the same."""
    line = facts.lineage[0].stage.from_.line
    tag = ImageReference.parse(facts.base_written).tag or ""
    if "@" in facts.base_written:
        yield refuse(
            f"{facts.base_written} is pinned by a digest, and what digest the chiseled image has is not known", line
        )
    elif re.match(r"\d+\.\d+\.\d", tag):
        yield refuse(
            f"{facts.base_written} pins a release, and whether that one has a chiseled image is not known", line
        )
    elif base.floating or not tag:
        yield refuse(
            f"{facts.base_written} moves on to the next major version, and chiseled images are named by theirs", line
        )


def _port_stops(facts: Facts, base: BaseImage, app: DotnetFacts) -> Iterator[Refusal]:
    """Images of the SDK before 10 have no default port, those of ASP.NET have 8080."""
    said = {pair.name for p in facts.contract.instructions for pair in getattr(p.instruction, "pairs", ())}
    named = said & {"ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS", "URLS"}
    old = int((base.version or "0").partition(".")[0]) < 10
    if base.family == "dotnet/sdk" and app.web and old and not named and "--urls" not in " ".join(facts.launch.argv):
        reason = (
            f"{facts.base_written} has another default port than the image of ASP.NET: say ENV ASPNETCORE_HTTP_PORTS"
        )
        yield refuse(reason, facts.lineage[0].stage.from_.line)


def _final(facts: Facts, base: BaseImage, app: DotnetFacts) -> BaseImage | Refusal:
    """The chiseled image that takes the place of the base."""
    line = facts.lineage[0].stage.from_.line
    kind = base.family.removeprefix("dotnet/")
    if kind == "sdk":
        kind = "aspnet" if app.web or not app.projects else "runtime"
    family = data.family("dotnet")
    version = base.version or ""
    row = family.releases.get(version, {}) if family is not None else {}
    built = str(row.get("built", "")).split()
    suite = _SUITES.get(base.distro or "", _USUAL_SUITE)
    suite = suite if suite in built else _USUAL_SUITE
    if suite not in built:
        return refuse(f"no chiseled image of .NET {version} is known", line)
    extra = "" if _plain(facts, base, app) else "-extra"
    final = catalog.lookup(f"{_REGISTRY}/{kind}:{version}-{suite}-chiseled{extra}")
    return final if final is not None else refuse(f"no chiseled image of .NET {version} is known", line)


def _invariant(facts: Facts, app: DotnetFacts) -> bool:
    """Whether a variable, or the project of what starts, says that culture data is not used."""
    said = dict(facts.contract.env).get(_INVARIANT, "").lower()
    started = next((word for word in facts.launch.argv if word.endswith(".dll")), facts.launch.argv[0])
    name = started.rpartition("/")[2].removesuffix(".dll")
    of_it = app.projects == 1 or any(
        path.endswith((".props", ".targets")) or path.rpartition("/")[2].rpartition(".")[0] == name
        for path in app.invariant
    )
    return said in ("1", "true") or (said == "" and bool(app.invariant) and of_it)


def _plain(facts: Facts, base: BaseImage, app: DotnetFacts) -> bool:
    """Whether neither culture data nor time zones are used: the image without them is enough."""
    invariant = _invariant(facts, app)
    zones = "tzdata" in base.has or any(p.name == "tzdata" for i in facts.footprint.installs for p in i.packages)
    return invariant and not (zones and (app.zones or "TZ" in dict(facts.contract.env)))


def _application(facts: Facts) -> Application:
    context = facts.context
    files: dict[str, None] = {}
    missing = False
    final = facts.final.stage.index
    for index in sorted(facts.graph.needed()):
        stage = stage_facts(facts, str(index)) if index != final else None
        for placed in stage.placed if stage is not None else facts.placed:
            instruction = placed.instruction
            if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
                continue
            for written in instruction.sources:
                source = process_word(written, placed.scope.values)
                found = () if source.unresolved else context.expand(source.text)
                files.update(dict.fromkeys(found))
                missing |= bool(source.unresolved) or (not found and built_before(context, source.text))
    if missing:
        context = context.whole
        files.update(dict.fromkeys(context.files()))
    read = dotnet_facts(context, tuple(sorted(files)))
    needs = tuple(
        (need, f"{package.path}:{package.line}")
        for package in read.packages
        if (need := dotnet_needs(package.name.lower())).why
    )
    return Application(read, needs)


def _stops(app: Application) -> Iterator[Refusal]:
    """What neither image is enough for."""
    if not app.facts.sources:
        yield unseen("the application's sources", None)
        return
    for need, where in app.needs:
        if not need.optional and (need.programs or need.unknown):
            yield refuse(f"{where}: {need.name} starts {', '.join(need.programs) or 'other programs'} ({need.why})")
            break


def _foreign_stops(facts: Facts, base: BaseImage, app: Application) -> Iterator[Refusal]:
    """What an image that stands on another distribution lacks."""
    argv, read = facts.launch.argv, app.facts
    if argv[0].rpartition("/")[2] != "dotnet" and base.libc == "musl":
        yield refuse(f"{argv[0]} is made for musl, and the chiseled images have glibc", facts.launch.line)
    for called in read.programs:
        yield starts(called)
        break
    for load in read.loads:
        yield refuse(f"{load.path}:{load.line} loads a native library by name")
        break
    names = {package.name.lower() for package in read.packages}
    for need, where in app.needs:
        if need.optional or not need.libraries:
            continue
        if need.name.startswith("skiasharp") and "skiasharp.nativeassets.linux.nodependencies" in names:
            continue
        yield refuse(f"{where}: {need.name} loads {', '.join(need.libraries)} ({need.why})")
        break
    musl = [r for r in read.runtimes if "musl" in r] if base.libc == "musl" else []
    for index in sorted(facts.graph.needed()):
        stage = stage_facts(facts, str(index)) if index != facts.final.stage.index else None
        for _, effect in (stage.footprint if stage is not None else facts.footprint).effects():
            if isinstance(effect, Builds) and effect.tool == "dotnet" and "musl" in effect.command.text:
                musl.append(effect.command.text.split("\n")[0])
    if musl:
        yield refuse(f"what is published is made for musl ({musl[0]}), and the chiseled images have glibc")


def _unnamed(app: DotnetFacts) -> Iterator[Refusal]:
    """A library whose name the source computes may be any of the system's."""
    for load in app.loads:
        if load.name is None:
            yield refuse(f"{load.path}:{load.line} loads a native library whose name is not known")
            return


def _left(facts: Facts) -> tuple[str, ...] | None:
    """The directories of a stage that builds: where it builds, and the caches; () where it only copies; None where that is the system's."""
    builds = [e for _, e in facts.footprint.effects() if isinstance(e, Builds) and e.tool == "dotnet"]
    if not builds:
        return ()
    places = [b.command.cwd for b in builds if b.command.cwd]
    places += [
        w.path
        for w in facts.footprint.written
        if w.origin in ("context", "workdir") and any(under(p, w.path) for p in places)
    ]
    if any(p in SYSTEM for p in places):
        return None
    caches = [e.prefix for e in facts.footprint.libraries if e.prefix]
    return tuple(dict.fromkeys((*places, *caches, "/root/.dotnet", "/root/.nuget", "/root/.local")))


def _published(facts: Facts, left: tuple[str, ...]) -> Iterator[Tree]:
    """What a stage that builds gives: the directory of what starts, and the files that are no sources."""
    if not left:
        return
    workdir = facts.contract.workdir
    argv = facts.launch.argv
    starts = next((w for w in argv if w.endswith(".dll")), argv[0])
    yield Tree(path=join(workdir, starts).rpartition("/")[0], reason="the published application")
    found: dict[str, None] = {}
    for placement in placements(facts):
        *directories, name = placement.source.split("/")
        if any(under(placement.target, d) for d in left) and not (
            name.endswith(_SOURCE_ENDINGS)
            or name in _SOURCE_NAMES
            or name.startswith(("Dockerfile", "docker-compose"))
            or any(d in _SOURCE_DIRECTORIES for d in directories)
        ):
            below = placement.target.removeprefix(workdir.rstrip("/") + "/")
            if below != placement.target:
                found.setdefault(f"{workdir.rstrip('/')}/{below.split('/')[0]}")
    for path in found:
        yield Tree(path=path, reason="files that the application may open in its working directory")


def _decisions(facts: Facts, base: BaseImage, final: BaseImage, app: Application) -> Iterator[Decision]:
    where = f", on {final.distro} where {facts.base_written} has {base.distro}" if final.distro != base.distro else ""
    yield Decision(
        subject=".NET",
        outcome=Outcome.REPLACED,
        reason=f"{final.reference} has the same version of the runtime{where}",
    )
    extra = "extra" in final.variant
    reason = (
        "culture data and time zones come with it"
        if extra
        else "the application asks for no culture data, and no time zones are used"
    )
    yield Decision(
        subject=f"the {'-extra' if extra else 'plain'} image",
        outcome=Outcome.KEPT if extra else Outcome.DROPPED,
        reason=reason,
    )
    if facts.contract.user in ("", "root", "0"):
        yield Decision(
            subject="USER root",
            outcome=Outcome.CHECK,
            reason=f"{final.reference} runs as app ({final.user}) by itself; the application ran as root, and goes on so: take the line out if it needs no more",
        )
    for need, where in app.needs:
        if need.optional:
            yield Decision(
                subject=f"{need.name} ({where})",
                outcome=Outcome.CHECK,
                reason=f"some of its features need what the final image has not: {need.why}",
            )


def _left_out(left: tuple[str, ...]) -> Iterator[Decision]:
    if left:
        yield Decision(subject="sources and the SDK", outcome=Outcome.DROPPED, reason="the application is published")
