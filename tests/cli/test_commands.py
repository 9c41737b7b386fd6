"""What each command prints, writes and ends with."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from minify import __version__
from tests.cli.conftest import SLIM, Run, in_a_process, names
from tests.samples import SAMPLES

FIXED = SLIM.replace(b"pip install flask", b"pip install --no-cache-dir flask").decode()
SAMPLE = SAMPLES / "python-flask-postgres" / "context" / "Dockerfile"
NOTHING = b'FROM scratch\nCOPY app /app\nCMD ["/app"]\n'


def test_stdout(dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("fix", "Dockerfile", "--stdout")
    assert (answer.code, answer.out, answer.err) == (0, FIXED, "")
    assert names(dockerfile.parent) == ["Dockerfile"]


def test_output_to_a_dash_prints(dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("fix", "Dockerfile", "-o", "-")
    assert answer.out == dockminify("fix", "Dockerfile", "--stdout").out
    assert sorted(path.name for path in dockerfile.parent.iterdir()) == ["Dockerfile"]


def test_standard_input(dockminify: Run) -> None:
    """A filter: the patched file goes to the standard output."""
    assert dockminify("fix", "-", stdin=SLIM).out == FIXED


def test_an_error_in_standard_input_names_its_line(dockminify: Run) -> None:
    answer = dockminify("fix", "-", stdin=b"FROM a\nFORM b\n")
    assert answer.code == 3
    assert ":2:1: " in answer.err


def test_diff(dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("fix", "Dockerfile", "--diff")
    assert answer.code == 0
    assert answer.out.startswith("--- a/Dockerfile\n+++ b/Dockerfile\n@@ ")
    assert "\n+RUN pip install --no-cache-dir flask\n" in answer.out
    subprocess.run(["patch", "-p1", "-s"], input=answer.out.encode(), cwd=dockerfile.parent, check=True)
    assert dockerfile.read_text() == FIXED


def test_beside(dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("fix", "Dockerfile")
    assert answer.code == 0
    assert names(dockerfile.parent) == ["Dockerfile", "Dockerfile.min", "Dockerfile.min.diff"]
    assert dockerfile.with_name("Dockerfile.min").read_text() == FIXED
    assert dockerfile.with_name("Dockerfile.min.diff").read_text().startswith("--- a/Dockerfile\n")
    assert dockerfile.read_bytes() == SLIM
    assert "Dockerfile.min.diff" in answer.out
    assert "pip-no-cache" in answer.out


def test_output(dockerfile: Path, dockminify: Run) -> None:
    assert dockminify("fix", "Dockerfile", "-o", "new", "--quiet").out == ""
    assert dockerfile.with_name("new").read_text() == FIXED
    assert names(dockerfile.parent) == ["Dockerfile", "new", "new.diff"]


def test_in_place(dockerfile: Path, dockminify: Run) -> None:
    assert dockminify("fix", "Dockerfile", "--in-place", "--yes").code == 0
    assert dockerfile.read_text() == FIXED
    assert names(dockerfile.parent) == ["Dockerfile"]


def test_nothing_to_do_writes_nothing(dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(NOTHING)
    answer = dockminify("fix", "Dockerfile")
    assert answer.code == 0
    assert "nothing to do" in answer.out
    assert names(dockerfile.parent) == ["Dockerfile"]
    assert dockminify("fix", "Dockerfile", "--stdout").out == NOTHING.decode()
    assert dockminify("fix", "Dockerfile", "--diff").out == ""


def test_bytes_that_are_no_utf8_come_back(dockerfile: Path, dockminify: Run) -> None:
    data = SLIM + b'# caf\xe9\nLABEL a="\xff"\n'
    dockerfile.write_bytes(data)
    answer = dockminify("fix", "Dockerfile", "--stdout")
    assert answer.out.encode("utf-8", "surrogateescape") == FIXED.encode() + data[len(SLIM) :]
    assert dockminify("fix", "Dockerfile").code == 0
    assert dockerfile.with_name("Dockerfile.min").read_bytes() == FIXED.encode() + data[len(SLIM) :]
    assert dockminify("explain", "Dockerfile").code == 0
    assert json.loads(dockminify("fix", "Dockerfile", "--format", "json").out)["changed"]


def test_an_error_about_bytes_that_are_no_utf8_can_be_printed(dockerfile: Path) -> None:
    dockerfile.write_bytes(b"FROM a\nFOO\xff x\n")
    answer = in_a_process("fix", "Dockerfile", cwd=dockerfile.parent, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert answer.returncode == 3
    assert b"Traceback" not in answer.stderr
    assert b"Dockerfile:2:1" in answer.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_terminal_that_is_not_utf8(locale: str, dockerfile: Path) -> None:
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = in_a_process("fix", str(SAMPLE), "-o", "x", cwd=dockerfile.parent, env=environment)
    assert (answer.returncode, answer.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([NOTHING], 0),
        ([SLIM], 1),
        ([NOTHING, SLIM], 1),
        ([b"FROM a\nX\n"], 3),
        ([SLIM, b"FROM a\nX\n"], 3),
    ],
    ids=["nothing", "changes", "one of two", "refused", "changes and refused"],
)
def test_check(files: list[bytes], code: int, tmp_path: Path, dockminify: Run) -> None:
    paths = []
    for number, data in enumerate(files):
        paths.append(tmp_path / f"Dockerfile.{number}")
        paths[-1].write_bytes(data)
    assert dockminify("check", *map(str, paths)).code == code
    assert dockminify("check", "--quiet", *map(str, paths)).out == ""
    assert sorted(tmp_path.iterdir()) == paths


def test_check_from_standard_input(dockminify: Run) -> None:
    assert dockminify("check", "-", stdin=SLIM).code == 1
    assert dockminify("check", "-", stdin=NOTHING).code == 0


def test_check_says_each_file(tmp_path: Path, dockminify: Run) -> None:
    for name, data in (("a", NOTHING), ("b", SLIM)):
        (tmp_path / name).write_bytes(data)
    out = dockminify("check", str(tmp_path / "a"), str(tmp_path / "b")).out
    first, second = out.splitlines()
    assert first.startswith(f"{tmp_path / 'a'}: nothing to do")
    assert second.startswith(f"{tmp_path / 'b'}: slim")


KEYS = {
    *("schema_version", "path", "changed", "rung", "base", "base_size_mb", "detection", "decisions", "refusals"),
    *("applied", "skipped", "diff"),
}


@pytest.mark.parametrize("path", [SAMPLE, None], ids=["sample", "slim"])
def test_json(path: Path | None, dockerfile: Path, dockminify: Run) -> None:
    (said,) = (json.loads(dockminify("check", str(path or dockerfile), "--format", "json").out),)
    assert set(said) == KEYS
    assert said["schema_version"] == 1
    assert said["path"] == str(path or dockerfile)
    assert said["changed"] is True
    assert said["rung"] in ("scratch", "distroless", "pruned", "slim")
    assert set(said["base"]) == set(said["base_size_mb"]) == {"before", "after"}
    for decision in said["decisions"]:
        assert set(decision) == {"subject", "outcome", "reason", "line"}
        assert decision["outcome"] in ("kept", "moved", "replaced", "dropped", "added", "check")
    for refusal in said["refusals"]:
        assert set(refusal) == {"rung", "reason", "line", "column"}
    for fix in said["applied"]:
        assert set(fix) == {"code", "safety", "reason", "lines"}
        assert fix["safety"] in ("safe", "inferred")
    for fix in said["skipped"]:
        assert set(fix) == {"code", "safety", "reason", "lines", "why"}
    assert said["applied"]
    assert said["diff"].startswith("--- a/")
    if path:
        assert set(said["detection"]) == {"ecosystem", "version", "evidence"}
        assert all(set(e) == {"what", "line", "path"} for e in said["detection"]["evidence"])
        assert said["detection"]["ecosystem"] == "python"
    else:
        assert said["detection"] is None


def test_json_of_fix_says_what_was_written(dockerfile: Path, dockminify: Run) -> None:
    said = json.loads(dockminify("fix", "Dockerfile", "--format", "json").out)
    assert set(said) == KEYS | {"surroundings", "written"}
    assert said["written"] == ["Dockerfile.min", "Dockerfile.min.diff"]


def test_json_of_several_is_a_list(dockerfile: Path, dockminify: Run) -> None:
    said = json.loads(dockminify("check", "Dockerfile", "Dockerfile", "-f", "json").out)
    assert [document["path"] for document in said] == ["Dockerfile", "Dockerfile"]


def test_explain(dockerfile: Path, dockminify: Run) -> None:
    """Every instruction is there, in order, with its line."""
    answer = dockminify("explain", "Dockerfile")
    assert answer.code == 0
    places = [answer.out.index(text) for text in ("1  FROM debian:12-slim", "2  RUN pip install flask", "3  CMD ")]
    assert places == sorted(places)
    assert "pip installs flask" in answer.out


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*/context/Dockerfile")), ids=lambda p: p.parts[-3])
def test_explain_samples(sample: Path, dockminify: Run) -> None:
    answer = dockminify("explain", str(sample))
    assert answer.code == 0
    assert answer.out.count("\n") >= len(sample.read_text().split("\n\n"))


def test_bases(dockminify: Run) -> None:
    answer = dockminify("bases", "python:3.12")
    assert answer.code == 0
    assert answer.out.startswith("python:3.12\n")
    assert "python:3.12-slim" in answer.out
    said = json.loads(dockminify("bases", "python:3.12", "--format", "json").out)
    assert isinstance(said, dict)


def test_bases_of_what_nobody_knows(dockminify: Run) -> None:
    answer = dockminify("bases", "example.com/team/secret:1")
    assert answer.code in (0, 1)
    assert answer.out + answer.err


def test_bases_of_a_distribution_that_is_not_known(dockminify: Run) -> None:
    answer = dockminify("bases", "tomcat:7-jre8")
    assert answer.out.count("not known") >= 4
    assert "none" not in answer.out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str) -> None:
    assert in_a_process(option).stdout.decode() == f"dockminify {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["fix", "--help"], ["check", "-h"], ["bases", "-h"], []])
def test_help(arguments: list[str], dockminify: Run) -> None:
    answer = dockminify(*arguments)
    assert "Usage: dockminify" in answer.out
    assert answer.code in (0, 2)


def test_a_reader_that_goes_away(dockerfile: Path) -> None:
    """`dockminify explain … | head -1`: quiet, as other tools are."""
    dockerfile.write_bytes(SLIM.rstrip() + b"\n" + b"EXPOSE 80\n" * 20_000)
    for arguments in (
        ["explain", "Dockerfile"],
        ["fix", "Dockerfile", "--stdout"],
        ["fix", "Dockerfile", "-f", "json"],
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "minify", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=dockerfile.parent,
        )
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        with process:
            assert process.stderr.read() == b"", arguments
        assert process.returncode in (0, 141)


@pytest.mark.parametrize(
    ("settings", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
    ids=["a terminal", "NO_COLOR", "a dumb terminal", "an empty NO_COLOR"],
)
def test_colour(settings: dict[str, str], colour: bool, dockerfile: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "minify", "check", "Dockerfile"]
    environment |= {"TERM": "xterm", **settings}
    subprocess.run(command, stdout=follower, cwd=dockerfile.parent, env=environment, check=False)
    os.close(follower)
    said = os.read(leader, 10_000)
    os.close(leader)
    assert (b"\x1b[" in said) == colour
    assert b"Dockerfile: slim" in said.replace(b"\x1b[33m", b"")


def test_no_colour_in_a_pipe(dockerfile: Path) -> None:
    assert b"\x1b[" not in in_a_process("check", "Dockerfile", cwd=dockerfile.parent).stdout


def test_settings_of_the_folder(dockerfile: Path, dockminify: Run) -> None:
    (dockerfile.parent / ".dockminify.toml").write_text('disable = ["pip-no-cache"]\n')
    assert dockminify("check", "Dockerfile").code == 0


def test_a_comment_that_asks_to_be_left_alone(dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(b"# dockminify: skip\n" + SLIM)
    assert dockminify("check", "Dockerfile").code == 0
