"""`python -m tests.e2e.bases [--only NAME …] [--core]`: makes the stand-ins of the base images."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.bases.forge import Forge
from tests.e2e.bases.host import HostError
from tests.e2e.bases.recipes import Recipe, RecipeError, choose, load_recipes
from tests.e2e.engine import Engine, EngineError, cache_directory


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.bases", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these images and what they need")
    parser.add_argument("--core", action="store_true", help="what the quick end-to-end tests need")
    parser.add_argument("--list", action="store_true", help="name the recipes and stop")
    parser.add_argument("--no-save", action="store_true", help="keep no archive of what is made")
    parser.add_argument(
        "--trust-ca",
        type=Path,
        default=os.environ.get("DOCKMINIFY_BASES_CA"),
        metavar="FILE",
        help="certificates that pip and npm in a RUN shall trust, for a machine behind a proxy of its own "
        "(also: DOCKMINIFY_BASES_CA); never of use in an image for others",
    )
    arguments = parser.parse_args()
    try:
        recipes = load_recipes(Path(__file__).with_name("bases.yaml"))
        chosen = choose(recipes, arguments.only, core=arguments.core)
        if arguments.list:
            for recipe in chosen:
                print(recipe.name, *(tag for tag in recipe.tags if tag != recipe.name))
            return 0
        trusted = Path(arguments.trust_ca) if arguments.trust_ca else None
        engine = Engine.open(keep=True)
        with Forge(engine, cache_directory(), trusted=trusted, save=not arguments.no_save) as forge:
            return _make(forge, chosen)
    except (EngineError, HostError, RecipeError) as error:
        print(error, file=sys.stderr)
        return 1


def _make(forge: Forge, chosen: Sequence[Recipe]) -> int:
    """Makes all that can be made: one recipe that fails takes only what needs it along."""
    missing: list[str] = []
    for recipe in chosen:
        try:
            lost = [need for need in recipe.needs if need in missing]
            if lost:
                raise HostError(f"it needs {', '.join(lost)}")
            outcome = forge.make(recipe)
        except (EngineError, HostError) as error:
            print(f"{recipe.name}: not made: {error}", file=sys.stderr, flush=True)
            missing.append(recipe.name)
        else:
            size, seconds = outcome.size / 1e6, outcome.seconds
            print(f"{outcome.name}: {outcome.how}, {size:.1f} MB, {seconds:.0f} s", flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
