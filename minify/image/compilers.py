"""What C compilers need to link a static program, and how builds name another machine, from data/compilers.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from minify.image import data


def links_statically(manager: str, packages: Iterable[tuple[str, bool]]) -> bool:
    """Whether gcc is among packages, with headers and an archive to link with; each says whether what it recommends came along.

    >>> links_statically("apt", [("gcc", True)]), links_statically("apt", [("gcc", False), ("musl-tools", False)])
    (True, False)
    """
    row = _facts().get(manager)
    if row is None:
        return False
    both, gcc, library = (frozenset(row[key].split()) for key in ("both", "gcc", "library"))
    names = dict.fromkeys(packages)
    there = {name for name, _ in names}
    recommended = row["recommends"] == "yes" and any((name, True) in names for name in gcc)
    return not there.isdisjoint(both | gcc) and (recommended or not there.isdisjoint(both | library))


def target_variables() -> frozenset[str]:
    """The environment variables that name the machine that a build is for.

    >>> "GOARCH" in target_variables()
    True
    """
    return _words("target_variables")


def target_options() -> frozenset[str]:
    """The options of compilers and build tools whose value names the machine that a build is for.

    >>> "--target" in target_options()
    True
    """
    return _words("target_options")


@cache
def _words(key: str) -> frozenset[str]:
    path = data.ROOT / "compilers.yaml"
    words = data.read_yaml(path)[key]
    return frozenset(words.split())


@cache
def _facts() -> Mapping[str, Any]:
    path = data.ROOT / "compilers.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    return {manager: row for manager, row in facts.items() if isinstance(row, dict)}
