"""Law 7: never half a file: writes are atomic, links are not followed, and only the named outputs are touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from minify.cli.run import run
from minify.errors import UsageError
from minify.files import write_atomically
from tests.samples import SAMPLES

SAMPLE = SAMPLES / "python-flask-postgres" / "context"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of a sample's context that `fix` changes."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "project"))


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every path below a folder with its mode, time of change and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        said = path.lstat()
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (said.st_mode, said.st_mtime_ns if path.is_file() else 0, content)
    return found


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        (["--stdout"], set()),
        (["--diff"], set()),
        (["--format", "json", "--stdout"], set()),
        ([], {"Dockerfile.min", "Dockerfile.min.diff"}),
        (["-o", "{}/out"], {"out", "out.diff"}),
        (["--in-place", "--yes"], {"Dockerfile"}),
    ],
    ids=lambda value: " ".join(value) or "beside" if isinstance(value, list) else "",
)
def test_only_the_named_outputs_are_touched(project: Path, options: list[str], outputs: set[str]) -> None:
    before = snapshot(project)
    assert run(["fix", str(project / "Dockerfile"), *(option.format(project) for option in options)]) == 0
    after = snapshot(project)
    assert {name for name in after if after[name] != before.get(name)} == outputs
    assert before.keys() <= after.keys()


@pytest.mark.parametrize("command", ["check", "explain"])
def test_reading_commands_touch_nothing(project: Path, command: str) -> None:
    before = snapshot(project)
    assert run([command, str(project / "Dockerfile")]) in (0, 1)
    assert snapshot(project) == before


@pytest.mark.parametrize("link", ["Dockerfile.min", "Dockerfile.min.diff"])
@pytest.mark.parametrize("dangling", [False, True], ids=["to a file", "dangling"])
def test_an_output_that_is_a_link_is_refused(
    project: Path, tmp_path: Path, link: str, dangling: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if not dangling:
        elsewhere.write_text("precious\n")
    (project / link).symlink_to(elsewhere)
    before = snapshot(tmp_path)
    assert run(["fix", str(project / "Dockerfile")]) == 2
    assert "symbolic link" in capsys.readouterr().err
    assert snapshot(tmp_path) == before, "one of two outputs was written, or the link was followed"


def test_in_place_through_a_link_is_refused(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "Dockerfile"
    link.symlink_to(project / "Dockerfile")
    before = snapshot(tmp_path)
    assert run(["fix", str(link), "--in-place", "--yes", "--context", str(project)]) == 2
    assert snapshot(tmp_path) == before


def test_both_outputs_or_none(project: Path) -> None:
    """The diff cannot be written: the patched file is not left behind alone."""
    (project / "Dockerfile.min.diff").mkdir()
    before = snapshot(project)
    assert run(["fix", str(project / "Dockerfile")]) == 2
    assert snapshot(project) == before


def test_the_mode_of_a_file_stays(project: Path) -> None:
    dockerfile = project / "Dockerfile"
    dockerfile.chmod(0o640)
    assert run(["fix", str(dockerfile), "-i", "-y"]) == 0
    assert dockerfile.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        write_atomically(tmp_path / "x", b"x")
    finally:
        os.umask(previous)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("step", ["fdopen", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "^C"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, step: str, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "Dockerfile.min"
    target.write_bytes(b"old\n")
    before = snapshot(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(os if step == "fdopen" else Path, step, fail)
    with pytest.raises(UsageError if isinstance(failure, OSError) else KeyboardInterrupt):
        write_atomically(target, b"new\n")
    monkeypatch.undo()
    assert snapshot(tmp_path) == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        write_atomically(tmp_path / "no" / "file", b"")
    assert not list(tmp_path.iterdir())


def test_a_reader_never_sees_half(tmp_path: Path) -> None:
    """The file is replaced, not rewritten: who has the old one open reads it to its end."""
    target = tmp_path / "x"
    target.write_bytes(b"old" * 10_000)
    with target.open("rb") as reader:
        assert reader.read(3) == b"old"
        write_atomically(target, b"new")
        assert reader.read() == b"old" * 9_999
    assert target.read_bytes() == b"new"
