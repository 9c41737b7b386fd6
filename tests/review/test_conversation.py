"""`dockminify review`: what is typed, what is written, and what is kept for later."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from minify.api import fix_text
from minify.review.progress import place
from tests.cli.conftest import Run, dockerfile, dockminify, in_a_process, names
from tests.report.dockerfiles import CRLF, HOSTILE, SEVERAL
from tests.samples import SAMPLES

__all__ = ["dockerfile", "dockminify"]

ORDER = ["apt-lists", "pip-no-cache", "slim-base", "apt-recommends"]
SAMPLE = SAMPLES / "python-flask-postgres" / "context"


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def several(dockerfile: Path) -> Path:
    dockerfile.write_bytes(SEVERAL)
    return dockerfile


def editor(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that does `code` to the list `lines` of the file."""
    script = folder / "editor"
    script.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\np = pathlib.Path(sys.argv[1])\n"
        f"lines = p.read_bytes().decode('utf-8', 'surrogateescape').splitlines(keepends=True)\n{code}\n"
        "p.write_bytes(''.join(lines).encode('utf-8', 'surrogateescape'))\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)


def test_all_accepted_of_what_is_suggested_is_what_fix_writes(several: Path, dockminify: Run) -> None:
    answer = dockminify("review", "Dockerfile", stdin=b"y\ny\nn\nn\n")
    assert answer.code == 0
    assert several.with_name("Dockerfile.min").read_bytes() == fix_text(SEVERAL).patch.after.encode()
    assert several.with_name("Dockerfile.min.diff").read_text() == fix_text(SEVERAL).patch.unified()
    assert several.read_bytes() == SEVERAL
    assert [line.split(" ")[2] for line in answer.out.splitlines() if line.startswith("(")] == ORDER


@pytest.mark.parametrize("text", [SEVERAL, CRLF, SEVERAL + b"# \xff\n"], ids=["lf", "crlf", "not utf-8"])
def test_only_what_is_accepted_is_written(text: bytes, several: Path, dockminify: Run) -> None:
    several.write_bytes(text)
    dockminify("review", "Dockerfile", stdin=b"n\ny\nn\nn\n")
    written = several.with_name("Dockerfile.min").read_bytes()
    assert written == text.replace(b"pip install", b"pip install --no-cache-dir")


def test_nothing_accepted_writes_nothing(several: Path, dockminify: Run) -> None:
    answer = dockminify("review", "Dockerfile", stdin=b"d\n")
    assert "nothing was accepted" in answer.out
    assert names(several.parent) == ["Dockerfile"]


def test_in_place(several: Path, dockminify: Run) -> None:
    dockminify("review", "Dockerfile", "--in-place", stdin=b"n\ny\nn\nn\n")
    assert several.read_bytes() == SEVERAL.replace(b"pip install", b"pip install --no-cache-dir")
    assert names(several.parent) == ["Dockerfile"]


def test_accept_the_rest_takes_nothing_that_may_break(several: Path, dockminify: Run) -> None:
    answer = dockminify("review", "Dockerfile", stdin=b"a\n")
    assert several.with_name("Dockerfile.min").read_bytes() == fix_text(SEVERAL).patch.after.encode()
    assert "slim-base: rejected" in answer.out


def test_what_may_break_can_be_accepted_one_by_one(several: Path, dockminify: Run) -> None:
    dockminify("review", "Dockerfile", stdin=b"n\nn\ny\nn\n")
    assert several.with_name("Dockerfile.min").read_bytes() == SEVERAL.replace(b"3.12", b"3.12-slim")


def test_undo(several: Path, dockminify: Run) -> None:
    answer = dockminify("review", "Dockerfile", stdin=b"u\nn\nu\ny\ny\nu\nn\nn\nn\n")
    assert "There is nothing to take back" in answer.out
    assert several.with_name("Dockerfile.min").read_bytes() == SEVERAL.replace(
        b"curl git", b"curl git && rm -rf /var/lib/apt/lists/*"
    )


@pytest.mark.parametrize("end", [b"q\n", b""], ids=["quit", "end of input"])
def test_quit_and_go_on(end: bytes, several: Path, state: Path, dockminify: Run) -> None:
    first = dockminify("review", "Dockerfile", stdin=b"y\n" + end)
    assert first.code == 0 and "goes on from here" in first.out
    assert names(several.parent) == ["Dockerfile"]
    assert place(several).is_file() and place(several).is_relative_to(state)
    second = dockminify("review", "Dockerfile", stdin=b"n\nn\nn\n")
    assert "1 of 4 decided earlier" in second.out
    assert b"rm -rf /var/lib/apt/lists" in several.with_name("Dockerfile.min").read_bytes()
    assert not place(several).exists()


def test_what_was_decided_earlier_can_be_taken_back(several: Path, dockminify: Run) -> None:
    dockminify("review", "Dockerfile", stdin=b"y\nq\n")
    dockminify("review", "Dockerfile", stdin=b"u\nn\ny\nn\nn\n")
    assert several.with_name("Dockerfile.min").read_bytes() == SEVERAL.replace(
        b"install flask", b"install --no-cache-dir flask"
    )


def test_another_text_is_asked_anew(several: Path, dockminify: Run) -> None:
    dockminify("review", "Dockerfile", stdin=b"y\nq\n")
    several.write_bytes(SEVERAL.replace(b"/app", b"/srv"))
    assert "decided earlier" not in dockminify("review", "Dockerfile", stdin=b"q\n").out


def test_restart(several: Path, dockminify: Run) -> None:
    dockminify("review", "Dockerfile", stdin=b"y\nq\n")
    assert "(1/4)" in dockminify("review", "Dockerfile", "--restart", stdin=b"q\n").out


def test_a_broken_state_is_none(several: Path, dockminify: Run) -> None:
    for text in ("", "[]", '{"decided": 3, "edited": {}}', '{"decided": {}, "edited": {"a": [[1]]}}'):
        place(several).parent.mkdir(parents=True, exist_ok=True)
        place(several).write_text(text)
        assert "(1/4)" in dockminify("review", "Dockerfile", stdin=b"q\n").out


def test_a_conversion_is_one_change_and_its_clean_ups_come_when_it_is_rejected(dockminify: Run, tmp_path: Path) -> None:
    out = tmp_path / "Dockerfile"
    out.write_bytes((SAMPLE / "Dockerfile").read_bytes())
    answer = dockminify("review", str(out), "--context", str(SAMPLE), stdin=b"x\nn\ny\nn\nn\n")
    assert "dropped  gcc: compiler: nothing calls it at run time (line 8)" in answer.out
    assert answer.out.count("Take multi-stage") == 2
    assert "comes in the place of multi-stage, which you rejected" in answer.out
    written = out.with_name("Dockerfile.min").read_bytes()
    assert b"--no-cache-dir" in written and b"AS build" not in written
    accepted = dockminify("review", str(out), "--context", str(SAMPLE), stdin=b"y\n")
    assert "Take pip-no-cache" not in accepted.out
    assert b"AS build" in out.with_name("Dockerfile.min").read_bytes()


def test_edit(several: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is written in its place is taken, other changes beside it."""
    editor(tmp_path, "lines[4] = lines[4].replace('flask', 'flask gunicorn')", monkeypatch)
    answer = dockminify("review", "Dockerfile", stdin=b"y\ne\nn\nn\n")
    assert "pip-no-cache: edited" in answer.out
    expected = fix_text(SEVERAL).patch.after.text.replace("dir flask", "dir flask gunicorn")
    assert several.with_name("Dockerfile.min").read_text() == expected


def test_an_edit_that_does_not_parse_is_not_taken(
    several: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(tmp_path, "lines[4] = 'FORM x\\n'", monkeypatch)
    answer = dockminify("review", "Dockerfile", stdin=b"y\ne\nn\nn\nn\nn\n")
    assert "This does not parse: Dockerfile:5:1" in answer.out
    assert b"FORM" not in several.with_name("Dockerfile.min").read_bytes()


@pytest.mark.parametrize("agrees", [True, False])
def test_an_edit_that_changes_the_contract_says_so(
    agrees: bool, several: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(tmp_path, "lines[2:2] = ['USER 1000\\n', 'EXPOSE 80\\n']", monkeypatch)
    answer = dockminify("review", "Dockerfile", stdin=b"y\ne\n" + (b"y\n" if agrees else b"n\nn\n") + b"n\nn\n")
    assert "USER: root → 1000" in answer.out and "EXPOSE 80: (none) → declared" in answer.out
    assert (b"USER 1000" in several.with_name("Dockerfile.min").read_bytes()) == agrees


def test_an_editor_that_changes_nothing(
    several: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(tmp_path, "lines.append('# no'); sys.exit(1)", monkeypatch)
    answer = dockminify("review", "Dockerfile", stdin=b"e\nd\n")
    assert "Nothing was edited" in answer.out
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    assert dockminify("review", "Dockerfile", stdin=b"e\n").code == 2


def test_edits_outlive_the_program(
    several: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(tmp_path, "lines.insert(0, '# mine \\udcff\\n')", monkeypatch)
    dockminify("review", "Dockerfile", stdin=b"e\nq\n")
    dockminify("review", "Dockerfile", stdin=b"n\nn\nn\n")
    assert several.with_name("Dockerfile.min").read_bytes().startswith(b"# mine \xff\nFROM")


def test_help_and_nonsense(several: Path, dockminify: Run) -> None:
    answer = dockminify("review", "Dockerfile", stdin=b"?\nw\n\nq\n")
    assert answer.out.count("y  accept this change") == 3
    assert answer.out.count("--- a/Dockerfile") == 1


def test_nothing_to_decide(dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(b'FROM scratch\nCMD ["/a"]\n')
    assert "nothing to do" in dockminify("review", "Dockerfile").out
    assert dockminify("review", "-").code == 2


def test_what_is_strange_can_be_shown(several: Path, tmp_path: Path) -> None:
    several.write_bytes(HOSTILE)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    answer = in_a_process("review", "Dockerfile", input=b"x\ny\na\n", cwd=several.parent, env=environment)
    assert answer.returncode == 0, answer.stderr
    assert b"Traceback" not in answer.stderr


def test_in_a_terminal_the_diff_has_colours(several: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "minify", "review", "Dockerfile"]
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, stdin=follower, stdout=follower, cwd=several.parent, env=environment)
    os.write(leader, b"y\nq\n")
    assert process.wait(30) == 0
    os.close(follower)
    said = os.read(leader, 100_000)
    os.close(leader)
    assert b"\x1b[31m-RUN apt-get update && apt-get install -y curl git" in said
    assert b"\x1b[32m+RUN apt-get update" in said
    assert place(several).is_file()
