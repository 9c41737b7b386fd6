"""A commit's files answer as the same files on disk do; what leads out of the tree is not followed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify import api
from minify.batch import git
from minify.batch.trees import CommitTree, FolderTree
from minify.cli.shared import Asked
from minify.context.tree import Context
from minify.edit import Safety
from minify.report.json import document
from minify.syntax import Source
from tests.batch.generate import git as run_git
from tests.batch.generate import repository, sample_files, write
from tests.samples import samples

FILES = {
    "Dockerfile": b"FROM a\n",
    ".dockerignore": b"logs\n!logs/keep\n**/*.tmp\n",
    "src/app.py": b"print()\n",
    "src/x.tmp": b"",
    "logs/a": b"1",
    "logs/keep/b": b"2",
    "link": b"->src",
    "src/up": b"->../data/d.txt",
    "data/d.txt": b"text",
    "out": b"->/etc/passwd",
    "loop": b"->loop",
    "ünï/é": b"3",
}
QUESTIONS = (
    *FILES,
    "src",
    "link/app.py",
    "src/",
    "./src/app.py",
    "../src",
    "*.py",
    "src/*.py",
    "nothing",
    "",
    ".",
    "logs/keep",
    "l*",
)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Context, Context]]:
    """The same files as a commit, with no work tree, and on disk."""
    place = repository(tmp_path / "r", FILES, bare=True)
    write(tmp_path / "disk", FILES)
    with git.Objects(place) as objects:
        tree = CommitTree.at(objects, "HEAD")
        assert tree is not None
        yield tree.context("", "Dockerfile"), Context(tmp_path / "disk", tmp_path / "disk" / "Dockerfile")


def test_contexts_are_the_same(both: tuple[Context, Context]) -> None:
    commit, disk = both
    assert commit.known
    assert commit.files() == disk.files()
    for path in QUESTIONS:
        for ask in ("exists", "expand", "is_dir", "read", "read_text"):
            assert getattr(commit, ask)(path) == getattr(disk, ask)(path), (ask, path)


@pytest.mark.parametrize("name", [sample.name for sample in samples()])
def test_a_commit_is_fixed_as_its_files_are(name: str, tmp_path: Path) -> None:
    """The Dockerfile in a folder of the repository, and the repository bare."""
    place = repository(tmp_path / "r", sample_files(name, "app/"), bare=True)
    sample = next(sample for sample in samples() if sample.name == name)
    data = sample.dockerfile.read_bytes()
    with git.Objects(place) as objects:
        tree = CommitTree.at(objects, "HEAD")
        assert tree is not None
        source = Source.from_bytes(data, "context/Dockerfile")
        outcome = sample.outcome()
        # Its settings are in a file of the sample
        wish = Asked().wish(sample.dockerfile.parent)._replace(targets=tuple(one.target for one in outcome.targets))
        found = api.fix_source(source, tree.context("app", "app/Dockerfile"), wish, Safety.INFERRED)
    assert document(found) == document(outcome)


def test_a_large_file_is_read_in_part(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", {"big": b"x" * 3_000_000, "small": b"y"})
    with git.Objects(place) as objects:
        tree = CommitTree.at(objects, "HEAD")
        assert tree is not None
        assert tree.read("big", 10) == b"x" * 10
        # What was not asked for is out of the way
        assert tree.read("small") == b"y"
        assert len(tree.read("big") or b"") == 1_000_000


def test_links_do_not_lead_out_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"secret": b"1", "in/a": b"->../secret", "in/up": b"->..", "in/Dockerfile": b"FROM a\n"})
    tree = FolderTree(tmp_path / "in", is_work_tree=False)
    assert list(tree.files("")) == ["Dockerfile"]
    assert tree.read("a") is None
    assert tree.read("up/secret") is None


def test_what_a_build_gets(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", FILES, bare=True)
    with git.Objects(place) as objects:
        tree = CommitTree.at(objects, "HEAD")
        assert tree is not None
        tree.export("", tmp_path / "out")
    write(tmp_path / "disk", FILES)

    def content(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): str(path.readlink())
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    assert content(tmp_path / "out") == content(tmp_path / "disk")


def test_a_tree_that_leads_out_is_not_written(tmp_path: Path) -> None:
    """git makes no such tree, and reads one all the same."""
    run_git(tmp_path, "init", "--quiet", "--bare", "r.git")
    place = tmp_path / "r.git"
    blob = run_git(place, "hash-object", "-w", "--stdin", data=b"x")
    raw = b"100644 ..\0" + bytes.fromhex(blob)
    tree_id = run_git(place, "hash-object", "-w", "--literally", "-t", "tree", "--stdin", data=raw)
    commit = run_git(place, "commit-tree", tree_id, "-m", "x")
    with git.Objects(place) as objects:
        tree = CommitTree(objects, commit)
        with pytest.raises(git.GitError, match=r"'\.\.'"):
            tree.export("", tmp_path / "out")


def test_sha256(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", "r")
    place = tmp_path / "r"
    write(place, {"a/Dockerfile": b"FROM a\n"})
    run_git(place, "add", "-A")
    run_git(place, "commit", "-q", "-m", "x")
    with git.Objects(place) as objects:
        tree = CommitTree.at(objects, "HEAD")
        assert tree is not None
        assert list(tree.files("")) == ["a/Dockerfile"]


def test_a_folders_print_changes_with_what_it_holds(tmp_path: Path) -> None:
    write(tmp_path, {"a/x": b"1", "Dockerfile": b"FROM a\n", "b/y": b"1"})

    def found(root: str) -> str:
        return FolderTree(tmp_path, is_work_tree=False).fingerprint(root, {"Dockerfile"})

    first, of_a = found(""), found("a")
    (tmp_path / "Dockerfile").write_bytes(b"FROM b\n")
    assert found("") == first
    (tmp_path / "b" / "y").write_bytes(b"22")
    assert (found("") != first, found("a")) == (True, of_a)
