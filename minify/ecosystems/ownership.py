"""What an image has to give away that runs as another user than its file says: every path that the application writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.ecosystems.state import written
from minify.plan import Decision, Outcome, Tree
from minify.shell.effects import ChangesOwner, Writes
from minify.syntax import Expose, process_word

NONROOT: Final = "65532:65532"
"""The user that distroless images call nonroot."""

_PLAIN: Final = re.compile(r"/[\w./@+-]+")
_LEFT: Final = (
    "/tmp",
    "/var/tmp",
    "/run",
    "/dev",
    "/proc",
    "/sys",
    "/var/cache/apt",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/etc",
)


class Given(NamedTuple):
    """A directory, or a file, that is given to the new user; not `whole`: the directory itself, and nothing that lies in it."""

    path: str
    whole: bool
    why: str
    line: int | None = None
    file: bool = False
    """Whether it is one file, which may not be there yet, in a directory that holds more."""


def given(facts: Facts, trees: Sequence[Tree]) -> tuple[Given, ...]:
    """The directories that the application writes, or that the build made for it to write, outermost first."""
    found: dict[str, Given] = {}
    for item in (*_declared(facts), *_made(facts, trees)):
        path = item.path.rstrip("/") or "/"
        if path in SYSTEM or not _PLAIN.fullmatch(path) or any(under(path, left) for left in _LEFT):
            continue
        before = found.get(path)
        if before is None or (item.whole and not before.whole):
            found[path] = item._replace(path=path)
    kept = sorted(found.values())
    return tuple(g for g in kept if not any(o.whole and o.path != g.path and under(g.path, o.path) for o in kept))


def decisions(facts: Facts, user: str, items: Sequence[Given]) -> Iterator[Decision]:
    """What is given to the user, and what stays out of reach all the same."""
    before = facts.contract.user
    if before.partition(":")[0] != user.partition(":")[0]:
        last = next((p for p in reversed(facts.contract.instructions) if p.instruction.keyword == "USER"), None)
        line = last.instruction.line if last is not None else None
        yield Decision(
            subject=f"USER {before or 'root'}",
            outcome=Outcome.REPLACED,
            reason=f"the image is to run as {user}",
            line=line,
        )
    for item in items:
        yield Decision(
            subject=item.path,
            outcome=Outcome.REPLACED,
            reason=f"belongs to {user} in the final image: {item.why}",
            line=item.line,
        )
    for placed in facts.contract.instructions:
        if isinstance(placed.instruction, Expose):
            for word in placed.instruction.value.split():
                port = process_word(word, placed.scope.values).text.partition("/")[0]
                if port.isdecimal() and int(port) < 1024:
                    yield Decision(
                        subject=f"EXPOSE {word}",
                        outcome=Outcome.CHECK,
                        reason=f"{user} may listen below 1024 where the engine allows it (Docker since 20.10), and not everywhere",
                        line=placed.instruction.line,
                    )
    home = dict(facts.contract.env).get("HOME")
    for path in dict.fromkeys([w.path for w in facts.footprint.written if w.path] + ([home] if home else [])):
        if under(path, "/root") and path != "/root/.cache":
            yield Decision(subject=path, outcome=Outcome.CHECK, reason=f"lies below /root, which {user} may not enter")
            return


def _declared(facts: Facts) -> Iterator[Given]:
    """The working directory, volumes, and what the sources write."""
    if facts.contract.workdir:
        yield Given(facts.contract.workdir, False, "the working directory")
    for placed in facts.contract.instructions:
        if placed.instruction.keyword == "VOLUME":
            for path in getattr(placed.instruction, "paths", ()):
                expanded = process_word(path, placed.scope.values)
                if not expanded.unresolved:
                    yield Given(expanded.text, True, "a volume", placed.instruction.line)
    for volume in facts.base.volumes if facts.base else ():
        yield Given(volume, True, "a volume of the base image")
    for item in written(facts):
        where = f"{item.file}:{item.line}" if item.file else "ENV"
        directory = item.path if item.directory else item.path.rpartition("/")[0] or "/"
        line = None if item.file else item.line
        why = f"{where} keeps {item.what} there"
        more = _holds_more(facts, directory)
        yield Given(directory, not more, why, line)
        if more and not item.directory:
            # What the build made of it: the database that `manage.py migrate` leaves
            yield Given(item.path, False, why, line, file=True)


def _made(facts: Facts, trees: Sequence[Tree]) -> Iterator[Given]:
    """Directories that RUN made empty, or gave to somebody."""
    for run, effect in facts.footprint.effects():
        if not isinstance(effect, ChangesOwner | Writes):
            continue
        line = run.placed.instruction.source.line(effect.command.span.start)
        path = effect.path.rstrip("*").rstrip("/")
        if not any(under(path, tree.path) for tree in trees):
            continue
        if isinstance(effect, ChangesOwner):
            yield Given(path, effect.recursive, "the file gives it to a user", line)
        elif effect.command.name == "mkdir" and not _holds_more(facts, path):
            yield Given(path, True, "made without anything of the application in it", line)


def _holds_more(facts: Facts, directory: str) -> bool:
    """Whether something is put into a directory, or below it, that is no empty directory."""
    return any(
        under(w.path, directory)
        and w.origin != "workdir"
        and w.source not in ("Writes", "ChangesOwner", "ChangesMode", "MakesUser")
        for w in facts.footprint.written
    )
