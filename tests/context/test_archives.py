"""Which files of the build context ADD unpacks."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from minify import api
from minify.context.archives import unpacked
from minify.context.tree import Context
from minify.plan import Rung


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("vendor/x.py")
        member.size = 6
        archive.addfile(member, io.BytesIO(b"x = 1\n"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "archive"),
    [
        ("a.tar", tar(), True),
        ("a.tar.gz", gzip.compress(tar()), True),
        ("a.bin", bz2.compress(tar()), True),
        ("a", lzma.compress(tar()), True),
        ("a.tar.zst", b"\x28\xb5\x2f\xfd\x24", True),
        ("a.csv.gz", gzip.compress(b"a,b\n" * 400), False),
        ("a.tar.gz", b"version https://git-lfs.github.com/spec/v1\n", False),
        ("a.gz", gzip.compress(tar())[:6] + b"\xff" * 40, False),
        ("a.xz", b"\xfd7zXZ\x00" + b"\xff" * 40, False),
        ("empty.tar", b"", False),
    ],
    # gzip's bytes hold the time, and workers must call a test the same
    ids=[
        *(
            "plain",
            "gzip",
            "bzip2 by another name",
            "xz without an ending",
            "Zstandard",
            "packed data",
            "a pointer of Git LFS",
        ),
        *("broken gzip", "broken xz", "empty"),
    ],
)
def test_what_is_unpacked(tmp_path: Path, name: str, data: bytes, archive: bool) -> None:
    """The contents decide, as they do for Docker."""
    (tmp_path / name).write_bytes(data)
    assert unpacked(Context(tmp_path), name) == (name if archive else None)
    assert unpacked(Context(tmp_path), "a*") == (name if archive else None)
    assert unpacked(Context(tmp_path), ".") is None, "what lies in a directory stays as it is"


@pytest.mark.parametrize(
    ("line", "rung"),
    [
        ("ADD vendor.tar.gz /opt/", Rung.PRUNED),
        ("ADD *.gz /opt/", Rung.PRUNED),
        ("ADD --unpack=false vendor.tar.gz /opt/", Rung.DISTROLESS),
        ("COPY vendor.tar.gz /opt/", Rung.DISTROLESS),
    ],
)
def test_an_archive_that_is_unpacked_is_not_read(tmp_path: Path, line: str, rung: Rung) -> None:
    (tmp_path / "vendor.tar.gz").write_bytes(gzip.compress(tar()))
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / "Dockerfile").write_text(
        f'FROM python:3.12-slim\n{line}\nCOPY app.py /app/\nCMD ["python", "/app/app.py"]\n'
    )
    outcome = api.fix(tmp_path / "Dockerfile")
    assert outcome.plan.rung is rung
    stopped = [r.line for r in outcome.plan.refusals if "ADD unpacks vendor.tar.gz" in r.reason]
    assert stopped == ([2] if rung is Rung.PRUNED else [])
