"""What can be named, in which order it comes, and what is told where something cannot be one."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from minify.batch.inputs import check, clone_name, is_url, repositories, without_password
from minify.batch.records import Kind
from minify.errors import UsageError
from tests.batch.conftest import SLIM, Batch
from tests.batch.generate import git, repository, write


def found(*named: str, stdin: str = "") -> tuple[list[tuple[str, str, str]], list[str]]:
    """Name, kind and part of each, and the problems."""
    problems: list[str] = []
    listed = repositories(
        named, Path("/clones"), io.StringIO(stdin), lambda where, why: problems.append(f"{where}: {why}")
    )
    return [(item.name, item.kind.value, item.below) for item in listed], problems


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with repositories in folders, and loose files."""
    monkeypatch.chdir(tmp_path)
    repository(tmp_path / "repos" / "b", {"Dockerfile": SLIM, "sub/Dockerfile": SLIM})
    repository(tmp_path / "repos" / "a", {"Dockerfile": SLIM}, bare=True)
    repository(tmp_path / "repos" / "deep" / "er" / "c", {"Dockerfile": SLIM})
    repository(tmp_path / "repos" / "node_modules" / "d", {"Dockerfile": SLIM})
    write(tmp_path, {"repos/loose/web.Dockerfile": SLIM, "plain/x": b""})
    return tmp_path


ALL = [
    *(("repos/a", "bare repository", ""), ("repos/b", "work tree", ""), ("repos/deep/er/c", "work tree", "")),
    ("repos", "folder", ""),
]


def test_a_folder(here: Path) -> None:
    """Every repository below it, those that others vendored left out, and what is in none at the end."""
    assert found("repos") == (ALL, [])
    assert found("plain") == ([], [])


def test_one_repository_and_a_part_of_one(here: Path) -> None:
    assert found("repos/b", "repos/a.git") == ([("b", "work tree", ""), ("a", "bare repository", "")], [])
    assert found("repos/b/sub") == ([("b/sub", "work tree", "sub")], [])


def test_globs(here: Path) -> None:
    assert found("repos/[ab]*") == ([("a", "bare repository", ""), ("b", "work tree", "")], [])
    assert found("repos/**/c") == ([("c", "work tree", "")], [])


def test_lists(here: Path) -> None:
    """Paths, globs and URLs, one a line, with comments; wrong lines are told and passed over."""
    text = "# ours\n\nrepos/b\nrepos/d*/er/*\nhttps://me:secret@git.example/team/x.git\ngone\next::sh -c x\nrepos/b/Dockerfile\n"
    wanted = [("b", "work tree", ""), ("c", "work tree", ""), ("git.example/team/x", "clone", "")]
    problems = [
        *("standard input:6: gone: no such file or folder", "standard input:7: ext::sh -c x is no URL that is cloned"),
        "standard input:8: repos/b/Dockerfile is a file: a list names folders, repositories and URLs",
    ]
    assert found("-", stdin=text) == (wanted, problems)
    Path("list.txt").write_text(text)
    assert found("list.txt") == (wanted, [problem.replace("standard input", "list.txt") for problem in problems])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (["gone"], "gone: no such file or folder"),
        (["gone*"], "matches nothing"),
        (["repos/b/Dockerfile"], "is one Dockerfile"),
        (["-", "-"], "- is named twice"),
        (["ext::sh -c x"], "no URL that is cloned"),
        (["dangling"], "a symbolic link to nothing"),
        (["pipe"], "a device or a pipe"),
    ],
)
def test_misuse(named: list[str], message: str, here: Path) -> None:
    Path("dangling").symlink_to("gone")
    os.mkfifo("pipe")
    with pytest.raises(UsageError) as error:
        check(named)
    assert message in str(error.value)


def test_urls(here: Path) -> None:
    assert is_url("git@git.example:team/api.git")
    assert is_url("file:///srv/git/api")
    assert not is_url("repos/b")
    assert not is_url("C:\\repos")
    assert clone_name("ssh://git@git.example:22/team/api.git/") == "git.example/team/api"
    assert clone_name("git@git.example:team/../../etc") == "git.example/team/etc"
    assert without_password("https://token@git.example/a?private_token=x") == "https://git.example/a"


def test_clones(here: Path, batch: Batch) -> None:
    """Fetched again on each run; the same name twice is no mix-up; what cannot be fetched stops nothing."""
    one, two = (repository(here / f"host{n}" / "api", {"Dockerfile": SLIM, "n": str(n).encode()}) for n in (1, 2))
    urls = f"file://{one}\nfile://{two}\nfile://{one}\nfile:///gone\n"
    answer = batch("-", "--patches", "patches", stdin=urls)
    assert answer.code == 2
    assert "2 changed" in answer.out
    assert "gone" in answer.err
    assert len(list((here / "patches").rglob("*.patch"))) == 2
    (one / "Dockerfile").write_bytes(b'FROM scratch\nCOPY a /a\nCMD ["/a"]\n')
    git(one, "commit", "--all", "--quiet", "--message=More")
    answer = batch(f"file://{one}", "--patches", "patches")
    assert "1 unchanged" in answer.out
    # Its patch is for what is not there any more
    assert len(list((here / "patches").rglob("*.patch"))) == 1


def test_no_password_is_kept(here: Path, batch: Batch) -> None:
    """Neither printed nor in any file, although nothing answers there."""
    answer = batch("https://me:s3cr3t@localhost:1/team/api.git")
    assert answer.code == 2
    assert "s3cr3t" not in answer.out + answer.err
    held = [
        path for path in (here / "dockminify-batch").rglob("*") if path.is_file() and b"s3cr3t" in path.read_bytes()
    ]
    assert held == []


def test_kinds() -> None:
    assert [kind.value for kind in Kind] == ["work tree", "bare repository", "clone", "folder"]
