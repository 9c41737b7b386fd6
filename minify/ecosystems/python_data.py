"""What Python's own modules and an application's packages look up by name outside of Python: the sources name nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from minify.analysis.footprint import under
from minify.context.needs import Needs, python_needs

if TYPE_CHECKING:
    from minify.analysis.facts import Facts
    from minify.context.python import PythonFacts
    from minify.context.requirements import Requirement

# Where Debian, Alpine and the RPM family have it
_STDLIB: Final = {"curses": ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo")}
_NOT_TAKEN: Final = ("/root", "/etc/os-release")
"""What nobody else may look into, and what every final base has of its own."""


def files(source: PythonFacts, requirements: Sequence[Requirement], taken: Sequence[str]) -> tuple[str, ...]:
    """Files and directories to take if they are there: `/usr/share/terminfo` for curses, `/etc/odbcinst.ini` for pyodbc.

    Those below `taken` come along anyway.
    """
    found: dict[str, None] = {}
    for module, paths in _STDLIB.items():
        if module in source.imports and not source.imports[module].in_tests:
            found.update(dict.fromkeys(paths))
    for need in _needs(requirements):
        found.update(dict.fromkeys(need.files))
    return tuple(p for p in found if not any(under(p, tree) for tree in (*taken, *_NOT_TAKEN)))


def libraries(facts: Facts, requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Names of shared libraries of a large base image, as find's -name has them: `libmagic.so*`.

    Those that need nothing beside `files` and what they link; others stop the final image (named.py).
    """
    if facts.base is None or "g++" not in facts.base.has:
        return ()
    installed = [package.name.casefold() for install in facts.footprint.installs for package in install.packages]
    named = [name for need in _needs(requirements) if need.alone for name in need.libraries]
    return tuple(f"lib{n}.so*" for n in dict.fromkeys(named) if not any(p.startswith(f"lib{n}") for p in installed))


def _needs(requirements: Sequence[Requirement]) -> Iterator[Needs]:
    yield from (need for need in (python_needs(r.name) for r in requirements) if not need.command)
