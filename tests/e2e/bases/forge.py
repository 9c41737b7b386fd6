"""Makes the chosen images, each once: what the engine or the cache already has is taken from there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.e2e.bases import java
from tests.e2e.bases.busybox import make_busybox
from tests.e2e.bases.debian import make_debian
from tests.e2e.bases.debs import DebStore
from tests.e2e.bases.distroless import Distroless, DistrolessMaker, base_env
from tests.e2e.bases.host import AptHost, read_apt, trusted_files
from tests.e2e.bases.java import JavaStore
from tests.e2e.bases.kept import Kept
from tests.e2e.bases.layered import write_compile_context, write_context
from tests.e2e.bases.recipes import Recipe
from tests.e2e.bases.sources import SourceStore, full_version
from tests.e2e.engine import Engine

# Raised by hand when the program makes other images of the same recipes.
EDITION: Final = 2

_OF_THE_MACHINE: Final = re.compile(r"\$(cpython-\d+\.\d+|rust)")
_OF_DEBIAN: Final = re.compile(r"\$debian:(\w+):([a-z][a-z0-9.+-]*[a-z0-9])")
_OF_BUILT: Final = re.compile(r"\$version<([^>]+)>")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipe: `Outcome("debian:trixie", "made", 14.2, 120123456)`."""

    name: str
    how: str
    seconds: float
    size: int


class Forge:
    """Makes recipes with an engine, several at once if asked: `with Forge(engine, cache, …) as forge: …`."""

    def __init__(self, engine: Engine, cache: Path, *, trusted: Path | None, save: bool) -> None:
        self._engine = engine
        self._cache = cache
        self._save = save
        self._apt: AptHost = read_apt()
        self._trusted: Mapping[str, str] = trusted_files(trusted)
        self._keys: dict[str, str] = {}
        self._recipes: dict[str, Recipe] = {}
        # Layers are shared by the images that extend one another, and of no use after that.
        self._scratch = tempfile.TemporaryDirectory(prefix="bases-", dir=_temporary())
        scratch = Path(self._scratch.name)
        self._sources = SourceStore(cache / "sources")
        self._debs = DebStore(engine, scratch / "debs")
        self._java = JavaStore(engine, self._debs, scratch / "java")
        self._distroless = DistrolessMaker(engine, self._debs, self._sources, self._java, scratch / "layers")

    def __enter__(self) -> Self:
        # Two programs that make the same images would tag them under each other's builds
        self._cache.mkdir(parents=True, exist_ok=True)
        self._lock = (self._cache / "forge.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.close()
        self._scratch.cleanup()

    def make(self, recipe: Recipe) -> Outcome:
        """Makes one image, or loads it, or finds it; what it needs must have been made before."""
        begun = time.monotonic()
        self._recipes[recipe.name] = recipe
        kept = Kept(self._engine, self._cache, recipe.name, self._key(recipe))
        names = self._names(recipe)
        if kept.there(names):
            how = "there"
        elif kept.load(names):
            how = "loaded"
        else:
            self._made(recipe)
            how = "made"
            kept.remember(names)
        if self._save:
            kept.save(names)
        return Outcome(recipe.name, how, time.monotonic() - begun, self._engine.size(names[0]))

    def _names(self, recipe: Recipe) -> tuple[str, ...]:
        if recipe.kind != "distroless":
            return tuple(_filled(recipe.tags))
        variants = ("latest", "nonroot", "debug", "debug-nonroot")
        return tuple(f"{name}:{tag}" for name in recipe.tags for tag in variants)

    def _made(self, recipe: Recipe) -> None:
        with tempfile.TemporaryDirectory(prefix="bases-", dir=_temporary()) as name:
            work = Path(name)
            target = work / "image.tar"
            match recipe.kind:
                case "debian":
                    make_debian(
                        recipe.details["suite"],
                        slim=bool(recipe.details.get("slim", False)),
                        merged=bool(recipe.details.get("merged", True)),
                        apt=self._apt,
                        trusted=self._trusted,
                        work=work,
                        target=target,
                        tags=(recipe.name,),
                    )
                    self._engine.load(target)
                    self._engine.tag(recipe.name, *self._names(recipe))
                case "busybox":
                    make_busybox(recipe.details["distro"], self._debs, work, target, recipe.name)
                    self._engine.load(target)
                    self._engine.tag(recipe.name, *recipe.tags)
                case "distroless":
                    self._distroless.make(_distroless(recipe.details), self._chain(recipe), target, recipe.name)
                    self._engine.load(target)
                    for alias in recipe.tags:
                        for variant in ("latest", "nonroot", "debug", "debug-nonroot"):
                            self._engine.tag(f"{recipe.name}:{variant}", f"{alias}:{variant}")
                case _:
                    write = write_compile_context if recipe.kind == "compiled" else write_context
                    write(self._with_versions(_filled(recipe.details)), self._place, work)
                    # Without the cache: the build cache would keep an image of last month's packages.
                    self._engine.build(work, tag=recipe.name, timeout=7200, no_cache=True)
                    self._engine.tag(recipe.name, *self._names(recipe))

    def _place(self, kind: str, name: str, folder: Path) -> None:
        """Lays out what an `add` step names: Debian's sources and Java, else what sources.py knows."""
        match kind:
            case "source":
                suite, _, package = name.partition(":")
                self._debs.source(suite, package, folder)
            case "jdk" | "jre":
                shutil.copytree(self._java.tree(name, kind), folder, symlinks=True, dirs_exist_ok=True)
            case _:
                self._sources.place(kind, name, folder)

    def _with_versions(self, details: Any) -> Any:
        """Versions that are known late: `$debian:trixie:nginx` is what Debian has today, `$version<localhost/built/x>`
        what was compiled into that image.
        """

        def of_debian(match: re.Match[str]) -> str:
            return self._debs.upstream(match[1], match[2])

        def of_built(match: re.Match[str]) -> str:
            return str(self._engine.inspect(match[1])["Config"]["Labels"]["version"])

        return json.loads(_OF_BUILT.sub(of_built, _OF_DEBIAN.sub(of_debian, json.dumps(details))))

    def _chain(self, recipe: Recipe) -> tuple[Distroless, ...]:
        chain: list[Distroless] = []
        extends = recipe.details.get("extends")
        while extends is not None:
            parent = self._recipes[f"gcr.io/distroless/{extends}-{recipe.details['distro']}"]
            chain.append(_distroless(parent.details))
            extends = parent.details.get("extends")
        return tuple(chain)

    def _key(self, recipe: Recipe) -> str:
        """A name for everything the image depends on but the packages' versions of the day."""
        if recipe.name not in self._keys:
            details = json.dumps(_filled(recipe.details), sort_keys=True)
            parts = [
                str(EDITION),
                recipe.fingerprint(),
                details,
                *([str(java.EDITION)] if any(f'"{kind}"' in details for kind in ("java", "jdk", "jre")) else []),
                json.dumps([self._apt.main, self._apt.security, self._apt.settings, dict(self._trusted)]),
                *(self._keys[need] for need in recipe.needs),
            ]
            self._keys[recipe.name] = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        return self._keys[recipe.name]


def _filled(value: Any) -> Any:
    """`$cpython-3.12` and `$rust` in a recipe stand for the full version that the machine has."""

    def version(match: re.Match[str]) -> str:
        return full_version(match[1])

    return json.loads(_OF_THE_MACHINE.sub(version, json.dumps(value)))


def _distroless(details: Mapping[str, Any]) -> Distroless:
    root = "extends" not in details
    return Distroless(
        image=details["image"],
        distro=details["distro"],
        extends=details.get("extends"),
        packages=tuple(details.get("packages", ())),
        env=(*(base_env() if root else ()), *details.get("env", ())),
        entrypoint=tuple(details.get("entrypoint", ())),
        node=details.get("node"),
        java=details.get("java"),
        java_base=bool(details.get("java_base", False)),
        links=details.get("links", {}),
        ldconfig=bool(details.get("ldconfig", False)),
    )


def _temporary() -> str | None:
    """Contexts are large: not where a small RAM disk may be."""
    roomy = Path("/var/tmp")
    if roomy.is_dir() and shutil.disk_usage(roomy).free > shutil.disk_usage(tempfile.gettempdir()).free:
        return str(roomy)
    return None
