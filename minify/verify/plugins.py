"""Plugins whose host is not there: `ossl-modules/legacy.so` without libcrypto is a file that nothing can load.

>>> host("/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"), host("/usr/lib/libpq.so.5")
('libcrypto.so', None)
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from minify.image import data
from minify.verify.filesystem import Filesystem

_PATH: Final = Path(__file__).parent / "data" / "plugins.yaml"


def orphan(files: Filesystem, path: str, missing: str = "") -> bool:
    """Whether a file is a plugin of a library that the image has not; `missing` is what it links and does not find.

    A plugin that misses its host itself is none of another version's that is there.
    """
    library = host(path)
    return library is not None and (missing.startswith(library) or not files.find(f"{library}*"))


def host(path: str) -> str | None:
    """The start of the name of the library that opens a plugin; None for what lies in no such folder."""
    folders = path.split("/")[:-1]
    return next((library for name, library in _known().items() for f in folders if fnmatchcase(f, name)), None)


@cache
def _known() -> Mapping[str, str]:
    facts: dict[str, Any] = data.read_yaml(_PATH)
    data.check_origin(_PATH, facts)
    for name, library in facts["plugins"].items():
        if not library.startswith("lib"):
            data.wrong(_PATH, f"plugins.{name}", f"{library!r} is no library")
    plugins: dict[str, str] = facts["plugins"]
    return plugins
