"""What a Caddyfile names: files that it imports, and paths of the image; and which plugins start programs."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_ROOT = re.compile(
    r"(?m)(?:^|\s)root\s+(?:[^\s/{]\S*\s+)?[\"'`]?(?![{*])([^\s\"'`{}]+)|\"root\"\s*:\s*\"(?!\{)([^\"{]+)"
)
_ROOT_ELSEWHERE = re.compile(r"(?m)(?:^|\s)root\s+(?:[^\s/{]\S*\s+)?[\"'`]?\{[\w$.]|\"root\"\s*:\s*\"\{")
# https://caddyserver.com/docs/caddyfile/concepts#environment-variables
_VARIABLE = re.compile(r"\{\$(?P<name>\w+)(?::(?P<default>[^}]*))?\}|\{env\.(?P<later>\w+)\}")
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
    roots = tuple(Named(m[m.lastindex or 1], line_of(code, m.start())) for m in _ROOT.finditer(code))
    return CaddyFacts(imports, paths, roots)


def root_is_told(text: str) -> bool:
    """Whether a root is told when the container runs: by a variable, or by what is asked.

    >>> root_is_told("root * {$SITE:/srv}"), root_is_told("root * /srv/{host}")
    (True, False)
    """
    return _ROOT_ELSEWHERE.search(_COMMENT.sub(lambda match: match[1], text)) is not None


def filled_in(text: str, env: Mapping[str, str]) -> str:
    """A Caddyfile as it is with some variables, and with its own defaults for the others.

    >>> filled_in("root * {$SITE:/srv}\\ntls {$CERT}", {"CERT": "/etc/a.pem"})
    'root * /srv\\ntls /etc/a.pem'
    """

    def value(match: re.Match[str]) -> str:
        return env.get(match["name"] or match["later"]) or match["default"] or match[0]

    return _VARIABLE.sub(value, text)


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
