"""Every sample is built before and after, run, and compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minify.verify.verdict import Verdict
from tests.e2e.conversions import bases_of, compare, minimal, recorded
from tests.samples import Sample, samples

pytestmark = pytest.mark.e2e

TOLERANCE = 0.15
"""Packages of the day differ, and stand-ins from the published images."""


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_the_new_image_may_take_the_originals_place(sample: Sample, need: Callable[[str], None]) -> None:
    if sample.unbuildable:
        pytest.skip(sample.unbuildable)
    after = sample.made()["Dockerfile"]
    for base in dict.fromkeys((*bases_of(sample.dockerfile.read_bytes()), *bases_of(after))):
        need(base)
    found = compare(sample)
    failed = {
        f"{target}{section.name}": [
            (f.what, f.before, f.after, f.detail) for f in section.findings if not f.verdict.passes
        ]
        for target, verification in {"": found.verification, **found.targets}.items()
        for section in verification.sections
        if not section.verdict.passes
    }
    assert failed == {}
    assert found.targets.keys() == sample.settings.get("targets", {}).keys(), "every image is compared"
    sizes = recorded()[sample.name]
    assert found.measured.rung == sizes.rung
    assert found.measured.before == pytest.approx(sizes.before, rel=TOLERANCE)
    assert found.measured.after == pytest.approx(sizes.after, rel=TOLERANCE, abs=1)
    if minimal(found.outcome):
        inventory = next(s for s in found.verification.sections if s.name == "inventory")
        assert inventory.verdict in (Verdict.BETTER, Verdict.SAME)
        runtime = found.outcome.plan.runtime
        # A start script that is a shell's brings one, and the report says so
        kept = {"interpreters", *(["shells"] if runtime is not None and "sh" in runtime.programs else [])}
        left = [f.what for f in inventory.findings if f.after not in ("", "0") and f.what not in kept]
        assert left == [], "no package manager, shell, network tool, editor or compiler"
