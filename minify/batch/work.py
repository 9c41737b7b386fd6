"""The second task: fix some Dockerfiles of a repository. Whatever one of them does, the others have their results."""

from __future__ import annotations

import hashlib
import json
import posixpath
import signal
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from minify import api
from minify.batch.bases import bases, blockers
from minify.batch.records import Found, Repository, Result, Settings, State
from minify.batch.survey import opened
from minify.batch.trees import Tree
from minify.edit import Safety
from minify.errors import DockminifyError, InternalError, RefusedError
from minify.planner import Wish
from minify.report import json as report
from minify.syntax import Source
from minify.verify.verdict import Verification

SECONDS: Final = 120
"""What one file may take: it takes milliseconds, and one that does not end must not stop the others."""


class TooLongError(Exception):
    """A file took longer than it may."""


def work(repository: Repository, commit: str, files: tuple[Found, ...], settings: Settings) -> tuple[Result, ...]:
    """A result for each of the files, read as the survey read them."""
    try:
        with opened(repository, settings, commit) as tree, settings_of(tree, repository, files) as folder:
            return tuple(_guarded(tree, folder, found, settings) for found in files)
    except DockminifyError as error:
        return tuple(Result(path=found.path, state=State.ERROR, message=str(error)) for found in files)


def _guarded(tree: Tree, folder: Path | None, found: Found, settings: Settings) -> Result:
    try:
        with limited(SECONDS):
            return _fix(tree, folder, found, settings)
    except TooLongError:
        return Result(path=found.path, state=State.FAILED, message=f"took longer than {SECONDS} seconds")
    except InternalError as error:
        return Result(path=found.path, state=State.FAILED, message=f"{error}\n{error.hint or ''}".rstrip())
    except RefusedError as error:
        return Result(path=found.path, state=State.REFUSED, rung="refused", message=_said(error, folder))
    except DockminifyError as error:
        return Result(path=found.path, state=State.ERROR, message=_said(error, folder))
    except Exception as error:
        # A bug of ours in one file: it is kept for a report, and the run goes on
        return Result(path=found.path, state=State.FAILED, message="".join(traceback.format_exception(error)))


def _said(error: DockminifyError, folder: Path | None) -> str:
    """The message without the temporary folder that settings were read from."""
    said = f"{error}\n{error.hint}" if error.hint else str(error)
    return said.replace(f"{folder}/", "") if folder is not None else said


def _fix(tree: Tree, folder: Path | None, found: Found, settings: Settings) -> Result:
    data = tree.read(found.path, api.MAXIMUM_BYTES + 1)
    if data is None or hashlib.sha256(data).hexdigest() != found.digest:
        return Result(path=found.path, state=State.ERROR, message="changed while it was read: run again")
    if len(data) > api.MAXIMUM_BYTES:
        return Result(path=found.path, state=State.REFUSED, rung="refused", message="no Dockerfile is that long")
    source = Source.from_bytes(data, found.path)
    context = tree.context(found.context, found.path)
    wish = api.with_builds(source, context, wish_of(folder, found, settings), found.targets)
    outcome = api.fix_source(source, context, wish, Safety.INFERRED)
    state = State.UNCHANGED if outcome.patch.empty else State.UNPROVEN if settings.prove else State.CHANGED
    return result(outcome, found, state, page_of(outcome, wish, settings))


def page_of(
    outcome: api.Outcome, wish: Wish, settings: Settings, verification: Verification | None = None
) -> dict[str, Any]:
    """What the page of all changes shows of a file, where it is wanted: with what there is in the place of a conversion."""
    if not settings.page or outcome.patch.empty:
        return {}
    from minify.report.page_data import data
    from minify.review.changes import changes_of

    return {"page": data(outcome, changes_of(outcome, wish), verification)}


def result(outcome: api.Outcome, found: Found, state: State, more: dict[str, Any] | None = None) -> Result:
    """The record of an outcome."""
    plan = outcome.plan
    changed = not outcome.patch.empty
    added, removed = outcome.patch.counts
    document = {
        **report.document(outcome),
        "context": found.context or ".",
        "context_evidence": list(found.evidence),
        "lines": {"added": added, "removed": removed},
        **(more or {}),
    }
    saved = None
    if changed and plan.size_before_mb is not None and plan.size_after_mb is not None:
        saved = round(plan.size_before_mb - plan.size_after_mb, 1)
    return Result(
        path=found.path,
        state=state,
        rung=plan.rung.label,
        base_before=outcome.facts.base_written,
        base_after=plan.base or "",
        saved_mb=saved,
        document=json.dumps(document, ensure_ascii=True, separators=(",", ":")),
        text=outcome.patch.after.encode() if changed else None,
        bases=tuple(bases(outcome.facts)),
        blockers=tuple(blockers(plan)),
    )


def wish_of(folder: Path | None, found: Found, settings: Settings) -> Wish:
    """What is asked for: the command line's options over the settings that hold for the Dockerfile."""
    where, name = posixpath.split(found.path)
    return settings.wish(folder / where if folder is not None else None, name)


@contextmanager
def settings_of(tree: Tree, repository: Repository, files: Sequence[Found]) -> Iterator[Path | None]:
    """The folder whose settings hold: the repository's own on disk, and of a commit a copy of its settings and templates."""
    if not tree.commit:
        yield repository.path
        return
    folders = {folder for found in files for folder in _upwards(found.path)}
    named = [posixpath.join(folder, name) for folder in folders for name in (".dockminify.toml", "pyproject.toml")]
    there = {path: data for path in named if (data := tree.read(path)) is not None}
    if not any(path.endswith(".dockminify.toml") or b"[tool.dockminify" in data for path, data in there.items()):
        yield None
        return
    from minify.rewrite.render import environment

    there |= {path: tree.read(path) or b"" for path in tree.files("") if path.endswith(".j2")}
    with tempfile.TemporaryDirectory(prefix="dockminify-") as name:
        # Where the search for settings ends
        Path(name, ".git").mkdir()
        for folder in folders:
            Path(name, folder).mkdir(parents=True, exist_ok=True)
        for path, data in there.items():
            Path(name, path).parent.mkdir(parents=True, exist_ok=True)
            Path(name, path).write_bytes(data)
        yield Path(name)
    # It keeps what it has read of each folder of templates, and this one is gone
    environment.cache_clear()


def _upwards(path: str) -> Iterator[str]:
    """The folders above a file, the root last."""
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what takes too long, where a signal can do that: in the main thread of a process of ours."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
