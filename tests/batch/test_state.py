"""The state: what is done stays done, what changed is done again, and only one run writes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from minify.batch.records import Base, Blocker, Found, Kind, Repository, Result, State, Survey
from minify.batch.state import BusyError, Store, safe_name
from minify.errors import UsageError
from tests.batch.conftest import SLIM, Batch, command, environment, hashes
from tests.batch.generate import git, repository, tree, write

PLACE = Repository("r", "r", Kind.FOLDER, Path("/r"))
FOUND = Found("caf\udce9/Dockerfile", "caf\udce9", ("why caf\udce9",), "d1", "k1")
BASE = Base("a:1", "docker.io/library/a:1", 1, True, False, True, False, False, "", None, "unknown")
RESULT = Result(
    FOUND.path,
    State.CHANGED,
    "slim",
    "a",
    "b",
    1.5,
    None,
    "",
    "{}",
    b"x",
    (BASE,),
    (Blocker("distroless", "k", "r", 3),),
)


def store(folder: Path) -> Store:
    opened = Store.locked(folder)
    opened.begin("1", "", resume=True)
    return opened


def test_bytes_of_paths_come_back(tmp_path: Path) -> None:
    with store(tmp_path) as one:
        one.add(PLACE)
        one.surveyed("r", Survey("", (FOUND,)))
        assert [files for _, _, files in one.tasks(State.PENDING, 4)] == [(FOUND,)]
        one.done("r", [RESULT])
        assert [(row.path, row.context, row.evidence) for row in one.rows()] == [
            (FOUND.path, FOUND.context, FOUND.evidence)
        ]
        assert [change.text for change in one.changes("r")] == [b"x"]


@pytest.mark.parametrize(
    ("again", "kept"),
    [
        (FOUND, True),
        (FOUND._replace(digest="d2"), False),
        (FOUND._replace(key="k2"), False),
    ],
    ids=["the same", "its content", "what else it depends on"],
)
def test_what_changed_is_done_again(again: Found, kept: bool, tmp_path: Path) -> None:
    for found, wanted in ((FOUND, False), (again, kept)):
        with store(tmp_path) as one:
            one.add(PLACE)
            one.surveyed("r", Survey("", (found,)))
            assert (one.count(State.PENDING) == 0) == wanted
            if not wanted:
                one.done("r", [RESULT])


@pytest.mark.parametrize("state", [State.FAILED, State.ERROR])
def test_what_failed_is_tried_again(state: State, tmp_path: Path) -> None:
    for _ in range(2):
        with store(tmp_path) as one:
            one.add(PLACE)
            one.surveyed("r", Survey("", (FOUND,)))
            assert one.count(State.PENDING) == 1
            one.done("r", [Result(FOUND.path, state, message="m")])


def test_what_is_gone_is_not_told(tmp_path: Path) -> None:
    with store(tmp_path) as one:
        one.add(PLACE)
        one.surveyed("r", Survey("", (FOUND,)))
        one.done("r", [RESULT])
    with store(tmp_path) as one:
        one.add(PLACE)
        one.surveyed("r", Survey("", ()))
        assert list(one.rows()) == []
        assert sum(one.states().values()) == 0


def test_names_are_unique_and_stay(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        with store(tmp_path) as one:
            added = [one.add(PLACE._replace(path=Path(f"/{n}"))) for n in "abc"]
            assert one.add(PLACE._replace(path=Path("/a"))) is None
            names.append([item.name for item in added if item])
    assert names[0] == names[1]
    assert len(set(names[0])) == 3


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../x", "x"), ("/etc", "etc"), ("a/./b", "a/b"), ("", "repository"), ("a\nb", "a-b"), (".git", "git")],
)
def test_a_name_stays_below_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_two_runs_in_one_folder_are_refused(tmp_path: Path, batch: Batch) -> None:
    (tmp_path / "repos").mkdir()
    with store(tmp_path / "dockminify-batch"):
        with pytest.raises(BusyError):
            Store.locked(tmp_path / "dockminify-batch")
        answer = batch("repos")
        assert answer.code == 2
        assert "another run works in this folder" in answer.err
        # To be asked is no writing
        assert batch("status").code == 0
    assert batch("repos").code == 0


def test_another_version_is_refused(tmp_path: Path) -> None:
    with store(tmp_path) as one:
        one.connection.execute("PRAGMA user_version = 99")
    for opened in (Store.locked, Store.reading):
        with pytest.raises(UsageError, match="another version"):
            opened(tmp_path)


def test_unchanged_files_are_not_done_twice(tmp_path: Path, batch: Batch) -> None:
    place = repository(tmp_path / "repos" / "r", {"a/Dockerfile": SLIM, "a/x": b"1", "b/Dockerfile": SLIM, "b/x": b"1"})
    assert "fixing: 2 of 2" in batch("repos").err
    assert "fixing" not in batch("repos").err
    (place / "a" / "x").write_text("2")
    git(place, "commit", "--all", "--quiet", "--message=x")
    assert "fixing: 1 of 1" in batch("repos").err
    assert "fixing: 2 of 2" in batch("repos", "--to", "slim").err
    assert "fixing: 2 of 2" in batch("repos", "--to", "slim", "--no-resume").err


@pytest.mark.parametrize("kind", ["patches", "branch", "in place"])
def test_a_killed_run_goes_on(kind: str, tmp_path: Path, batch: Batch) -> None:
    """Kill -9 at any moment, again and again: in the end everything is as if nothing had happened, byte for byte."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    tree(whole / "repos", 6, 30, seed=3)
    write(whole, {"repos/loose/Dockerfile": b"FORM x\n", "repos/loose/more/Dockerfile": SLIM})
    # Times too, of which a folder's print is made
    subprocess.run(["cp", "-a", str(whole), str(killed)], check=True)
    outputs = {"patches": ("--patches", "patches"), "branch": ("--branch", "slim"), "in place": ("--in-place", "--yes")}
    arguments = ("repos", "--workers", "2", *outputs[kind])
    # A folder has no branches, a bare repository no files
    code = 0 if kind == "patches" else 2
    assert batch(*arguments, cwd=whole).code == code
    chance, kills = random.Random(4), 0
    for _ in range(8):
        run = subprocess.Popen(
            command(*arguments), cwd=killed, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            run.wait(chance.uniform(0.3, 2.5))
        except subprocess.TimeoutExpired:
            os.kill(run.pid, signal.SIGKILL)
            kills += 1
        run.communicate()
        if run.returncode != -signal.SIGKILL:
            break
    assert kills
    assert batch(*arguments, cwd=killed).code == code
    assert results(killed / "dockminify-batch") == results(whole / "dockminify-batch")
    but = ("/dockminify-batch/", "/objects/", "/logs/")
    assert hashes(killed, but) == hashes(whole, but)


def test_the_number_of_workers_and_the_hash_seed_change_nothing(tmp_path: Path) -> None:
    tree(tmp_path / "repos", 6, 20, seed=5)
    found = []
    for workers, seed in (("1", "0"), ("3", "4711")):
        folder, patches = f"o{workers}", f"p{workers}"
        run = command("repos", "--workers", workers, "--output", folder, "--patches", patches, "--quiet")
        subprocess.run(
            run, cwd=tmp_path, env={**environment(), "PYTHONHASHSEED": seed}, check=True, capture_output=True
        )
        found.append((results(tmp_path / folder), hashes(tmp_path / patches)))
    assert found[0] == found[1]


def test_no_worker_is_left(tmp_path: Path) -> None:
    """Those of a run that was killed end by themselves."""
    tree(tmp_path / "repos", 6, 60, seed=6)
    run = subprocess.Popen(
        command("repos", "--workers", "2"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    workers: set[int] = set()
    end = time.monotonic() + 30
    while not workers and time.monotonic() < end and run.poll() is None:
        workers = set(below(run.pid))
        time.sleep(0.05)
    time.sleep(0.3)
    workers |= set(below(run.pid))
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert workers
    end = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert [worker for worker in workers if alive(worker)] == []


def results(folder: Path) -> dict[str, str]:
    """What a run says, without its database and its own name."""
    return hashes(folder, ("/dockminify-batch.", "/.gitignore"))


def below(process: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *below(child))]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
