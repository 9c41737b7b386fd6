"""What fills both images: the bytes below each directory, for a picture of them side by side."""

from __future__ import annotations

from collections import Counter
from typing import Final

from minify.verify.filesystem import Filesystem
from minify.verify.verdict import Part

_MOST: Final = 14
_LEAST: Final = 0.01
"""A directory that is less than this share of the larger image is part of the rest."""
_REST: Final = "the rest"
# Folders that say little by themselves: one level more
_DEEPER: Final = ("/usr", "/usr/local", "/var", "/var/lib", "/opt", "/srv", "/home", "/usr/lib")


def compose(before: Filesystem, after: Filesystem) -> tuple[Part, ...]:
    """The largest directories of either image, largest first, and the rest; hard links count once."""
    old, new = _sizes(before), _sizes(after)
    least = max(old.total(), new.total()) * _LEAST
    ranked = sorted({*old, *new}, key=lambda name: (-max(old[name], new[name]), name))
    shown = [name for name in ranked if max(old[name], new[name]) >= least][:_MOST]
    parts = [Part(what=name, before=old[name], after=new[name]) for name in shown]
    rest = Part(
        what=_REST,
        before=old.total() - sum(part.before for part in parts),
        after=new.total() - sum(part.after for part in parts),
    )
    return (*parts, rest) if rest.before or rest.after else tuple(parts)


def _sizes(files: Filesystem) -> Counter[str]:
    sizes: Counter[str] = Counter()
    seen: set[int] = set()
    for path, entry in files.entries.items():
        if entry.content is not None and id(entry.content) not in seen:
            seen.add(id(entry.content))
            sizes[_folder(path)] += entry.size
    return sizes


def _folder(path: str) -> str:
    """`/usr/local/lib/python3.11/os.py` is below `/usr/local/lib`, `/bin/sh` below `/bin`, `/app.js` is itself."""
    parts = path.split("/")
    depth = 2
    while depth < len(parts) - 1 and "/".join(parts[:depth]) in _DEEPER:
        depth += 1
    return "/".join(parts[:depth])
