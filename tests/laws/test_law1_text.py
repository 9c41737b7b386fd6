"""Law 1: slices tile the text, and applying nothing is the identity, byte for byte."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minify.diff import Patch
from minify.edit import Edit, Fix, Safety
from minify.errors import SyntaxRefusedError
from minify.rewrite.apply import apply_fixes
from minify.syntax import Source, Span, parse
from tests.laws.cases import Case, broken

ROWS = [
    (b"FROM a\n", "no-op: one instruction"),
    (b"FROM a", "no final newline"),
    (b"FROM a\r\nRUN b \\\r\n # c\r\n\r\n d\r\n", "CRLF with a comment and a blank line inside a continuation"),
    (b"\xef\xbb\xbfFROM a\n", "BOM"),
    (b"\xef\xbb\xbf# escape=`\r\nFROM a\r\nRUN b `\r\n c", "BOM, escape directive, CRLF, no final newline"),
    (b"FROM a\nRUN echo \xff\xfe\n# \xe9\nENV a=\x80\n", "bytes that are no UTF-8"),
    (b"FROM a\nRUN <<E\nx\n\n# y\nE\n\n\n", "here-document, blank lines at the end"),
    (b"\n\n# c\nFROM a\nRUN b\rc\x0bd\x0c\n\t\n", "lone carriage return, vertical tab, form feed"),
]


def check(data: bytes) -> None:
    source = Source.from_bytes(data)
    assert source.encode() == data
    dockerfile = parse(source)
    assert "".join(source.slice(piece.span) for piece in dockerfile.slices).encode("utf-8", "surrogateescape") == data
    same, applied, skipped = apply_fixes(source, (), Safety.SAFE)
    assert (same.encode(), applied, skipped) == (data, (), ())
    # Every slice replaced by its own text is no change either, and a skipped fix changes nothing.
    edits = tuple(Edit(piece.span, source.slice(piece.span)) for piece in dockerfile.slices)
    itself = Fix(code="x", edits=edits, safety=Safety.SAFE, reason="x")
    shown = Fix(code="y", edits=(Edit(Span(0, 0), "RUN rm -rf /\n"),), safety=Safety.DISPLAY, reason="y")
    same, applied, skipped = apply_fixes(source, (shown, itself), Safety.SAFE)
    assert same.encode() == data
    assert (len(applied), len(skipped)) == (1, 1)
    assert Patch(source, same).empty


@pytest.mark.parametrize(("data", "reason"), ROWS, ids=[reason for _, reason in ROWS])
def test_rows(data: bytes, reason: str) -> None:
    check(data)


def test_cases(cases: tuple[Case, ...]) -> None:
    for case in cases:
        if case.refused is None:
            check(case.data)


def test_what_nothing_changes_is_the_same_bytes(cases: tuple[Case, ...]) -> None:
    """A file that `fix` has nothing to say about comes back byte for byte, and its newlines stay where it has."""
    failures = []
    for case in cases:
        if case.outcome is None:
            continue
        if not case.outcome.applied and case.outcome.patch.after.encode() != case.data:
            failures.append((case.name, "changed without a fix"))
        lines = case.after.split("\n")[:-1]
        crlf = sum(line.endswith("\r") for line in lines)
        if case.before.count("\n") == case.before.count("\r\n") > 0 and crlf != len(lines):
            failures.append((case.name, f"CRLF file with LF lines: {len(lines) - crlf}"))
        if "\r" not in case.before and "\r" in case.after:
            failures.append((case.name, "LF file with CR"))
        if case.before.startswith("\ufeff") != case.after.startswith("\ufeff") or "\ufeff" in case.after[1:]:
            failures.append((case.name, "the BOM is lost or moved"))
    assert not failures, broken(failures, len(cases))


@given(
    st.lists(
        st.sampled_from(
            [*"\n\r\t \\#`a=$", "FROM a\n", "\nRUN b", "\\\n", "\r\n", "# c\n", "<<E\nx\nE\n", "é", "\udcff"]
        )
    )
)
def test_generated(pieces: list[str]) -> None:
    with contextlib.suppress(SyntaxRefusedError):
        check(("FROM a\n" + "".join(pieces)).encode("utf-8", "surrogateescape"))
