"""What was made before: a record of each recipe's images and one archive of them, in the cache directory."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.engine import Engine, EngineError


class Kept:
    """The record and the archive of one recipe: `Kept(engine, cache, "debian:trixie", key)`."""

    def __init__(self, engine: Engine, cache: Path, name: str, key: str) -> None:
        self._engine = engine
        self._key = key
        self._slug = re.sub(r"[^a-z0-9.]+", "-", name.lower())
        self._record = cache / f"{self._slug}.json"
        self._archive = cache / "images" / f"{self._slug}-{key}.tar.gz"

    def there(self, names: Sequence[str]) -> bool:
        """The engine has these images under these names."""
        ids = self._ids()
        return bool(ids) and all(self._engine.image_id(name) == ids.get(name) for name in names)

    def load(self, names: Sequence[str]) -> bool:
        """Brings them back from the archive, if there is one."""
        ids = self._ids()
        if not ids or not self._archive.exists():
            return False
        self._engine.load(self._archive)
        for name in names:
            self._engine.tag(ids[name], name)
        return True

    def remember(self, names: Sequence[str]) -> None:
        """Records what was made; an archive of the same recipe is of an earlier day's packages."""
        self._archive.unlink(missing_ok=True)
        ids = {name: self._engine.image_id(name) for name in names}
        self._record.parent.mkdir(parents=True, exist_ok=True)
        self._record.write_text(json.dumps({"key": self._key, "ids": ids}, indent=1) + "\n")

    def save(self, names: Sequence[str]) -> None:
        """Writes the archive unless it is there, and drops those of earlier recipes."""
        if self._archive.exists():
            return
        self._archive.parent.mkdir(parents=True, exist_ok=True)
        for old in self._archive.parent.glob(f"{self._slug}-{'[0-9a-f]' * 16}.tar.gz"):
            old.unlink()
        partial = self._archive.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            with subprocess.Popen(
                [self._engine.client, "save", *names],
                env={**os.environ, "DOCKER_HOST": f"unix://{self._engine.socket}"},
                stdout=subprocess.PIPE,
            ) as save:
                status = subprocess.run(["gzip", "-1"], stdin=save.stdout, stdout=file, check=False).returncode
            if save.returncode or status:
                raise EngineError(f"{names[0]} could not be saved to the cache")
        partial.rename(self._archive)

    def _ids(self) -> dict[str, str]:
        known = json.loads(self._record.read_text()) if self._record.exists() else {}
        return dict(known["ids"]) if known.get("key") == self._key else {}
