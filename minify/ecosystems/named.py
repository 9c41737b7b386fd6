"""What the sources name of the original's own system: files come along where they are there, libraries stop the final image.

named_files(facts, source.opened)                          # /usr/share/dict/words, /etc/app.conf
named_libraries(facts, source.libraries, dependencies)     # app.py:3 loads magic by name, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from minify.analysis.facts import Facts
from minify.context.places import Library, PathLiteral
from minify.ecosystems.data_files import placements
from minify.ecosystems.programs import Dependency
from minify.plan import Refusal, Tree, refuse

_SYSTEM: Final = re.compile(r"/(?:etc|usr/share|usr/lib|usr/libexec|usr/games)/[^/].*")
# Every final base has them, an engine makes them, or the gathering step takes them
_GIVEN: Final = re.compile(
    r"/etc/(?:passwd|group|shadow|gshadow|hosts|hostname|resolv\.conf|mtab|os-release|localtime|services|protocols|mime\.types"
    r"|nsswitch\.conf|ld\.so\.cache|ssl|ssl/certs|ssl/certs/ca-certificates\.crt|host\.conf|debian_version|alternatives)/?"
    r"|/usr/share/(?:zoneinfo(?:/.*)?|ca-certificates|doc|man|info|locale|common-licenses)/?"
    r"|/usr/lib/(?:os-release|locale|locale/C\.utf8|ssl|[a-z0-9_]+-linux-(?:gnu|musl)\w*)/?"
)
_FONT: Final = re.compile(r"[\w +-]+\.(?:ttf|ttc|otf|pfb)", re.IGNORECASE)
_FONTS: Final = "/usr/share/fonts"

# What the interpreter's own modules link, or the C library brings: gathered with them
_GATHERED: Final = frozenset(
    [
        "c",
        "m",
        "dl",
        "pthread",
        "rt",
        "util",
        "resolv",
        "nsl",
        "gcc_s",
        "stdc++",
        "ssl",
        "crypto",
        "sqlite3",
        "z",
        "ffi",
        "bz2",
        "lzma",
        "uuid",
        "expat",
        "mpdec",
        "python3",
    ]
)
_LIBRARY: Final = re.compile(r"(?:.*/)?(?:lib)?(?P<name>[^/]+?)(?:\.so(?:\.[\d.]+)?)?")


def named_files(facts: Facts, literals: Sequence[PathLiteral]) -> tuple[Tree, ...]:
    """The files and directories of the system that sources name by absolute paths, and fonts that they name at all.

    What is not there is left out when it is built: a text that looks like a path may be none.
    """
    own = frozenset(placement.target.rpartition("/")[2] for placement in placements(facts))
    found: dict[str, str] = {}
    for one in literals:
        path = one.literal.rstrip("/")
        if _FONT.fullmatch(path) and path not in own:
            path = _FONTS
        if not one.in_tests and _SYSTEM.fullmatch(path) and not _GIVEN.fullmatch(path):
            found.setdefault(path, f"{one.path}:{one.line} names {one.literal}")
    return tuple(Tree(path=path, reason=why, certain=False, scanned=False, named=True) for path, why in found.items())


def named_libraries(
    facts: Facts, libraries: Sequence[Library], dependencies: Iterable[Dependency]
) -> Iterator[Refusal]:
    """Libraries that are loaded by name and that only the base image may have: no linker tells what they need."""
    if facts.base is None or "g++" not in facts.base.has:
        # Nothing but what programs of the base link: what is loaded by name was installed, and comes along
        return
    wanted = [(f"{one.path}:{one.line}", one.name) for one in libraries if one.name and not one.in_tests]
    wanted += [
        (f"{where} {needs.name}", name)
        for where, needs in dependencies
        if not (needs.optional or needs.command or needs.bundled or needs.alone)
        for name in needs.libraries
    ]
    installed = [package.name.casefold() for install in facts.footprint.installs for package in install.packages]
    for where, library in dict.fromkeys(wanted):
        read = _LIBRARY.fullmatch(library)
        name = read["name"] if read is not None else library
        if "/" in library or name in _GATHERED or any(p.startswith(f"lib{name.casefold()}") for p in installed):
            continue
        yield refuse(f"{where} loads the library {name} by name, which may be the base image's", programs=False)
