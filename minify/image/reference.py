"""Image references, read by the grammar of the distribution specification.

    ImageReference.parse("localhost:5000/a/b:1")
        domain="localhost:5000"  path="a/b"  tag="1"  digest=None

    reference   = name [ ":" tag ] [ "@" digest ]
    name        = [ domain "/" ] path
    domain      = host [ ":" port ]            host is a name, an IPv4 or a bracketed IPv6 address
    path        = component { "/" component }  component is lower case, with . _ __ or dashes inside
    tag         = word of 1 to 128 characters  digest = algorithm ":" hexadecimal

A colon is a port or a tag by what follows it, which is why nothing here splits on one by hand.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from minify.errors import UsageError

EMPTY: Final = "the reference is empty"
INVALID_FORMAT: Final = "it does not follow the reference grammar"
UPPERCASE: Final = "the repository name must be lower case"
TOO_LONG: Final = "the repository name is longer than 255 characters"
INVALID_TAG: Final = "the tag is not 1 to 128 letters, digits, '_', '.' and '-', beginning with a letter, digit or '_'"
INVALID_DIGEST: Final = "the digest is not an algorithm, a colon and the hexadecimal digits that algorithm gives"
IS_AN_IDENTIFIER: Final = "64 hexadecimal characters are an image identifier, not a repository name"
HAS_A_SCHEME: Final = "a reference has no scheme: leave out the part up to '://'"
UNRESOLVED: Final = "it still holds a variable or a placeholder"

_ALNUM = r"[a-z0-9]+"
_SEPARATOR = r"(?:[._]|__|-+)"
_COMPONENT = rf"{_ALNUM}(?:{_SEPARATOR}{_ALNUM})*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])"

_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_DOMAIN = re.compile(rf"{_HOST}(?::[0-9]+)?")
_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_DIGEST_LENGTHS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}

# The name ends at the first "@"; a tag is what follows a colon after the last slash of the name.
_SHAPE = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[^/@]*))?(?:@(?P<digest>.*))?", re.DOTALL)


class ImageReference(NamedTuple):
    """`docker.io/library/python:3.12`: five facts, and the user's own spelling kept beside them."""

    domain: str
    path: str
    tag: str | None
    digest: str | None
    written: str

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """`python:3.12` → `docker.io`, `library/python`, `3.12`; a UsageError says what is wrong."""
        name, tag, digest = _split(text)
        if _IDENTIFIER.fullmatch(name):
            raise _invalid(text, IS_AN_IDENTIFIER)
        domain, path = _split_domain(name)
        if not _PATH.fullmatch(path):
            lowered = _PATH.fullmatch(path.lower()) is not None
            raise _invalid(text, UPPERCASE if lowered else INVALID_FORMAT)
        if not _DOMAIN.fullmatch(domain):
            raise _invalid(text, INVALID_FORMAT)
        if len(path) > 255:
            raise _invalid(text, TOO_LONG)
        if tag is not None and not _TAG.fullmatch(tag):
            raise _invalid(text, INVALID_TAG)
        if digest is not None and not _is_digest(digest):
            raise _invalid(text, INVALID_DIGEST)
        return cls(domain=domain, path=path, tag=tag, digest=digest, written=text)

    def __str__(self) -> str:
        return self.written

    @property
    def repository(self) -> str:
        """The full name without tag and digest: `docker.io/library/python`."""
        return f"{self.domain}/{self.path}"

    @property
    def name(self) -> str:
        """The familiar name without tag and digest: `python`, `gcr.io/distroless/cc`."""
        if self.domain != "docker.io":
            return self.repository
        return self.path.removeprefix("library/") if self.path.count("/") == 1 else self.path

    @property
    def normalized(self) -> str:
        """Nothing left to guess: `docker.io/library/python:latest`."""
        tag = self.tag if self.tag or self.digest else "latest"
        return self.repository + _suffix(tag, self.digest)

    @property
    def familiar(self) -> str:
        """As short as it can be said: `python:3.12`."""
        return self.name + _suffix(self.tag, self.digest)

    @property
    def written_name(self) -> str:
        """The user's own spelling of the name: `docker.io/python` of `docker.io/python:3.12`."""
        return self.written.removesuffix(_suffix(self.tag, self.digest))

    def with_tag(self, tag: str) -> ImageReference:
        """Another tag of the same repository, in the user's spelling and without the digest."""
        if not _TAG.fullmatch(tag):
            raise _invalid(f"{self.written_name}:{tag}", INVALID_TAG)
        return self._replace(tag=tag, digest=None, written=f"{self.written_name}:{tag}")


def _suffix(tag: str | None, digest: str | None) -> str:
    return (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def _split(text: str) -> tuple[str, str | None, str | None]:
    shape = _SHAPE.fullmatch(text)
    if not text:
        raise _invalid(text, EMPTY)
    if "://" in text:
        raise _invalid(text, HAS_A_SCHEME)
    if any(mark in text for mark in ("$", "{", "}", "%")):
        raise _invalid(text, UNRESOLVED)
    if shape is None or not shape["name"]:
        raise _invalid(text, INVALID_FORMAT)
    return shape["name"], shape["tag"], shape["digest"]


def _split_domain(name: str) -> tuple[str, str]:
    """The first component is a registry when it cannot be a user: a dot, a port, `localhost` or a capital."""
    first, slash, rest = name.partition("/")
    names_registry = "." in first or ":" in first or first == "localhost" or first != first.lower()
    domain, path = (first, rest) if slash and names_registry else ("docker.io", name)
    if domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return domain, path


def _is_digest(digest: str) -> bool:
    algorithm, _, digits = digest.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm, len(digits))
    return re.fullmatch(_DIGEST, digest) is not None and len(digits) == length


def _invalid(text: str, reason: str) -> UsageError:
    return UsageError(f"invalid image reference {text!r}: {reason}", hint="write it as [registry/]name[:tag][@digest]")
