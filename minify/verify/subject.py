"""What is compared: a built image, and what the comparisons ask of its files."""

from __future__ import annotations

from typing import Protocol

from minify.verify.engine import Image


class Files(Protocol):
    """The files of an image, by absolute path."""

    def exists(self, path: str) -> bool:
        """Whether something is there, links followed: `exists("/usr/bin/env")`."""

    def find(self, name: str) -> tuple[str, ...]:
        """Every path with that last part, sorted; `*` stands for anything: `find("libpq.so.5")`, `find("_ssl.*.so")`."""

    def resolve(self, path: str) -> str | None:
        """The path behind all links: `/usr/bin/python3` is `/usr/bin/python3.11`; None when nothing is there."""

    def shebang(self, path: str) -> str | None:
        """What stands behind `#!` in a file's first line: `/usr/bin/env python3`; None when it is no script."""

    def which(self, name: str, path: str, folder: str = "/") -> str | None:
        """Where a program is started from, links not followed; a name with a slash is a path itself, seen from `folder`."""


class Subject(Protocol):
    """An image with its files."""

    @property
    def image(self) -> Image:
        """The image."""

    @property
    def filesystem(self) -> Files:
        """Its files."""
