"""The slices tile the text, and the bytes that went in come out."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minify.errors import SyntaxRefusedError
from minify.syntax import Dockerfile, Instruction, Source, parse

ROWS = [
    (b"FROM a\n", "no-op: one instruction"),
    (b"FROM a", "no final newline"),
    (b"FROM a\r\nRUN b\r\n", "CRLF"),
    (b"FROM a\r\nRUN b\nRUN c\r\r\n", "mixed newlines"),
    (b"\xef\xbb\xbfFROM a\n", "BOM"),
    (b"\xef\xbb\xbf# escape=`\r\n\r\nFROM a\r\nRUN b `\r\n c\r\n", "BOM, directive and CRLF"),
    (b"# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM a\n", "all three directives"),
    (b"\n\n # c\nFROM a\n\n\n", "blank lines around"),
    (b"FROM a\nRUN b \\\n\n # c\n  d\n", "blank line and comment in a continuation"),
    (b"FROM a\nRUN b \\\n# c\n", "a continuation that the file ends"),
    (b"FROM a\n\tRUN <<A <<-B\nx\nA\n\ty\n\tB\n#\n", "two here-documents"),
    (b"FROM a\nRUN echo \xff\xfe\n# \xc3\nENV a=\x80\n", "bytes that are no UTF-8"),
    ("FROM a\nRUN echo 한국어 \U0001f600\u2028\n".encode(), "beyond ASCII"),
    (b"FROM a\nRUN a\x0bb\x0c\n\x0b\n", "vertical tab and form feed"),
]


def pieces(dockerfile: Dockerfile) -> list[str]:
    """The text of every slice; asserts that they leave no gap and do not overlap."""
    spans = [part.span for part in dockerfile.slices]
    assert spans[0].start == 0
    assert spans[-1].end == len(dockerfile.source.text)
    assert all(one.end == other.start for one, other in itertools.pairwise(spans))
    assert all(len(span) > 0 for span in spans)
    return [dockerfile.source.slice(span) for span in spans]


def check(data: bytes) -> None:
    source = Source.from_bytes(data)
    assert source.encode() == data
    dockerfile = parse(source)
    assert "".join(pieces(dockerfile)).encode("utf-8", "surrogateescape") == data
    for one in dockerfile.instructions:
        check_offsets(one)


def check_offsets(one: Instruction) -> None:
    text = one.source.text
    logical = one.body
    assert logical.text == one.value
    assert len(logical.offsets) == len(logical.text) + 1
    assert "".join(text[at] for at in logical.offsets[:-1]) == logical.text
    assert list(logical.offsets) == sorted(set(logical.offsets))
    assert one.source.slice(one.keyword_span).upper() == one.keyword
    assert one.span.start <= one.keyword_span.start
    assert all(one.span.start <= at <= one.span.end for at in logical.offsets)
    for flag in one.flags:
        assert flag.span in one.span
        assert one.source.slice(flag.span).startswith("--")
    for doc in one.heredocs:
        assert doc.body_span in one.span


@pytest.mark.parametrize(("data", "reason"), ROWS, ids=[reason for _, reason in ROWS])
def test_rows(data: bytes, reason: str) -> None:
    check(data)


def test_corpus(corpus: dict[str, bytes]) -> None:
    refused = 0
    for data in corpus.values():
        assert Source.from_bytes(data).encode() == data
        try:
            check(data)
        except SyntaxRefusedError:
            refused += 1
    assert refused < 0.01 * len(corpus)


LINES = st.sampled_from(
    [
        *(
            b"FROM a AS b",
            b"RUN x \\",
            b"RUN <<E",
            b"E",
            b"ENV a=b\\ c",
            b"COPY --from=b --link a \\",
            b"# c",
            b"",
        ),
        *(
            b" \t",
            b"  \\",
            b"ONBUILD RUN <<-'E'",
            b"\tE",
            b"\xff",
            b"RUN \xc3",
            b"\xe2\x80\xa8",
            b'CMD ["a", \\',
            b'"b"]',
        ),
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b""])


@given(st.lists(st.tuples(LINES, ENDS), max_size=12), st.sampled_from([b"", b"\xef\xbb\xbf", b"# escape=`\n"]))
def test_generated(lines: list[tuple[bytes, bytes]], start: bytes) -> None:
    data = start + b"FROM z\n" + b"".join(line + end for line, end in lines)
    with contextlib.suppress(SyntaxRefusedError):
        check(data)
    assert Source.from_bytes(data).encode() == data
