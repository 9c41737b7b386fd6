"""Caddy: the server with its configuration, the sites, and where it keeps certificates and its own state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import SYSTEM, Written, under
from minify.analysis.scopes import join
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.health_program import own_program
from minify.ecosystems.servers import built_in, command, layout, packages_left, recognised, taken, unnamed
from minify.ecosystems.trees import application_trees
from minify.image import catalog
from minify.image.layouts import layout_of_image
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text
    from minify.image.layouts import Layout

TEMPLATE = "caddy.Dockerfile.j2"

_PROGRAMS = ("caddy",)
_MIME_TYPES = "/etc/mime.types"
# Where a base image, a package or a build may have put what the configuration names
_OWNED = ("/etc/", "/usr/", "/opt/", "/srv/", "/var/www/", "/var/lib/")
# What the final base, or the engine, has
_OUTSIDE = ("/etc/ssl/certs", "/etc/localtime", "/etc/hosts", "/etc/resolv.conf", "/usr/share/zoneinfo")


def detect(facts: Facts) -> Detection | None:
    """Caddy, when that is what starts, and the base image, a package or a COPY from its image brings it."""
    found = recognised(facts, "caddy", _PROGRAMS, _configured(facts))
    copied = _copied(facts)
    if found is not None or copied is None or facts.launch.argv[0].rpartition("/")[2] not in _PROGRAMS:
        return found
    row, written = copied
    return Detection(
        ecosystem="caddy",
        version=None,
        evidence=(
            Evidence(what=f"{facts.launch.argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{written.path} is copied from its image", line=written.line),
        ),
        reads=(*row.reads, *_configured(facts)),
    )


def _copied(facts: Facts) -> tuple[Layout, Written] | None:
    """What another base image gets of Caddy's own: the program, and nothing else of it."""
    row = layout_of_image("caddy", "caddy")
    for written in reversed(facts.footprint.written):
        if row is None or not written.origin.startswith("stage:") or written.source != row.program:
            continue
        stage = stage_facts(facts, written.origin[6:])
        image = catalog.lookup(written.origin[6:]) if stage is None else stage.base
        changed = stage is not None and any(w.path == row.program for w in stage.footprint.written)
        if image is not None and image.family in row.images and not changed:
            path = written.path if written.path.endswith("/caddy") else f"{written.path.rstrip('/')}/caddy"
            return row._replace(program=path, serves=(), writes=()), written
    return None


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program, its configuration, the sites and the directories of its state, onto a base without libraries."""
    from minify.context.caddy import filled_in, root_is_told
    from minify.ecosystems.configuration import configuration

    copied = _copied(facts)
    row = layout(facts, "caddy") or (copied[0] if copied is not None else None)
    assert row is not None
    of_image = facts.base is not None and facts.base.family in row.images
    read = configuration(facts, (*row.reads, *_configured(facts)))
    # Where a site is may be told anew whenever the container runs
    told = any(root_is_told(text.text) for text in read.texts)
    texts = tuple(t._replace(text=filled_in(t.text, dict(facts.contract.env))) for t in read.texts)
    carried = application_trees(facts, taken(row))
    built = _built(facts, row) if copied is None else None
    refusals = [*read.refusals, *carried.refusals, *_imports_stop(facts, row, texts), *_build_stops(facts, built)]
    if refusals:
        return tuple(refusals)
    # Neither the image's own program nor one that xcaddy builds links a C library
    static = (of_image or copied is not None if built is None else _static(facts, built)) and own_program(facts) is None
    server = tuple(_server(facts, row, texts, of_image))
    own = tuple(tree._replace(scanned=False) for tree in carried.trees)
    sites = tuple(tree for tree in own if told or not built_in(facts, tree.path) or _names(facts, texts, tree.path))
    entrypoint, cmd = command(facts)
    return Runtime(
        base=closure_base(to),
        template=TEMPLATE,
        trees=(*server, *_named(facts, texts, (*server, *sites)), *sites),
        program=row.program,
        entrypoint=entrypoint,
        cmd=cmd,
        brings_libc=not static,
        accounts=bool(row.package) and copied is None,
        decisions=(
            *carried.decisions,
            *(unnamed(tree, "Caddy") for tree in own if tree not in sites),
            *packages_left(facts, row, "Caddy starts no program"),
            *([] if static else [C_LIBRARY]),
            *([_types(facts)] if copied is not None else []),
        ),
    )


def _types(facts: Facts) -> Decision:
    reason = (
        f"names the types of more files where {facts.base_written} has no such list: they are served as what they are"
    )
    return Decision(subject=_MIME_TYPES, outcome=Outcome.CHECK, reason=reason)


def _names(facts: Facts, texts: Sequence[Text], path: str) -> bool:
    """Whether the configuration names what lies at a path; where nothing names a root, that is the working directory."""
    from minify.context.caddy import caddy_facts

    named = [one.text.split("*")[0].rstrip("/") for text in texts for one in caddy_facts(text.text).paths]
    named += [root for root, _ in _roots(facts, texts)] or [facts.contract.workdir]
    return any(under(one, path) or under(path, one) for one in named if one)


def _roots(facts: Facts, texts: Sequence[Text]) -> tuple[tuple[str, str], ...]:
    """The directories that are served, each with where it is named."""
    from minify.context.caddy import caddy_facts

    workdir, argv = facts.contract.workdir, facts.launch.argv
    said = [(join(workdir, root.text), text.at(root.line)) for text in texts for root in caddy_facts(text.text).roots]
    # `caddy file-server --root dist`
    options = [value for option, value in pairwise(argv) if option in ("--root", "-r")]
    options += [word.partition("=")[2] for word in argv if word.startswith("--root=")]
    return (*said, *((join(workdir, value), f"line {facts.launch.line}") for value in options))


def _configured(facts: Facts) -> tuple[str, ...]:
    """The configuration that `--config` names, where that is not below /etc/caddy."""
    named = [value for option, value in pairwise(facts.launch.argv) if option in ("--config", "-config", "-c")]
    named += [word.partition("=")[2] for word in facts.launch.argv if word.startswith(("--config=", "-config="))]
    return tuple(join(facts.contract.workdir, value) for value in named)


def _server(facts: Facts, row: Layout, texts: Sequence[Text], of_image: bool) -> Iterator[Tree]:
    from minify.context.caddy import caddy_facts

    yield Tree(path=row.program, reason="the program")
    for path in row.reads:
        sure = (
            of_image
            or bool(row.package)
            or any(under(w.path, path) and w.origin != "run" for w in facts.footprint.written)
        )
        yield Tree(path=path, reason="its configuration", certain=sure, scanned=False)
    own = not any(text.target in (f"{row.reads[0]}/Caddyfile", *_configured(facts)) for text in texts)
    for path in (*row.serves, *row.also):
        named = any(under(one.text, path) for text in texts for one in caddy_facts(text.text).paths)
        if own or named or any(under(written.path, path) for written in facts.footprint.written):
            yield Tree(path=path, reason="the site that comes with it", certain=of_image, scanned=False)
    for path in row.writes:
        yield Tree(path=path, reason="it keeps its state there", certain=of_image, scanned=False)
    # Each distribution has a list of its own
    yield Tree(path=_MIME_TYPES, reason="names the types of files", certain=of_image, scanned=False)


def _named(facts: Facts, texts: Sequence[Text], trees: Sequence[Tree]) -> Iterator[Tree]:
    """Paths that the configuration names and that no tree has: of the base image, of a package, or made by a build. Taken if they are there."""
    from minify.context.caddy import caddy_facts

    found = {root: where for root, where in _roots(facts, texts) if root not in ("/", *SYSTEM)}
    for text in texts:
        for path in caddy_facts(text.text).paths:
            stem = path.text.split("*")[0].rstrip("/")
            if stem.startswith(_OWNED) and not any(under(stem, place) for place in _OUTSIDE):
                found.setdefault(stem, text.at(path.line))
    for named, where in found.items():
        if not any(under(named, tree.path) for tree in trees):
            yield Tree(path=named, reason=f"named at {where}", certain=False, scanned=False)


def _imports_stop(facts: Facts, row: Layout, texts: Sequence[Text]) -> Iterator[Refusal]:
    """Files that are imported from elsewhere, and that nobody knows: they may name others."""
    from minify.context.caddy import caddy_facts

    known = [text.target for text in texts]
    for text in texts:
        for imported in caddy_facts(text.text).imports:
            target = join(text.target.rpartition("/")[0], imported.text)
            stem = target.split("*")[0].split("{")[0]
            # A variable without a value here
            told = imported.text.startswith("{")
            if not told and (stem in known or any(under(stem.rstrip("/"), place) for place in row.reads)):
                continue
            reason = f"{text.at(imported.line)} imports {imported.text}, and what that says is not known"
            yield refuse(reason, text.line)


def _built(facts: Facts, row: Layout) -> Written | None:
    """What puts another program in the place of the image's own."""
    found = [w for w in facts.footprint.written if w.path == row.program and w.source not in ("ChangesMode", "Writes")]
    return found[-1] if found else None


def _build_of(facts: Facts, built: Written) -> Builds | None:
    """The `xcaddy build` that makes the program."""
    stage = stage_facts(facts, built.origin[6:]) if built.origin.startswith("stage:") else None
    made = (stage.footprint if stage is not None else facts.footprint).effects()
    return next((e for _, e in made if isinstance(e, Builds) and e.tool == "xcaddy"), None)


def _static(facts: Facts, built: Written) -> bool:
    build = _build_of(facts, built)
    return build is not None and build.static is True


def _build_stops(facts: Facts, built: Written | None) -> Iterator[Refusal]:
    """Why what a Caddy of the file's own starts is not known: another one than xcaddy's, or a plugin that nobody knows."""
    from minify.context.caddy import plain_plugin

    if built is None:
        return
    build = _build_of(facts, built)
    if build is None:
        reason = f"what {built.path} calls is not known: it is not the image's own, and no xcaddy builds it"
        yield refuse(reason, built.line)
        return
    words = build.command.args
    plugins = [value for option, value in pairwise(words) if option == "--with"]
    for plugin in plugins:
        if plugin is None or "=" in plugin or not plain_plugin(plugin):
            reason = f"what Caddy's plugin {plugin or ''} starts is not known".replace("  ", " ")
            line = facts.dockerfile.source.line(build.command.span.start)
            yield refuse(reason, line)
