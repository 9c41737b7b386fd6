"""The inventory of a batch: what stands on what, what became of it, and why it is not better; for a person and as plain data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from minify.report.lines import Line, line
from minify.rewrite.render import environment, render

SCHEMA_VERSION: Final = 1
SHOWN: Final = 15
"""Rows of a table that a terminal shows; the files have them all."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class BaseUse(NamedTuple):
    """An image, and how many Dockerfiles stand on it: `final` counts those whose last stage does."""

    reference: str
    files: int
    final: int
    tagged: bool
    floating: bool
    pinned: bool
    publisher: str
    eol: str | None
    support: str
    """`supported`, `end of life`, `end of life soon`, `no longer rebuilt`, `extended only` or `unknown`."""


class RungUse(NamedTuple):
    """A rung, how many files reach it, and how many of them change."""

    rung: str
    files: int
    changed: int


class BlockerUse(NamedTuple):
    """A kind of reason that stops a rung: in how many files, and one of them."""

    rung: str
    kind: str
    files: int
    example: str


class FileUse(NamedTuple):
    """One Dockerfile in a line."""

    repository: str
    path: str
    state: str
    rung: str
    base_before: str
    base_after: str
    saved_mb: float | None
    context: str
    evidence: str
    untagged: bool
    floating: bool
    end_of_life: bool
    unverified: bool
    blocker: str
    message: str


class Inventory(NamedTuple):
    """Everything but the files one by one: as large as there are different images and reasons."""

    today: str
    soon: str
    finished: bool
    repositories: int
    files: int
    states: tuple[tuple[str, int], ...]
    rungs: tuple[RungUse, ...]
    saved_mb: float
    saved_files: int
    measured_mb: float | None
    measured_files: int
    bases: tuple[BaseUse, ...]
    blockers: tuple[BlockerUse, ...]
    totals: tuple[tuple[str, int], ...]
    """How many files stand on an image that is untagged, floating, …"""
    problems: tuple[tuple[str, str], ...]


def lines(inventory: Inventory, *, limit: int | None = SHOWN) -> Iterator[Line]:
    """The tables for a terminal."""
    found = inventory
    yield line(
        f"{_many(found.files, 'Dockerfile')} in {_many(found.repositories, 'repository', 'repositories')}", "bold"
    )
    yield line("  " + ", ".join(f"{count:,} {state}" for state, count in found.states if count))
    if found.saved_files:
        yield line(
            f"  about {found.saved_mb:,.0f} MB less in the base images of {found.saved_files:,} files (estimated)"
        )
    if found.measured_mb is not None:
        yield line(f"  {found.measured_mb:,.0f} MB less in {_many(found.measured_files, 'image')} (measured)")
    if not found.finished:
        yield line("  the run has not come to its end: run again to go on", "yellow")
    yield from _table("Rungs", ("rung", "files", "changed"), [(r.rung, r.files, r.changed) for r in found.rungs], None)
    yield from _table("What the files stand on", ("", "files"), [row for row in found.totals if row[1]], None)
    rows = [(b.reference, b.files, b.final, ", ".join(traits(b))) for b in found.bases]
    yield from _table("Base images", ("image", "files", "final", ""), rows, limit)
    stopped = [(b.files, b.rung, b.kind) for b in found.blockers]
    yield from _table("What stops better rungs", ("files", "rung", "reason"), stopped, limit)
    if found.problems:
        yield line()
        yield line("Not read or not written", "bold")
        for name, message in found.problems:
            yield Line((("  ", ""), (name, "red"), (f": {message}", "")))


def traits(base: BaseUse) -> Iterator[str]:
    """What is to be said of an image in a word or two."""
    if not base.tagged:
        yield "untagged"
    elif base.pinned:
        yield "pinned"
    elif base.floating:
        yield "floating"
    if base.support not in ("supported", "unknown"):
        yield f"{base.support} ({base.eol})" if base.eol else base.support
    if not base.publisher:
        yield "publisher not verified"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]], limit: int | None) -> Iterator[Line]:
    if not rows:
        return
    shown = [[_cell(value) for value in row] for row in rows[:limit]]
    numbers = [all(isinstance(row[column], int) for row in rows) for column in range(len(heads))]
    widths = [max(len(row[column]) for row in [list(heads), *shown]) for column in range(len(heads))]
    yield line()
    yield line(title, "bold")
    for at, row in enumerate([list(heads), *shown]):
        cells = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, numbers, strict=True)
        ]
        yield line(f"  {'  '.join(cells)}".rstrip(), "" if at else "dim")
    if limit is not None and len(rows) > limit:
        yield line(f"  and {len(rows) - limit:,} more", "dim")


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).split())


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def document(inventory: Inventory) -> dict[str, Any]:
    """The same as plain data: docs/batch.md."""
    found = inventory
    return {
        "schema_version": SCHEMA_VERSION,
        "today": found.today,
        "finished": found.finished,
        "repositories": found.repositories,
        "files": found.files,
        "states": dict(found.states),
        "rungs": [rung._asdict() for rung in found.rungs],
        "estimated_mb_saved": found.saved_mb,
        "estimated_files": found.saved_files,
        "measured_mb_saved": found.measured_mb,
        "measured_files": found.measured_files,
        "totals": dict(found.totals),
        "bases": [{**base._asdict(), "traits": list(traits(base))} for base in found.bases],
        "blockers": [blocker._asdict() for blocker in found.blockers],
        "problems": [{"repository": name, "message": message} for name, message in found.problems],
    }


def as_json(inventory: Inventory, out: TextIO) -> None:
    """One document."""
    json.dump(document(inventory), out, indent=2, ensure_ascii=True)
    out.write("\n")


def as_csv(files: Iterable[FileUse], out: TextIO) -> None:
    """A row a Dockerfile, for a spreadsheet: nothing in it is taken for a formula."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FileUse._fields)
    for file in files:
        writer.writerow([_spreadsheet(value) for value in file])


def _spreadsheet(value: object) -> str:
    text = "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    text = _utf8(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_markdown(inventory: Inventory, templates: Path | None = None) -> str:
    """Tables for a wiki or an issue, from inventory.md.j2."""
    return render("inventory.md.j2", {"inventory": inventory, "traits": _traits}, templates)


def as_html(inventory: Inventory, files: Iterable[FileUse], out: TextIO, templates: Path | None = None) -> None:
    """One page that needs nothing else, from inventory.html.j2; its rows are written as they come."""
    template = environment(templates).get_template("inventory.html.j2")
    stream = template.stream(inventory=inventory, files=files, traits=_traits)
    stream.enable_buffering(50)
    out.writelines(_utf8(part) for part in stream)


def text_of_csv(files: Iterable[FileUse]) -> str:
    """`as_csv` as one text."""
    out = io.StringIO()
    as_csv(files, out)
    return out.getvalue()


def _traits(base: BaseUse) -> list[str]:
    return list(traits(base))


def _utf8(text: str) -> str:
    """Bytes of paths that are no UTF-8 become U+FFFD: spreadsheets and browsers read nothing else."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
