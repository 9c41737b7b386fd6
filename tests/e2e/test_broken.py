"""A conversion that is broken on purpose is caught, in the section that a reader would look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import yaml

from minify.context.tree import Context
from minify.proof import Original
from minify.syntax import Source
from minify.verify.engine import BuildOptions, silent
from minify.verify.engines import choose
from minify.verify.verdict import Verdict, Verification
from tests.e2e.conversions import asked, bases_of
from tests.samples import SAMPLES, Sample

pytestmark = pytest.mark.e2e

SAMPLE = Sample(SAMPLES / "python-fastapi-venv")

Change = Callable[[str], str]


def in_the_build_stage(command: str) -> Change:
    """Another RUN, as root, at the end of the build stage."""

    def change(dockerfile: str) -> str:
        before, final, after = dockerfile.rpartition("\nFROM ")
        return f"{before}\nUSER root\nRUN {command}\n{final}{after}"

    return change


def instead(old: str, new: str) -> Change:
    """One text of the final stage in place of another."""

    def change(dockerfile: str) -> str:
        before, final, after = dockerfile.rpartition("\nFROM ")
        assert old in after
        return before + final + after.replace(old, new)

    return change


def emptied(path: str) -> Change:
    """A file of the final image that holds nothing."""

    def change(dockerfile: str) -> str:
        made = in_the_build_stage(": > /nothing")(dockerfile)
        return instead("WORKDIR ", f"COPY --from=build /nothing {path}\nWORKDIR ")(made)

    return change


@pytest.fixture(scope="module")
def original(need: Callable[[str], None]) -> Iterator[Original]:
    after = SAMPLE.made()["Dockerfile"]
    for base in dict.fromkeys((*bases_of(SAMPLE.dockerfile.read_bytes()), *bases_of(after))):
        need(base)
    settings = yaml.safe_load((SAMPLE.folder / "sample.yaml").read_text("utf-8"))
    source = Source.from_bytes(SAMPLE.dockerfile.read_bytes(), str(SAMPLE.dockerfile))
    with closing(choose(None)) as engine:
        context = Context(SAMPLE.dockerfile.parent, SAMPLE.dockerfile)
        yield Original(engine, source, context, BuildOptions(network="host"), asked(settings), silent)


def broken(original: Original, change: Change) -> Verification:
    outcome = SAMPLE.outcome()
    before = outcome.patch.after.text
    text = change(before)
    assert text != before
    return original.against(text.encode(), original.path, outcome.plan.decisions)


@pytest.mark.parametrize(
    ("change", "section", "named"),
    [
        pytest.param(
            in_the_build_stage("rm /runtime/usr/lib/*-linux-gnu/libsqlite3.so*"), "closure", "libsqlite3", id="library"
        ),
        pytest.param(in_the_build_stage("rm -r /opt/venv/lib/python3*/site-packages/fastapi"), "loading", "fastapi", id="module"),
        pytest.param(emptied("/usr/share/zoneinfo/Asia/Tokyo"), "behaviour", "/zone", id="data"),
        # With a file besides: BuildKit takes a COPY from its cache when only owners differ, now and in the builds to come
        pytest.param(in_the_build_stage("touch /runtime/data/new && chown -R 0:0 /runtime/data"), "behaviour", "/notes", id="permission"),
        pytest.param(instead(" TZ=Europe/Zurich", ""), "contract", "TZ", id="environment"),
        pytest.param(emptied("/etc/ssl/certs/ca-certificates.crt"), "behaviour", "/certificates", id="certificates"),
        pytest.param(instead("USER api\n", ""), "contract", "user", id="user"),
    ],
)  # fmt: skip
def test_what_is_missing_is_found(original: Original, change: Change, section: str, named: str) -> None:
    found = broken(original, change)
    assert found.verdict is Verdict.DIFFERENT
    findings = [
        f"{finding.what} {finding.detail}"
        for s in found.sections
        if s.name == section
        for finding in s.findings
        if finding.verdict is Verdict.DIFFERENT
    ]
    assert any(named in text for text in findings), found
