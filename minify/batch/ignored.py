"""What .gitignore files leave out of a folder that is no git repository: the rules of each folder, from the top down."""

from __future__ import annotations

from pathlib import Path

from pathspec import GitIgnoreSpec


class Ignored:
    """The .gitignore files below a folder, each read when it is first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[str, GitIgnoreSpec | None] = {}

    def has(self, path: str, is_directory: bool) -> bool:
        """Whether a path is ignored; the nearest file that says anything about it decides.

        Callers do not ask below an ignored directory: nothing there can be taken back.
        """
        parts = path.split("/")
        for depth in range(len(parts) - 1, -1, -1):
            spec = self._spec("/".join(parts[:depth]))
            if spec is None:
                continue
            name = "/".join(parts[depth:]) + ("/" if is_directory else "")
            said = spec.check_file(name).include
            if said is not None:
                return said
        return False

    def _spec(self, directory: str) -> GitIgnoreSpec | None:
        if directory not in self._specs:
            file = self._root / directory / ".gitignore"
            try:
                lines = file.read_text("utf-8", "surrogateescape").splitlines() if file.is_file() else []
                self._specs[directory] = GitIgnoreSpec.from_lines(lines) if lines else None
            except (OSError, ValueError):
                # git passes over a pattern that it cannot read
                self._specs[directory] = None
        return self._specs[directory]
