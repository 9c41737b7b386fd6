"""The text of a Dockerfile, byte for byte, and positions in it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open character offsets into `Source.text`: `text[start:end]`."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


class Source(NamedTuple):
    r"""A file's exact text: bytes in are bytes out, whatever the newline, BOM or encoding.

    Bytes that are not UTF-8 are kept as lone surrogates (PEP 383); a BOM is the first character of `text`.

    >>> Source.from_bytes(b"FROM scratch\r\n\xff", "Dockerfile").encode()
    b'FROM scratch\r\n\xff'
    """

    text: str
    path: str = "Dockerfile"

    @classmethod
    def from_bytes(cls, data: bytes, path: str = "Dockerfile") -> Source:
        """Decode as UTF-8, keeping every byte that is not."""
        return cls(data.decode("utf-8", "surrogateescape"), path)

    def encode(self) -> bytes:
        """The file's bytes, equal to those it was made from."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def bom(self) -> bool:
        """Whether the file starts with a byte order mark."""
        return self.text.startswith("\ufeff")

    @property
    def newline(self) -> str:
        r"""The newline of the first line that has one: `"\n"` or `"\r\n"`; `"\n"` when there is none."""
        end = self.text.find("\n")
        return "\r\n" if end > 0 and self.text[end - 1] == "\r" else "\n"

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]

    def line(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect.bisect_right(_line_starts(self.text), offset)

    def column(self, offset: int) -> int:
        """The column of an offset in characters, counted from 1."""
        return offset - _line_starts(self.text)[self.line(offset) - 1] + 1


# As many as are read side by side: a file before and after
@lru_cache(maxsize=8)
def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return tuple(starts)
