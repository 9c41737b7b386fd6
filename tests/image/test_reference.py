"""The reference grammar: what is read, what is refused and by which name."""

from __future__ import annotations

import pytest

from minify.errors import UsageError
from minify.image import reference
from minify.image.reference import ImageReference

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "domain", "path", "tag", "digest"),
    [
        # Nothing to split: a bare name is an official image of Docker Hub.
        ("python", "docker.io", "library/python", None, None),
        ("python:3.12", "docker.io", "library/python", "3.12", None),
        (f"python@{SHA}", "docker.io", "library/python", None, SHA),
        (f"python:3.12@{SHA}", "docker.io", "library/python", "3.12", SHA),
        ("bitnami/redis:7", "docker.io", "bitnami/redis", "7", None),
        # The port is not a tag, and the tag is not a port.
        ("localhost:5000/a/b:1", "localhost:5000", "a/b", "1", None),
        (f"localhost:5000/a/b:1@{SHA}", "localhost:5000", "a/b", "1", SHA),
        ("localhost:5000/a", "localhost:5000", "a", None, None),
        ("localhost:5000", "docker.io", "library/localhost", "5000", None),
        ("localhost/a", "localhost", "a", None, None),
        ("[::1]:5000/a:b", "[::1]:5000", "a", "b", None),
        ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", None, None),
        # A capital makes the first component a registry, as in the specification's own implementation.
        ("Registry/a:1", "Registry", "a", "1", None),
        (
            "gcr.io/distroless/static-debian13:nonroot",
            "gcr.io",
            "distroless/static-debian13",
            "nonroot",
            None,
        ),
        ("index.docker.io/library/python:3", "docker.io", "library/python", "3", None),
        ("docker.io/python:3", "docker.io", "library/python", "3", None),
        ("a.b/c__d/e--f/g.h_i:_x", "a.b", "c__d/e--f/g.h_i", "_x", None),
        ("python:" + "x" * 128, "docker.io", "library/python", "x" * 128, None),
    ],
)
def test_reads(text: str, domain: str, path: str, tag: str | None, digest: str | None) -> None:
    read = ImageReference.parse(text)
    assert (read.domain, read.path, read.tag, read.digest) == (domain, path, tag, digest)
    assert str(read) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", reference.EMPTY),
        ("https://docker.io/library/python:3", reference.HAS_A_SCHEME),
        ("python:$VERSION", reference.UNRESOLVED),
        ("{{ image }}", reference.UNRESOLVED),
        ("%%TAG%%-slim", reference.UNRESOLVED),
        ("Python", reference.UPPERCASE),
        ("gcr.io/Distroless/static", reference.UPPERCASE),
        ("a b/c:1:2", reference.INVALID_FORMAT),
        ("a//b", reference.INVALID_FORMAT),
        ("a/-b", reference.INVALID_FORMAT),
        ("a/b_", reference.INVALID_FORMAT),
        ("a/b..c", reference.INVALID_FORMAT),
        (":3.12", reference.INVALID_FORMAT),
        ("@" + SHA, reference.INVALID_FORMAT),
        ("exa_mple.com/a", reference.INVALID_FORMAT),
        ("python:", reference.INVALID_TAG),
        ("python:-1", reference.INVALID_TAG),
        ("python:" + "x" * 129, reference.INVALID_TAG),
        ("python@sha256:abc", reference.INVALID_DIGEST),
        ("python@sha256:" + "g" * 64, reference.INVALID_DIGEST),
        ("python@sha512:" + "a" * 64, reference.INVALID_DIGEST),
        ("python@", reference.INVALID_DIGEST),
        ("a" * 64, reference.IS_AN_IDENTIFIER),
        ("a/" * 128 + "a", reference.TOO_LONG),
    ],
)
def test_refuses(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refusal:
        ImageReference.parse(text)
    assert reason in refusal.value.message
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("text", "normalized", "familiar", "name"),
    [
        ("python", "docker.io/library/python:latest", "python", "python"),
        ("docker.io/library/python:3", "docker.io/library/python:3", "python:3", "python"),
        (f"python@{SHA}", f"docker.io/library/python@{SHA}", f"python@{SHA}", "python"),
        ("bitnami/redis", "docker.io/bitnami/redis:latest", "bitnami/redis", "bitnami/redis"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1", "ghcr.io/a/b:1", "ghcr.io/a/b"),
    ],
)
def test_spellings(text: str, normalized: str, familiar: str, name: str) -> None:
    read = ImageReference.parse(text)
    assert (read.normalized, read.familiar, read.name) == (normalized, familiar, name)
    again = ImageReference.parse(read.normalized)
    assert (again.domain, again.path) == (read.domain, read.path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python:3.12", "python:3.12-slim"),
        ("python", "python:3.12-slim"),
        ("docker.io/library/python:3.12", "docker.io/library/python:3.12-slim"),
        ("localhost:5000/python", "localhost:5000/python:3.12-slim"),
        (f"python:3.12@{SHA}", "python:3.12-slim"),
    ],
)
def test_another_tag_keeps_the_users_spelling(text: str, expected: str) -> None:
    assert ImageReference.parse(text).with_tag("3.12-slim").written == expected


def test_another_tag_must_be_a_tag() -> None:
    with pytest.raises(UsageError, match="the tag is not"):
        ImageReference.parse("python").with_tag("3 12")
