"""The build context as the builder sees it: its files, less what the ignore file takes away.

Nothing is listed before it is asked for, no link leads out of the tree, and a context may be missing:
then `known` is False and every answer is the empty one, which callers must not take for "it is not there".
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from minify.context.glob import GoGlob, has_wildcards
from minify.context.ignore import IgnoreRules, Inherited, clean

# A larger context is a mistake (a home directory, a data set) or a monorepo: what was found so far must do.
MAX_FILES = 20_000
MAX_VISITED = 200_000
MAX_LINKS = 40


class Listing(NamedTuple):
    """What one walk found, sorted; `truncated` when it stopped at a limit."""

    files: tuple[str, ...] = ()
    directories: frozenset[str] = frozenset()
    truncated: bool = False


class Context:
    """A build context and the Dockerfile it is built with.

    >>> Context(None, None).known
    False
    """

    def __init__(self, root: Path | None, dockerfile: Path | None = None) -> None:
        self.root = root
        self.dockerfile = dockerfile

    @property
    def known(self) -> bool:
        """Whether there is a context at all; a Dockerfile from the standard input has none."""
        return self.root is not None

    @property
    def truncated(self) -> bool:
        """Whether the listing stopped at a limit: what is not in `files()` may still be there."""
        return self._listing.truncated

    @cached_property
    def ignore_file(self) -> Path | None:
        """The ignore file: `<Dockerfile>.dockerignore` beside it wins over `.dockerignore` in the root."""
        own = self.dockerfile.with_name(self.dockerfile.name + ".dockerignore") if self.dockerfile else None
        if own is not None and own.is_file():
            return own
        shared = self.root / ".dockerignore" if self.root is not None else None
        return shared if shared is not None and shared.is_file() else None

    @cached_property
    def rules(self) -> IgnoreRules:
        """The rules of the ignore file; RefusedError with its line when BuildKit would reject it."""
        path = self.ignore_file
        return IgnoreRules.read(path.read_bytes(), str(path)) if path is not None else IgnoreRules()

    @cached_property
    def whole(self) -> Context:
        """The same folder without its ignore file: what a build does not see may still say what it was given."""
        context = Context(self.root, self.dockerfile)
        context.__dict__["rules"] = IgnoreRules()
        return context

    def files(self) -> tuple[str, ...]:
        """All files and symbolic links, as sorted POSIX paths relative to the root."""
        return self._listing.files

    def exists(self, pattern: str) -> bool:
        """Whether a COPY source finds something: `exists("./src/")`, `exists("*.txt")`."""
        path = self._clean(pattern)
        if path is None:
            return False
        if has_wildcards(path):
            glob = GoGlob(path)
            return any(glob.matches(item) for item in self._entries)
        return not path or self._find(path) is not None

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The files that a COPY source brings: itself, all below a directory, all that a glob matches."""
        path = self._clean(pattern)
        if path is None:
            return ()
        if not path:
            return self.files()
        if not has_wildcards(path):
            found = self._find(path)
            if found is None:
                return ()
            return self._below(found) if found in self._listing.directories else (found,)
        glob = GoGlob(path)
        depth = path.count("/") + 1
        return tuple(file for file in self.files() if glob.matches("/".join(file.split("/")[:depth])))

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The files and directories that a glob of COPY names, without what lies below them."""
        glob = GoGlob(self._clean(pattern) or "")
        return tuple(entry for entry in self._entries if glob.matches(entry))

    def children(self, path: str) -> tuple[str, ...]:
        """The names of what lies in a directory, empty directories too."""
        cleaned = self._clean(path)
        found = self._find(cleaned) if cleaned else cleaned
        if found is None:
            return ()
        prefix = f"{found}/" if found else ""
        below = (entry.removeprefix(prefix) for entry in self._entries if entry.startswith(prefix))
        return tuple(sorted({entry.split("/", 1)[0] for entry in below}))

    def is_dir(self, path: str) -> bool:
        """Whether the path (or what its symbolic link points to, inside the tree) is a directory."""
        cleaned = self._clean(path)
        if cleaned is None:
            return False
        found = self._find(cleaned) if cleaned else ""
        return found is not None and self.root is not None and (self.root / found).is_dir()

    def read(self, path: str, limit: int = 1_000_000) -> bytes | None:
        """The first `limit` bytes of a file that the builder sees; None when there is none to read."""
        cleaned = self._clean(path)
        found = self._find(cleaned) if cleaned else None
        if found is None or self.root is None:
            return None
        target = self.root / found
        try:
            # A pipe or a device would block or never end.
            if not stat.S_ISREG(target.lstat().st_mode):
                return None
            with target.open("rb") as file:
                return file.read(limit)
        except OSError:
            return None

    def read_text(self, path: str) -> str | None:
        """A file as text without its byte order mark; bytes that are not UTF-8 become U+FFFD."""
        data = self.read(path)
        return None if data is None else data.decode("utf-8", "replace").removeprefix("\ufeff")

    @cached_property
    def _listing(self) -> Listing:
        return walk(self.root, self.rules) if self.root is not None else Listing()

    @property
    def _entries(self) -> tuple[str, ...]:
        return (*self._listing.files, *sorted(self._listing.directories))

    def _below(self, directory: str) -> tuple[str, ...]:
        return tuple(file for file in self.files() if file.startswith(directory + "/")) if directory else self.files()

    def _clean(self, path: str) -> str | None:
        """Relative to the root, where a leading `/`, `./` or `../` all start; "" is the root itself."""
        return clean("/" + path)[1:] if self.root is not None else None

    def _find(self, path: str) -> str | None:
        """The path with its links followed as the builder does (inside the root), if the builder sees it."""
        if self.root is None or self._hidden(path):
            return None
        found = follow(self.root, path)
        return None if found is None or (found != path and self._hidden(found)) else found

    def _hidden(self, path: str) -> bool:
        """Ignored; an ignored directory is still there when an exception brings back something below it."""
        if not path or not self.rules.ignored(path):
            return False
        return not (self.rules.may_hold_exceptions(path) and path in self._listing.directories)


def walk(root: Path, rules: IgnoreRules) -> Listing:
    """List a directory, pruned where everything is ignored."""
    files: list[str] = []
    directories: set[str] = set()
    visited = 0
    # (directory with its final slash, what it inherits); a stack in place of recursion: contexts may be deep.
    pending: list[tuple[str, Inherited]] = [("", ())]
    base = str(root)
    plain = not rules.groups
    while pending:
        prefix, inherited = pending.pop()
        try:
            entries = sorted(os.scandir(f"{base}/{prefix}"), key=_name)
        except OSError:
            # Not readable for us: the builder would fail too, or runs as somebody else.
            continue
        below: list[tuple[str, Inherited]] = []
        for entry in entries:
            visited += 1
            path = prefix + entry.name
            ignored, own = (False, ()) if plain else rules.match(path, inherited)
            if entry.is_dir(follow_symlinks=False):
                if not ignored:
                    directories.add(path)
                elif not rules.may_hold_exceptions(path):
                    continue
                below.append((path + "/", own))
            elif not ignored:
                files.append(path)
                if prefix and prefix[:-1] not in directories:
                    _add_parents(prefix[:-1], directories)
        if len(files) > MAX_FILES or visited > MAX_VISITED:
            return Listing(tuple(sorted(files[:MAX_FILES])), frozenset(directories), truncated=True)
        pending.extend(reversed(below))
    return Listing(tuple(sorted(files)), frozenset(directories))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _add_parents(directory: str, directories: set[str]) -> None:
    while directory and directory not in directories:
        directories.add(directory)
        directory = directory.rpartition("/")[0]


def follow(root: Path, path: str) -> str | None:
    """Resolve links as in a chroot: `/x` starts at the root, `..` stops there; None when nothing is there.

    The builder resolves COPY sources so: a link to `/etc/passwd` means the context's own `etc/passwd`.
    """

    def link(part: str) -> str | None:
        target = os.path.join(root, part)  # noqa: PTH118
        return os.readlink(target) if stat.S_ISLNK(os.lstat(target).st_mode) else None  # noqa: PTH115

    return resolve(link, path)


def resolve(link: Callable[[str], str | None], path: str) -> str | None:
    """As `follow`, wherever the links are: `link` gives the target of one, None for what is none, OSError for nothing."""
    done: list[str] = []
    todo = [part for part in reversed(path.split("/")) if part]
    links = 0
    while todo:
        part = todo.pop()
        if part in (".", ""):
            continue
        if part == "..":
            done = done[:-1]
            continue
        try:
            target = link("/".join((*done, part)))
        except (OSError, ValueError):
            return None
        if target is None:
            done.append(part)
            continue
        links += 1
        if links > MAX_LINKS:
            return None
        if target.startswith("/"):
            done = []
        todo.extend(reversed(target.split("/")))
    return "/".join(done)
