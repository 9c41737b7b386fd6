"""Reads the recipes and checks them: what is wrong is named with the image it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.bases.debs import RELEASE
from tests.e2e.bases.java import DISTRO_OF

KINDS: Final = ("debian", "distroless", "layered", "busybox", "compiled")
STEPS: Final = ("env", "packages", "run", "add", "write", "copy")
FILES: Final = (Path(__file__).with_name("bases.yaml"), Path(__file__).with_name("slow.yaml"))
_SCRIPTS: Final = Path(__file__).with_name("scripts")
_KEYS: Final = {
    "debian": ("suite", "slim", "merged"),
    "distroless": (
        "image",
        "distro",
        "extends",
        "packages",
        "env",
        "entrypoint",
        "node",
        "java",
        "java_base",
        "links",
        "ldconfig",
    ),
    "busybox": ("distro",),
    "layered": ("from", "steps", "root", "env", "user", "workdir", "entrypoint", "cmd", "expose", "stopsignal"),
    "compiled": ("from", "source", "packages", "env", "prepare", "script"),
}


class RecipeError(ValueError):
    """A recipe says something that cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image: `Recipe(name="python:3.12-slim", tags=(…), kind="layered", core=True, …)`."""

    name: str
    tags: tuple[str, ...]
    kind: str
    core: bool
    slow: bool
    needs: tuple[str, ...]
    details: Mapping[str, Any]

    def fingerprint(self) -> str:
        """Everything that makes the image, as one line."""
        return json.dumps([self.name, self.tags, self.kind, self.details], sort_keys=True)


def load_recipes(*paths: Path) -> tuple[Recipe, ...]:
    """All recipes in an order in which each comes after what it needs."""
    import yaml

    recipes = [_recipe(entry) for path in paths for entry in yaml.safe_load(path.read_text())["images"]]
    seen: list[str] = []
    for recipe in recipes:
        if recipe.name in seen:
            raise RecipeError(f"{recipe.name}: there are two recipes of this name")
        for need in recipe.needs:
            if need not in seen:
                raise RecipeError(f"{recipe.name}: needs {need}, which is not above it")
        seen.append(recipe.name)
    return tuple(recipes)


def choose(
    recipes: Sequence[Recipe], only: Sequence[str], *, core: bool = False, slow: bool = False
) -> tuple[Recipe, ...]:
    """The recipes named by any of their tags, the core ones and the slow ones where asked, else all; with what they need."""
    by_tag = {tag: recipe for recipe in recipes for tag in (recipe.name, *recipe.tags)}
    unknown = [name for name in only if name not in by_tag]
    if unknown:
        raise RecipeError(f"no recipe makes {', '.join(unknown)}")
    wanted = [by_tag[name].name for name in only]
    every = not only and not core and not slow
    wanted += [r.name for r in recipes if every or (core and r.core) or (slow and r.slow)]
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
    common = ("name", "kind", "tags", "core", "slow", "needs")
    details = {key: value for key, value in entry.items() if key not in common}
    wrong = [key for key in details if key not in _KEYS[kind]]
    if wrong:
        raise RecipeError(f"{name}: a {kind} recipe has no {', '.join(wrong)}")
    if "steps" in details:
        details["steps"] = _with_scripts(name, details["steps"])
    return Recipe(
        name=name,
        tags=tuple(entry.get("tags", ())) or (name,),
        kind=kind,
        core=bool(entry.get("core", False)),
        slow=bool(entry.get("slow", False)),
        needs=tuple(dict.fromkeys((*_needs(name, kind, details), *entry.get("needs", ())))),
        details=details,
    )


def _needs(name: str, kind: str, details: Mapping[str, Any]) -> Iterator[str]:
    """The images that must be there first: bases, and those that lend their package manager or their Java."""
    if "from" in details:
        yield details["from"]
    for step, value in steps_of(details):
        if step not in STEPS:
            raise RecipeError(f"{name}: no step is called {step}")
        if step == "copy":
            if not isinstance(value, Mapping) or set(value) != {"from", "path", "to"}:
                raise RecipeError(f"{name}: copy wants from, path and to")
            yield value["from"]
        java = value.get("jdk", value.get("jre")) if step == "add" else None
        if java is not None:
            yield f"debian:{RELEASE[_distro_of(name, java)]}"
    for suite in details.get("source", ()):
        yield f"debian:{suite}"
    if kind in ("distroless", "busybox"):
        if details["distro"] not in RELEASE:
            raise RecipeError(f"{name}: {details['distro']} is none of {', '.join(RELEASE)}")
        yield f"debian:{RELEASE[details['distro']]}"
        if "java" in details:
            yield f"debian:{RELEASE[_distro_of(name, details['java'])]}"
        if "extends" in details:
            yield f"gcr.io/distroless/{details['extends']}-{details['distro']}"


def _distro_of(name: str, java: object) -> str:
    if java not in DISTRO_OF:
        raise RecipeError(f"{name}: Debian has no Java {java}, only {', '.join(DISTRO_OF)}")
    return DISTRO_OF[str(java)]


def _with_scripts(name: str, steps: Sequence[Any]) -> list[Any]:
    """`{write: {script: nginx/docker-entrypoint.sh, path: /x}}` carries the file's text from here on."""
    found: list[Any] = []
    for step in steps:
        if isinstance(step, list):
            found.append(_with_scripts(name, step))
        elif "script" in (value := step.get("write", {})):
            path = _SCRIPTS / value["script"]
            if not path.is_file():
                raise RecipeError(f"{name}: there is no script {value['script']}")
            found.append({"write": {"text": path.read_text(), "mode": "0755", "path": value["path"]}})
        else:
            found.append(step)
    return found
