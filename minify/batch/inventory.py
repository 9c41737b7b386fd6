"""The inventory, asked of the state: counted by SQLite, so that it takes no more memory for more files."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minify.batch.records import State, headline
from minify.batch.state import OURS, Store, text_of
from minify.files import write_atomically
from minify.report import inventory as report
from minify.report.inventory import BaseUse, BlockerUse, FileUse, Inventory, RungUse

_SOON_DAYS: Final = 183

# What is told of an image: the same words in SQL and in a table
_SUPPORT: Final = """CASE
    WHEN base.eol IS NOT NULL AND base.eol <= :today AND base.status = 'extended-only' THEN 'extended only'
    WHEN base.eol IS NOT NULL AND base.eol <= :today THEN 'end of life'
    WHEN base.status = 'end-of-life' THEN 'end of life'
    WHEN base.status = 'extended-only' THEN 'extended only'
    WHEN base.eol IS NOT NULL AND base.eol <= :soon THEN 'end of life soon'
    WHEN base.status = 'no longer rebuilt' THEN 'no longer rebuilt'
    WHEN base.status = 'unknown' THEN 'unknown'
    ELSE 'supported' END"""
_RUNGS: Final = ("scratch", "distroless", "pruned", "slim", "refused")


def take(store: Store) -> Inventory:
    """The inventory of the last run."""
    today = _today()
    soon = (datetime.date.fromisoformat(today) + datetime.timedelta(days=_SOON_DAYS)).isoformat()
    known = {"run": store.run, "today": today, "soon": soon}
    ask = store.connection.execute
    saved = ask(
        "SELECT coalesce(sum(saved_mb), 0), count(saved_mb) FROM file WHERE run = :run AND state IN ('changed', 'to be proven')",
        known,
    ).fetchone()
    measured = ask(
        "SELECT sum(measured_mb), count(measured_mb) FROM file WHERE run = :run AND state = 'changed'", known
    )
    measured_mb, measured_files = measured.fetchone()
    return Inventory(
        today=today,
        soon=soon,
        finished=store.finished,
        repositories=ask("SELECT count(*) FROM repository WHERE run = :run", known).fetchone()[0],
        files=ask("SELECT count(*) FROM file WHERE run = :run", known).fetchone()[0],
        states=tuple((state.value, count) for state, count in store.states().items()),
        rungs=tuple(_rungs(store, known)),
        saved_mb=round(saved[0], 1),
        saved_files=saved[1],
        measured_mb=None if measured_mb is None else round(measured_mb, 1),
        measured_files=measured_files,
        bases=tuple(_bases(store, known)),
        blockers=tuple(_blockers(store, known)),
        totals=tuple(_totals(store, known)),
        problems=tuple((name, message) for name, _, message in store.problems()),
    )


def files(store: Store) -> Iterator[FileUse]:
    """Every Dockerfile of the last run, by repository and path."""
    today = _today()
    some = "EXISTS (SELECT 1 FROM base WHERE base.file = file.id AND ({}))"
    query = f"""
        SELECT repository, path, state, rung, base_before, base_after, saved_mb, context, evidence,
            {some.format("NOT tagged")}, {some.format("floating")},
            {some.format("eol <= ? OR status = 'end-of-life'")},
            {some.format("publisher = ''")},
            (SELECT reason FROM blocker WHERE blocker.file = file.id ORDER BY number LIMIT 1), message
        FROM file WHERE run = ? ORDER BY repository, path"""
    for row in store.connection.execute(query, (today, store.run)):
        yield FileUse(
            repository=row[0],
            path=text_of(row[1]),
            state=row[2],
            rung=row[3],
            base_before=text_of(row[4]),
            base_after=text_of(row[5]),
            saved_mb=row[6],
            context=text_of(row[7]) or ".",
            evidence="; ".join(json.loads(row[8])),
            untagged=bool(row[9]),
            floating=bool(row[10]),
            end_of_life=bool(row[11]),
            unverified=bool(row[12]),
            blocker=text_of(row[13] or ""),
            message=headline(text_of(row[14])),
        )


def write(store: Store, templates: Path | None) -> tuple[Path, ...]:
    """inventory.json, .csv, .md and .html in the output folder."""
    found = take(store)
    folder = store.folder
    paths = {end: folder / f"inventory.{end}" for end in ("json", "csv", "md", "html")}
    write_atomically(paths["md"], report.as_markdown(found, templates).encode("utf-8", "replace"))
    for end in ("json", "csv", "html"):
        # Row by row: none of it is held whole
        part = folder / f".inventory.{end}.part"
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as out:
            if end == "json":
                report.as_json(found, out)
            elif end == "csv":
                report.as_csv(files(store), out)
            else:
                report.as_html(found, files(store), out, templates)
        part.replace(paths[end])
    return tuple(paths.values())


def _rungs(store: Store, known: dict[str, object]) -> Iterator[RungUse]:
    rows = store.connection.execute(
        "SELECT rung, count(*), sum(state = 'changed') FROM file WHERE run = :run AND rung <> '' GROUP BY rung", known
    )
    found = {rung: (count, changed) for rung, count, changed in rows}
    for rung in _RUNGS:
        if rung in found:
            yield RungUse(rung, *found[rung])


def _bases(store: Store, known: dict[str, object]) -> Iterator[BaseUse]:
    rows = store.connection.execute(
        f"""SELECT base.reference, count(DISTINCT base.file), count(DISTINCT CASE WHEN base.final THEN base.file END),
            max(base.tagged), max(base.floating), max(base.pinned), max(base.publisher), max(base.eol), max({_SUPPORT})
        FROM base JOIN file ON file.id = base.file WHERE file.run = :run
        GROUP BY base.normalized, base.reference ORDER BY 2 DESC, 3 DESC, base.reference""",
        known,
    )
    for reference, count, final, tagged, floating, pinned, publisher, eol, support in rows:
        yield BaseUse(
            text_of(reference), count, final, bool(tagged), bool(floating), bool(pinned), publisher, eol, support
        )


def _blockers(store: Store, known: dict[str, object]) -> Iterator[BlockerUse]:
    rows = store.connection.execute(
        """SELECT blocker.rung, blocker.kind, count(DISTINCT blocker.file),
            min(file.repository || '/' || file.path || coalesce(':' || blocker.line, '') || ': ' || blocker.reason)
        FROM blocker JOIN file ON file.id = blocker.file WHERE file.run = :run
        GROUP BY blocker.rung, blocker.kind ORDER BY 3 DESC, blocker.kind, blocker.rung""",
        known,
    )
    for rung, kind, count, example in rows:
        yield BlockerUse(rung, text_of(kind), count, text_of(example))


def _totals(store: Store, known: dict[str, object]) -> Iterator[tuple[str, int]]:
    """Files that stand on an image of each sort; a file may be of several."""
    for what, condition in (
        ("untagged", "NOT base.tagged"),
        ("floating tag", "base.tagged AND base.floating"),
        ("pinned by digest", "base.pinned"),
        ("end of life", f"{_SUPPORT} = 'end of life'"),
        ("end of life soon", f"{_SUPPORT} = 'end of life soon'"),
        ("extended support only", f"{_SUPPORT} = 'extended only'"),
        ("no longer rebuilt", f"{_SUPPORT} = 'no longer rebuilt'"),
        ("publisher not verified", "base.publisher = ''"),
    ):
        query = f"SELECT count(DISTINCT base.file) FROM base JOIN file ON file.id = base.file WHERE file.run = :run AND ({condition})"
        yield what, store.connection.execute(query, known).fetchone()[0]


def _today() -> str:
    """The day that ends of life are compared with; SOURCE_DATE_EPOCH sets it, as for any reproducible output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date().isoformat()
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def failed(store: Store) -> int:
    """The exit code of a run: 70 after a bug of ours, 2 when something could not be read or written, 4 when a change was not proven."""
    states = store.states()
    problems = [message for _, _, message in store.problems()]
    if states[State.FAILED] or any(message.startswith(OURS) for message in problems):
        return 70
    if states[State.ERROR] or problems:
        return 2
    return 4 if states[State.REJECTED] else 0
