from __future__ import annotations

import os
from pathlib import Path

import pytest

from minify.context import tree
from minify.context.tree import Context, follow
from minify.errors import RefusedError


def make(root: Path, *paths: str, **texts: str) -> Context:
    """A context with these empty files; `ignore="..."` is its ignore file."""
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    if "ignore" in texts:
        (root / ".dockerignore").write_text(texts["ignore"])
    return Context(root, root / "Dockerfile")


def test_an_unknown_context_answers_nothing() -> None:
    context = Context(None, None)
    assert not context.known
    assert (context.files(), context.truncated, context.exists("."), context.expand(".")) == (
        (),
        False,
        False,
        (),
    )
    assert (context.is_dir("."), context.read("a"), context.read_text("a"), context.ignore_file) == (
        False,
        None,
        None,
        None,
    )


def test_files_are_sorted_posix_paths(tmp_path: Path) -> None:
    context = make(tmp_path, "b/c.py", "a.py", "Dockerfile", "b.txt")
    assert context.known
    assert context.files() == ("Dockerfile", "a.py", "b.txt", "b/c.py")


def test_ignored_directories_are_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = make(
        tmp_path,
        ".git/x",
        "node_modules/a/b.js",
        "app.js",
        "README.md",
        ignore=".git\nnode_modules\n*.md\n!README.md",
    )
    walked: list[str] = []
    scandir = os.scandir

    def seen(path: str) -> object:
        walked.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", seen)
    assert context.files() == (".dockerignore", "README.md", "app.js")
    assert walked == ["."]


def test_an_exception_below_an_ignored_directory(tmp_path: Path) -> None:
    context = make(tmp_path, "a/b/keep", "a/b/drop", "c/x", ignore="*\n!a/b/keep")
    assert context.files() == ("a/b/keep",)
    assert [context.exists(path) for path in ("a", "a/b", "a/b/keep", "a/b/drop", "c")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert context.expand("a") == ("a/b/keep",)


def test_the_dockerfiles_own_ignore_file_wins(tmp_path: Path) -> None:
    make(tmp_path, "a", "b", "Dockerfile", "Dockerfile.web", ignore="a")
    (tmp_path / "Dockerfile.web.dockerignore").write_text("b\nDockerfile*\n")
    web = Context(tmp_path, tmp_path / "Dockerfile.web")
    assert web.files() == (".dockerignore", "a")
    assert web.ignore_file == tmp_path / "Dockerfile.web.dockerignore"
    assert "b" in Context(tmp_path, tmp_path / "Dockerfile").files()


def test_a_bad_ignore_file_is_refused(tmp_path: Path) -> None:
    context = make(tmp_path, "a", ignore="ok\n[\n")
    with pytest.raises(RefusedError, match="bad ignore pattern"):
        context.files()


FILES = (
    "Dockerfile",
    "app.py",
    "req.txt",
    "req-dev.txt",
    "src/a.py",
    "src/deep/b.py",
    "src/.hidden",
    "lib/a.py",
)


@pytest.mark.parametrize(
    ("pattern", "expected", "why"),
    [
        ("missing", (), "nothing"),
        ("src/*.txt", (), "a glob that finds nothing"),
        ("ap", (), "no prefix"),
        ("[", (), "a bad glob"),
        ("**/b.py", (), "** is one level in filepath.Match"),
        ("app.py", ("app.py",), "a file"),
        ("/app.py", ("app.py",), "a leading slash is the context"),
        ("./app.py", ("app.py",), "a leading dot"),
        ("../app.py", ("app.py",), ".. stops at the context"),
        ("req*.txt", ("req-dev.txt", "req.txt"), "a glob"),
        ("re?.txt", ("req.txt",), "one character"),
        ("[!-z]pp.py", ("app.py",), "a Go class: ! does not negate"),
        ("src", ("src/.hidden", "src/a.py", "src/deep/b.py"), "a directory"),
        ("src/", ("src/.hidden", "src/a.py", "src/deep/b.py"), "a directory with a slash"),
        ("src/*", ("src/.hidden", "src/a.py", "src/deep/b.py"), "a star takes directories and dot files"),
        ("*/a.py", ("lib/a.py", "src/a.py"), "a star in a directory's place"),
        ("s*", ("src/.hidden", "src/a.py", "src/deep/b.py"), "a glob that finds a directory"),
        (".", tuple(sorted(FILES)), "everything"),
        ("*", tuple(sorted(FILES)), "everything, by glob"),
    ],
)
def test_copy_sources(tmp_path: Path, pattern: str, expected: tuple[str, ...], why: str) -> None:
    context = make(tmp_path, *FILES)
    assert context.expand(pattern) == expected, why
    assert context.exists(pattern) is bool(expected), why


def test_an_empty_directory_is_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    context = Context(tmp_path, None)
    assert context.exists("empty")
    assert context.exists("emp*")
    assert context.is_dir("empty")
    assert context.expand("empty") == ()


def test_read(tmp_path: Path) -> None:
    context = make(tmp_path, ignore="secret")
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfh\xff")
    (tmp_path / "secret").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    assert context.read("/a.txt") == b"\xef\xbb\xbfh\xff"
    assert context.read("a.txt", limit=3) == b"\xef\xbb\xbf"
    assert context.read_text("./a.txt") == "h\ufffd"
    assert [context.read(path) for path in ("secret", "missing", ".", "pipe", "a.txt/b")] == [None] * 5


def test_links_stay_in_the_tree(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("no")
    root = tmp_path / "root"
    context = make(root, "real/a.py", "hidden/b.py", ignore="hidden\n")
    (root / "real" / "a.py").write_text("yes")
    for name, target in {
        "out": str(outside),
        "up": "../outside",
        "absolute": "/real",
        "inner": "real/a.py",
        "ignored": "hidden",
        "loop": "loop",
        "broken": "nowhere",
    }.items():
        (root / name).symlink_to(target)
    listed = context.files()
    assert listed == (
        ".dockerignore",
        "absolute",
        "broken",
        "ignored",
        "inner",
        "loop",
        "out",
        "real/a.py",
        "up",
    )
    assert context.expand("absolute") == ("real/a.py",)
    assert context.read_text("absolute/a.py") == context.read_text("inner") == "yes"
    assert [context.exists(name) for name in ("out", "up", "ignored", "loop", "broken")] == [False] * 5
    assert context.read("up/secret") is context.read("out/secret") is None
    assert follow(root, "absolute/../inner") == "real/a.py"


def test_a_huge_context_is_truncated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 5)
    context = make(tmp_path, *(f"{number:02}" for number in range(9)))
    assert context.truncated
    assert context.files() == ("00", "01", "02", "03", "04")
    assert context.exists("08"), "a plain path is looked up on disk, not in the listing"


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).touch()
    context = Context(tmp_path, None)
    assert context.files() == ("\udcff",)
    assert context.expand("?") == ("\udcff",)
