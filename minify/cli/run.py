"""Run a command and end with its exit code: our errors as one clear message, a bug as a report to paste."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from minify.errors import DockminifyError, InternalError


def run(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 changes suggested, 2 usage, 3 refused, 4 verification failed, 70 our bug."""
    from minify.cli.app import application

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not an end
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        result = application(arguments)(list(arguments), standalone_mode=False, prog_name="dockminify")
    except DockminifyError as error:
        if isinstance(error, InternalError):
            return _bug(error, arguments)
        _say(error)
        return error.exit_code
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as end:
        # Typer turns a broken pipe into an exit of its own
        if isinstance(end.__context__, BrokenPipeError):
            return _reader_gone()
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # Images are read through temporary files
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return _typer(error, arguments)
        sys.stderr.write(_printable(f"dockminify: {error.filename or 'the disk'}: no space is left\n"))
        return 2
    except Exception as error:
        return _typer(error, arguments)
    return result if isinstance(result, int) else 0


def _reader_gone() -> int:
    """The reader went away (`| head`): Python must not complain at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(error: DockminifyError) -> None:
    log = getattr(error, "log", None)
    if log:
        # The whole output of a build that failed, above what went wrong
        sys.stderr.write(_printable(f"{log.rstrip()}\n\n"))
    sys.stderr.write(_printable(f"dockminify: {error}\n"))
    if error.hint:
        sys.stderr.write(_printable(f"  {error.hint}\n"))


def _typer(error: Exception, arguments: Sequence[str]) -> int:
    """Typer's own complaints about options are usage errors; anything else is our bug."""
    code = getattr(error, "exit_code", None)
    message = getattr(error, "format_message", None)
    if isinstance(code, int) and callable(message):
        sys.stderr.write(_printable(f"dockminify: {message()}\n  dockminify --help lists the commands and options\n"))
        return 2
    if isinstance(code, int):
        return code
    return _bug(error, arguments)


def _bug(error: Exception, arguments: Sequence[str]) -> int:
    import tempfile
    import traceback

    from minify import __version__

    report = "".join(traceback.format_exception(error))
    if isinstance(error, InternalError) and error.hint:
        report += f"\n{error.hint}\n"
    handle, name = tempfile.mkstemp(prefix="dockminify-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(
            f"dockminify {__version__}, Python {sys.version}, {sys.platform}\narguments: {list(arguments)}\n\n{report}"
        )
    first = str(error).splitlines()[0] if str(error) else ""
    sys.stderr.write(
        _printable(
            f"dockminify: a bug of ours: {type(error).__name__}: {first}\n"
            f"  please report it with the file {Path(name)}\n"
        )
    )
    return 70


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
