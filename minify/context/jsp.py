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
_DESCRIPTORS: Final = ("web.xml", "web-fragment.xml", "context.xml", "jetty-env.xml")
_LARGEST: Final = 300_000_000
# `Runtime.getRuntime().exec(…)`, `new ProcessBuilder(…)`, `System.loadLibrary(…)`
_STARTS = re.compile(
    r"\bProcessBuilder\b|\bRuntime\s*\.\s*getRuntime\s*\(\s*\)\s*\.\s*exec\b|\bSystem\s*\.\s*load(?:Library)?\b|\.\s*loadLibrary\b"
    r"|\borg\.apache\.commons\.exec\b|\borg\.zeroturnaround\.(?:exec|process)\b"
)
# `Runtime rt = Runtime.getRuntime(); rt.exec(…)`; a page may hold JavaScript, whose regular expressions have an exec of their own
_RUNTIME = re.compile(r"\bgetRuntime\b|\bRuntime\s+\w+\s*[=;,)]")
_EXEC = re.compile(r"(?<![/\s])(?<!/[dgimsuvy])\s*\.\s*exec\s*\(")


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
    found = [*_STARTS.finditer(text), *(_EXEC.finditer(text) if _RUNTIME.search(text) else ())]
    for one in sorted(found, key=lambda match: match.end()):
        yield Started(path, line_of(text, one.start()), one[0].strip().rstrip("("))


def descriptors(context: Context, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The descriptors of web applications: which classes answer which paths; those inside a war, too."""
    for path in files:
        if path.endswith(_DESCRIPTORS):
            yield path, context.read_text(path) or ""
        elif path.endswith(".war"):
            data = context.read(path, limit=_LARGEST) or b""
            yield from ((f"{path}!/{name}", text) for name, text in _pages(data, _DESCRIPTORS))


def _pages(data: bytes, endings: tuple[str, ...] = _PAGES) -> Iterator[tuple[str, str]]:
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.endswith(endings):
                    yield name, archive.read(name).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        return
