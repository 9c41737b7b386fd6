"""`dockminify review`: change by change, in the terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minify.cli.shared import Asked, ContextOption, RegistryOption, TemplatesOption, ToOption, UserOption, read
from minify.errors import UsageError
from minify.files import write_all
from minify.report import review as said
from minify.report.lines import Line, line, wants_colour, write
from minify.report.text import headline
from minify.review import editing, progress
from minify.review.changes import Change, changes_of
from minify.review.session import Session

if TYPE_CHECKING:
    from minify.api import Outcome

_HELP = (
    "y  accept this change",
    "n  reject it",
    "e  edit the file as this change makes it, and take what you write",
    "x  explain it",
    "u  undo the last decision",
    "a  accept it and all that follow, but none that may break",
    "d  reject it and all that follow",
    "q  quit, and go on later with the same command",
    "?  this help",
)


def review(
    paths: Annotated[list[Path], typer.Argument(help="Dockerfiles.")],
    to: ToOption = None,
    context: ContextOption = None,
    in_place: Annotated[bool, typer.Option("--in-place", "-i", help="Change the file itself.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Forget what was decided earlier.")] = False,
    user: UserOption = None,
    templates: TemplatesOption = None,
    registry: RegistryOption = None,
) -> int:
    """Decide on each change, as `git add -p` does; what is accepted is written to <name>.min, and nothing else."""
    asked = Asked(to=to, user=user, templates=templates, registry=registry)
    for path in paths:
        if str(path) == "-":
            raise UsageError("review asks on the standard input: it cannot read the Dockerfile there too")
        if not _file(path, context, asked, in_place, restart):
            return 0
    return 0


def _file(path: Path, context: Path | None, asked: Asked, in_place: bool, restart: bool) -> bool:
    """Whether there is somebody to ask about the next file."""
    outcome, wish = read(str(path), context, asked)
    _print([line(headline(outcome), "bold")])
    changes = changes_of(outcome, wish)
    if not changes:
        return True
    session = Session.of(outcome.patch.before, changes)
    if restart:
        progress.forget(path)
    else:
        session = progress.load(session, path)
    if session.decided:
        _print(
            [line(f"{len(session.decided)} of {len(changes)} decided earlier; u takes back, --restart forgets", "dim")]
        )
    finished = _ask(session, path, outcome)
    if finished is None:
        _print([line("Nothing is written. The same command goes on from here.")])
        return False
    _finish(finished, path, outcome, in_place)
    return True


def _ask(session: Session, path: Path, outcome: Outcome) -> Session | None:
    """The session when all is decided; None when the person left."""
    shown: Session | None = None
    while session.pending:
        item = session.pending[0]
        if shown is not session:
            _print(said.change(session, item))
        shown = session
        answer = _answer(session, item)
        decided: Session | None = session
        match answer:
            case "y" | "n":
                decided = session.decide(item.key, answer == "y")
            case "a" | "d":
                decided = session.decide_rest(answer == "a")
            case "u":
                decided = _undone(session)
            case "e":
                decided = _edited(session, item, outcome)
            case "x":
                _print(said.explanation(item, session.source))
            case "q":
                decided = None
            case _:
                _print(line(text, "cyan") for text in _HELP)
        if decided is None:
            return None
        if decided is not session:
            progress.save(decided, path)
        session = decided
    return session


def _answer(session: Session, item: Change) -> str:
    done = len(session.decided)
    number, total = done + 1, done + len(session.pending)
    sys.stdout.write(f"({number}/{total}) Take {item.fix.code} [y,n,e,x,u,a,d,q,?]? ")
    sys.stdout.flush()
    text = sys.stdin.readline()
    if not text:
        sys.stdout.write("\n")
        return "q"
    return text.strip().lower()[:1] or "?"


def _undone(session: Session) -> Session:
    """Also what was decided in an earlier run: the last decision of those that are kept."""
    if session.before is not None:
        return session.before
    if not session.decided:
        _print([line("There is nothing to take back.")])
        return session
    *rest, _ = session.decided
    kept = {key: session.decided[key] for key in rest}
    return Session.of(session.source, session.changes, kept, {k: v for k, v in session.edited.items() if k in kept})


def _edited(session: Session, item: Change, outcome: Outcome) -> Session:
    """What the person makes of the file with this change alone."""
    data = _in_editor(editing.suggestion(session, item))
    while (error := editing.problem(session, data)) is not None:
        _print([line(f"This does not parse: {error}", "red")])
        if not _agrees("Edit again"):
            return session
        data = _in_editor(data)
    written = editing.read(session, item, data, outcome)
    if written is None:
        _print([line("Nothing was edited.")])
        return session
    if written.differences:
        _print([line("What you wrote changes the image's settings:", "yellow")])
        _print(line(f"  {one}") for one in written.differences)
        if not _agrees("Take it"):
            return session
    return session.edit(item.key, written.edits)


def _in_editor(data: bytes) -> bytes:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="dockminify-") as folder:
        file = Path(folder) / "Dockerfile"
        file.write_bytes(data)
        try:
            done = subprocess.run([*shlex.split(editor), str(file)], check=False)
        except OSError as error:
            raise UsageError(f"the editor {editor} cannot be started: {error.strerror}", hint="set EDITOR") from error
        # An editor that says no, as :cq does, takes everything back
        return file.read_bytes() if done.returncode == 0 else data


def _agrees(question: str) -> bool:
    sys.stdout.write(f"{question} [y,n]? ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower().startswith("y")


def _finish(session: Session, path: Path, outcome: Outcome, in_place: bool) -> None:
    composed = session.composed()
    _print([line(), *said.outcome(session)])
    if composed.patch.empty:
        _print([line(f"{path}: nothing was accepted, nothing is written")])
    else:
        written = path if in_place else Path(f"{path}.min")
        files = {written: composed.patch.after.encode()}
        if not in_place:
            files[Path(f"{written}.diff")] = composed.patch.unified().encode("utf-8", "surrogateescape")
        write_all(files)
        _print([line(), line("Written", "bold"), *(line(f"  {one}") for one in files)])
    progress.forget(path)


def _print(lines: Iterable[Line]) -> None:
    write(lines, sys.stdout, colour=wants_colour(sys.stdout))
