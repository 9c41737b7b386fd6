"""Hypothesis profiles: 200 examples by default, 20,000 with HYPOTHESIS_PROFILE=long: the same ones on every run."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("default", max_examples=200, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("long", max_examples=20_000, deadline=None, derandomize=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real-images",
        action="store_true",
        help="pull the published base images for the tests that build, instead of stand-ins",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What builds images comes last, and by one process: in CI the base images are made meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.xdist_group("e2e"))
