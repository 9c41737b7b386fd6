"""Reads bases.yaml and checks it: what is wrong is named with the image it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.bases.debs import RELEASE

KINDS: Final = ("debian", "distroless", "layered", "busybox")
STEPS: Final = ("env", "packages", "run", "add", "write")
_KEYS: Final = {
    "debian": ("suite", "slim"),
    "distroless": (
        "image",
        "distro",
        "extends",
        "packages",
        "env",
        "entrypoint",
        "node",
        "links",
        "ldconfig",
    ),
    "busybox": ("distro",),
    "layered": ("from", "steps", "user", "workdir", "entrypoint", "cmd", "expose", "stopsignal"),
}


class RecipeError(ValueError):
    """bases.yaml says something that cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image: `Recipe(name="python:3.12-slim", tags=(…), kind="layered", core=True, …)`."""

    name: str
    tags: tuple[str, ...]
    kind: str
    core: bool
    needs: tuple[str, ...]
    details: Mapping[str, Any]

    def fingerprint(self) -> str:
        """Everything that makes the image, as one line."""
        return json.dumps([self.name, self.tags, self.kind, self.details], sort_keys=True)


def load_recipes(path: Path) -> tuple[Recipe, ...]:
    """All recipes in an order in which each comes after what it needs."""
    import yaml

    document = yaml.safe_load(path.read_text())
    recipes = [_recipe(entry) for entry in document["images"]]
    seen: list[str] = []
    for recipe in recipes:
        if recipe.name in seen:
            raise RecipeError(f"{recipe.name}: there are two recipes of this name")
        for need in recipe.needs:
            if need not in seen:
                raise RecipeError(f"{recipe.name}: needs {need}, which is not above it")
        seen.append(recipe.name)
    return tuple(recipes)


def choose(recipes: Sequence[Recipe], only: Sequence[str], *, core: bool) -> tuple[Recipe, ...]:
    """The recipes named by any of their tags, or the core ones, or all; with what they need."""
    by_tag = {tag: recipe for recipe in recipes for tag in (recipe.name, *recipe.tags)}
    unknown = [name for name in only if name not in by_tag]
    if unknown:
        raise RecipeError(f"no recipe makes {', '.join(unknown)}")
    wanted = [by_tag[name].name for name in only]
    if not only:
        wanted = [recipe.name for recipe in recipes if recipe.core or not core]
    for recipe in reversed(recipes):
        if recipe.name in wanted:
            wanted += [need for need in recipe.needs if need not in wanted]
    return tuple(recipe for recipe in recipes if recipe.name in wanted)


def steps_of(details: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The steps of a layered recipe; lists inside the list are shared parts and are laid flat."""
    return tuple(_flat(details.get("steps", ())))


def _flat(steps: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for step in steps:
        if isinstance(step, list):
            yield from _flat(step)
        else:
            ((kind, value),) = step.items()
            yield kind, value


def _recipe(entry: Mapping[str, Any]) -> Recipe:
    name, kind = entry.get("name"), entry.get("kind")
    if not isinstance(name, str) or kind not in KINDS:
        raise RecipeError(f"{name}: kind must be one of {', '.join(KINDS)}")
    details = {key: value for key, value in entry.items() if key not in ("name", "kind", "tags", "core", "needs")}
    wrong = [key for key in details if key not in _KEYS[kind]]
    if wrong:
        raise RecipeError(f"{name}: a {kind} recipe has no {', '.join(wrong)}")
    needs = list(entry.get("needs", ()))
    if kind == "layered":
        needs.insert(0, details["from"])
        for step, _ in steps_of(details):
            if step not in STEPS:
                raise RecipeError(f"{name}: no step is called {step}")
    if kind in ("distroless", "busybox"):
        if details["distro"] not in RELEASE:
            raise RecipeError(f"{name}: {details['distro']} is none of {', '.join(RELEASE)}")
        needs.insert(0, f"debian:{RELEASE[details['distro']]}")
        if "extends" in details:
            needs.append(f"gcr.io/distroless/{details['extends']}-{details['distro']}")
    return Recipe(
        name=name,
        tags=tuple(entry.get("tags", ())) or (name,),
        kind=kind,
        core=bool(entry.get("core", False)),
        needs=tuple(needs),
        details=details,
    )
