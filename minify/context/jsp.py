"""What pages with Java in them start: JSP files of the build context, and those inside a war."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.context.places import line_of
from minify.context.tree import Context

_PAGES: Final = (".jsp", ".jspx", ".jspf", ".tag", ".tagx")
_SITES: Final = (*_PAGES, ".html", ".htm", ".xhtml")
_LARGEST: Final = 300_000_000
# `Runtime.getRuntime().exec(…)`, `new ProcessBuilder(…)`, `System.loadLibrary(…)`
_STARTS = re.compile(
    r"\bProcessBuilder\b|\bRuntime\s*\.\s*getRuntime\s*\(\s*\)\s*\.\s*exec\b|\bSystem\s*\.\s*load(?:Library)?\b"
)


class Started(NamedTuple):
    """A page, the line, and the words that start a program or load a library."""

    path: str
    line: int
    what: str


def has_pages(files: Sequence[str]) -> bool:
    """Whether files are a site that a servlet container serves as they are, with no class of its own."""
    return any(path.endswith(_SITES) for path in files)


def pages_start(context: Context, files: Sequence[str]) -> Iterator[Started]:
    """What pages start or load; one that cannot be read is the archive's own problem, which is said elsewhere."""
    for path in files:
        if path.endswith(_PAGES):
            yield from _starts(path, context.read_text(path) or "")
        elif path.endswith(".war"):
            for name, text in _pages(context.read(path, limit=_LARGEST) or b""):
                yield from _starts(f"{path}!/{name}", text)


def _starts(path: str, text: str) -> Iterator[Started]:
    for found in _STARTS.finditer(text):
        yield Started(path, line_of(text, found.start()), found[0])


def _pages(data: bytes) -> Iterator[tuple[str, str]]:
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.endswith(_PAGES):
                    yield name, archive.read(name).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        return
