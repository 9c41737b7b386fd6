"""The task of `--verify`: build and run a file before and after, and keep only what behaves the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from minify import api, proof
from minify.batch.records import Found, Repository, Result, Settings, State
from minify.batch.survey import opened
from minify.batch.trees import CommitTree, Tree
from minify.batch.work import page_of, result, settings_of, wish_of
from minify.context.tree import Context
from minify.edit import Safety
from minify.errors import DockminifyError
from minify.report.verification import proof_document
from minify.syntax import Source
from minify.verify import size
from minify.verify.ask import Ask
from minify.verify.engine import BuildError, BuildOptions, Engine, silent
from minify.verify.verdict import Verification


class Proving(NamedTuple):
    """How images are built and run."""

    open_engine: Callable[[], Engine]
    options: BuildOptions
    ask: Ask


def prove(
    repository: Repository, commit: str, files: tuple[Found, ...], settings: Settings, proving: Proving
) -> tuple[Result, ...]:
    """The results of files that a change is there for; an engine that does not answer is an error of each."""
    results = []
    for found in files:
        try:
            with opened(repository, settings, commit) as tree, settings_of(tree, repository, files) as folder:
                results.append(_prove(tree, folder, found, settings, proving))
        except DockminifyError as error:
            said = f"{error}\n{error.hint}" if error.hint else str(error)
            results.append(Result(path=found.path, state=State.ERROR, message=said))
    return tuple(results)


def _prove(tree: Tree, folder: Path | None, found: Found, settings: Settings, proving: Proving) -> Result:
    data = tree.read(found.path, api.MAXIMUM_BYTES) or b""
    source = Source.from_bytes(data, found.path)
    wish = api.with_builds(
        source, tree.context(found.context, found.path), wish_of(folder, found, settings), found.targets
    )
    with on_disk(tree, found) as context, closing(proving.open_engine()) as engine:
        first = api.fix_source(source, context, wish, Safety.INFERRED)
        originals = proof.originals(engine, source, context, proving.options, proving.ask, silent)
        try:
            proven = proof.prove(source, context, wish, Safety.INFERRED, originals, silent)
        except BuildError as error:
            if not error.original:
                raise
            return result(first, found, State.REJECTED)._replace(
                text=None, message=f"the original does not build: {error}"
            )
    more: dict[str, Any] = {"proof": proof_document(proven)}
    if proven.outcome is None:
        last = proven.steps[-1].verdict.value if proven.steps else "nothing to build"
        return result(first, found, State.REJECTED, more)._replace(text=None, message=f"no rung passed: {last}")
    more |= page_of(proven.outcome, wish, settings, proven.verification)
    return result(proven.outcome, found, State.CHANGED, more)._replace(measured_mb=measured(proven.verification))


def measured(verification: Verification | None) -> float | None:
    """How many MB less all layers of the new image take; None where nothing was built."""
    sections = verification.sections if verification is not None else ()
    for finding in (finding for section in sections if section.name == size.NAME for finding in section.findings):
        if finding.what == "uncompressed":
            before, after = (
                float(text.removesuffix(" MB").replace(",", "")) for text in (finding.before, finding.after)
            )
            return round(before - after, 1)
    return None


@contextmanager
def on_disk(tree: Tree, found: Found) -> Iterator[Context]:
    """The build context as files: those of a commit are written out for the build."""
    if not isinstance(tree, CommitTree):
        yield tree.context(found.context, found.path)
        return
    with tempfile.TemporaryDirectory(prefix="dockminify-") as name:
        root = Path(name)
        tree.export(found.context, root / found.context)
        for path in (found.path, f"{found.path}.dockerignore"):
            target = root / path
            data = tree.read(path)
            if data is not None and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        yield Context(root / found.context, root / found.path)
