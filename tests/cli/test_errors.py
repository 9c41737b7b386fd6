"""What is wrong with the input is said in one message with its place, by the right exit code, and nothing is written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from minify import api
from tests.cli.conftest import Run, in_a_process, names

USAGE, REFUSED = 2, 3

# Each file, the exit code, where the message points, and words that it holds.
FILES = [
    (b"", REFUSED, "Dockerfile", "empty"),
    (b"\n\n# only a comment\n", REFUSED, "Dockerfile", ""),
    (b"\x00\x01\x02ELF\x00", REFUSED, "Dockerfile:1:1", ""),
    (b"FROM a\nRUN x\x00y\n", REFUSED, "Dockerfile:2:6", "NUL"),
    (b"FROM debian\nFORM x\n", REFUSED, "Dockerfile:2:1", "unknown instruction: FORM"),
    (b"RUN x\nFROM debian\n", REFUSED, "Dockerfile:1:1", "FROM"),
    (b"FROM\n", REFUSED, "Dockerfile:1:1", "FROM"),
    (b"FROM a b c\n", REFUSED, "Dockerfile:1:1", ""),
    (b"FROM debian\nCOPY x\n", REFUSED, "Dockerfile:2:1", "COPY"),
    (b"FROM debian\n\n  COPY --form=x a b\n", REFUSED, "Dockerfile:3:3", "form"),
    (b"FROM debian\nCOPY --from=7 a b\n", REFUSED, "Dockerfile:2:1", "7"),
    (b"FROM debian AS me\nCOPY --from=me a b\n", REFUSED, "Dockerfile:2:1", "me"),
    (b"FROM debian\nCOPY --from=0 a b\n", REFUSED, "Dockerfile:2:1", "0"),
    (b"FROM a AS a\nFROM b AS b\nCOPY --from=b / /\n", REFUSED, "Dockerfile:3:1", "b"),
    (b"FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir\n", REFUSED, "Dockerfile:1:1", "Windows"),
    (b"# escape=`\nFROM --platform=windows/amd64 golang\nRUN go x\n", REFUSED, "Dockerfile:2:1", "Windows"),
]
IDS = [
    "empty",
    "comments only",
    "binary",
    "NUL in a RUN",
    "unknown instruction",
    "RUN before FROM",
    "FROM without an image",
    "FROM with too much",
    "COPY without a target",
    "unknown flag",
    "stage number too high",
    "stage copies from itself by name",
    "stage copies from itself by number",
    "last stage copies from itself",
    "Windows image",
    "Windows platform",
]


@pytest.mark.parametrize(("data", "code", "place", "words"), FILES, ids=IDS)
@pytest.mark.parametrize("command", ["fix", "check", "explain"])
def test_files(command: str, data: bytes, code: int, place: str, words: str, dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(data)
    answer = dockminify(command, "Dockerfile")
    assert answer.code == code, answer
    assert answer.err.startswith(f"dockminify: {place}:"), answer.err
    assert words in answer.err
    assert answer.out == ""
    assert names(dockerfile.parent) == ["Dockerfile"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fix", "nowhere"], "nowhere: no such file"),
        (["fix", "."], "is a directory"),
        (["fix", "folder"], "folder/Dockerfile"),
        (["fix"], "Missing argument"),
        (["fix", "Dockerfile", "--better"], "--better"),
        (["fix", "Dockerfile", "--to", "heaven"], "heaven"),
        (["fix", "Dockerfile", "--format", "pdf"], "pdf"),
        (["fix", "Dockerfile", "--context", "nowhere"], "nowhere: no such folder"),
        (["fix", "Dockerfile", "--context", "Dockerfile"], "Dockerfile: no such folder"),
        (["fix", "Dockerfile", "--templates", "nowhere"], "nowhere: no such folder"),
        (["fix", "Dockerfile", "--in-place"], "--yes"),
        (["fix", "-", "--in-place", "--yes"], "--in-place"),
        (["fix", "Dockerfile", "-o", "x", "-i", "-y"], "--in-place"),
        (["fix", "Dockerfile", "-o", "no/such/folder"], "no/such/folder: cannot be written"),
        (["fix", "Dockerfile", "-o", "folder"], "folder: is a directory"),
        (["frobnicate"], "frobnicate"),
        (["bases", "UPPER:case"], "UPPER"),
        (["bases"], "Missing argument"),
        (["check"], "Missing argument"),
        (["check", "Dockerfile", "nowhere"], "nowhere: no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage(arguments: list[str], words: str, dockerfile: Path, dockminify: Run) -> None:
    (dockerfile.parent / "folder").mkdir()
    answer = dockminify(*arguments)
    assert answer.code == USAGE
    assert answer.err.startswith("dockminify: ")
    assert words in answer.err
    assert names(dockerfile.parent) == ["Dockerfile", "folder"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("to = 'heaven'\n", "heaven"),
        ("colour = 'red'\n", "colour is not a setting"),
        ("to = \n", ".dockminify.toml: cannot be read"),
        ("keep = 'x'\n", "keep"),
    ],
)
def test_settings(settings: str, words: str, dockerfile: Path, dockminify: Run) -> None:
    (dockerfile.parent / ".dockminify.toml").write_text(settings)
    answer = dockminify("fix", "Dockerfile")
    assert answer.code == USAGE
    assert words in answer.err


def test_a_template_that_cannot_be_rendered(dockminify: Run, tmp_path: Path) -> None:
    from tests.samples import SAMPLES

    (tmp_path / "python.Dockerfile.j2").write_text("FROM {{ nothing_of_ours }}\n")
    path = str(SAMPLES / "python-flask-postgres" / "context" / "Dockerfile")
    answer = dockminify("fix", path, "--stdout", "--templates", str(tmp_path))
    assert answer.code == USAGE
    assert "nothing_of_ours" in answer.err
    assert answer.out == ""


def test_a_directory_that_cannot_be_written(dockerfile: Path, dockminify: Run) -> None:
    # Modes do not stop root; there is one directory that takes no files from anyone.
    folder = Path("/proc") if os.geteuid() == 0 else dockerfile.parent / "read-only"
    if folder.name == "read-only":
        folder.mkdir(mode=0o555)
    elif not folder.is_dir():
        pytest.skip("root may write everywhere here")
    answer = dockminify("fix", "Dockerfile", "-o", str(folder / "x"))
    assert answer.code == USAGE
    assert f"{folder / 'x'}: cannot be written" in answer.err


def test_a_file_that_cannot_be_read(tmp_path: Path, dockminify: Run) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    answer = dockminify("fix", str(loop))
    assert answer.code == USAGE
    assert "cannot be read" in answer.err


def test_a_file_that_is_far_too_long(tmp_path: Path, dockminify: Run) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"FROM a\n" + b"#\n" * 3_000_000)
    answer = dockminify("fix", str(path))
    assert answer.code == USAGE
    assert "6,000,007 bytes" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fix", "nowhere"], USAGE),
        (["fix", "Dockerfile"], REFUSED),
        (["fix", "--nonsense"], USAGE),
        (["nonsense"], USAGE),
    ],
)
def test_a_process_of_its_own(arguments: list[str], code: int, dockerfile: Path) -> None:
    dockerfile.write_bytes(b"FROM a\nFORM b\n")
    answer = in_a_process(*arguments, cwd=dockerfile.parent)
    assert answer.returncode == code
    assert answer.stdout == b""
    assert b"Traceback" not in answer.stderr
    assert answer.stderr.startswith(b"dockminify: ")


def test_a_bug_of_ours_is_a_report_and_no_traceback(
    dockerfile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from minify import api
    from minify.cli.run import run

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(api, "fix", fail)
    monkeypatch.setattr("tempfile.tempdir", str(dockerfile.parent))
    assert run(["fix", "Dockerfile"]) == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    (report,) = dockerfile.parent.glob("dockminify-bug-*.txt")
    assert report.name in said
    assert "ZeroDivisionError: by zero" in report.read_text()


def test_a_full_disk(dockerfile: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(api, "read_file", full)
    answer = dockminify("fix", "Dockerfile")
    assert (answer.code, answer.err) == (USAGE, "dockminify: the disk: no space is left\n")
