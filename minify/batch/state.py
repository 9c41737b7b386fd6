"""The state of a batch in its output folder: SQLite with a write-ahead log, written by one process, read by any.

Each result is a transaction of its own, so that what is lost with the process is what it was doing.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from minify.batch.records import Base, Blocker, Found, Kind, Repository, Result, State, Survey
from minify.batch.trees import STATE
from minify.errors import UsageError

_LOCK: Final = "dockminify-batch.lock"
_VERSION: Final = 2
_PAGE: Final = 256
OURS: Final = "a bug of ours: "
"""What a repository's problem begins with when it is one."""
_AGAIN: Final = (State.PENDING, State.UNPROVEN, State.FAILED, State.ERROR)
"""What a later run does again, although nothing changed."""

_TABLES: Final = """
CREATE TABLE run (id INTEGER PRIMARY KEY, version TEXT NOT NULL, asked TEXT NOT NULL, finished INTEGER NOT NULL DEFAULT 0);
CREATE TABLE repository (
    name TEXT PRIMARY KEY COLLATE NOCASE, identity TEXT NOT NULL UNIQUE, run INTEGER NOT NULL, surveyed INTEGER NOT NULL DEFAULT 0,
    locator TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, below TEXT NOT NULL,
    commit_read TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '', published TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
CREATE TABLE file (
    id INTEGER PRIMARY KEY, repository TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL, run INTEGER NOT NULL,
    context TEXT NOT NULL, evidence TEXT NOT NULL, targets TEXT NOT NULL, digest TEXT NOT NULL, key TEXT NOT NULL, after TEXT NOT NULL DEFAULT '',
    written INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, rung TEXT NOT NULL DEFAULT '', base_before TEXT NOT NULL DEFAULT '',
    base_after TEXT NOT NULL DEFAULT '', saved_mb REAL, measured_mb REAL, message TEXT NOT NULL DEFAULT '', document BLOB, text BLOB,
    UNIQUE (repository, path)
);
CREATE INDEX file_by_state ON file (run, state, repository, path);
CREATE TABLE base (
    file INTEGER NOT NULL, number INTEGER NOT NULL, reference TEXT NOT NULL, normalized TEXT NOT NULL, line INTEGER NOT NULL,
    final INTEGER NOT NULL, known INTEGER NOT NULL, tagged INTEGER NOT NULL, floating INTEGER NOT NULL, pinned INTEGER NOT NULL,
    publisher TEXT NOT NULL, eol TEXT, status TEXT NOT NULL, PRIMARY KEY (file, number)
) WITHOUT ROWID;
CREATE TABLE blocker (
    file INTEGER NOT NULL, number INTEGER NOT NULL, rung TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, line INTEGER,
    PRIMARY KEY (file, number)
) WITHOUT ROWID;
"""

_CHANGED: Final = (
    "AND (published <> '{}' OR EXISTS (SELECT 1 FROM file WHERE file.repository = repository.name"
    f" AND file.run = repository.run AND file.state = '{State.CHANGED}'))"
)


class BusyError(UsageError):
    """Another run writes to the folder."""


class Row(NamedTuple):
    """A Dockerfile as the state has it, without what is large."""

    repository: str
    path: str
    state: State
    context: str
    evidence: tuple[str, ...]
    rung: str
    base_before: str
    base_after: str
    saved_mb: float | None
    message: str


class Change(NamedTuple):
    """A Dockerfile that is to be changed: what publishing needs."""

    path: str
    digest: str
    context: str
    evidence: tuple[str, ...]
    document: dict[str, Any]
    text: bytes


class Store:
    """The state of one folder. Only what `locked` gives may write."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, lock: sqlite3.Connection | None) -> None:
        self.connection = connection
        self.folder = folder
        self._lock = lock
        self.run = self._value("SELECT max(id) FROM run") or 0

    # -- opening --------------------------------------------------------------------------------------

    @classmethod
    def locked(cls, folder: Path) -> Self:
        """Open for a run; BusyError when another run has it, which ends with its process however that ends."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot be made: {error.strerror}", path=str(folder)) from error
        # A lock of SQLite's own: no child inherits it, the system gives it back when the process is gone
        lock = sqlite3.connect(folder / _LOCK, timeout=0, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            if "locked" not in str(error):
                raise UsageError(f"cannot be written: {error}", path=str(folder)) from error
            raise BusyError(
                "another run works in this folder", path=str(folder), hint="wait for it, or name another with --output"
            ) from None
        # Nothing in it is for a repository that it happens to be in
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        store = cls(_connect(folder, create=True), folder, lock)
        store.connection.execute("PRAGMA journal_mode=WAL")
        store.connection.execute("PRAGMA synchronous=NORMAL")
        return store

    @classmethod
    def reading(cls, folder: Path) -> Self:
        """Open to be asked, also while a run works."""
        if not (folder / STATE).is_file():
            raise UsageError("there is no batch here", path=str(folder), hint="name the folder that --output named")
        return cls(_connect(folder, create=False), folder, None)

    def close(self) -> None:
        """Give the folder back."""
        self.connection.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _value(self, query: str, values: Sequence[Any] = ()) -> Any:
        row = self.connection.execute(query, values).fetchone()
        return row[0] if row else None

    # -- a run ----------------------------------------------------------------------------------------

    def begin(self, version: str, asked: str, *, resume: bool) -> None:
        """A new run; without `resume` nothing of earlier ones counts."""
        with self.connection:
            if not resume:
                for table in ("base", "blocker", "file"):
                    self.connection.execute(f"DELETE FROM {table}")
            found = self.connection.execute("INSERT INTO run (version, asked) VALUES (?, ?)", (version, asked))
            assert found.lastrowid is not None
            self.run = found.lastrowid

    def finish(self) -> None:
        """Everything is done."""
        with self.connection:
            self.connection.execute("UPDATE run SET finished = 1 WHERE id = ?", (self.run,))

    @property
    def finished(self) -> bool:
        """Whether the last run came to its end."""
        return bool(self._value("SELECT finished FROM run WHERE id = ?", (self.run,)))

    def add(self, repository: Repository) -> Repository | None:
        """Take a repository into the run under a name of its own; None when it is there already."""
        identity = f"{repository.url or repository.path.resolve()}\n{repository.below}"
        if repository.url:
            # A URL may hold a password
            identity = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
        row = self.connection.execute(
            "SELECT name, run FROM repository WHERE identity = ?", (_plain(identity),)
        ).fetchone()
        if row is not None and row[1] == self.run:
            return None
        name = row[0] if row is not None else self._free(repository, identity)
        values = (
            *(self.run, _plain(repository.locator), repository.kind.value),
            *(_plain(str(repository.path.absolute())), _plain(repository.below)),
        )
        with self.connection:
            if row is None:
                self.connection.execute(
                    "INSERT INTO repository (name, identity, run, locator, kind, path, below) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (name, _plain(identity), *values),
                )
            else:
                self.connection.execute(
                    "UPDATE repository SET run = ?, locator = ?, kind = ?, path = ?, below = ?, surveyed = 0, problem = '' WHERE name = ?",
                    (*values, name),
                )
        return repository._replace(name=name, path=Path(repository.path.absolute()))

    def _free(self, repository: Repository, identity: str) -> str:
        """The name, or with the folder that it is in, or with some digits: the first that no other repository has."""
        name = safe_name(repository.name)
        longer = safe_name(f"{repository.path.resolve().parent.name}/{name}") if not repository.url else name
        for one in (name, longer):
            if self._value("SELECT 1 FROM repository WHERE name = ?", (one,)) is None:
                return one
        return f"{name}-{hashlib.sha256(identity.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"

    def moved(self, repository: Repository) -> None:
        """The folder of a repository, where only its final name tells it."""
        with self.connection:
            self.connection.execute(
                "UPDATE repository SET path = ? WHERE name = ?", (_plain(str(repository.path)), repository.name)
            )

    def problem(self, name: str, message: str) -> None:
        """A repository that could not be read or written; the run goes on."""
        with self.connection:
            self.connection.execute(
                "UPDATE repository SET problem = ?, surveyed = 1 WHERE name = ?", (_plain(message), name)
            )

    def surveyed(self, name: str, survey: Survey) -> None:
        """What a repository holds now; files whose result still holds keep it."""
        with self.connection:
            self.connection.execute(
                "UPDATE repository SET surveyed = 1, commit_read = ? WHERE name = ?", (survey.commit, name)
            )
            for found in survey.found:
                self._found(name, found)

    def _found(self, name: str, found: Found) -> None:
        path, evidence = _plain(found.path), json.dumps(found.evidence)
        row = self.connection.execute(
            "SELECT id, digest, key, after, written, state FROM file WHERE repository = ? AND path = ?", (name, path)
        ).fetchone()
        if row is not None:
            number, digest, key, after, written, state = row
            same = digest == found.digest or (written and after == found.digest)
            if same and key == found.key and State(state) not in _AGAIN:
                self.connection.execute("UPDATE file SET run = ? WHERE id = ?", (self.run, number))
                return
            self._forget(number)
        self.connection.execute(
            "INSERT INTO file (repository, path, run, context, evidence, targets, digest, key, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                path,
                self.run,
                _plain(found.context),
                evidence,
                json.dumps(found.targets),
                found.digest,
                found.key,
                State.PENDING,
            ),
        )

    def _forget(self, number: int) -> None:
        for query in (
            "DELETE FROM base WHERE file = ?",
            "DELETE FROM blocker WHERE file = ?",
            "DELETE FROM file WHERE id = ?",
        ):
            self.connection.execute(query, (number,))

    def done(self, name: str, results: Sequence[Result]) -> None:
        """The results of one task."""
        with self.connection:
            for result in results:
                self._done(name, result)

    def _done(self, name: str, result: Result) -> None:
        row = self.connection.execute(
            "SELECT id FROM file WHERE repository = ? AND path = ?", (name, _plain(result.path))
        ).fetchone()
        file = row[0]
        self.connection.execute(
            "UPDATE file SET state = ?, rung = ?, base_before = ?, base_after = ?, saved_mb = ?, measured_mb = ?, message = ?, document = ?, text = ?,"
            " after = ?, written = 0 WHERE id = ?",
            (
                *(
                    result.state,
                    result.rung,
                    _plain(result.base_before),
                    _plain(result.base_after),
                    result.saved_mb,
                    result.measured_mb,
                ),
                *(_plain(result.message), zlib.compress(result.document.encode()) if result.document else None),
                zlib.compress(result.text) if result.text is not None else None,
                hashlib.sha256(result.text).hexdigest() if result.text is not None else "",
                file,
            ),
        )
        for table in ("base", "blocker"):
            self.connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))
        self.connection.executemany(
            f"INSERT INTO base VALUES (?, ?{', ?' * len(Base._fields)})",
            [(file, number, *map(_plain, base)) for number, base in enumerate(result.bases)],
        )
        self.connection.executemany(
            f"INSERT INTO blocker VALUES (?, ?{', ?' * len(Blocker._fields)})",
            [(file, number, *map(_plain, blocker)) for number, blocker in enumerate(result.blockers)],
        )

    # -- what there is --------------------------------------------------------------------------------

    def repositories(self, *, changed: bool = False) -> Iterator[Repository]:
        """The run's repositories by name, those that could be read; `changed`: those with a file to change, or that were published."""
        last = ""
        more = _CHANGED if changed else ""
        while True:
            page = self.connection.execute(
                "SELECT name, locator, kind, path, below FROM repository"
                f" WHERE run = ? AND problem = '' AND name > ? {more} ORDER BY name LIMIT {_PAGE}",
                (self.run, last),
            ).fetchall()
            if not page:
                return
            for name, locator, kind, path, below in page:
                yield Repository(name, text_of(locator), Kind(kind), Path(text_of(path)), "", text_of(below))
            last = page[-1][0]

    def tasks(self, state: State, size: int) -> Iterator[tuple[Repository, str, tuple[Found, ...]]]:
        """Files in a state, at most `size` of one repository together, with the commit that they were found in."""
        for repository in self.repositories():
            commit = self.commit(repository.name)
            last = ""
            while True:
                page = self.connection.execute(
                    "SELECT path, context, evidence, digest, key, targets FROM file"
                    " WHERE repository = ? AND run = ? AND state = ? AND path > ? ORDER BY path LIMIT ?",
                    (repository.name, self.run, state, last, size),
                ).fetchall()
                if not page:
                    break
                yield (
                    repository,
                    commit,
                    tuple(
                        Found(
                            text_of(path),
                            text_of(context),
                            tuple(json.loads(evidence)),
                            digest,
                            key,
                            tuple((target, said) for target, said in json.loads(targets)),
                        )
                        for path, context, evidence, digest, key, targets in page
                    ),
                )
                last = page[-1][0]

    def commit(self, name: str) -> str:
        """The commit that was read of a repository; empty for files on disk."""
        return str(self._value("SELECT commit_read FROM repository WHERE name = ?", (name,)))

    def count(self, state: State) -> int:
        """How many files of the run are in a state."""
        return int(self._value("SELECT count(*) FROM file WHERE run = ? AND state = ?", (self.run, state)))

    def count_changed(self) -> int:
        """How many repositories there is something to write for, or to take away."""
        return int(
            self._value(f"SELECT count(*) FROM repository WHERE run = ? AND problem = '' {_CHANGED}", (self.run,))
        )

    def states(self) -> dict[State, int]:
        """The run's files by state, none left out."""
        found = dict(
            self.connection.execute("SELECT state, count(*) FROM file WHERE run = ? GROUP BY state", (self.run,))
        )
        return {state: found.get(state.value, 0) for state in State}

    def changes(self, name: str) -> Iterator[Change]:
        """The files of a repository that are to be changed, by path."""
        rows = self.connection.execute(
            "SELECT path, digest, context, evidence, document, text FROM file WHERE repository = ? AND run = ? AND state = ? ORDER BY path",
            (name, self.run, State.CHANGED),
        ).fetchall()
        for path, digest, context, evidence, document, text in rows:
            yield Change(
                text_of(path),
                digest,
                text_of(context),
                tuple(json.loads(evidence)),
                json.loads(zlib.decompress(document)),
                zlib.decompress(text),
            )

    def rows(self, *, state: State | None = None, repository: str | None = None) -> Iterator[Row]:
        """The run's files by repository and path; `repository` is a pattern with `*`."""
        query = (
            "SELECT repository, path, state, context, evidence, rung, base_before, base_after, saved_mb, message FROM file"
            " WHERE run = ?" + (" AND state = ?" if state else "") + (" AND repository GLOB ?" if repository else "")
        )
        values = [self.run, *([state.value] if state else []), *([repository] if repository else [])]
        for row in self.connection.execute(f"{query} ORDER BY repository, path", values):
            yield Row(
                *(
                    row[0],
                    text_of(row[1]),
                    State(row[2]),
                    text_of(row[3]),
                    tuple(json.loads(row[4])),
                    row[5],
                ),
                *(text_of(row[6]), text_of(row[7]), row[8], text_of(row[9])),
            )

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Repositories of the run that could not be read or written: name, locator, message."""
        rows = self.connection.execute(
            "SELECT name, locator, problem FROM repository WHERE run = ? AND problem <> '' ORDER BY name", (self.run,)
        )
        for name, locator, message in rows:
            yield name, text_of(locator), text_of(message)

    # -- publishing -----------------------------------------------------------------------------------

    def published(self, name: str) -> dict[str, str]:
        """What was published for a repository: the patch's file, the branch and its commit."""
        found = self._value("SELECT published FROM repository WHERE name = ?", (name,))
        return dict(json.loads(found)) if found else {}

    def publish(self, name: str, what: dict[str, str]) -> None:
        """Remember what was published."""
        with self.connection:
            self.connection.execute(
                "UPDATE repository SET published = ? WHERE name = ?", (json.dumps(what, sort_keys=True), name)
            )

    def will_write(self, name: str, paths: Sequence[str]) -> None:
        """Files are about to be changed in place: from now on their new content is theirs."""
        with self.connection:
            self.connection.executemany(
                "UPDATE file SET written = 1 WHERE repository = ? AND path = ?",
                [(name, _plain(path)) for path in paths],
            )


def safe_name(name: str) -> str:
    """A name that is a path below a folder on any system.

    >>> safe_name("team/../api:1"), safe_name("..")
    ('team/api-1', 'repository')
    """
    parts = [re.sub(r"[^\w.+@-]+", "-", part).strip("-") for part in name.split("/")]
    kept = [part for part in parts if part.strip(".")]
    return "/".join(part.lstrip(".") if index == 0 else part for index, part in enumerate(kept)) or "repository"


def _plain(value: Any) -> Any:
    """Text as SQLite can hold it: bytes where a path has some that are no UTF-8."""
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return value.encode("utf-8", "surrogateescape")
    return value


def text_of(value: str | bytes) -> str:
    """What `_plain` made of a text, as it was."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _connect(folder: Path, *, create: bool) -> sqlite3.Connection:
    path = (folder / STATE).resolve()
    mode = "rwc" if create else "ro"
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=30, check_same_thread=False)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UsageError(f"the state cannot be read: {error}", path=str(path), hint="name another folder") from error
    if version == 0 and create:
        connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")
    elif version != _VERSION:
        connection.close()
        raise UsageError(
            f"the state is of another version of dockminify ({version})", path=str(path), hint="name another folder"
        )
    return connection
