"""The text of a file of the build stage, when the build context has it and no RUN makes another of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from minify.analysis.footprint import Footprint, paths_of
from minify.analysis.placements import placed_files
from minify.analysis.scopes import Placed, join
from minify.context.tree import Context
from minify.shell.effects import ChangesMode, ChangesOwner, CopiesFile
from minify.shell.script import Command

_STRIPS = re.compile(r"s([/|#,])\\r\$?\1\1g?;?$")
"""`sed -i 's/\\r$//'`: the line ends of Windows go, and nothing else does."""


class Script(NamedTuple):
    """A text: `source` is its path in the context, `target` the one in the build stage."""

    source: str
    target: str
    text: str


class Scripts:
    """The files that a stage copies from the context, as its RUNs leave them."""

    def __init__(self, placed: Sequence[Placed], context: Context, footprint: Footprint) -> None:
        self._placed, self._context, self._footprint = placed, context, footprint
        self._sources: dict[str, str] | None = None

    def find(self, path: str, hops: int = 3) -> Script | None:
        """The file at an absolute path, itself or copied or linked there by a RUN."""
        if self._sources is None:
            self._sources = {one.target: one.source for one in placed_files(self._placed, self._context)}
        strips = False
        for _, effect in self._footprint.effects():
            if isinstance(effect, ChangesMode | ChangesOwner):
                continue
            if isinstance(effect, CopiesFile):
                target = effect.target.rstrip("/")
                if path in (target, f"{target}/{effect.source.rpartition('/')[2]}"):
                    return self.find(effect.source, hops - 1) if hops and effect.source.startswith("/") else None
            elif path in paths_of(effect):
                if effect.command is None or not _only_strips(effect.command):
                    return None
                strips = True
        source = self._sources.get(path)
        text = self._context.read_text(source) if source is not None else None
        if source is None or text is None:
            return None
        if strips:
            text = text.replace("\r\n", "\n")
        return None if "\r" in text else Script(source, path, text)

    def on_path(self, name: str, workdir: str, search: str) -> Script | None:
        """The file that a command of this name starts."""
        if "/" in name:
            path = join(workdir, name)
            return self.find(path) if path else None
        found = (self.find(join(directory, name)) for directory in search.split(":") if directory)
        return next((one for one in found if one is not None), None)


def _only_strips(command: Command) -> bool:
    words = [word or "" for word in command.args]
    if command.name == "dos2unix":
        return True
    return (
        command.name == "sed"
        and any(_STRIPS.match(word) for word in words)
        and len([word for word in words if word.startswith("s") and word[1:2] in "/|#,"]) == 1
        and "-e" not in words
    )
