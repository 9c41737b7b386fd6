"""Generated texts: whatever is claimed to be translated does what the shell itself does.

200 texts, and 4,000 with HYPOTHESIS_PROFILE=long: the same ones on every run.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings

from minify.launcher import Dialect, Program, node_source, python_source, read
from tests.launcher.harness import NODE, SHELLS, Forks, Ground, busybox, run_program, run_python, run_shell, same
from tests.launcher.texts import ARGUMENTS, ENVIRONMENTS, Texts

COUNT = min(settings().max_examples, 4_000)
# A Node process costs more than the rest together
NODE_COUNT = COUNT // 5
PART = 20


def generated(seed: int, dialect: Dialect) -> tuple[str, list[str], dict[str, str]]:
    """A text, and how it is started."""
    chance = random.Random(seed)
    text = Texts(seed, bash=dialect is Dialect.BASH).script()
    return text, chance.choice(ARGUMENTS), chance.choice(ENVIRONMENTS)


def shell(dialect: Dialect) -> list[str]:
    """The shell of a dialect."""
    found = busybox() if dialect is Dialect.ASH else [SHELLS[dialect.value]] if dialect.value in SHELLS else None
    if found is None:
        pytest.skip(f"{dialect.value} is not here")
    return found


def is_missing(status: int, source: str) -> bool:
    """Whether a launcher that does nothing but become a program was given one that is not there.

    That the programs are there is for the caller to see to: `Program.programs`.
    """
    return status in (126, 127) and "os.execv" in source


@pytest.mark.parametrize("start", range(0, COUNT // 2, PART))
@pytest.mark.parametrize("dialect", [Dialect.DASH, Dialect.BASH])
def test_python(dialect: Dialect, start: int, ground: Ground, forks: Forks) -> None:
    compare_python(dialect, range(start, start + PART), ground, forks)


@pytest.mark.parametrize("start", range(0, COUNT // 4, PART))
def test_python_for_busybox(start: int, ground: Ground, forks: Forks) -> None:
    compare_python(Dialect.ASH, range(start, start + PART), ground, forks)


def compare_python(dialect: Dialect, seeds: range, ground: Ground, forks: Forks) -> None:
    argv = shell(dialect)
    script = str(ground.root / "script.sh")
    for seed in seeds:
        text, args, env = generated(seed, dialect)
        program = read(text, dialect, script=script)
        if not isinstance(program, Program):
            continue
        source = python_source(program)
        expected = run_shell(ground, argv, text, args, env, script=True)
        if not is_missing(expected.status, source):
            found = run_python(ground, forks, source, args, env)
            assert not same(expected, found, text), f"seed {seed}, {env}, {args}\n{text}\n\n{source}"
            if all(one.name is None or shutil.which(one.name, path=ground.env["PATH"]) for one in program.programs):
                short = python_source(replace(program, present=True))
                found = run_python(ground, forks, short, args, env)
                assert not same(expected, found, text), f"seed {seed}, {env}, {args}\n{text}\n\n{short}"


@pytest.mark.skipif(NODE is None, reason="Node is not here")
@pytest.mark.parametrize("start", range(0, NODE_COUNT // 2, PART))
@pytest.mark.parametrize("dialect", [Dialect.DASH, Dialect.BASH])
def test_node(dialect: Dialect, start: int, ground: Ground) -> None:
    argv = shell(dialect)
    launcher = ground.root / "launcher.js"
    for seed in range(start, start + PART):
        text, args, env = generated(seed, dialect)
        program = read(text, dialect, script=str(ground.root / "script.sh"))
        if not isinstance(program, Program) or program.python_only:
            continue
        there = all(one.name is None or shutil.which(one.name, path=ground.env["PATH"]) for one in program.programs)
        launcher.write_text(node_source(replace(program, present=there)))
        expected = run_shell(ground, argv, text, args, env, script=True)
        found = run_program(ground, [str(NODE), str(launcher), *args], env)
        assert not same(expected, found, text), f"seed {seed}, {env}, {args}\n{text}"


@pytest.mark.parametrize("dialect", list(Dialect))
def test_most_are_translated(dialect: Dialect) -> None:
    """A comparison that nothing reaches would say nothing."""
    results = [read(generated(seed, dialect)[0], dialect, script="/start.sh") for seed in range(100)]
    reasons = Counter(one.reason for result in results if isinstance(result, tuple) for one in result)
    assert sum(isinstance(result, Program) for result in results) >= 60, reasons.most_common(5)


def test_the_comparison_sees_differences(ground: Ground, forks: Forks) -> None:
    """Each thing that is compared is one that a wrong launcher is caught by."""
    text = 'echo "$A"; app "$A"; echo x > made; exit 3'
    program = read(text, Dialect.DASH)
    assert isinstance(program, Program)
    right = python_source(program)
    expected = run_shell(ground, shell(Dialect.DASH), text, [], {"A": "a b"}, script=False)
    assert not same(expected, run_python(ground, forks, right, [], {"A": "a b"}), text)
    wrong = {
        "status": right.replace("sys.exit(3)", "sys.exit(4)"),
        "output": right.replace("echo(", "print("),
        "started": right.replace('run("app", ', 'run("app", *'),
        "files": right.replace('"made"', '"other"'),
    }
    for name, source in wrong.items():
        assert source != right, name
        env = {"A": "a\\tb"} if name == "output" else {"A": "a b"}
        expected = run_shell(ground, shell(Dialect.DASH), text, [], env, script=False)
        found = same(expected, run_python(ground, forks, source, [], env), text)
        assert any(one.startswith(name) for one in found), (name, found)
