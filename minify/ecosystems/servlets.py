"""What servlet containers have in common: what the applications in them start, and what their configuration names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from minify.analysis.facts import Facts
from minify.context.java_archives import read_class
from minify.context.jsp import descriptors, has_pages, pages_start
from minify.ecosystems.data_files import placements
from minify.ecosystems.java_sources import Application, started, stops
from minify.plan import Refusal, Tree, refuse

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text

COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
# Absolute paths that a configuration names: docBase, keystores, and what properties point to
_PATH = re.compile(r"(?<![\w.$}/:~^-])(/(?:etc|usr|opt|srv|var|data|mnt)/[\w@%+./-]*[\w@%+-])")


def descriptors_stop(app: Application, starts: re.Pattern[str], server: str) -> Iterator[Refusal]:
    """What the applications themselves say in WEB-INF/web.xml."""
    for path, text in descriptors(app.context, app.files):
        if starts.search(COMMENT.sub("", text)):
            yield refuse(f"{path} has {server} start programs for those who ask (CGI or SSI)")
            break


def application_stops(facts: Facts, app: Application) -> Iterator[Refusal]:
    """What the application starts or loads: its pages, its classes and its libraries."""
    for page in pages_start(app.context, app.files):
        yield refuse(f"{page.path}:{page.line} starts a program or loads a library ({page.what})")
        break
    classes = [read_class(facts.context, p.source) for p in placements(facts) if p.source.endswith(".class")]
    app = app._replace(archives=(*app.archives, *classes))
    yield from stops(app, facts.launch.line) if app.known or not has_pages(app.files) else started(app)


def named(texts: tuple[Text, ...], trees: tuple[Tree, ...]) -> Iterator[Tree]:
    """Paths outside of the server's folders that their configuration names: taken if they are there."""
    found = {match[1]: text.path or f"line {text.line}" for text in texts for match in _PATH.finditer(text.text)}
    for path, where in found.items():
        if not any(path == tree.path or path.startswith(f"{tree.path}/") for tree in trees):
            yield Tree(path=path, reason=f"named in {where}", certain=False, scanned=False)
