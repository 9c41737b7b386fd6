"""Runs a shell text and the launcher made of it side by side, and says what each did.

Both run in a directory of their own, with the same environment and the same small programs on PATH: recorders, which
note the arguments and the environment that they get. A Python launcher runs in a fork of a process that has imported
what launchers import: starting an interpreter for each of some hundred would take most of the time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

RECORDER = r"""#!/bin/dash
# The environment as it was given: a shell's own has PWD in it
{ printf '%s\036' "${0##*/}" "$@"; printf '\035'; tr '\0' '\036' < /proc/$$/environ; printf '\034'; } > {record}.$$
cat {record}.$$ >> {record}
rm {record}.$$
code=0
case " $FAIL " in *" ${0##*/} "*) code=3 ;; esac
if [ -n "$FAIL_TIMES" ]; then
    printf x >> {record}.calls
    [ "$(wc -c < {record}.calls)" -gt "$FAIL_TIMES" ] || code=1
fi
for word; do
    case "$word" in
        say=*) printf '%s\n' "${word#say=}" ;;
        cry=*) printf '%s\n' "${word#cry=}" >&2 ;;
        exit=*) code="${word#exit=}" ;;
        die=*) kill -"${word#die=}" $$ ;;
        read) cat ;;
    esac
done
exit "$code"
"""
PROGRAMS = (
    *(
        "app",
        "tool",
        "gunicorn",
        "uvicorn",
        "celery",
        "alembic",
        "python",
        "java",
        "node",
        "npm",
        "npx",
        "php",
        "rails",
    ),
    "nginx",
)
# What `nc -z host port` asks, for the shells
NETCAT = """#!/bin/bash
exec 3<> "/dev/tcp/$2/$3"
"""
# What each shell adds to the environment by itself; a launcher does not. Python adds LC_CTYPE where no locale is set.
BOOKKEEPING = ("PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE")
_COMPLAINT = re.compile(
    r"(?:dash|bash|sh|ash|busybox|\S*/(?:ba|da)?sh|\S+\.sh): |\S+: line \d+: |\S+: \d+: "
    r"|(?:mkdir|rm|cp|mv|ln|cat|chmod|chown|touch|nc|sleep|env|whoami|basename|dirname): |Traceback|  File |    |\w*Error: "
    r"|exec: |.*: (?:cd|shift|exec): |.*sh: cd: Terminated|Killed|Usage: |Try "
)
_TEST_COMPLAINT = re.compile(r": (?:\[|test|\[\[): |(?:unknown operand|bad number|out of range)$")


@dataclass(frozen=True)
class Outcome:
    """What a text did: everything that can be seen from outside."""

    status: int
    output: str
    errors: tuple[str, ...]
    complained: bool
    started: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """The arguments and the environment of each program."""
    places: tuple[tuple[str, str], ...]
    """PWD and OLDPWD of each program."""
    files: tuple[tuple[str, str], ...]


@dataclass
class Ground:
    """A directory to run in: `work` is where it runs, `bin` is on PATH."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def record(self) -> Path:
        return self.root / "record"

    def reset(self) -> None:
        """The same beginning for each run."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        (self.work / "a.txt").write_text("alpha\n")
        (self.work / "b.txt").write_text("beta\nsecond\n\n")
        (self.work / "sub").mkdir()
        (self.work / "sub" / "c.conf").write_text("port = ${PORT}\n")
        (self.work / "run.me").write_text("#!/bin/true\n")
        (self.work / "run.me").chmod(0o755)
        self.record.unlink(missing_ok=True)
        (self.root / "record.calls").unlink(missing_ok=True)
        shutil.rmtree(self.root / "home", ignore_errors=True)
        (self.root / "home").mkdir()

    def prepare(self) -> None:
        """Put the recorders on PATH."""
        binaries = self.root / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            (binaries / name).write_text(RECORDER.replace("{record}", str(self.record)))
            (binaries / name).chmod(0o755)
        (binaries / "nc").write_text(NETCAT)
        (binaries / "nc").chmod(0o755)
        self.env = {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(self.root / "home"), "LANG": "C.UTF-8"}

    def outcome(self, status: int, output: bytes, errors: bytes) -> Outcome:
        started = list(self._started())
        # A complaint may go to the output too: `2>&1`
        written = output.decode("utf-8", "surrogateescape").splitlines(keepends=True)
        text = "".join(line for line in written if not _COMPLAINT.match(line))
        lines = errors.decode("utf-8", "surrogateescape").splitlines()
        # What a shell says of a malformed test is not repeated
        lines = [line for line in lines if not _TEST_COMPLAINT.search(line)]
        kept = tuple(line for line in lines if not _COMPLAINT.match(line))
        return Outcome(
            status=128 - status if status < 0 else status,
            output=text,
            errors=kept,
            complained=len(kept) != len(lines),
            started=tuple((argv, _without(env)) for argv, env in started),
            places=tuple((_value(env, "PWD"), _value(env, "OLDPWD")) for _, env in started),
            files=tuple(self._files()),
        )

    def _started(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        if not self.record.exists():
            return
        for entry in self.record.read_bytes().decode("utf-8", "surrogateescape").split("\x1c")[:-1]:
            argv, _, environment = entry.partition("\x1d")
            yield tuple(argv.split("\x1e")[:-1]), tuple(sorted(environment.split("\x1e")[:-1]))

    def _files(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.work.rglob("*")):
            name = str(path.relative_to(self.work))
            mode = f"{stat.S_IMODE(path.lstat().st_mode):o}"
            if path.is_symlink():
                yield name, f"-> {path.readlink()}"
            elif path.is_dir():
                yield name, f"directory {mode}"
            else:
                lines = path.read_text("utf-8", "surrogateescape").splitlines(keepends=True)
                yield name, f"{mode} {''.join(line for line in lines if not _COMPLAINT.match(line))}"


class Forks:
    """A Python process that runs launchers in forks of itself."""

    def __init__(self, interpreter: str = sys.executable) -> None:
        self.process = subprocess.Popen(
            [interpreter, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )

    def run(
        self, source: str, args: list[str], cwd: Path, env: Mapping[str, str], scratch: Path
    ) -> tuple[int, bytes, bytes]:
        """Run a launcher; its status, output and errors."""
        request = {"source": source, "args": args, "cwd": str(cwd), "env": dict(env), "scratch": str(scratch)}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return status, (scratch / "stdout").read_bytes(), (scratch / "stderr").read_bytes()

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


_SERVER = r"""
import json, os, sys
import contextlib, glob, grp, math, pwd, re, resource, shutil, signal, socket, stat, subprocess, time
import http.client, urllib.parse

for line in sys.stdin:
    request = json.loads(line)
    child = os.fork()
    if not child:
        for number, name, flags in (
            (0, os.devnull, os.O_RDONLY),
            (1, request["scratch"] + "/stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND),
            (2, request["scratch"] + "/stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND),
        ):
            os.dup2(os.open(name, flags, 0o644), number)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        sys.argv = ["launcher.py", *request["args"]]
        code = 0
        try:
            exec(compile(request["source"], "launcher.py", "exec"), {"__name__": "__main__"})
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 255)
    _, status = os.waitpid(child, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    print(code, flush=True)
"""


def run_shell(
    ground: Ground, shell: list[str], text: str, args: list[str], env: Mapping[str, str], *, script: bool
) -> Outcome:
    """What the shell itself does."""
    ground.reset()
    if script:
        path = ground.root / "script.sh"
        path.write_text(text, errors="surrogateescape")
        argv = [*shell, str(path), *args]
    else:
        argv = [*shell, "-c", text, *args]
    done = subprocess.run(
        argv, cwd=ground.work, env={**ground.env, **env}, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    return ground.outcome(done.returncode, done.stdout, done.stderr)


def run_python(ground: Ground, forks: Forks, source: str, args: list[str], env: Mapping[str, str]) -> Outcome:
    """What a Python launcher does."""
    ground.reset()
    status, output, errors = forks.run(source, args, ground.work, {**ground.env, **env}, ground.root)
    return ground.outcome(status, output, errors)


def run_program(ground: Ground, argv: list[str], env: Mapping[str, str]) -> Outcome:
    """What a launcher does that is started as a process of its own."""
    ground.reset()
    done = subprocess.run(
        argv, cwd=ground.work, env={**ground.env, **env}, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    return ground.outcome(done.returncode, done.stdout, done.stderr)


def _unordered(outcome: Outcome) -> Outcome:
    """Programs that run at the same time, in no order."""
    pairs = sorted(zip(outcome.started, outcome.places, strict=True))
    return replace(outcome, started=tuple(pair[0] for pair in pairs), places=tuple(pair[1] for pair in pairs))


def _without(env: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in env if one.partition("=")[0] not in BOOKKEEPING)


def _value(env: tuple[str, ...], name: str) -> str:
    return next((one.partition("=")[2] for one in env if one.startswith(name + "=")), "")


def same(one: Outcome, other: Outcome, text: str = "") -> list[str]:
    """What is different between what a shell does and what a launcher does, in words.

    A launcher sets PWD and OLDPWD where it changes the directory, and not at its start.
    """
    # A shell's complaint goes where the errors of the group around go, a launcher's to standard error
    elsewhere = re.search(r"2>|>&|&>", text) is not None
    if " & " in text or "&\n" in text or " | " in text:
        one, other = _unordered(one), _unordered(other)
    places = [pair for pair in zip(one.places, other.places, strict=False) if pair[1][0] and pair[0] != pair[1]]
    return [f"PWD and OLDPWD: {before} is now {after}" for before, after in places] + [
        f"{name}: {getattr(one, name)!r} is now {getattr(other, name)!r}"
        for name in ("status", "output", "errors", "started", "files", *(() if elsewhere else ("complained",)))
        if getattr(one, name) != getattr(other, name)
    ]


SHELLS = {name: path for name in ("dash", "bash") if (path := shutil.which(name))}
NODE = shutil.which("node")


def busybox() -> list[str] | None:
    """The shell of busybox, when it is on this machine."""
    found = os.environ.get("BUSYBOX") or shutil.which("busybox")
    return [found, "ash"] if found else None
