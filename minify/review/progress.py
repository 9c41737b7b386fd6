"""Decisions that outlive the program: quit, and go on later. Kept outside of the repository, one small file a Dockerfile."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from minify.edit import Edit
from minify.files import write_atomically
from minify.review.session import Session
from minify.syntax import Span


def place(dockerfile: Path) -> Path:
    """`~/.local/state/dockminify/review/<checksum of the path>.json`. https://specifications.freedesktop.org/basedir-spec/"""
    root = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    name = sha256(os.fsencode(dockerfile.absolute())).hexdigest()[:16]
    return Path(root) / "dockminify" / "review" / f"{name}.json"


def save(session: Session, dockerfile: Path) -> None:
    """Keep the decisions; the keys of changes hold a checksum of the file, so they are of no use for another text."""
    path = place(dockerfile)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = {
        "path": str(dockerfile.absolute()),
        "decided": dict(session.decided),
        "edited": {
            key: [[e.span.start, e.span.end, e.content] for e in edits] for key, edits in session.edited.items()
        },
    }
    write_atomically(path, json.dumps(said, indent=1).encode())


def load(session: Session, dockerfile: Path) -> Session:
    """The session with what was decided earlier; a file that cannot be read is none."""
    try:
        said: Any = json.loads(place(dockerfile).read_text("utf-8"))
        decided = {str(key): bool(value) for key, value in said["decided"].items()}
        edited = {
            str(key): tuple(Edit(Span(int(start), int(end)), str(content)) for start, end, content in edits)
            for key, edits in said["edited"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return session
    return Session.of(session.source, session.changes, decided, edited)


def forget(dockerfile: Path) -> None:
    """Nothing is left to be decided."""
    place(dockerfile).unlink(missing_ok=True)
