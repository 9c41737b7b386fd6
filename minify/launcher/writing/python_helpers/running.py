"""Helpers of a launcher in Python: programs, their streams and their status."""

# A launcher is short: os.path is there, pathlib would be one more import
# ruff: noqa: PTH109, PTH123

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from minify.launcher.writing.python_helpers.state import EMPTY, FUNCTIONS, OPTIONS, UNOPENED, children, env, private


def exported() -> dict[str, str]:
    """The environment of a program: not the variables that only the shell had."""
    return {name: value for name, value in env.items() if name not in private}


def complain(message: object) -> None:
    """Say on standard error what went wrong."""
    print(f"sh: {message}", file=sys.stderr, flush=True)


def fail(message: str, status: int) -> None:
    """End with a message."""
    complain(message)
    sys.exit(status)


def refused(name: str, error: OSError, stderr: Any = None, stdout: Any = None, **others: Any) -> int:
    """The status for a program that cannot be started; its stderr gets the message."""
    if stderr == subprocess.STDOUT:
        stderr = stdout or sys.stdout
    if stderr != subprocess.DEVNULL:
        reason = "not found" if isinstance(error, FileNotFoundError) else error.strerror
        print(f"sh: {name}: {reason}", file=stderr or sys.stderr, flush=True)
    return 127 if isinstance(error, FileNotFoundError) else 126


def ended(code: int) -> int:
    """The status of a program as a shell has it: 128 and the signal that ended it."""
    return code if code >= 0 else 128 - code


def run(*argv: str, **options: Any) -> int:
    """Run a program and give its status: 127 when it is not there."""
    if EMPTY and not argv:
        return 0
    options.setdefault("env", exported())
    try:
        return ended(subprocess.run(argv, **options).returncode)
    except OSError as error:
        return refused(argv[0], error, **options)


def run_with(streams: dict[str, tuple[str, str]], *argv: str, **options: Any) -> int:
    """Run a program with files for its streams, `{"stdout": ("log", "a")}`."""
    try:
        with contextlib.ExitStack() as stack:
            opened = {name: stack.enter_context(open(*where)) for name, where in streams.items()}
            return run(*argv, **opened, **options)
    except OSError as error:
        complain(f"cannot open {error.filename}: {error.strerror}")
        return UNOPENED


def check(status: int) -> None:
    """End where a command fails, as `set -e` does."""
    if status:
        sys.exit(status)


def execute(*argv: str, environment: dict[str, str] | None = None) -> None:
    """Become a program; end with 127 when it is not there."""
    if OPTIONS and argv[0].startswith("-"):
        fail(f"exec: {argv[0]}: invalid option", 2)
    try:
        os.execvpe(argv[0], argv, environment or exported())
    except OSError as error:
        fail(f"{argv[0]}: {error.strerror}", 127 if isinstance(error, FileNotFoundError) else 126)


def captured(*argv: Any, **options: Any) -> tuple[int, str]:
    """The status of a program, and what it writes less the newlines at the end."""
    if EMPTY and not argv:
        return 0, ""
    if FUNCTIONS and callable(argv[0]):
        return forked(*argv)
    options.setdefault("env", exported())
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, **options)
    except OSError as error:
        return refused(argv[0], error, **options), ""
    return ended(done.returncode), os.fsdecode(done.stdout.replace(b"\0", b"")).rstrip("\n")


def forked(function: Callable[..., Any], *arguments: str) -> tuple[int, str]:
    """The same of a function, in a process of its own: nothing that it changes stays."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writing, 1)
        status = 1
        try:
            status = function(*arguments) or 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        finally:
            sys.stdout.flush()
            os._exit(status & 255)
    os.close(writing)
    with open(reading, "rb") as file:
        text = os.fsdecode(file.read().replace(b"\0", b"")).rstrip("\n")
    code = os.waitpid(child, 0)[1]
    return os.WEXITSTATUS(code) if os.WIFEXITED(code) else 128 + os.WTERMSIG(code), text


def output(*argv: Any, **options: Any) -> str:
    """What a program writes, less the newlines at the end."""
    return captured(*argv, **options)[1]


def checked_output(*argv: Any, **options: Any) -> str:
    """What a program writes, less the newlines at the end; the launcher ends when it fails."""
    status, text = captured(*argv, **options)
    check(status)
    return text


def capture(name: str, *argv: Any, **options: Any) -> int:
    """Put what a program writes into a variable, and give its status."""
    status, env[name] = captured(*argv, **options)
    return status


def pipe(*stages: dict[str, Any], fails: bool = False) -> int:
    """Run programs, each reading what the one before it writes, and give the status of the last."""
    processes: list[subprocess.Popen[bytes] | int] = []
    source = stages[0].pop("stdin", None)
    for stage in stages:
        stage.setdefault("env", exported())
        if stage is not stages[-1]:
            stage["stdout"] = subprocess.PIPE
        try:
            process = subprocess.Popen(stdin=source, **stage)
            processes.append(process)
        except OSError as error:
            processes.append(refused(stage["args"][0], error, stage.get("stderr")))
        if hasattr(source, "close"):
            source.close()
        last = processes[-1]
        source = subprocess.DEVNULL if isinstance(last, int) else last.stdout
    statuses = [one if isinstance(one, int) else ended(one.wait()) for one in processes]
    return next((status for status in reversed(statuses) if status), 0) if fails else statuses[-1]


def background(*argv: str, **options: Any) -> None:
    """Start a program and go on; the keys of a terminal do not reach it."""
    options.setdefault("env", exported())
    options.setdefault("stdin", subprocess.DEVNULL)
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        children.append(subprocess.Popen(argv, **options))
    except OSError as error:
        # A child that ends at once stands for it
        code = f"import os; os._exit({refused(argv[0], error)})"
        children.append(subprocess.Popen([sys.executable, "-c", code]))
    for number, handler in zip(numbers, before):  # noqa: B905 - not in Python 3.8
        signal.signal(number, handler)


def wait(*processes: str) -> int:
    """The status of the last of some programs in the background; without one, wait for all."""
    if not processes:
        for child in children:
            child.wait()
        return 0
    statuses = [
        next((ended(child.wait()) for child in children if str(child.pid) == process), 127) for process in processes
    ]
    return statuses[-1]


def wait_first() -> int:
    """The status of the program in the background that ends first."""
    mine = {child.pid for child in children}
    while True:
        process, status = os.wait()
        if process in mine:
            return ended(os.waitstatus_to_exitcode(status))


def opened(path: str, mode: str) -> Any:
    """A file for the commands of a group; None when it cannot be opened."""
    try:
        return open(path, mode, errors="surrogateescape")
    except OSError as error:
        complain(f"cannot open {path}: {error.strerror}")
        return None


def reopen(stream: int, path: str, mode: str) -> None:
    """Let a file take the place of a stream of the launcher itself."""
    with open(path, mode) as file:
        os.dup2(file.fileno(), stream)


def feed(text: str) -> None:
    """Let a text be the standard input of the launcher itself."""
    file = os.memfd_create("text")
    os.write(file, os.fsencode(text))
    os.lseek(file, 0, os.SEEK_SET)
    os.dup2(file, 0)


@contextlib.contextmanager
def local(*names: str) -> Iterator[None]:
    """Variables of a function: they are as before when it ends."""
    before = {name: env.get(name) for name in names}
    try:
        yield
    finally:
        restore(before)


def restore(before: dict[str, str | None]) -> None:
    """Give variables the values that they had."""
    for name, text in before.items():
        if text is None:
            env.pop(name, None)
        else:
            env[name] = text


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Do something after which the directory and the variables are as before."""
    place, before = os.getcwd(), dict(env)
    try:
        yield
    finally:
        os.chdir(place)
        env.clear()
        env.update(before)
