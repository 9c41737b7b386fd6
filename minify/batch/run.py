"""A run, straight: inputs → survey → fix → prove → publish. Each step goes through what the state says is left of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol

from minify import __version__
from minify.batch import git
from minify.batch.engines import Engine, Failure, cores
from minify.batch.inputs import repositories
from minify.batch.prove import Proving, prove
from minify.batch.publish import Outputs, Published, publish
from minify.batch.records import Found, Kind, Repository, Result, Settings, State, Survey, headline
from minify.batch.state import OURS, Change, Store
from minify.batch.survey import survey
from minify.batch.work import work
from minify.errors import UsageError

CHUNK: Final = 8
"""Files of one repository that one task fixes: what a kill loses, times the workers."""


class Watch(Protocol):
    """Sees a run go on."""

    def step(self, name: str, total: int | None) -> None:
        """A step begins, with so many things to do; None where that is not known yet."""
        ...

    def advance(self, count: int, what: str) -> None:
        """So many of them are done; `what` is the newest."""
        ...

    def note(self, text: str) -> None:
        """Something that a person should see."""
        ...


class Asked(NamedTuple):
    """What a run is asked to do."""

    inputs: Sequence[str]
    standard_input: IO[str]
    settings: Settings
    outputs: Outputs
    resume: bool = True


Task = tuple[Repository, str, tuple[Found, ...], Settings]


class Building(NamedTuple):
    """How changes are proven: in processes of this machine, as many builds at a time as it has workers."""

    engine: Engine
    proving: Proving


def run(asked: Asked, store: Store, engine: Engine, watch: Watch, building: Building | None = None) -> None:
    """Everything from the inputs to what is published; what is done stays done, whatever happens."""
    store.begin(__version__, asked.settings.digest, resume=asked.resume)
    _survey(asked, store, engine, watch)
    _fix(asked, store, engine, watch)
    if building is not None:
        _prove(asked, store, building, watch)
    _publish(asked, store, watch)
    store.finish()


def check_branch(branch: str) -> None:
    """UsageError for what git takes for no branch's name."""
    try:
        git.run(Path(), "check-ref-format", f"refs/heads/{branch}")
    except git.GitError as error:
        if "not installed" in error.message:
            raise
        raise UsageError(f"{branch!r} is no name for a branch") from None
    if re.match(r"-|HEAD$", branch):
        raise UsageError(f"{branch!r} is no name for a branch")


def _survey(asked: Asked, store: Store, engine: Engine, watch: Watch) -> None:
    watch.step("looking for Dockerfiles", None)
    clones = (asked.outputs.folder / "clones").absolute()

    def problem(where: str, why: str) -> None:
        lost = store.add(Repository(where, where, Kind.FOLDER, clones / where))
        if lost is not None:
            store.problem(lost.name, f"{where}: {why}")
        watch.note(f"{where}: {why}")

    def tasks() -> Iterator[tuple[Repository, Settings]]:
        for repository in repositories(asked.inputs, clones, asked.standard_input, problem):
            named = store.add(repository)
            if named is not None:
                if named.kind is Kind.CLONE:
                    # The name is unique, the URL's own is not
                    named = named._replace(path=clones / f"{named.name}.git")
                    store.moved(named)
                yield named, asked.settings

    for (repository, _), found in engine.map(survey, tasks()):
        if isinstance(found, Survey):
            store.surveyed(repository.name, found)
            watch.advance(1, repository.name)
        else:
            message = f"{OURS}{found.message}" if found.ours else found.message
            store.problem(repository.name, message)
            watch.note(f"{repository.name}: {headline(message)}")


def _fix(asked: Asked, store: Store, engine: Engine, watch: Watch) -> None:
    watch.step("fixing", store.count(State.PENDING))
    # What several of a task were lost with is left: each on its own
    for size in (CHUNK, 1):
        for task, results in engine.map(work, _tasks(asked, store, State.PENDING, size)):
            if not isinstance(results, Failure) or size == 1:
                _keep(store, watch, task[0], task[2], results)


def _prove(asked: Asked, store: Store, building: Building, watch: Watch) -> None:
    watch.step("building and running", store.count(State.UNPROVEN))
    tasks = ((*task, building.proving) for task in _tasks(asked, store, State.UNPROVEN, 1))
    for task, results in building.engine.map(prove, tasks):
        _keep(store, watch, task[0], task[2], results)


def _tasks(asked: Asked, store: Store, state: State, size: int) -> Iterator[Task]:
    for repository, commit, files in store.tasks(state, size):
        yield repository, commit, files, asked.settings


def _keep(
    store: Store, watch: Watch, repository: Repository, files: Sequence[Found], results: tuple[Result, ...] | Failure
) -> None:
    if isinstance(results, Failure):
        results = tuple(Result(path=found.path, state=State.FAILED, message=results.message) for found in files)
    store.done(repository.name, results)
    for result in results:
        if result.state in (State.FAILED, State.ERROR, State.REJECTED):
            watch.note(f"{repository.name}: {result.path}: {headline(result.message)}")
    watch.advance(len(results), repository.name)


def _publish(asked: Asked, store: Store, watch: Watch) -> None:
    watch.step("writing", store.count_changed())

    def tasks() -> Iterator[tuple[Repository, str, tuple[Change, ...], dict[str, str]]]:
        for repository in store.repositories(changed=True):
            yield (
                repository,
                store.commit(repository.name),
                tuple(store.changes(repository.name)),
                store.published(repository.name),
            )

    def one(repository: Repository, commit: str, changes: tuple[Change, ...], earlier: dict[str, str]) -> Published:
        return publish(
            repository,
            commit,
            changes,
            earlier,
            asked.outputs,
            asked.settings,
            lambda paths: store.will_write(repository.name, paths),
        )

    # Changes in place are marked in the database before they are made: one at a time
    workers = 1 if asked.outputs.in_place else cores()
    for (repository, *_), published in _threads(workers, one, tasks()):
        store.publish(repository.name, published.what)
        if published.problem:
            store.problem(repository.name, published.problem)
            watch.note(f"{repository.name}: {published.problem}")
        watch.advance(1, repository.name)


def _threads(workers: int, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
    """Each task with its result, in order; as many under way as there are workers."""
    waiting = iter(tasks)
    pending: deque[tuple[tuple[Any, ...], Future[Any]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        while True:
            while len(pending) < workers and (task := next(waiting, None)) is not None:
                pending.append((task, pool.submit(function, *task)))
            if not pending:
                return
            task, future = pending.popleft()
            yield task, future.result()
