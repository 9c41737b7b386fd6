"""The files of a repository: of a commit, read from its objects, or of a folder on disk.

Both answer the same questions, so that a bare repository, a clone and a work tree give the same result.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, Protocol, Self

from minify.batch import git
from minify.batch.ignored import Ignored
from minify.context.ignore import IgnoreRules, Inherited
from minify.context.tree import MAX_FILES, MAX_VISITED, Context, Listing, resolve

VENDORED: Final = frozenset(
    {
        *("node_modules", "bower_components", "jspm_packages", "vendor", "third_party", "third-party", "thirdparty"),
        *("external", "site-packages", ".venv", "venv", ".tox", ".nox", "Godeps", "Pods", "Carthage", ".terraform"),
        *(".git", ".hg", ".svn", ".cargo", ".gradle", ".m2", ".yarn", ".pnpm-store", "__pycache__", ".direnv"),
    }
)
"""Directories whose files others wrote: their Dockerfiles are not this repository's to change."""

STATE: Final = "dockminify-batch.sqlite"
"""The file of a batch's state: its folder is nobody's source."""
_LARGEST: Final = 1_000_000


class Tree(Protocol):
    """The files of one repository, by paths relative to its root."""

    commit: str

    def files(self, below: str) -> Iterator[str]:
        """The repository's own files in order, less what is ignored and what is vendored."""
        ...

    def read(self, path: str, limit: int = _LARGEST) -> bytes | None:
        """The beginning of a file; None for what is no regular file."""
        ...

    def is_dir(self, path: str) -> bool:
        """Whether a path is a directory; "" is the root."""
        ...

    def context(self, root: str, dockerfile: str) -> Context:
        """A build context below the root."""
        ...

    def fingerprint(self, root: str, dockerfiles: Collection[str]) -> str:
        """What changes when anything that a build context holds changes; the files that we write do not count on disk."""
        ...


class Entry(NamedTuple):
    """One name in a tree object."""

    mode: str
    oid: str

    @property
    def is_dir(self) -> bool:
        """A tree; a submodule is none of ours."""
        return self.mode == "40000"

    @property
    def is_file(self) -> bool:
        """A regular file."""
        return self.mode.startswith("100")

    @property
    def is_link(self) -> bool:
        """A symbolic link."""
        return self.mode == "120000"


class CommitTree:
    """The files of a commit."""

    def __init__(self, objects: git.Objects, commit: str) -> None:
        self.commit = commit
        self._objects = objects
        self._trees: dict[str, dict[str, Entry]] = {}
        root = objects.read(f"{commit}^{{tree}}")
        if root is None or root.kind != "tree":
            raise git.GitError(f"commit {commit} cannot be read")
        self.oid = root.oid
        self._trees[""] = _entries(root)

    @classmethod
    def at(cls, objects: git.Objects, name: str) -> Self | None:
        """The tree of a commit by a name like `HEAD`; None when there is no such commit."""
        commit = objects.read(f"{name}^{{commit}}")
        return cls(objects, commit.oid) if commit is not None else None

    def entries(self, directory: str) -> dict[str, Entry]:
        """The names in a directory, in order; empty when there is no such directory."""
        found = self._trees.get(directory)
        if found is None:
            entry = self.entry(directory)
            tree = self._objects.read(entry.oid) if entry is not None and entry.is_dir else None
            found = self._trees[directory] = _entries(tree) if tree is not None else {}
        return found

    def entry(self, path: str) -> Entry | None:
        """What stands at a path."""
        if not path:
            return Entry("40000", self.oid)
        parent, _, name = path.rpartition("/")
        return self.entries(parent).get(name)

    def files(self, below: str) -> Iterator[str]:
        pending = [below]
        while pending:
            directory = pending.pop()
            prefix = directory + "/" if directory else ""
            deeper: list[str] = []
            for name, entry in self.entries(directory).items():
                if entry.is_dir and name not in VENDORED:
                    deeper.append(prefix + name)
                elif entry.is_file:
                    yield prefix + name
            pending.extend(reversed(deeper))

    def read(self, path: str, limit: int = _LARGEST) -> bytes | None:
        entry = self.entry(path)
        if entry is None or not entry.is_file:
            return None
        blob = self._objects.read(entry.oid, limit)
        return blob.data if blob is not None else None

    def is_dir(self, path: str) -> bool:
        entry = self.entry(path)
        return entry is not None and entry.is_dir

    def context(self, root: str, dockerfile: str) -> Context:
        return CommitContext(self, root, dockerfile)

    def fingerprint(self, root: str, dockerfiles: Collection[str]) -> str:
        entry = self.entry(root)
        return entry.oid if entry is not None else ""

    def link(self, path: str) -> str | None:
        """Where a symbolic link points to; None for what is no link, FileNotFoundError for what is not there."""
        entry = self.entry(path)
        if entry is None:
            raise FileNotFoundError(path)
        if not entry.is_link:
            return None
        blob = self._objects.read(entry.oid)
        return blob.data.decode("utf-8", "surrogateescape") if blob is not None else ""

    def export(self, root: str, target: Path) -> None:
        """Write a directory's files below `target`, as a build needs them; nothing is written outside of it."""
        prefix = root + "/" if root else ""
        pending = [""]
        while pending:
            directory = pending.pop()
            (target / directory).mkdir(parents=True, exist_ok=True)
            for name, entry in self.entries((prefix + directory).rstrip("/")).items():
                path = f"{directory}/{name}" if directory else name
                if name in ("", ".", "..") or "/" in name:
                    raise git.GitError(f"the tree holds a file called {name!r}")
                if entry.is_dir:
                    pending.append(path)
                elif entry.is_file or entry.is_link:
                    blob = self._objects.read(entry.oid)
                    _write(target / path, entry, blob.data if blob is not None else b"")


class CommitContext(Context):
    """A build context in a commit: what `docker build` would be given after a fresh checkout."""

    def __init__(self, tree: CommitTree, root: str, dockerfile: str) -> None:
        # Never touched: they tell one path from another
        nowhere = Path("/commit")
        super().__init__(nowhere / root, nowhere / dockerfile)
        self._tree = tree
        self._prefix = root + "/" if root else ""
        self._own = dockerfile

    @cached_property
    def ignore_file(self) -> Path | None:
        own = f"{self._own}.dockerignore"
        shared = f"{self._prefix}.dockerignore"
        found = next((path for path in (own, shared) if self._tree.read(path, 1) is not None), None)
        return Path(found) if found is not None else None

    @cached_property
    def rules(self) -> IgnoreRules:
        path = self.ignore_file
        data = self._tree.read(path.as_posix()) if path is not None else None
        return IgnoreRules.read(data, str(path)) if data is not None else IgnoreRules()

    def is_dir(self, path: str) -> bool:
        cleaned = self._clean(path)
        if cleaned is None:
            return False
        found = self._find(cleaned) if cleaned else ""
        return found is not None and self._tree.is_dir((self._prefix + found).rstrip("/"))

    def read(self, path: str, limit: int = _LARGEST) -> bytes | None:
        cleaned = self._clean(path)
        found = self._find(cleaned) if cleaned else None
        return self._tree.read(self._prefix + found, limit) if found is not None else None

    @cached_property
    def _listing(self) -> Listing:
        files: list[str] = []
        directories: set[str] = set()
        plain = not self.rules.groups
        visited = 0
        pending: list[tuple[str, Inherited]] = [("", ())]
        while pending:
            prefix, inherited = pending.pop()
            below: list[tuple[str, Inherited]] = []
            for name, entry in self._tree.entries((self._prefix + prefix).rstrip("/")).items():
                visited += 1
                path = prefix + name
                ignored, own = (False, ()) if plain else self.rules.match(path, inherited)
                if entry.is_dir:
                    if not ignored:
                        directories.add(path)
                    elif not self.rules.may_hold_exceptions(path):
                        continue
                    below.append((path + "/", own))
                elif not ignored and (entry.is_file or entry.is_link):
                    files.append(path)
                    _add_parents(prefix[:-1], directories)
            if len(files) > MAX_FILES or visited > MAX_VISITED:
                return Listing(tuple(sorted(files[:MAX_FILES])), frozenset(directories), truncated=True)
            pending.extend(reversed(below))
        return Listing(tuple(sorted(files)), frozenset(directories))

    def _find(self, path: str) -> str | None:
        if self._hidden(path):
            return None
        found = resolve(lambda part: self._tree.link(self._prefix + part), path)
        return None if found is None or (found != path and self._hidden(found)) else found


class FolderTree:
    """The files of a folder on disk; `ours` says which of them are the repository's own."""

    commit = ""

    def __init__(self, root: Path, *, is_work_tree: bool, inside: bool = True) -> None:
        self.root = root
        self._is_work_tree = is_work_tree
        self._prints: dict[str, str] = {}

    def files(self, below: str) -> Iterator[str]:
        if not self._is_work_tree:
            yield from self._walk(below)
            return
        listed = git.run(
            self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", f":(top,literal){below}"
        )
        found = {part.decode("utf-8", "surrogateescape") for part in listed.split(b"\0") if part}
        for path in sorted(found):
            if VENDORED.isdisjoint(path.split("/")[:-1]) and self._is_file(path):
                yield path

    def _walk(self, below: str) -> Iterator[str]:
        ignored = Ignored(self.root)
        pending = [below]
        while pending:
            directory = pending.pop()
            prefix = directory + "/" if directory else ""
            deeper: list[str] = []
            try:
                entries = sorted(os.scandir(self.root / directory), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                path = prefix + entry.name
                folder = entry.is_dir(follow_symlinks=False)
                if ignored.has(path, folder):
                    continue
                if folder and entry.name not in VENDORED and not is_repository(Path(entry.path)):
                    deeper.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield path
            pending.extend(reversed(deeper))

    def read(self, path: str, limit: int = _LARGEST) -> bytes | None:
        if not self._is_file(path):
            return None
        try:
            with (self.root / path).open("rb") as file:
                return file.read(limit)
        except OSError:
            return None

    def _is_file(self, path: str) -> bool:
        """A regular file, and no symbolic link on the way to it leads out of the tree."""
        try:
            regular = stat.S_ISREG((self.root / path).lstat().st_mode)
        except (OSError, ValueError):
            return False
        return regular and (self.root / path).resolve().is_relative_to(self.root.resolve())

    def is_dir(self, path: str) -> bool:
        return (self.root / path).is_dir()

    def context(self, root: str, dockerfile: str) -> Context:
        return Context(self.root / root, self.root / dockerfile)

    def fingerprint(self, root: str, dockerfiles: Collection[str]) -> str:
        if root not in self._prints:
            self._prints[root] = self._fingerprint(root, frozenset(dockerfiles))
        return self._prints[root]

    def _fingerprint(self, root: str, left_out: frozenset[str]) -> str:
        """Of names, sizes and times: the contents of a large folder are not read each time."""
        digest = hashlib.sha256()
        top = str(self.root / root)
        prefix = root + "/" if root else ""
        visited = 0
        for folder, names, files in os.walk(top):
            names.sort()
            if ".git" in names:
                names.remove(".git")
            if STATE in files:
                # What a batch writes is no part of what it reads
                names.clear()
                continue
            relative = os.path.relpath(folder, top)
            for name in sorted(files):
                path = name if relative == "." else f"{relative}/{name}"
                if prefix + path in left_out:
                    continue
                visited += 1
                try:
                    known = os.lstat(f"{folder}/{name}")
                except OSError:
                    continue
                digest.update(
                    f"{path}\0{known.st_mode}\0{known.st_size}\0{known.st_mtime_ns}\n".encode("utf-8", "replace")
                )
            if visited > MAX_VISITED:
                break
        return digest.hexdigest()


def is_repository(folder: Path) -> bool:
    """Whether a folder is the root of a work tree, or a bare repository."""
    return (folder / ".git").exists() or is_bare(folder)


def is_bare(folder: Path) -> bool:
    """Whether a folder is a git repository without a work tree, told by what it holds."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _entries(tree: git.Object) -> dict[str, Entry]:
    """A tree object: `<mode> <name>\\0<20 or 32 bytes>`, again and again; in the order of names as git sorts them."""
    found: list[tuple[str, Entry]] = []
    size = len(tree.oid) // 2
    data, at = tree.data, 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        oid = data[end + 1 : end + 1 + size].hex()
        found.append((name.decode("utf-8", "surrogateescape"), Entry(mode.decode().lstrip("0"), oid)))
        at = end + 1 + size
    return dict(sorted(found))


def _add_parents(directory: str, directories: set[str]) -> None:
    while directory and directory not in directories:
        directories.add(directory)
        directory = directory.rpartition("/")[0]


def _write(path: Path, entry: Entry, data: bytes) -> None:
    if entry.is_link:
        path.symlink_to(data.decode("utf-8", "surrogateescape"))
        return
    path.write_bytes(data)
    path.chmod(0o755 if entry.mode == "100755" else 0o644)
