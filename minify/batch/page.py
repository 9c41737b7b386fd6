"""changes.html: every change of a run with its reasons, to accept or reject, and the patch of what is accepted."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minify.batch.records import State, headline
from minify.batch.state import Store, text_of
from minify.report.html import stream
from minify.report.page_data import refused


def write(store: Store, templates: Path | None) -> Path:
    """Put it into the output folder, file by file: none of it is held whole."""
    path = store.folder / "changes.html"
    part = store.folder / ".changes.html.part"
    with part.open("w", encoding="utf-8", errors="replace", newline="\n") as out:
        out.writelines(stream(_files(store), f"dockminify: {store.folder.name}", templates))
    part.replace(path)
    return path


def _files(store: Store) -> Iterator[dict[str, Any]]:
    query = "SELECT repository, path, state, message, document FROM file WHERE run = ? ORDER BY repository, path"
    for repository, stored, state, message, document in store.connection.execute(query, (store.run,)):
        path = text_of(stored)
        said = json.loads(zlib.decompress(document)).get("page") if document is not None else None
        if said is not None and state == State.CHANGED:
            yield {**said, "path": f"{repository}/{path}", "name": path, "root": repository}
        elif state in (State.REFUSED, State.ERROR, State.FAILED, State.REJECTED):
            yield refused(f"{repository}/{path}", headline(text_of(message)) or state)
