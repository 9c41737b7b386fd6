"""Which paths of the build stage the final image takes: what COPY, ADD and known commands wrote, by root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import SYSTEM, Written, forgotten, paths_of, roots, under
from minify.analysis.scopes import join
from minify.ecosystems.removed import taken_away
from minify.image.purposes import copied
from minify.plan import Decision, Outcome, Refusal, Tree, refuse
from minify.shell.effects import CopiesFile, InstallsLibraries
from minify.syntax import Copy, process_word


class Carried(NamedTuple):
    """The trees to take, what was left on purpose, and what could not be decided."""

    trees: tuple[Tree, ...]
    decisions: tuple[Decision, ...]
    refusals: tuple[Refusal, ...]


_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""What update-ca-certificates makes: the other files beside it are links to where the certificates are."""

_EMPTY = ("MakesUser", "ChangesOwner", "ChangesMode", "Writes")
"""Effects that put no program at a path: a home, an owner, a directory or a line of text."""


def application_trees(
    facts: Facts, prefixes: Sequence[str], *, left: Sequence[str] = (), emptied: Sequence[str] = ()
) -> Carried:
    """The roots of everything that the file's own instructions wrote, outside of `prefixes` (taken as a whole) and `left`.

    What installs into a directory of `emptied` itself, or changes its owner, is left too; what lies below it by a name of its own is not.
    """
    decisions: list[Decision] = []
    refusals: list[Refusal] = []
    paths: list[str] = []
    certain: set[str] = set()
    scanned: set[str] = set()
    origin: dict[str, Written] = {}
    for written in facts.footprint.written:
        path = _BUNDLE if written.path == "/etc/ssl/certs" else written.path
        if not path:
            refusals.append(refuse("where this writes to is not known", written.line, programs=False))
            continue
        if written.origin.startswith("stage:") and path.rsplit("/", 1)[-1] in copied():
            decisions.append(
                Decision(
                    subject=path, outcome=Outcome.DROPPED, reason="installs packages at build time", line=written.line
                )
            )
            continue
        if path in prefixes or (path in emptied and (written.source == "InstallsLibraries" or _harmless(written))):
            continue
        if path in SYSTEM and path not in ("/root", "/opt", "/srv", "/var/www"):
            if written.origin == "workdir" or _harmless(written):
                continue
            refusals.append(
                refuse(
                    f"this writes into {path}, which the base image owns, under names that are not known",
                    written.line,
                    programs=False,
                    into=path,
                )
            )
            continue
        if any(under(path, prefix) for prefix in prefixes) or any(under(path, gone) for gone in left):
            continue
        if written.origin.startswith("stage:") and _spreads(facts, written):
            if written._replace(path=path.rpartition("/")[0]) in facts.footprint.written:
                # That directory is taken as a whole, and what this would be has no name of its own in it
                continue
            into = path.rpartition("/")[0] or "/"
            reason = f"what {written.source} holds comes below {into}, under names that are not known"
            refusals.append(refuse(reason, written.line, programs=False, into=into))
            continue
        if path in ("/root", "/opt", "/srv", "/var/www") and written.origin == "workdir":
            # The directory is the base's; a WORKDIR there only says where the next instructions write.
            continue
        paths.append(path)
        origin.setdefault(path, written)
        if written.source not in _EMPTY and not under(path, "/etc") and not _text(facts, written):
            scanned.add(path)
        if written.origin in ("context", "workdir", "url", "copy") or written.origin.startswith("stage:"):
            certain.add(path)
    trees = tuple(
        Tree(
            path=root,
            reason=_reason(origin[root]),
            certain=any(under(path, root) for path in certain),
            scanned=any(under(path, root) for path in scanned),
        )
        for root in roots(paths)
        if not taken_away(facts, root)
    )
    trees += _pointed_at(facts, trees, left)
    return Carried(trees=trees, decisions=tuple(decisions), refusals=tuple(refusals))


def _pointed_at(facts: Facts, trees: Sequence[Tree], left: Sequence[str]) -> tuple[Tree, ...]:
    """What is left but for a link that is taken: `ln -s /src/static /static` is nothing without /src/static."""
    found: dict[str, str] = {}
    for _, effect in facts.footprint.effects():
        if not isinstance(effect, CopiesFile) or effect.command.name != "ln":
            continue
        kept = any(under(effect.target.rstrip("/"), tree.path) for tree in trees)
        inside = any(under(effect.source, gone) and effect.source != gone for gone in left)
        if kept and inside and not forgotten(effect.source):
            found.setdefault(effect.source, f"the link {effect.target} points at it")
    return tuple(Tree(path=path, reason=why, certain=False) for path, why in found.items())


def is_file(facts: Facts, path: str) -> bool:
    """Whether all that is written at a path is a file of the build context."""
    written = [w for w in facts.footprint.written if w.path == path and not _harmless(w)]
    return bool(written) and all(_file(facts, one) for one in written)


def _file(facts: Facts, written: Written) -> bool:
    source = written.source
    return written.origin == "context" and facts.context.read(source, limit=0) is not None


_ELF = b"\x7fELF"


def _text(facts: Facts, written: Written) -> bool:
    """Whether what is written is a file of the context that loads no shared library."""
    data = facts.context.read(written.source, limit=4) if written.origin == "context" else None
    return data is not None and data != _ELF


_PROGRAM_PLACES = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")


def _spreads(facts: Facts, written: Written) -> bool:
    """Whether `COPY --from=stage /out /` takes a directory, whose files come below the directory of the base without its name.

    What nothing in the stage tells to be a file is taken for a directory, but where programs lie.
    """
    directory, _, name = written.path.rpartition("/")
    source = written.source.rstrip("/")
    if (directory or "/") not in SYSTEM or source.rpartition("/")[2] != name or not _copied_into(facts, written):
        return False
    launch = facts.launch.argv
    if launch and written.path in (join(facts.contract.workdir, launch[0]), launch[0]):
        return False
    stage = stage_facts(facts, written.origin.removeprefix("stage:"))
    for other in stage.footprint.written if stage is not None else ():
        if other.path.startswith(f"{source}/") or (other.path == source and other.origin == "workdir"):
            return True
        if other.path == source and other.origin == "context":
            return facts.context.is_dir(other.source)
    made = [effect for _, effect in stage.footprint.effects()] if stage is not None else []
    for effect in made:
        command = getattr(effect, "command", None)
        if source in (path.rstrip("/") for path in paths_of(effect)) and command is not None:
            directories = isinstance(effect, InstallsLibraries) or command.name in (
                "mkdir",
                "make",
                "cmake",
                "ninja",
                "meson",
            )
            return directories or any(path.endswith("/") for path in paths_of(effect))
    return (directory or "/") not in _PROGRAM_PLACES and "." not in name.strip(".")


def _copied_into(facts: Facts, written: Written) -> bool:
    """Whether the COPY names the directory, and not the path itself."""
    for placed in facts.placed:
        instruction = placed.instruction
        if instruction.line == written.line and isinstance(instruction, Copy):
            dest = join(placed.scope.workdir, process_word(instruction.dest, placed.scope.values).text)
            return dest == (written.path.rpartition("/")[0] or "/")
    return False


def _harmless(written: Written) -> bool:
    """Changing the owner or mode of a directory of the base, or running a project's tool there."""
    return written.source in ("ChangesOwner", "ChangesMode", "MakesUser")


def _reason(written: Written) -> str:
    if written.origin.startswith("stage:"):
        return f"copied from stage {written.origin[6:]}"
    return {
        "context": "copied from the build context",
        "workdir": "the working directory",
        "url": "downloaded by ADD",
    }.get(written.origin, "written by RUN")
