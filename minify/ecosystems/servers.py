"""What web servers have in common: where the image or a package puts one, and what of it the final image takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.image.layouts import Layout, layout_of_image, layout_of_packages
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Tree, refuse
from minify.shell.effects import Builds, InstallsLibraries, Removes, RunsProject

Parts = tuple[tuple[str, ...] | None, tuple[str, ...] | None]

ACCOUNTS = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/passwd-", "/etc/group-")
"""They come along as they are: no tree is made of what a RUN adds to them."""

_VOLATILE = ("/run", "/var/run")


def layout(facts: Facts, name: str) -> Layout | None:
    """The row of a server that the base image is made for, or that an installed package brings."""
    if facts.base is not None:
        found = layout_of_image(name, facts.base.family)
        if found is not None:
            return found
    for install in facts.footprint.installs:
        found = layout_of_packages(name, install.manager, [package.name for package in install.packages])
        if found is not None:
            return found
    return None


def recognised(facts: Facts, name: str, programs: Sequence[str], reads: Sequence[str] = ()) -> Detection | None:
    """A server, when its program is what starts, and the image or a package has it where a row says."""
    argv = facts.launch.argv
    if not argv or argv[0].rpartition("/")[2] not in programs:
        return None
    row = layout(facts, name)
    if row is None:
        return None
    base = facts.base
    of_image = base is not None and base.family in row.images
    brings = f"{facts.base_written} brings it" if of_image else f"the package {row.package[1]} brings it"
    return Detection(
        ecosystem=name,
        version=base.version if base is not None and of_image else None,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=brings, line=facts.lineage[0].stage.from_.line if of_image else _installed_at(facts, row)),
        ),
        reads=(*row.reads, *reads),
    )


def _installed_at(facts: Facts, row: Layout) -> int | None:
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name in row.package[1:]:
                return facts.dockerfile.source.line(package.span.start)
    return None


def command(facts: Facts) -> Parts:
    """ENTRYPOINT and CMD for the final stage: None where the file's own instruction moves as it is; the base image's are said again.

    One that only handed on is nothing: `()`.
    """
    parts = [
        spoken.argv if spoken.rewritten or (spoken.argv and spoken.placed is None) else None
        for spoken in (facts.launch.entrypoint, facts.launch.cmd)
    ]
    return parts[0], parts[1]


def server_trees(facts: Facts, row: Layout) -> tuple[Tree, ...]:
    """The program, its configuration and default site, and the directories that it makes files in."""
    removed = [e.path for _, e in facts.footprint.effects() if isinstance(e, Removes)]
    trees = [Tree(path=row.program, reason="the program")]
    for path in (*row.reads, *row.serves):
        # `rm -rf html/*` leaves the directory
        sure = not any(under(path, gone) for gone in removed)
        reason = "its configuration" if path in row.reads else "the site that comes with it"
        trees.append(Tree(path=path, reason=reason, certain=sure, scanned=False))
    trees += [Tree(path=path, reason="comes with it", certain=False, scanned=path == row.modules) for path in row.also]
    trees += [Tree(path=path, reason="it makes files there", certain=False, scanned=False) for path in row.writes]
    made = (Tree(path=p, reason="made by RUN", certain=False, scanned=False) for p in volatile(facts, row))
    return (*trees, *made)


def volatile(facts: Facts, row: Layout) -> tuple[str, ...]:
    """What a RUN made below /run, as a pid file that belongs to the user.

    /var/run is a link to it where they are made, and a directory of its own in distroless: there they are links.
    """
    made = [w.path.removeprefix("/var") for w in facts.footprint.written if w.path.startswith(("/run/", "/var/run/"))]
    return tuple(p for p in dict.fromkeys(made) if not any(under(p, o) for o in (*row.writes, *made) if o != p))


def built_in(facts: Facts, path: str) -> bool:
    """Whether a RUN builds something at or below a path: what else lies there was needed for that."""
    return any(
        isinstance(effect, Builds | RunsProject | InstallsLibraries) and under(effect.command.cwd, path)
        for _, effect in facts.footprint.effects()
    )


def taken(row: Layout) -> tuple[str, ...]:
    """Paths that no tree has to be made of: the server's own ones, and those that come along anyway."""
    return (*row.reads, *row.serves, *row.also, *row.writes, *ACCOUNTS, *_VOLATILE)


def packages_left(facts: Facts, row: Layout, why: str) -> Iterator[Decision]:
    """A decision for every other system package: nothing can start what it brings."""
    removed = facts.footprint.removed_packages()
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name in removed or package.name in row.package[1:]:
                continue
            line = facts.dockerfile.source.line(package.span.start)
            yield Decision(subject=package.name, outcome=Outcome.DROPPED, reason=why, line=line)


def scripts_stop(facts: Facts, row: Layout) -> Iterator[Refusal]:
    """What the image's entrypoint script would do before the server starts, and no final image without a shell can."""
    for written in facts.footprint.written:
        if written.source in ("ChangesMode", "ChangesOwner"):
            continue
        if row.scripts and under(written.path, row.scripts):
            yield refuse(f"the entrypoint script runs what is in {row.scripts}", written.line)
        elif row.templates and under(written.path, row.templates):
            reason = f"{written.path} is filled in with the environment when the container starts, by a shell script"
            yield refuse(reason, written.line)
    for name, _ in facts.contract.env:
        if name in row.variables:
            yield refuse(f"{name} makes the entrypoint script change the configuration when the container starts")


def unnamed(tree: Tree, server: str) -> Decision:
    """A tree that no configuration of a server names, and that only the build needed."""
    reason = f"something was built there, and no configuration of {server} names it"
    return Decision(subject=tree.path, outcome=Outcome.DROPPED, reason=reason)
