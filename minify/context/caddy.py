"""What a Caddyfile names: files that it imports, and paths of the image; and which plugins start programs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import line_of

# A comment begins where a token could. https://caddyserver.com/docs/caddyfile/concepts#comments
_COMMENT = re.compile(r"(?m)(^|\s)#[^\n]*")
_IMPORT = re.compile(r"(?m)^\s*import\s+[\"'`]?([^\s\"'`]+)")
_SNIPPET = re.compile(r"(?m)^\s*\(([^)\s]+)\)")
_PATH = re.compile(r"(?<![\w.$}/:~^*-])(/[\w@%+.-]+(?:/[\w@%+.*-]+)+)/?")
# `root * /srv`, `root /srv`, and in a block of file_server
_ROOT = re.compile(r"(?m)(?:^|\s)root\s+(?:[^\s/{]\S*\s+)?[\"'`]?(?![{*])([^\s\"'`{}]+)")
_DATA: Final = Path(__file__).parent / "data" / "caddy-plugins.yaml"


class Named(NamedTuple):
    """A word of a Caddyfile, and its line."""

    text: str
    line: int


class CaddyFacts(NamedTuple):
    """What one text names: files to import (no snippets of its own), absolute paths of two parts and more, and roots of sites."""

    imports: tuple[Named, ...]
    paths: tuple[Named, ...]
    roots: tuple[Named, ...]


def caddy_facts(text: str) -> CaddyFacts:
    """Read a Caddyfile.

    >>> caddy_facts("(tls) {\\n}\\nexample.org {\\n  import tls\\n  import sites/*.conf\\n}").imports
    (Named(text='sites/*.conf', line=5),)
    """
    code = _COMMENT.sub(lambda match: match[1], text)
    snippets = {match[1] for match in _SNIPPET.finditer(code)}
    imports = tuple(Named(m[1], line_of(code, m.start(1))) for m in _IMPORT.finditer(code) if m[1] not in snippets)
    paths = tuple(Named(m[1], line_of(code, m.start(1))) for m in _PATH.finditer(code))
    roots = tuple(Named(m[1], line_of(code, m.start(1))) for m in _ROOT.finditer(code))
    return CaddyFacts(imports, paths, roots)


def plain_plugin(module: str) -> bool:
    """Whether a plugin is known to start no program: by its module, or by whose it is.

    >>> plain_plugin("github.com/caddy-dns/cloudflare@v0.2.1"), plain_plugin("github.com/abiosoft/caddy-exec")
    (True, False)
    """
    name = re.sub(r"/v\d+$", "", module.partition("@")[0])
    return any(name == known or (known.endswith("/") and name.startswith(known)) for known in _plugins())


@cache
def _plugins() -> tuple[str, ...]:
    return tuple(precompiled.table(_DATA)["plugins"].split())
