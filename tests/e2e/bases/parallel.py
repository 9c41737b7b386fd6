"""Runs recipes side by side: one starts when all it needs is made, so no build sees its base change its tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from tests.e2e.bases.forge import Outcome
from tests.e2e.bases.host import HostError
from tests.e2e.bases.recipes import Recipe
from tests.e2e.engine import EngineError

_EXPECTED: Final = (EngineError, HostError)


def make_all(
    recipes: Sequence[Recipe], make: Callable[[Recipe], Outcome], *, jobs: int
) -> Iterator[tuple[Recipe, Outcome | Exception]]:
    """Yields each as it is done: a recipe that fails takes only what needs it along.

    `recipes` must hold what they need. Of those that may start, the first in the list starts first.
    """
    waiting = list(recipes)
    made: set[str] = set()
    missing: set[str] = set()
    running: dict[Future[Outcome], Recipe] = {}
    with ThreadPoolExecutor(jobs) as pool:
        while waiting or running:
            for recipe in tuple(waiting):
                lost = [need for need in recipe.needs if need in missing]
                if lost:
                    waiting.remove(recipe)
                    missing.add(recipe.name)
                    yield recipe, HostError(f"it needs {', '.join(lost)}")
                elif len(running) < jobs and all(need in made for need in recipe.needs):
                    waiting.remove(recipe)
                    running[pool.submit(make, recipe)] = recipe
            if waiting and not running:
                continue  # What was waiting for a lost one is lost in the next round.
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                recipe = running.pop(future)
                error = future.exception()
                if error is None:
                    made.add(recipe.name)
                    yield recipe, future.result()
                elif isinstance(error, _EXPECTED):
                    missing.add(recipe.name)
                    yield recipe, error
                else:
                    raise error
