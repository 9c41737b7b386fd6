"""Libraries that a program opens by path before anything needs them: the JVM's launcher opens lib/server/libjvm.so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from minify.image import data
from minify.verify.elf import Elf
from minify.verify.filesystem import Filesystem

_PATH: Final = Path(__file__).parent / "data" / "opened.yaml"


def opened(files: Filesystem, name: str, like: Elf) -> bool:
    """Whether a library that no search path leads to is loaded all the same, by a program that knows where it lies."""
    opener = _known().get(name)
    if opener is None or not files.find(opener):
        return False
    for path in files.find(name):
        entry = files.entry(path)
        elf = entry.content.elf if entry is not None and entry.content is not None else None
        if elf is not None and (elf.machine, elf.bits) == (like.machine, like.bits):
            return True
    return False


@cache
def _known() -> Mapping[str, str]:
    facts: dict[str, Any] = data.read_yaml(_PATH)
    data.check_origin(_PATH, facts)
    found: dict[str, str] = facts["opened"]
    return found
