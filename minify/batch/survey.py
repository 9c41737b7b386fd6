"""The first task of a repository: which Dockerfiles it holds, each with its build context, and what its result depends on."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from minify import __version__, config
from minify.batch import git
from minify.batch.dockerfiles import begins_as_one, is_dockerfile, is_named_so
from minify.batch.evidence import built, choose, claims
from minify.batch.records import Found, Kind, Repository, Settings, Survey
from minify.batch.trees import CommitTree, FolderTree, Tree
from minify.errors import ConfigurationError, UsageError

_LARGEST = 4_000_000


def survey(repository: Repository, settings: Settings) -> Survey:
    """Read a repository; a clone is fetched first."""
    with named(repository):
        if repository.kind is Kind.CLONE:
            fetch(repository)
        with opened(repository, settings, "") as tree:
            return Survey(commit=tree.commit, found=tuple(_found(repository, settings, tree)))


@contextmanager
def named(repository: Repository) -> Iterator[None]:
    """What git says of a repository is told with the name that the user gave it."""
    try:
        yield
    except git.GitError as error:
        raise git.GitError(error.message, path=repository.locator, hint=error.hint) from None


@contextmanager
def opened(repository: Repository, settings: Settings, commit: str) -> Iterator[Tree]:
    """The files that a run reads: of a commit (the newest when none is named), or those on disk."""
    on_disk = settings.on_disk and repository.kind in (Kind.WORK_TREE, Kind.FOLDER)
    if repository.kind is Kind.FOLDER or on_disk:
        yield FolderTree(repository.path, is_work_tree=repository.kind is Kind.WORK_TREE)
        return
    if settings.on_disk:
        raise UsageError(
            f"a {repository.kind.value} has no files to change in place",
            path=repository.locator,
            hint="--branch or --patches is for it",
        )
    with git.Objects(repository.path) as objects:
        tree = CommitTree.at(objects, commit or "HEAD")
        if tree is None:
            raise UsageError("has no commit yet", path=repository.locator)
        yield tree


def fetch(repository: Repository) -> None:
    """The newest commit of a clone's default branch; the URL, which may hold a password, is not kept."""
    try:
        repository.path.mkdir(parents=True, exist_ok=True)
        if not (repository.path / "HEAD").is_file():
            git.run(repository.path, "init", "--quiet", "--bare")
        _fetch(repository)
    except git.GitError as error:
        login = repository.url.partition("://")[2].rpartition("@")[0]
        raise git.GitError(
            error.message.replace(f"{login}@", "") if login else error.message, hint=error.hint
        ) from None


def _fetch(repository: Repository) -> None:
    said = git.run(repository.path, "ls-remote", "--symref", "--", repository.url, "HEAD").decode("utf-8", "replace")
    if not said:
        raise git.GitError("has no commit yet")
    branch = next(
        (line[5:].partition("\t")[0] for line in said.splitlines() if line.startswith("ref: refs/heads/")), ""
    )
    target = branch or "refs/heads/main"
    git.run(
        repository.path,
        *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
        *("--update-head-ok", "--", repository.url, f"+{branch or 'HEAD'}:{target}"),
    )
    git.run(repository.path, "symbolic-ref", "HEAD", target)


def _found(repository: Repository, settings: Settings, tree: Tree) -> Iterator[Found]:
    # Evidence stands anywhere in the repository, also where only a part of it is asked for
    paths = list(tree.files(""))
    said = claims(tree, paths)
    below = repository.below + "/" if repository.below else ""
    listed = set(paths)
    named = {path for path in paths if is_named_so(posixpath.basename(path)) and not _is_ours(path, listed)}
    candidates = sorted(path for path in named | (said.keys() & listed) if path.startswith(below))
    files: dict[str, bytes] = {}
    for path in candidates:
        data = tree.read(path, _LARGEST + 1) or b""
        if is_dockerfile(posixpath.basename(path), data) if path in named else begins_as_one(data):
            files[path] = data
    settings_files = [path for path in paths if posixpath.basename(path) in (".dockminify.toml", "pyproject.toml")]
    asked = _digest_of_settings(tree, settings_files, files.keys())
    for path, data in files.items():
        chosen = choose(tree, path, data, said.get(path, ()))
        digest = hashlib.sha256(data).hexdigest()
        ignore = tree.read(f"{path}.dockerignore") or b""
        outside = _outside(repository, path) if not tree.commit else b""
        key = hashlib.sha256()
        targets = built(said.get(path, ()))
        for part in (
            *(__version__, settings.digest, path, chosen.context, "\n".join(chosen.evidence), repr(targets)),
            *(tree.fingerprint(chosen.context, files.keys()), asked, repr(ignore), repr(outside)),
        ):
            key.update(part.encode("utf-8", "surrogateescape") + b"\0")
        yield Found(path, chosen.context, chosen.evidence, digest, key.hexdigest(), targets)


def _is_ours(path: str, listed: set[str]) -> bool:
    """`Dockerfile.min` beside `Dockerfile`: what `fix` wrote."""
    return path.endswith(".min") and path.removesuffix(".min") in listed


def _digest_of_settings(tree: Tree, paths: list[str], dockerfiles: Collection[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        data = tree.read(path) or b""
        if not path.endswith("pyproject.toml") or b"[tool.dockminify" in data:
            digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + data + b"\0")
            # Templates that they name may be anywhere
            digest.update(tree.fingerprint("", dockerfiles).encode())
    return digest.hexdigest()


def _outside(repository: Repository, path: str) -> bytes:
    """Settings of a folder above: those of a folder on disk may be from there."""
    try:
        found = config.load((repository.path / path).parent.resolve()).path
        return found.read_bytes() if found is not None else b""
    except (ConfigurationError, OSError) as error:
        # The file's own result says so
        return str(error).encode("utf-8", "replace")
