"""A context from a mapping of paths to texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from minify.context.tree import Context


def context(root: Path, files: Mapping[str, str | bytes]) -> Context:
    """Write the files below `root` and give the context of it."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Context(root, None)
