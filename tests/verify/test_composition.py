"""What fills both images: every byte once, below the directory that says the most."""

from __future__ import annotations

from minify.verify.composition import compose
from minify.verify.entries import Content, Entry, Kind
from minify.verify.filesystem import Filesystem


def files(sizes: dict[str, int], links: dict[str, str] | None = None) -> Filesystem:
    """A file system of files with these sizes, and hard links to some of them."""
    entries = {path: Entry(path, Kind.FILE, 0o644, 0, 0, content=Content(size=size)) for path, size in sizes.items()}
    for path, target in (links or {}).items():
        entries[path] = Entry(path, Kind.FILE, 0o644, 0, 0, content=entries[target].content)
    return Filesystem(entries=entries)


def test_each_directory_in_both_images_the_largest_first() -> None:
    before = files({"/usr/lib/gcc/cc1": 500, "/usr/bin/gcc": 300, "/app/a.py": 10, "/usr/local/lib/python3/os.py": 90})
    after = files({"/app/a.py": 10, "/usr/local/lib/python3/os.py": 95})
    parts = [(part.what, part.before, part.after) for part in compose(before, after)]
    assert parts == [("/usr/lib/gcc", 500, 0), ("/usr/bin", 300, 0), ("/usr/local/lib", 90, 95), ("/app", 10, 10)]


def test_what_is_little_is_the_rest_and_nothing_is_lost() -> None:
    before = files({f"/d{number}/f": 10 + number for number in range(40)} | {"/big/f": 5000, "/init": 1})
    after = files({"/new/f": 2000})
    parts = compose(before, after)
    assert parts[-1].what == "the rest"
    assert len(parts) <= 15
    assert sum(part.before for part in parts) == before.size
    assert sum(part.after for part in parts) == after.size


def test_hard_links_count_once() -> None:
    parts = compose(files({"/a/x": 100}, {"/b/y": "/a/x"}), files({}))
    assert [(part.what, part.before, part.after) for part in parts] == [("/a", 100, 0)]


def test_nothing_is_no_part() -> None:
    assert compose(files({}), files({})) == ()
