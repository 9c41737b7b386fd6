"""Writing results: whole files or none, never through a link out of the folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from minify.errors import UsageError


def write_all(files: Mapping[Path, bytes]) -> None:
    """Put each file at its path: none is touched before all of them are found to be writable places."""
    for path in files:
        _check(path)
    for path, data in files.items():
        write_atomically(path, data)


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a reader sees the old file or the new one, whole.

    A symbolic link is refused: writing through it would change a file somewhere else.
    """
    import tempfile

    _check(path)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", path=str(path)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException as error:
        # Whatever ends it, an interrupt too: nothing half written stays
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageError(f"cannot be written: {error.strerror}", path=str(path)) from error
        raise


def _check(path: Path) -> None:
    if path.is_symlink():
        raise UsageError(
            "is a symbolic link, and what it points at is not ours to write",
            path=str(path),
            hint="name another file with -o",
        )
    if path.exists() and not path.is_dir() and not path.is_file():
        raise UsageError("is a device or a pipe, not a file", path=str(path), hint="--stdout prints the patched file")
    if path.is_dir():
        raise UsageError("is a directory", path=str(path), hint="name a file with -o")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
