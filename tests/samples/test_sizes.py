"""The sizes that were measured, and the README's table of them; tests/e2e/test_samples.py measures again."""

from __future__ import annotations

from tests.e2e.conversions import README, median_share, recorded, with_table
from tests.samples import samples


def test_every_sample_was_measured() -> None:
    assert list(recorded()) == [sample.name for sample in samples() if not sample.unbuildable]


def test_the_readme_shows_what_was_measured() -> None:
    readme = README.read_text("utf-8")
    # Where this is right to differ: python -m tests.e2e.conversions --update
    assert with_table(readme, recorded()) == readme


def test_the_median_sample_keeps_a_tenth() -> None:
    assert median_share(recorded()) <= 0.1


def test_the_rung_is_the_one_that_is_expected() -> None:
    reached = {sample.name: sample.outcome().plan.rung.label for sample in samples() if not sample.unbuildable}
    assert {name: row.rung for name, row in recorded().items()} == reached
