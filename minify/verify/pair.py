"""The files of both images, and which of the original's are those of the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from minify.verify.filesystem import Filesystem
from minify.verify.lacking import Needs, needs
from minify.verify.links import shown
from minify.verify.loader import Loader

_NAMED: Final = 3


class Side:
    """One image: its files, the environment of its containers, its loader, and what that would not find."""

    def __init__(self, files: Filesystem, environment: Mapping[str, str]) -> None:
        self.files = files
        self.environment = environment
        self.loader = Loader(files, environment)
        self.needs: Needs = needs(files, self.loader)


class Pair:
    """The original and the new image."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after

    def origins(self, path: str) -> tuple[str, ...]:
        """The file of the original that a file of the new image is: at its path, else those of the same name."""
        same = self.before.files.resolve(path)
        if same is not None:
            return (same,)
        named = (self.before.files.resolve(found) for found in self.before.files.find(path.rpartition("/")[2]))
        return tuple(dict.fromkeys(found for found in named if found is not None))

    def brought(self, *paths: str) -> tuple[str, ...]:
        """What of the original has to come along for paths to be there."""
        return brought(self.before.files, self.after.files, *paths)


def brought(before: Filesystem, after: Filesystem, *paths: str) -> tuple[str, ...]:
    """What of the original has to come along for paths to be there: the links on their way, and the files.

    Names that no Dockerfile can hold are left out.
    """
    crossed = (found for path in paths for found in before.passed(path))
    return tuple(dict.fromkeys(path for path in crossed if path not in after.entries and path.isprintable()))


def some(paths: Sequence[str]) -> str:
    """`/bin/a, /bin/b, /bin/c and 4 more`."""
    named = ", ".join(shown(path) for path in paths[:_NAMED])
    return f"{named} and {len(paths) - _NAMED} more" if len(paths) > _NAMED else named


def count(number: int, one: str, more: str) -> str:
    """`count(1, "library is", "libraries are")` → `1 library is`."""
    return f"{number:,} {one if number == 1 else more}"
