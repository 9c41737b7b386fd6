"""Hypothesis profiles: 200 examples by default, 20,000 with HYPOTHESIS_PROFILE=long: the same ones on every run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("default", max_examples=200, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("long", max_examples=20_000, deadline=None, derandomize=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
