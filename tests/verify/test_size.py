"""Sizes: smaller is better, larger by more than 1 % is a difference, other numbers are told."""

from __future__ import annotations

import pytest

from minify.verify import size
from minify.verify.engine import Configuration, Image
from minify.verify.verdict import Finding, Section, Verdict
from tests.verify.archives import Members, filesystem


def image(size: int, layers: int = 3) -> Image:
    return Image(id="sha256:0", configuration=Configuration(), size=size, layers=layers)


def compare(old: int, new: int, before: Members | None = None, after: Members | None = None) -> Section:
    return size.compare(image(old), filesystem(before or {}), image(new, 9), filesystem(after or {}))


def finding(section: Section, what: str) -> Finding:
    return next(finding for finding in section.findings if finding.what == what)


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (50_000_000, Verdict.BETTER),
        (98_900_000, Verdict.BETTER),
        (99_100_000, Verdict.SAME),
        (100_000_000, Verdict.SAME),
        (101_000_000, Verdict.SAME),
        (101_000_001, Verdict.DIFFERENT),
    ],
)
def test_all_layers(new: int, verdict: Verdict) -> None:
    section = compare(100_000_000, new)
    assert finding(section, "uncompressed").verdict is verdict
    assert (section.verdict is Verdict.DIFFERENT) == (verdict is Verdict.DIFFERENT)


def test_growth_is_said() -> None:
    section = compare(100_000_000, 250_000_000)
    assert section.summary == "100 MB → 250 MB (+150%)"
    assert finding(section, "uncompressed").detail == "all layers, as a host stores them; grew (+150%)"


@pytest.mark.parametrize(
    ("new", "share"), [(5_500_000, "-99.5%"), (1_000, "-99.9%"), (500_000_000, "-56%"), (14_000_000, "-99%")]
)
def test_what_is_left_is_never_rounded_to_nothing(new: int, share: str) -> None:
    assert compare(1_124_000_000, new).summary.endswith(f" MB ({share})")


def test_more_layers_and_files_are_no_difference() -> None:
    section = compare(100, 50, {"/a": b"1"}, {"/a": b"1" * 90_000, "/b": b"2"})
    assert section.verdict is Verdict.BETTER
    assert (finding(section, "layers").before, finding(section, "layers").after) == ("3", "9")
    assert finding(section, "layers").verdict is Verdict.SAME
    assert finding(section, "files").verdict is Verdict.SAME
    assert finding(section, "root file system").verdict is Verdict.SAME


def test_the_numbers() -> None:
    packages = {"/var/lib/dpkg/status": "Package: a\nStatus: install ok installed\n"}
    section = compare(1_234_567_890, 79_440_000, {**packages, "/a": b"1", "/b": b"2"}, {"/a": b"1"})
    told = {finding.what: (finding.before, finding.after) for finding in section.findings}
    assert told["uncompressed"] == ("1,235 MB", "79.4 MB")
    assert told["files"] == ("3", "1")
    assert told["system packages"] == ("1", "0")
    assert told["compressed"][0].endswith(" MB") and told["compressed"][0] != "0 MB"


def test_an_empty_image() -> None:
    section = compare(0, 0)
    assert (section.verdict, section.summary) == (Verdict.SAME, "0.0 MB → 0.0 MB")
    assert "gzip's fastest level" in section.notes[0]
