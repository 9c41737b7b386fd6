"""Entrypoint scripts as people write them: the shell and the launchers do the same.

A line `#: NAME=value … -- arguments` in a script is one way to start it; `NET=1` stands for a database that listens.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify.launcher import Dialect, Program, node_source, python_source, read
from tests.launcher.harness import NODE, SHELLS, Forks, Ground, busybox, run_program, run_python, run_shell, same

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.sh"))


def starts(text: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Each way to start a script: its environment and its arguments."""
    for line in text.splitlines():
        if line.startswith("#:"):
            words = shlex.split(line[2:])
            at = words.index("--") if "--" in words else len(words)
            yield dict(word.split("=", 1) for word in words[:at]), words[at + 1 :]


def shells(text: str) -> list[tuple[list[str], Dialect]]:
    """The shells that a script is for, those that are here."""
    if "bash" in text.splitlines()[0]:
        return [([SHELLS["bash"]], Dialect.BASH)] if "bash" in SHELLS else []
    found = [([SHELLS["dash"]], Dialect.DASH)] if "dash" in SHELLS else []
    # busybox takes its own nc before the one on PATH
    ash = None if "nc -z" in text else busybox()
    return [*found, *([(ash, Dialect.ASH)] if ash else [])]


def translated(ground: Ground, path: Path, dialect: Dialect) -> Program:
    program = read(path.read_text(), dialect, script=str(ground.root / "script.sh"), by_path=True)
    assert isinstance(program, Program), program
    return program


def network(env: dict[str, str], port: int) -> dict[str, str]:
    if env.get("NET") != "1":
        return env
    return {"DATABASE": "postgres", "SQL_HOST": "127.0.0.1", "SQL_PORT": str(port), **env}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_python(path: Path, ground: Ground, forks: Forks, port: int) -> None:
    text = path.read_text()
    for shell, dialect in shells(text):
        source = python_source(translated(ground, path, dialect))
        for env, args in starts(text):
            variables = network(env, port)
            expected = run_shell(ground, [*shell, *first_line(text)], text, args, variables, script=True)
            found = run_python(ground, forks, source, args, variables)
            assert not same(expected, found, text), (dialect, env, args, source)


@pytest.mark.skipif(NODE is None, reason="Node is not here")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_node(path: Path, ground: Ground, port: int) -> None:
    text = path.read_text()
    for shell, dialect in shells(text)[:1]:
        program = translated(ground, path, dialect)
        if program.python_only:
            with pytest.raises(ValueError, match="Node cannot do this"):
                node_source(program)
            return
        source = node_source(program)
        if "runMain" in source:
            pytest.skip("the application is node itself: test_node.py")
        (ground.root / "launcher.js").write_text(source)
        for env, args in starts(text):
            variables = network(env, port)
            expected = run_shell(ground, [*shell, *first_line(text)], text, args, variables, script=True)
            found = run_program(ground, [str(NODE), str(ground.root / "launcher.js"), *args], variables)
            assert not same(expected, found, text), (env, args, source)


def first_line(text: str) -> list[str]:
    """The options that the first line gives the shell."""
    words = text.splitlines()[0].removeprefix("#!").split()
    return words[1:] if words[0].endswith("sh") else []


def test_there_are_many() -> None:
    assert len(SCRIPTS) >= 60
    assert all(list(starts(path.read_text())) for path in SCRIPTS)
    assert sum(len(list(starts(path.read_text()))) for path in SCRIPTS) >= 2 * len(SCRIPTS)
