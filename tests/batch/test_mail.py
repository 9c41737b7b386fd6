"""What `git am` makes of a patch: exactly the new file, whatever bytes it has and whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.batch.mail import Author, Changed, blob, mail
from tests.batch.generate import git, repository

AUTHOR = Author("Zoë O'Neil, <ops>", "zoe@example.org", "1700000000 -0330")
LONG = b"RUN echo " + b"x" * 3000 + b"\n"

TEXTS = {
    "plain": (b"FROM a\nRUN b\n", b"FROM c\nRUN b\n"),
    "no final newline": (b"FROM a\nRUN b", b"FROM c\nRUN b"),
    "a final newline is added": (b"FROM a\nRUN b", b"FROM a\nRUN b\n"),
    "CRLF": (b"FROM a\r\nRUN b\r\nRUN c\r\n", b"FROM z\r\nRUN b\r\nRUN d\r\n"),
    "CRLF and LF": (b"FROM a\r\nRUN b\nRUN c\r\n", b"FROM a\r\nRUN x\nRUN c\r\n"),
    "CR within a line": (b"FROM a\nRUN b\rc\n", b"FROM d\nRUN b\rc\n"),
    "BOM": (b"\xef\xbb\xbfFROM a\nRUN b\n", b"\xef\xbb\xbfFROM c\nRUN b\n"),
    "latin-1": (b"FROM a\nLABEL n=caf\xe9\n", b"FROM b\nLABEL n=caf\xe9\n"),
    "UTF-8": ("FROM a\nLABEL n=café—中\n".encode(), "FROM b\nLABEL n=café—中\n".encode()),
    "long lines": (b"FROM a\n" + LONG, b"FROM b\n" + LONG),
    "long lines with CR": (b"FROM a\r\n" + LONG, b"FROM b\r\n" + LONG),
    "trailing white space": (b"FROM a \t\nRUN b  \n\n\n", b"FROM c \t\nRUN b  \n\n\n"),
    "what looks like a patch or a mail": (
        b"FROM a\n--- x\n+++ y\nFrom me\n-- \n",
        b"FROM b\n--- x\n+++ y\nFrom me\n-- \n",
    ),
    "equals signs": (b"FROM a\r\nENV A=1=20=3D\r\n", b"FROM b\r\nENV A=1=20=3D\r\n"),
}
NAMES = [
    "Dockerfile",
    "a b/Dockerfile",
    'q"uote/Dockerfile',
    "tab\there",
    "ünï/Dockerfile",
    "back\\slash",
    "caf\udce9/Dockerfile",
]


@pytest.mark.parametrize("name", TEXTS)
def test_the_bytes(name: str, tmp_path: Path) -> None:
    applied(tmp_path, "Dockerfile", *TEXTS[name])


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_the_path(name: str, tmp_path: Path) -> None:
    applied(tmp_path, name, b"FROM a\nRUN b\n", b"FROM c\nRUN b\n")


def applied(folder: Path, name: str, before: bytes, after: bytes) -> None:
    place = repository(folder / "r", {name: before, "other": b"1\n"})
    mode = "100644"
    patch = mail("A subject — with more\n\nWhy.\n\n- a: b\n", AUTHOR, [Changed(name, before, after, mode)])
    git(place, "am", "--quiet", data=patch)
    assert (place / name).read_bytes() == after
    assert git(place, "status", "--porcelain") == ""
    assert git(place, "diff", "--name-only", "-z", "HEAD~1").rstrip("\0") == name
    said = git(place, "log", "-1", "--format=%an|%ae|%ad|%s|%b", "--date=raw").split("|")
    assert said[1:4] == ["zoe@example.org", "1700000000 -0330", "A subject — with more"]
    assert said[0].startswith("Zoë O'Neil, ")
    assert said[4] == "Why.\n\n- a: b"


def test_several_files_in_one_patch(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", {"a": b"FROM a\n", "b/c": b"FROM b\r\n"})
    files = [Changed("a", b"FROM a\n", b"FROM x\n", "100644"), Changed("b/c", b"FROM b\r\n", b"FROM y\r\n", "100644")]
    git(place, "am", "--quiet", data=mail("Two\n", AUTHOR, files))
    assert ((place / "a").read_bytes(), (place / "b" / "c").read_bytes()) == (b"FROM x\n", b"FROM y\r\n")


def test_three_way(tmp_path: Path) -> None:
    """The blobs are named, so `git am --3way` finds its way when the file moved on meanwhile."""
    before = b"".join(b"# %d\n" % n for n in range(20))
    place = repository(tmp_path / "r", {"Dockerfile": before})
    patch = mail("S\n", AUTHOR, [Changed("Dockerfile", before, before.replace(b"# 3\n", b"# three\n"), "100644")])
    (place / "Dockerfile").write_bytes(before.replace(b"# 5\n", b"# five\n"))
    git(place, "commit", "--all", "--quiet", "--message=meanwhile")
    git(place, "am", "--3way", "--quiet", data=patch)
    assert b"# three\n# 4\n# five\n" in (place / "Dockerfile").read_bytes()


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_a_blob_is_gits(kind: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", f"--object-format={kind}")
    assert git(tmp_path, "hash-object", "--stdin", data=b"FROM a\n") == blob(b"FROM a\n", sha256=kind == "sha256")
