"""What `fix` makes of every sample, byte for byte; a missing expected file is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from minify import api
from minify.api import look_around
from minify.cli.shared import Asked
from minify.context.tree import Context
from minify.edit import Safety
from minify.syntax import Source
from tests.samples import AROUND, EXPECTED, Sample, samples
from tests.syntax.conftest import Oracle

every_sample = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
APPLIERS = {
    "patch": ("patch", "-p1", "--binary", "--silent", "--fuzz=0"),
    "git": ("git", "apply", "-p1", "--whitespace=nowarn", "-"),
}


def expected(sample: Sample, name: str) -> bytes:
    path = sample.folder / "expected" / name
    assert path.is_file(), f"{path} is missing: python -m tests.samples --update {sample.name}"
    return path.read_bytes()


def test_there_are_samples() -> None:
    assert samples()


@every_sample
def test_expected(sample: Sample) -> None:
    made = sample.made()
    assert tuple(made) in (EXPECTED, (*EXPECTED, *AROUND))
    for name, data in made.items():
        # Text differences are readable, and surrogates keep every byte.
        assert data.decode("utf-8", "surrogateescape") == expected(sample, name).decode("utf-8", "surrogateescape"), (
            f"{sample.name}/expected/{name}: look at it, then python -m tests.samples --update {sample.name}"
        )


@every_sample
@pytest.mark.parametrize("applier", APPLIERS)
def test_the_diff_applies(sample: Sample, applier: str, tmp_path: Path) -> None:
    after, diff = expected(sample, "Dockerfile"), expected(sample, "Dockerfile.diff")
    before = sample.dockerfile.read_bytes()
    if not diff:
        assert before == after, "the diff is empty, and the file differs"
        return
    (tmp_path / "context").mkdir()
    copy = tmp_path / "context" / "Dockerfile"
    copy.write_bytes(before)
    # git looks for a repository above, and paths would then start there.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    subprocess.run(APPLIERS[applier], input=diff, cwd=tmp_path, env=environment, check=True)
    assert copy.read_bytes() == after
    assert sorted(tmp_path.rglob("*")) == [copy.parent, copy], "a reject or a backup was left"


@pytest.mark.parametrize("sample", [s for s in samples() if (s.folder / "expected" / AROUND[1]).is_file()], ids=lambda s: s.name)
def test_the_diff_of_what_stands_around_applies(sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.dockerfile.parent, tmp_path / "context")
    subprocess.run(APPLIERS["patch"], input=expected(sample, AROUND[1]), cwd=tmp_path, check=True)
    outcome = look_around(sample.outcome(), sample.dockerfile.parent)
    assert outcome.around is not None
    assert outcome.around.patches
    for patch in outcome.around.patches:
        path = Path(patch.before.path).relative_to(sample.dockerfile.parent.resolve())
        assert (tmp_path / "context" / path).read_bytes() == patch.after.encode()


@every_sample
def test_buildkit_reads_it(sample: Sample, buildkit: Oracle) -> None:
    said = buildkit(expected(sample, "Dockerfile").decode())
    assert isinstance(said, list), said


@every_sample
def test_it_is_stable(sample: Sample) -> None:
    """Fixing the fixed file changes nothing."""
    source = Source.from_bytes(expected(sample, "Dockerfile"), "context/Dockerfile")
    context = Context(sample.dockerfile.parent, sample.dockerfile)
    again = api.fix_source(source, context, Asked().wish(None), Safety.INFERRED)
    assert again.patch.unified() == ""
