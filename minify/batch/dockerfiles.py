"""Which files are Dockerfiles, by name and by content."""

from __future__ import annotations

import re
from typing import Final

_EXACT: Final = re.compile(r"(?:Dockerfile|Containerfile)", re.IGNORECASE)
_LIKE: Final = re.compile(r"(?:Dockerfile|Containerfile)[.\-_].+|.+[.\-_](?:Dockerfile|Containerfile)", re.IGNORECASE)

# Other tools make Dockerfiles of these, or they are about one
_OTHER: Final = re.compile(
    r".*\.(?:dockerignore|diff|patch|orig|rej|bak|swp|md|rst|adoc|html|txt|json|ya?ml|toml|lock|sh|bash|py|rb|js|mjs|cjs|ts|go|java|rs"
    r"|j2|jinja2?|tmpl|tpl|template|erb|ejs|mustache|hbs|gotmpl|in|m4|sig|asc|sha256)",
    re.IGNORECASE,
)
_FROM: Final = re.compile(rb"FROM[ \t]+[^\s#]", re.IGNORECASE)
_BEFORE_FROM: Final = re.compile(rb"ARG\b", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(rb"\{\{|\{%|<%|@[A-Z_]+@")


def is_named_so(name: str) -> bool:
    """Whether a file's name is one that Dockerfiles have.

    >>> [is_named_so(name) for name in ("Dockerfile", "web.Dockerfile", "Dockerfile.dev", "Containerfile", "Dockerfile.md")]
    [True, True, True, True, False]
    """
    return _EXACT.fullmatch(name) is not None or (_LIKE.fullmatch(name) is not None and not _OTHER.fullmatch(name))


def is_dockerfile(name: str, data: bytes) -> bool:
    """Whether a file with such a name is one: `Dockerfile` itself always is, others begin with FROM, perhaps after ARG.

    >>> is_dockerfile("Dockerfile.notes", b"Remember the milk\\n"), is_dockerfile("Dockerfile", b"FORM debian\\n")
    (False, True)
    """
    if b"\0" in data:
        return False
    if _EXACT.fullmatch(name):
        return bool(data.strip())
    return begins_as_one(data)


def begins_as_one(data: bytes) -> bool:
    """Whether the first instruction is FROM, after ARGs perhaps, and names an image rather than a template's place for one."""
    for line in data.removeprefix(b"\xef\xbb\xbf").splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith(b"#"):
            continue
        if _FROM.match(stripped):
            return _PLACEHOLDER.search(stripped) is None
        if not _BEFORE_FROM.match(stripped):
            return False
    return False
