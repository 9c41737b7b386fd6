"""The files of a repository that may use an image: a bounded walk by name, nearest to the Dockerfile first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

MOST_ENTRIES: Final = 4000
MOST_FILES: Final = 250
MOST_BYTES: Final = 250_000

_SKIPPED: Final = frozenset({
    ".git", ".hg", ".svn", ".idea", ".tox", ".nox", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".cache", ".yarn", ".next",
    "node_modules", "bower_components", "vendor", "venv", "env", "site-packages", "__pycache__", "third_party", "dist", "target",
    "coverage", "htmlcov", "testdata", "fixtures", "static", "assets", "public", "locale", "locales", "migrations", "ISSUE_TEMPLATE",
})  # fmt: skip
_NAMES: Final = re.compile(
    r".*\.ya?ml(?:\.(?:tpl|tmpl|j2|example|dist))?|.*\.mk|.*\.(?:sh|bash)|(?:GNUm|[Mm])akefile(?:\..+)?|[Jj]ustfile|Jenkinsfile.*|"
    r"docker-bake[\w.-]*\.(?:hcl|json)|(?:.+\.)?Tiltfile|\.?devcontainer\.json|package\.json"
)
_OTHERS: Final = re.compile(r"(?:pnpm-lock|\.pre-commit-config|mkdocs|codecov|\.codecov|dependabot|environment)\.ya?ml")
# One look at the bytes: what does not have one of these runs no container
_MAY_MATTER: Final = re.compile(
    rb"docker|podman|nerdctl|kubectl|\boc (?:exec|rsh)\b|^\s*(?:- )?image\s*:|containers\s*:|^services\s*:",
    re.MULTILINE | re.IGNORECASE,
)


class Text(NamedTuple):
    """A file that may matter: its path, that relative to the root, and what is in it."""

    path: Path
    name: str
    text: str


# Names that Compose looks for by itself: https://docs.docker.com/compose/intro/compose-application-model/
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_LEVELS_ABOVE = 2


def root_of(folder: Path, context: Path) -> Path:
    """The repository's root: the nearest directory with .git; of sources without one, that of the compose file just above."""
    for directory in (folder, *folder.parents):
        if (directory / ".git").exists():
            return directory
    near = (context, *context.parents[:_LEVELS_ABOVE])
    return next((d for d in near if any((d / name).is_file() for name in _COMPOSE)), context)


def texts(root: Path, folder: Path) -> tuple[Text, ...]:
    """The files below `root` that may use an image, by name; those nearest to `folder` are read when there are too many."""
    found: list[Text] = []
    for path in _candidates(root, folder):
        if len(found) >= MOST_FILES:
            break
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError:
            continue
        if len(data) > MOST_BYTES or not (path.suffix in (".hcl", ".json") or _MAY_MATTER.search(data)):
            continue
        found.append(Text(path, path.relative_to(root).as_posix(), data.decode("utf-8", "surrogateescape")))
    return tuple(sorted(found, key=lambda text: text.name))


def _candidates(root: Path, folder: Path) -> Iterator[Path]:
    """Files by name: of the folders from the Dockerfile's up to the root, of what is below it, of the whole repository."""
    inside = folder == root or root in folder.parents
    above = [d for d in (folder, *folder.parents) if inside and (d == root or root in d.parents)]
    seen: set[str] = set()
    left = [MOST_ENTRIES]
    for directory in above:
        yield from _walk([str(directory)], seen, left, deep=False)
    seen.clear()
    given: set[str] = set()
    for start in dict.fromkeys((*(above[:1]), root)):
        for path in _walk([str(start)], seen, left, deep=True):
            if str(path) not in given and str(path.parent) not in {str(d) for d in above}:
                given.add(str(path))
                yield path


def _walk(pending: list[str], seen: set[str], left: list[int], *, deep: bool) -> Iterator[Path]:
    """Breadth first, in the order of names; no link is followed."""
    while pending and left[0] > 0:
        below: list[str] = []
        for directory in pending:
            if directory in seen or left[0] <= 0:
                continue
            seen.add(directory)
            try:
                entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
            except OSError:
                continue
            left[0] -= len(entries)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if deep and entry.name not in _SKIPPED:
                        below.append(entry.path)
                elif (
                    _NAMES.fullmatch(entry.name)
                    and not _OTHERS.fullmatch(entry.name)
                    and entry.is_file(follow_symlinks=False)
                ):
                    yield Path(entry.path)
        pending = below
