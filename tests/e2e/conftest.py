"""The engine of the end-to-end tests, and the base images that they build on.

An engine that runs is taken; with CI set one is started when none runs, the stand-ins of the base images are made, and
nothing may be skipped. `--real-images` takes the published base images from their registries instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.bases.forge import Forge
from tests.e2e.bases.host import named_bundle
from tests.e2e.bases.recipes import FILES, choose, load_recipes
from tests.e2e.engine import Engine, cache_directory


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A running engine, which the commands of dockminify find as well."""
    found = Engine.find()
    if found is None and not os.environ.get("CI"):
        pytest.skip("no container engine is running")
    with found or Engine.start() as running:
        before = os.environ.get("DOCKER_HOST")
        os.environ["DOCKER_HOST"] = f"unix://{running.socket}"
        yield running
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before


@pytest.fixture(scope="session")
def need(engine: Engine, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Makes sure of a base image: made in CI, else the test is skipped when it is not there."""
    real = bool(request.config.getoption("--real-images"))
    recipes = load_recipes(*FILES)
    made: set[str] = set()

    def sure(reference: str) -> None:
        name = reference if ":" in reference.rsplit("/", 1)[-1] else f"{reference}:latest"
        if name in made or name == "scratch:latest":
            return
        if real:
            engine.docker("pull", name, timeout=1800)
        elif os.environ.get("CI"):
            recipe = next((r for r in recipes if name in r.tags or name.rpartition(":")[0] in (r.name, *r.tags)), None)
            assert recipe is not None, f"there is no recipe of a stand-in for {name}"
            with Forge(engine, cache_directory(), trusted=named_bundle(), save=True) as forge:
                for needed in choose(recipes, [recipe.name]):
                    forge.make(needed)
        elif engine.image_id(name) is None:
            pytest.skip(f"{name} is not there: python -m tests.e2e.bases --only {reference} makes a stand-in")
        made.add(name)

    return sure
