"""Names of images in a registry of one's own, and back."""

from __future__ import annotations

import pytest

from minify.image.mirror import Mirror
from minify.image.reference import ImageReference

FLAT = Mirror.of("r.example:5000", {})
RULED = Mirror.of(
    "r.example",
    {"docker.io/library": "r.example/hub", "gcr.io/distroless": "r.example/minimal", "quay.io": "q.example"},
)


@pytest.mark.parametrize(
    ("mirror", "written", "expected"),
    [
        (FLAT, "python:3.12", "r.example:5000/library/python:3.12"),
        (FLAT, "docker.io/bitnami/redis", "r.example:5000/bitnami/redis"),
        (FLAT, "gcr.io/distroless/cc-debian12", "r.example:5000/distroless/cc-debian12"),
        (FLAT, "python", "r.example:5000/library/python"),
        (FLAT, f"python:3@sha256:{64 * 'a'}", f"r.example:5000/library/python:3@sha256:{64 * 'a'}"),
        (FLAT, "r.example:5000/team/app:1", "r.example:5000/team/app:1"),
        (FLAT, "scratch", "scratch"),
        (FLAT, "${BASE}", "${BASE}"),
        (FLAT, "${REGISTRY}/python:3", "${REGISTRY}/python:3"),
        (FLAT, "python:${TAG:-3}-slim", "r.example:5000/library/python:${TAG:-3}-slim"),
        (FLAT, "localhost:5001/a/b:$V", "r.example:5000/a/b:$V"),
        (FLAT, "NotAName", "NotAName"),
        (RULED, "python:3.12", "r.example/hub/python:3.12"),
        (RULED, "gcr.io/distroless/static-debian13:nonroot", "r.example/minimal/static-debian13:nonroot"),
        (RULED, "gcr.io/other/x", "r.example/other/x"),
        (RULED, "quay.io/a/b", "q.example/a/b"),
        (RULED, "q.example/a/b", "q.example/a/b"),
        (Mirror.of(None, {"quay.io": "q.example"}), "python:3", "python:3"),
        (Mirror.of(None, {"docker.io/library/python": "r.example/snake"}), "python:3", "r.example/snake:3"),
    ],
)
def test_a_name_there(mirror: Mirror, written: str, expected: str) -> None:
    assert mirror.map(written) == expected
    assert mirror.map(expected) == expected


@pytest.mark.parametrize("mirror", [FLAT, RULED], ids=["one registry", "rules"])
@pytest.mark.parametrize(
    "written",
    ["python:3.12", "gcr.io/distroless/static-debian13:nonroot", "debian:12-slim", "mcr.microsoft.com/dotnet/sdk:8.0"],
)
def test_and_back(mirror: Mirror, written: str) -> None:
    there = ImageReference.parse(mirror.map(written))
    assert mirror.original(there).normalized == ImageReference.parse(written).normalized


def test_what_nothing_is_known_of_is_itself() -> None:
    reference = ImageReference.parse("r.example:5000/team/app:1")
    assert FLAT.original(reference) is reference
