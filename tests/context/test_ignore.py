"""moby/patternmatcher's documented semantics, and the walk's: each row says what it shows."""

from __future__ import annotations

import pytest

from minify.context.ignore import IgnoreRules, read_pattern
from minify.errors import RefusedError

# (lines of the ignore file, path, ignored, why)
TABLE = [
    ([], "app.py", False, "no pattern, nothing is ignored"),
    (["# app.py"], "app.py", False, "a comment"),
    (["", "   "], "app.py", False, "blank lines"),
    (["app.py"], "src/app.py", False, "a bare name is at the root, unlike in gitignore"),
    (["*.py"], "src/app.py", False, "a star does not cross a slash"),
    (["apple"], "app", False, "a longer name"),
    (["docs"], "docs2/a", False, "a longer directory name"),
    (["dir/**"], "dir", False, "a directory is not inside itself"),
    (["a?b"], "a/b", False, "a question mark is no slash"),
    (["**/.env"], "x.env", False, "the slash after ** is meant"),
    (["a.c"], "abc", False, "a dot is a dot"),
    (["app.py"], "app.py", True, "exact"),
    (["/app.py"], "app.py", True, "a leading slash is the root"),
    (["./app.py"], "app.py", True, "cleaned"),
    (["docs/../src/"], "src/a", True, "cleaned, and a trailing slash goes"),
    (["docs/"], "docs", True, "a trailing slash goes, so a file of that name is ignored as well"),
    (["docs"], "docs/deep/a.txt", True, "what is below an ignored directory"),
    (["*/temp*"], "some/temporary.txt", True, "one level down"),
    (["*/temp*"], "some/temporary/file", True, "below a directory one level down"),
    (["*/temp*"], "a/b/temporary.txt", False, "two levels down are not one"),
    (["**/*.pyc"], "a.pyc", True, "** is also no directory at all"),
    (["**/*.pyc"], "a/b/c.pyc", True, "** is any number of directories"),
    (["**.pyc"], "a/b.pyc", True, "** without a slash"),
    (["**"], "a/b", True, "everything"),
    (["dir/**"], "dir/a/b", True, "all below"),
    (["a/**/z"], "a/z", True, "no directory between"),
    (["a/**/z"], "a/b/c/z", True, "several between"),
    (["temp?"], "tempa", True, "one character"),
    (["[a-c].txt"], "b.txt", True, "a range"),
    (["[^a-c].txt"], "b.txt", False, "a negated range"),
    (["[^a-c].txt"], "z.txt", True, "outside of a negated range"),
    ([r"\*.txt"], "a.txt", False, "an escaped star is a star"),
    ([r"\*.txt"], "*.txt", True, "an escaped star is a star"),
    ([r"\!x"], "!x", True, "an escaped ! is a name"),
    (["a+(b){c}|$.txt"], "a+(b){c}|$.txt", True, "regex characters are plain"),
    (["a^b*"], "a^bc", False, "^ in a pattern with a wildcard goes into the regex as it is: moby's own flaw"),
    ([" app.py  "], "app.py", True, "white space around goes"),
    ([" #app.py"], "#app.py", True, "an indented # is a name"),
    (["\ufeffapp.py"], "app.py", True, "a byte order mark goes"),
    (["app.py\r"], "app.py", True, "CRLF"),
    (["*", "!app.py"], "app.py", False, "an exception"),
    (["*", "! app.py"], "app.py", False, "an exception with a space"),
    (["*", "!/app.py"], "app.py", False, "an exception with a slash"),
    (["!app.py", "*"], "app.py", True, "the last word counts"),
    (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True, "in, out, in again"),
    (["*.md", "!README*.md", "README-secret.md"], "README.md", False, "only the named one came back in"),
    (["*", "!src"], "src/a/b.py", False, "all below an exception"),
    (["src", "!src/keep.py"], "src/keep.py", False, "one file of an ignored directory"),
    (["src", "!src/keep.py"], "src/drop.py", True, "its neighbour"),
    (["src/*", "!src/keep.py"], "src/keep.py", False, "the same with a star"),
    (["src", "!src/keep", "src/keep/no"], "src/keep/no/x", True, "taken away again below"),
    (["**/*.log", "!keep"], "keep/a.log", True, "an exception not tried on the directory is not inherited"),
    (["**/*.log", "!keep/**"], "keep/a.log", False, "an exception that names the file itself"),
    (["/!x", "x"], "x", True, "the sign is read after the slash is cut"),
    (["x", "/!x"], "x", False, "the sign is read after the slash is cut"),
]


@pytest.mark.parametrize(("lines", "path", "ignored", "why"), TABLE)
def test_ignored(lines: list[str], path: str, ignored: bool, why: str) -> None:
    rules = IgnoreRules.read("\n".join(lines).encode(), ".dockerignore")
    assert rules.ignored(path) is ignored, why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!", "an exception to nothing"),
        ("!  ", "an exception to nothing"),
        ("[", "an open class"),
        ("a[", "an open class"),
        ("[]a]", "an empty class"),
        ("[x-]", "an open range"),
        ("a\\", "a backslash that escapes nothing"),
        ("[z-a]", "an empty range passes Go's check and fails in its regex"),
    ],
)
def test_refused_with_its_line(line: str, why: str) -> None:
    with pytest.raises(RefusedError) as caught:
        IgnoreRules.read(f"# first\n{line}\nother\n".encode(), "x/.dockerignore")
    assert (caught.value.path, caught.value.line) == ("x/.dockerignore", 2), why


@pytest.mark.parametrize(
    ("line", "expected"),
    [("# x", None), ("", None), ("/", (False, "/")), ("!a/", (True, "a")), ("//a", (False, "a"))],
)
def test_read_pattern(line: str, expected: tuple[bool, str] | None) -> None:
    assert read_pattern(line) == expected


@pytest.mark.parametrize(
    ("exception", "directory", "may"),
    [
        ("!README.md", "node_modules", False),
        ("!src/a.py", "src", True),
        ("!src/a.py", "lib", False),
        ("!*/a.py", "lib", True),
        ("!*/a.py", "lib/deep", False),
        ("!**/a.py", "lib/deep", True),
        ("!l[i]b/a.py", "other", True),
    ],
)
def test_where_exceptions_may_be(exception: str, directory: str, may: bool) -> None:
    rules = IgnoreRules.read(f"**\n{exception}\n".encode(), ".dockerignore")
    assert rules.may_hold_exceptions(directory) is may
