"""The nearest sensible folder: the first, from the Dockerfile's own upwards, that has what the file copies."""

from __future__ import annotations

import posixpath

from minify.batch.trees import Tree
from minify.errors import DockminifyError
from minify.syntax import Add, Copy, Source, parse


def fitting(tree: Tree, dockerfile: str, data: bytes) -> tuple[str, str]:
    """The folder, and why it is that one."""
    own = posixpath.dirname(dockerfile)
    sources = copied(data, dockerfile)
    if not sources:
        return own, "the Dockerfile's own folder: it copies nothing that says another"
    best, most = own, -1
    folder = own
    while True:
        context = tree.context(folder, dockerfile)
        try:
            there = sum(context.exists(source) for source in sources)
        except DockminifyError:
            # An ignore file that BuildKit refuses: fix says so
            there = 0
        if there > most:
            best, most = folder, there
        if there == len(sources) or not folder:
            break
        folder = posixpath.dirname(folder)
    if most <= 0:
        return own, "the Dockerfile's own folder: no folder above it has what it copies"
    what = "all" if most == len(sources) else f"{most} of {len(sources)}"
    where = "the Dockerfile's own folder" if best == own else "the nearest folder that fits"
    return best, f"{where}: it has {what} that COPY and ADD name"


def copied(data: bytes, path: str) -> tuple[str, ...]:
    """What the file copies from its build context, less what only a variable tells and what the whole folder is."""
    try:
        dockerfile = parse(Source.from_bytes(data, path))
    except DockminifyError:
        return ()
    found: dict[str, None] = {}
    for piece in dockerfile.slices:
        if not isinstance(piece, Copy | Add) or piece.flag("from"):
            continue
        for source in piece.sources:
            remote = "://" in source or source.startswith(("git@", "<<"))
            if not remote and "$" not in source and source.strip("./") != "":
                found[source] = None
    return tuple(found)
