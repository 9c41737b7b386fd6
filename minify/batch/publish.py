"""The third task: what a repository's changes become: a patch, a commit on a branch, changed files, the text of a pull request."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from minify.batch import git
from minify.batch.mail import Author, Changed, blob, mail
from minify.batch.records import Kind, Repository, Settings
from minify.batch.state import Change
from minify.batch.survey import named, opened
from minify.batch.texts import commit_message, pull_request, values
from minify.batch.trees import CommitTree
from minify.errors import UsageError
from minify.files import write_all, write_atomically

_NOBODY: Final = ("dockminify", "dockminify@localhost")


class Outputs(NamedTuple):
    """What a run was asked to write."""

    folder: Path
    patches: Path | None = None
    branch: str | None = None
    in_place: bool = False
    templates: Path | None = None


class Published(NamedTuple):
    """What was written for a repository, by kind: `patch`, `branch`, `commit`, `pull-request`; and what could not be."""

    what: dict[str, str]
    problem: str = ""


def publish(
    repository: Repository,
    commit: str,
    changes: Sequence[Change],
    earlier: dict[str, str],
    outputs: Outputs,
    settings: Settings,
    will_write: Callable[[Sequence[str]], None],
) -> Published:
    """Write everything that was asked for; what an earlier run wrote and this one has not is taken away again."""
    # A branch stays where it is: somebody may work on it
    what: dict[str, str] = {key: earlier[key] for key in ("branch", "commit") if key in earlier}
    try:
        with named(repository):
            if changes:
                _publish(repository, commit, changes, earlier, outputs, settings, will_write, what)
        for kind in ("patch", "pull-request"):
            if kind in earlier and kind not in what and (kind != "patch" or outputs.patches is not None):
                Path(earlier[kind]).unlink(missing_ok=True)
    except UsageError as error:
        return Published(what, str(error))
    except OSError as error:
        return Published(what, f"cannot be written: {error.filename or outputs.folder}: {error.strerror}")
    return Published(what)


def _publish(
    repository: Repository,
    commit: str,
    changes: Sequence[Change],
    earlier: dict[str, str],
    outputs: Outputs,
    settings: Settings,
    will_write: Callable[[Sequence[str]], None],
    what: dict[str, str],
) -> None:
    """Fills `what` as it goes: what is written stays written when a later step fails."""
    with opened(repository, settings, commit) as tree:
        # In place: what is there now may be what we wrote already
        befores = {change.path: tree.read(change.path, 1 << 30) or b"" for change in changes}
        files = _changed(tree, changes, befores)
    told = [values(change) for change in changes]
    pull = outputs.folder / "pull-requests" / f"{repository.name}.md"
    pull.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(pull, pull_request(repository.name, commit, told, outputs.templates).encode())
    what["pull-request"] = str(pull)
    message = commit_message(repository.name, commit, told, outputs.templates)
    if outputs.patches is not None:
        patch = outputs.patches / f"{repository.name}.patch"
        patch.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(patch, mail(message, _author(repository, commit), files, sha256=len(commit) == 64))
        what["patch"] = str(patch)
    if outputs.branch is not None:
        what |= _branch(repository, commit, files, message, outputs.branch, earlier)
    if outputs.in_place:
        _write_in_place(repository, changes, befores, will_write)


def _changed(tree: object, changes: Sequence[Change], befores: dict[str, bytes]) -> list[Changed]:
    modes = {}
    if isinstance(tree, CommitTree):
        modes = {change.path: entry.mode for change in changes if (entry := tree.entry(change.path)) is not None}
    return [
        Changed(change.path, befores[change.path], change.text, modes.get(change.path, "100644")) for change in changes
    ]


def _author(repository: Repository, commit: str) -> Author:
    """Who runs this, as git knows them; the date is that of the commit that was read, so that the same input gives the same bytes."""
    name, email = _NOBODY
    date = os.environ.get("SOURCE_DATE_EPOCH", "0") + " +0000"
    if repository.kind is Kind.FOLDER:
        return Author(name, email, date)
    name = os.environ.get("GIT_AUTHOR_NAME") or _setting(repository, "user.name") or name
    email = os.environ.get("GIT_AUTHOR_EMAIL") or _setting(repository, "user.email") or os.environ.get("EMAIL") or email
    if commit:
        date = git.text(repository.path, "log", "-1", "--no-show-signature", "--format=%cd", "--date=raw", commit)
    return Author(name, email, date)


def _setting(repository: Repository, name: str) -> str:
    return git.text(repository.path, "config", "--default", "", "--get", name)


def _branch(
    repository: Repository, commit: str, files: Sequence[Changed], message: str, branch: str, earlier: dict[str, str]
) -> dict[str, str]:
    """A commit on top of the one that was read, and a branch that points at it: no work tree and no index is touched."""
    if not commit:
        raise UsageError(
            f"a {repository.kind.value} has no branches", path=repository.locator, hint="--patches is for it"
        )
    ref = f"refs/heads/{branch}"
    there = git.text(repository.path, "for-each-ref", "--format=%(objectname)", ref)
    made = _commit(repository, commit, files, message)
    if there == made:
        return {"branch": branch, "commit": made}
    if there and not (earlier.get("branch") == branch and earlier.get("commit") == there):
        raise UsageError(f"the branch {branch} is there already, and another commit is on it", path=repository.locator)
    worktrees = git.run(repository.path, "worktree", "list", "--porcelain").decode("utf-8", "replace").splitlines()
    if f"branch {ref}" in worktrees:
        raise UsageError(f"the branch {branch} is checked out", path=repository.locator)
    # With the old value: whoever else moves it meanwhile is not overwritten
    git.run(repository.path, "update-ref", "-m", "dockminify batch", ref, made, there or "0" * len(commit))
    return {"branch": branch, "commit": made}


def _commit(repository: Repository, commit: str, files: Sequence[Changed], message: str) -> str:
    author = _author(repository, commit)
    with tempfile.TemporaryDirectory(prefix="dockminify-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run(repository.path, "read-tree", commit, extra=index)
        entries = b""
        for file in files:
            oid = git.run(repository.path, "hash-object", "-w", "--no-filters", "--stdin", data=file.after).strip()
            assert oid.decode() == blob(file.after, sha256=len(commit) == 64)
            entries += b"%s %s\t%s\0" % (file.mode.encode(), oid, file.path.encode("utf-8", "surrogateescape"))
        git.run(repository.path, "update-index", "-z", "--index-info", data=entries, extra=index)
        tree = git.text(repository.path, "write-tree", extra=index)
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", author.name), ("EMAIL", author.email), ("DATE", author.date))
    }
    return (
        git.run(repository.path, "commit-tree", tree, "-p", commit, "-F", "-", data=message.encode(), extra=who)
        .decode()
        .strip()
    )


def _write_in_place(
    repository: Repository,
    changes: Sequence[Change],
    befores: dict[str, bytes],
    will_write: Callable[[Sequence[str]], None],
) -> None:
    targets: dict[Path, bytes] = {}
    for change in changes:
        if befores[change.path] == change.text:
            continue
        if hashlib.sha256(befores[change.path]).hexdigest() != change.digest:
            raise UsageError("changed while this ran: run again", path=f"{repository.locator}/{change.path}")
        targets[repository.path / change.path] = change.text
    will_write([change.path for change in changes])
    write_all(targets)
