"""Templates that were compiled when the package was built, as the cache that Jinja asks before it compiles one."""

from __future__ import annotations

from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache, bc_version

from minify import precompiled


class CompiledTemplates(BytecodeCache):
    """Code by a template's name and text; what is not there Jinja compiles, and nothing is kept."""

    def __init__(self, settings: object) -> None:
        self._made_with = f"{bc_version} {settings}\n"
        """What the code depends on beside the text."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The name alone: a user's template with the text of a shipped one has its code."""
        return name

    def get_source_checksum(self, source: str) -> str:
        """The text itself, as `precompiled` makes the checksum."""
        return self._made_with + source

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code."""
        bucket.code = precompiled.find(bucket.key, bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing is written where the package is used."""

    def source(self, environment: Environment, name: str) -> tuple[str, str]:
        """What is to be written when the package is built: the name of a file, and a template's code."""
        assert environment.loader is not None
        text, _, _ = environment.loader.get_source(environment, name)
        file = precompiled.file_name(self.get_cache_key(name), self.get_source_checksum(text))
        return file, environment.compile(text, name, raw=True)
