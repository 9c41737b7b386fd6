"""Files and shared libraries outside of Python that an application looks up by name: no linker can tell, sources and packages can."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from minify.analysis.footprint import under
from minify.context.needs import python_needs
from minify.ecosystems.opened import is_known, opened

if TYPE_CHECKING:
    from minify.analysis.facts import Facts
    from minify.context.needs import Needs
    from minify.context.python import PythonFacts
    from minify.context.requirements import Requirement

# What modules of the standard library read: each where Debian, Alpine and the RPM family have it
_STDLIB: Final = {
    "curses": ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"),
    "mimetypes": ("/etc/mime.types",),
    "gettext": ("/usr/share/locale/locale.alias",),
}
_PATTERN: Final = re.compile(r"[\w.+-]+")


def files(
    facts: Facts,
    source: PythonFacts,
    requirements: Sequence[Requirement],
    sources: Sequence[str],
    taken: Sequence[str],
) -> tuple[str, ...]:
    """Files and directories to take if they are there: `/usr/share/terminfo` for curses, `/etc/odbcinst.ini` for pyodbc.

    Those below `taken` come along anyway.
    """
    found: dict[str, None] = {}
    for module, paths in _STDLIB.items():
        if module in source.imports and not source.imports[module].in_tests:
            found.update(dict.fromkeys(paths))
    for need in _needs(requirements):
        found.update(dict.fromkeys(path for path in need.files if not is_known(path)))
    found.update(dict.fromkeys(opened(source.opened)))
    if any(r.name == "pillow" for r in requirements) and _mentions(facts, sources, b"ImageFont"):
        # ImageFont.truetype("DejaVuSans.ttf") finds a font by its name
        found["/usr/share/fonts"] = None
    if not facts.footprint.installs and not (facts.base and "imagemagick" in facts.base.has):
        # Debian's package of it comes with others, never by itself
        found.pop("/etc/mime.types", None)
    return tuple(path for path in found if not any(under(path, tree) for tree in taken))


def libraries(source: PythonFacts, requirements: Sequence[Requirement], packages: Sequence[str]) -> tuple[str, ...]:
    """Names of shared libraries, as find's -name has them: `libmagic.so*`. Those of `packages` (libmagic1) come along anyway."""
    named = [name for need in _needs(requirements) for name in need.libraries]
    named += [(library.name or "") for library in source.libraries if not library.in_tests]
    found: dict[str, None] = {}
    for name in named:
        bare = name.partition(".so")[0].removeprefix("lib")
        if not _PATTERN.fullmatch(name) or bare in _OF_THE_C_LIBRARY:
            continue
        if not any(package.startswith(f"lib{bare.lower()}") for package in packages):
            found[f"'{name}*'" if ".so" in name else f"'lib{name}.so*'"] = None
    return tuple(found)


_OF_THE_C_LIBRARY: Final = ("c", "m", "pthread", "dl", "rt", "util", "resolv")


def _mentions(facts: Facts, sources: Sequence[str], word: bytes) -> bool:
    return any(path.endswith(".py") and word in (facts.context.read(path) or b"") for path in sources)


def _needs(requirements: Sequence[Requirement]) -> Iterator[Needs]:
    yield from (need for need in (python_needs(r.name) for r in requirements) if not need.command)
