"""A last stage that only copies a plain static site: its server's image gives way to a smaller one that the user names."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.analysis.footprint import FORGOTTEN, RunRead, under
from minify.analysis.scopes import Placed, join
from minify.ecosystems.static_site import Site
from minify.edit import Edit, Fix, Safety
from minify.image.servers import Server
from minify.plan import Decision, Outcome, Refusal, refuse
from minify.rewrite.comments import comments_above, deletion
from minify.rewrite.render import env_lines
from minify.rewrite.replace_base import CODE
from minify.shell.effects import ChangesMode, ChangesNothing, ChangesOwner, Removes
from minify.syntax import (
    Add,
    Cmd,
    Copy,
    Entrypoint,
    Expose,
    Healthcheck,
    Instruction,
    Onbuild,
    Run,
    Shell,
    Span,
    User,
    process_word,
)


def server_image(facts: Facts, site: Site, server: Server) -> tuple[tuple[Fix, ...], tuple[Decision, ...]] | Refusal:
    """The fix that names the other image, says its variables and takes out what the old server read; or what stops that."""
    if len(facts.lineage) > 1 or any(
        facts.final.stage.index == node.parent or facts.final.stage.index in node.copies_from
        for node in facts.graph.nodes
    ):
        return refuse(
            "the last stage is built on another one of the file, or another one needs it", facts.final.stage.from_.line
        )
    going: list[Instruction] = []
    decisions: list[Decision] = []
    refusals: list[Refusal] = []
    runs = {run.placed.instruction.span.start: run for run in facts.footprint.runs}
    brings = False
    for placed in facts.placed:
        instruction = placed.instruction
        if isinstance(instruction, Copy | Add):
            dest = _destination(placed)
            if dest is not None and any(under(dest, place) for place in site.configured):
                going.append(instruction)
                decisions.append(
                    _said(instruction, Outcome.DROPPED, f"{server.name} reads no configuration of another server")
                )
            elif dest is None or not (under(dest, site.root) or under(site.root, dest)):
                refusals.append(refuse(f"this puts files outside of the site, {site.root}", instruction.line))
            elif any(part and not part.isdigit() for part in (instruction.flag("chown") or "").split(":")):
                refusals.append(refuse(f"--chown names a user that {server.image} has not", instruction.line))
            else:
                brings = True
        elif isinstance(instruction, Run):
            if not _needless(runs[instruction.span.start], site):
                refusals.append(refuse("the last stage does more than copy a site", instruction.line))
            going.append(instruction)
            decisions.append(_said(instruction, Outcome.DROPPED, f"{server.image} has nothing of what this changes"))
        elif isinstance(instruction, Cmd | Entrypoint):
            going.append(instruction)
            decisions.append(_said(instruction, Outcome.REPLACED, f"{server.image} starts its server by itself"))
        elif isinstance(instruction, User) and not instruction.user.replace(":", "").isdigit():
            if instruction.user.partition(":")[0] != "root":
                refusals.append(refuse(f"USER names a user that {server.image} has not", instruction.line))
        elif isinstance(instruction, Healthcheck) and not instruction.none:
            refusals.append(refuse(f"{server.image} has nothing that HEALTHCHECK could run", instruction.line))
        elif isinstance(instruction, Onbuild | Shell):
            refusals.append(refuse(f"{instruction.keyword} needs a shell", instruction.line))
    if not brings and not refusals:
        refusals.append(refuse(f"nothing is copied to {site.root}", facts.lineage[0].stage.from_.line))
    if refusals:
        return refusals[0]
    comments = comments_above(facts.dockerfile)
    from_ = facts.lineage[0].stage.from_
    newline = facts.dockerfile.source.newline
    env = env_lines(_environment(site, server)).replace("\n", newline)
    edits = [
        Edit(from_.image_span, facts.mirror.map(server.image)),
        Edit(
            Span(from_.span.end, from_.span.end),
            ("" if from_.text.endswith("\n") else newline) + env + newline + _more(facts, site),
        ),
        *(deletion(facts.dockerfile, instruction, comments) for instruction in going),
    ]
    reason = f"--server asks for it: one program that serves files, in place of {facts.base_written}"
    decisions.insert(
        0, Decision(subject=f"FROM {facts.base_written}", outcome=Outcome.REPLACED, reason=reason, line=from_.line)
    )
    decisions += [Decision(subject=server.image, outcome=Outcome.CHECK, reason=text) for text in server.differs]
    fix = Fix(code=CODE, edits=tuple(sorted(edits)), safety=Safety.INFERRED, reason=f"serve the site by {server.name}")
    return (fix,), tuple(decisions)


def _environment(site: Site, server: Server) -> tuple[tuple[str, str], ...]:
    said = [(server.root, site.root), (server.port, str(site.port))]
    if site.names and site.names[0] != "index.html":
        said.append((server.names, ",".join(site.names)))
    if site.fallback:
        said.append((server.fallback, site.fallback))
    if site.missing:
        said.append((server.missing, site.missing))
    return (*said, *server.environment)


def _more(facts: Facts, site: Site) -> str:
    """The directory, user and port that the old image said, where the file does not."""
    newline = facts.dockerfile.source.newline
    workdir = facts.base.workdir if facts.base is not None else "/"
    # Where a relative path of COPY begins
    out = f"WORKDIR {workdir}{newline}" if workdir not in ("", "/") else ""
    named = [p.instruction for p in facts.placed]
    if facts.contract.user not in ("", "root", "0") and not any(isinstance(i, User) for i in named):
        out += f"USER {facts.contract.user}{newline}"
    if site.port != 80 and not any(isinstance(i, Expose) for i in named):
        out += f"EXPOSE {site.port}{newline}"
    return out


def _destination(placed: Placed) -> str | None:
    instruction = placed.instruction
    assert isinstance(instruction, Copy | Add)
    expanded = process_word(instruction.dest, placed.scope.values)
    return None if expanded.unresolved else join(placed.scope.workdir, expanded.text)


def _needless(run: RunRead, site: Site) -> bool:
    """Whether a RUN only clears what the old image has, or makes files readable that the new server reads as root."""
    places = (site.root, *site.configured, *FORGOTTEN, "/var/cache", "/var/log", "/var/run", "/etc/nginx")
    return (
        bool(run.effects)
        and not run.script.opaque
        and all(
            isinstance(effect, ChangesNothing)
            or (
                isinstance(effect, Removes | ChangesMode | ChangesOwner)
                and any(under(p, place) for place in places for p in _paths(effect))
            )
            for effect in run.effects
        )
    )


def _paths(effect: Removes | ChangesMode | ChangesOwner) -> Iterator[str]:
    yield effect.path.rstrip("*").rstrip("/") if effect.path else ""


def _said(instruction: Instruction, outcome: Outcome, reason: str) -> Decision:
    subject = " ".join(f"{instruction.keyword} {instruction.value}".split())
    return Decision(subject=subject[:60], outcome=outcome, reason=reason, line=instruction.line)
