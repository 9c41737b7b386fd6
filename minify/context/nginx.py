"""What a configuration of nginx names: modules to load, files to include, and paths of the image."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import line_of

# A comment begins where a word could: `a#b` holds none. https://nginx.org/en/docs/beginners_guide.html#conf_structure
_COMMENT = re.compile(r"(?m)(^|[\s;{}])#[^\n]*")
_WORD = r"""["']?([^\s;"'{}]+)"""
_MODULE = re.compile(rf"(?:^|[\s;{{}}\"'])load_module\s+{_WORD}")
_INCLUDE = re.compile(rf"(?:^|[\s;{{}}\"'])include\s+{_WORD}")
_PATH = re.compile(r"(?<![\w.$}/:~^-])(/[\w@%+.-]+(?:/[\w@%+.*-]+)+)/?")
# Any word that may be a place in the file system: of one part too, or relative, or beginning with a variable
_ROOT = re.compile(
    r"(?:^|[\s;{}\"'=:])(?:root|alias)\s+[\"']?([^\s;\"'{}]+)|(?<![\w.$}/:~^-])(/[\w@%+.-]+(?:/[\w@%+.*$-]+)*)/?"
)
_SERVED = re.compile(r"(?:^|[\s;{}\"'])(?:root|alias)\s+[\"']?(/[^\s;\"'{}$]*)")
_DATA: Final = Path(__file__).parent / "data" / "nginx-modules.yaml"


class Named(NamedTuple):
    """A word of a configuration, and its line."""

    text: str
    line: int


class NginxFacts(NamedTuple):
    """What one text names. `paths` are all absolute ones of two parts and more: files, and addresses of a site that look like them."""

    modules: tuple[Named, ...]
    includes: tuple[Named, ...]
    paths: tuple[Named, ...]
    roots: tuple[Named, ...]
    """All of them, those of one part, and whatever `root` and `alias` name."""
    served: tuple[Named, ...]
    """What `root` and `alias` name by an absolute path, as far as no variable goes on with it."""


def nginx_facts(text: str) -> NginxFacts:
    """Read a configuration, or a command line that holds pieces of one.

    >>> nginx_facts("load_module modules/x.so; # root /old/site;").modules
    (Named(text='modules/x.so', line=1),)
    """
    code = _COMMENT.sub(lambda m: m[1], text)
    return NginxFacts(*(tuple(_named(pattern, code)) for pattern in (_MODULE, _INCLUDE, _PATH, _ROOT, _SERVED)))


def _named(pattern: re.Pattern[str], code: str) -> list[Named]:
    found = ((m[m.lastindex or 0], m.start(m.lastindex or 0)) for m in pattern.finditer(code))
    return [Named(text, line_of(code, start)) for text, start in found]


@cache
def plain_modules() -> frozenset[str]:
    """Modules that need nothing but the libraries that they link."""
    return frozenset(precompiled.table(_DATA)["modules"].split())
