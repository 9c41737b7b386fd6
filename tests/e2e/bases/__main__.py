"""`python -m tests.e2e.bases [--only NAME …] [--core] [--slow]`: makes the stand-ins of the base images."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.e2e.bases.forge import Forge
from tests.e2e.bases.host import HostError, named_bundle
from tests.e2e.bases.parallel import make_all
from tests.e2e.bases.recipes import FILES, RecipeError, choose, load_recipes
from tests.e2e.engine import Engine, EngineError, cache_directory


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.bases", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these images and what they need")
    parser.add_argument("--core", action="store_true", help="what the quick end-to-end tests need")
    parser.add_argument("--slow", action="store_true", help="what is compiled from source: minutes each")
    parser.add_argument("--list", action="store_true", help="name the recipes and stop")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many are made side by side")
    parser.add_argument("--no-save", action="store_true", help="keep no archive of what is made")
    parser.add_argument(
        "--trust-ca",
        type=Path,
        default=named_bundle(),
        metavar="FILE",
        help="certificates that pip and npm in a RUN shall trust, for a machine behind a proxy of its own "
        "(also: DOCKMINIFY_BASES_CA); never of use in an image for others",
    )
    arguments = parser.parse_args()
    try:
        chosen = choose(load_recipes(*FILES), arguments.only, core=arguments.core, slow=arguments.slow)
        if arguments.list:
            for recipe in chosen:
                print(recipe.name, *(tag for tag in recipe.tags if tag != recipe.name))
            return 0
        engine = Engine.open(keep=True)
        failed = False
        with Forge(engine, cache_directory(), trusted=arguments.trust_ca, save=not arguments.no_save) as forge:
            for recipe, outcome in make_all(chosen, forge.make, jobs=max(1, arguments.jobs)):
                if isinstance(outcome, Exception):
                    failed = True
                    print(f"{recipe.name}: not made: {outcome}", file=sys.stderr, flush=True)
                else:
                    size, seconds = outcome.size / 1e6, outcome.seconds
                    print(f"{outcome.name}: {outcome.how}, {size:.1f} MB, {seconds:.0f} s", flush=True)
        return 1 if failed else 0
    except (EngineError, HostError, RecipeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
