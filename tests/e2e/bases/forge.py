"""Makes the chosen images, each once: what the engine or the cache already has is taken from there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.e2e.bases.busybox import make_busybox
from tests.e2e.bases.debian import make_debian
from tests.e2e.bases.debs import DebStore
from tests.e2e.bases.distroless import Distroless, DistrolessMaker, base_env
from tests.e2e.bases.host import AptHost, read_apt, trusted_files
from tests.e2e.bases.layered import write_context
from tests.e2e.bases.recipes import Recipe
from tests.e2e.bases.sources import SourceStore, full_version
from tests.e2e.engine import Engine, EngineError

# Raised by hand when the program makes other images of the same recipes.
EDITION: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipe: `Outcome("debian:trixie", "made", 14.2, 120123456)`."""

    name: str
    how: str
    seconds: float
    size: int


class Forge:
    """Makes recipes with an engine: `with Forge(engine, cache, trusted=None, save=True) as forge: …`."""

    def __init__(self, engine: Engine, cache: Path, *, trusted: Path | None, save: bool) -> None:
        self._engine = engine
        self._cache = cache
        self._save = save
        self._apt: AptHost = read_apt()
        self._trusted: Mapping[str, str] = trusted_files(trusted)
        self._keys: dict[str, str] = {}
        self._recipes: dict[str, Recipe] = {}
        self._sources = SourceStore(cache / "sources")
        self._debs = DebStore(engine, cache / "debs")
        # Layers are shared by the images that extend one another, and of no use after that.
        self._layers = tempfile.TemporaryDirectory(prefix="bases-layers-", dir=_temporary())
        self._distroless = DistrolessMaker(engine, self._debs, self._sources, Path(self._layers.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._layers.cleanup()

    def make(self, recipe: Recipe) -> Outcome:
        """Makes one image, or loads it, or finds it; what it needs must have been made before."""
        begun = time.monotonic()
        self._recipes[recipe.name] = recipe
        key = self._key(recipe)
        slug = re.sub(r"[^a-z0-9.]+", "-", recipe.name.lower())
        record, archive = self._cache / f"{slug}.json", self._cache / "images" / f"{slug}-{key}.tar.gz"
        names = self._names(recipe)
        known = _read_record(record)
        if known.get("key") == key and all(self._engine.image_id(name) == known["ids"].get(name) for name in names):
            how = "there"
        elif archive.exists() and known.get("key") == key:
            self._engine.load(archive)
            for name in names:
                self._engine.tag(known["ids"][name], name)
            how = "loaded"
        else:
            self._made(recipe)
            how = "made"
            ids = {name: self._engine.image_id(name) for name in names}
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps({"key": key, "ids": ids}, indent=1) + "\n")
        if self._save and not archive.exists():
            self._save_archive(names, archive, slug)
        return Outcome(recipe.name, how, time.monotonic() - begun, self._engine.size(names[0]))

    def _names(self, recipe: Recipe) -> tuple[str, ...]:
        if recipe.kind != "distroless":
            return tuple(_filled(recipe.tags))
        variants = ("latest", "nonroot", "debug", "debug-nonroot")
        return tuple(f"{name}:{tag}" for name in recipe.tags for tag in variants)

    def _made(self, recipe: Recipe) -> None:
        with tempfile.TemporaryDirectory(prefix="bases-", dir=_temporary()) as name:
            work = Path(name)
            match recipe.kind:
                case "debian":
                    target = work / "image.tar"
                    make_debian(
                        recipe.details["suite"],
                        slim=bool(recipe.details.get("slim", False)),
                        apt=self._apt,
                        trusted=self._trusted,
                        work=work,
                        target=target,
                        tags=(recipe.name,),
                    )
                    self._engine.load(target)
                    self._engine.tag(recipe.name, *self._names(recipe))
                case "busybox":
                    target = work / "image.tar"
                    make_busybox(recipe.details["distro"], self._debs, work, target, recipe.name)
                    self._engine.load(target)
                    self._engine.tag(recipe.name, *recipe.tags)
                case "distroless":
                    target = work / "image.tar"
                    chain = self._chain(recipe)
                    self._distroless.make(_distroless(recipe.details), chain, target, recipe.name)
                    for archive in sorted(work.glob("*.tar")):
                        self._engine.load(archive)
                    for alias in recipe.tags:
                        for variant in ("latest", "nonroot", "debug", "debug-nonroot"):
                            self._engine.tag(f"{recipe.name}:{variant}", f"{alias}:{variant}")
                case _:
                    write_context(_filled(recipe.details), self._sources.place, work)
                    # Without the cache: the build cache would keep an image of last month's packages.
                    self._engine.build(work, tag=recipe.name, timeout=3600, no_cache=True)
                    self._engine.tag(recipe.name, *self._names(recipe))

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
            parts = [
                str(EDITION),
                recipe.fingerprint(),
                json.dumps(_filled(recipe.details), sort_keys=True),
                json.dumps([self._apt.main, self._apt.security, self._apt.settings, dict(self._trusted)]),
                *(self._keys[need] for need in recipe.needs),
            ]
            self._keys[recipe.name] = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        return self._keys[recipe.name]

    def _save_archive(self, names: Sequence[str], archive: Path, slug: str) -> None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        for old in archive.parent.glob(f"{slug}-{'[0-9a-f]' * 16}.tar.gz"):
            old.unlink()
        partial = archive.with_suffix(".partial")
        with partial.open("wb") as file:
            save = subprocess.Popen(
                [self._engine.client, "save", *names],
                env={**os.environ, "DOCKER_HOST": f"unix://{self._engine.socket}"},
                stdout=subprocess.PIPE,
            )
            status = subprocess.run(["gzip", "-1"], stdin=save.stdout, stdout=file, check=False).returncode
            if save.wait() or status:
                raise EngineError(f"{names[0]} could not be saved to the cache")
        partial.rename(archive)


def _filled(value: Any) -> Any:
    """`$cpython-3.12` and `$rust` in a recipe stand for the full version that the machine has."""

    def version(match: re.Match[str]) -> str:
        return full_version(match.group(1))

    return json.loads(re.sub(r"\$(cpython-\d+\.\d+|rust)", version, json.dumps(value)))


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
        links=details.get("links", {}),
        ldconfig=bool(details.get("ldconfig", False)),
    )


def _read_record(record: Path) -> dict[str, Any]:
    return dict(json.loads(record.read_text())) if record.exists() else {}


def _temporary() -> str | None:
    """Contexts are large: not where a small RAM disk may be."""
    roomy = Path("/var/tmp")
    if roomy.is_dir() and shutil.disk_usage(roomy).free > shutil.disk_usage(tempfile.gettempdir()).free:
        return str(roomy)
    return None
