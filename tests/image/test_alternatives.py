"""Slimmer variants and ladders: only tags that exist, only steps that fit."""

from __future__ import annotations

import pytest

from minify.image import data
from minify.image.alternatives import alternatives, lost, read_ladder, slim_variant
from minify.image.catalog import lookup

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("python:3.8-slim-buster", None),  # already slim
        ("python:3.12-alpine", None),  # another C library
        (f"python:3.12@{SHA}", None),  # pinned to one image
        ("python:3.12-unheard", None),
        ("golang:1.26", None),  # has no slim variant
        ("ubuntu:22.04", None),
        ("nobody/knows", None),
        ("scratch", None),
        ("debian:trixie-backports", None),
        ("golang:1.26-windowsservercore", None),
        ("python:3.12", "python:3.12-slim"),
        ("python:3.12.1", "python:3.12.1-slim"),
        ("python:3.8-buster", "python:3.8-slim-buster"),
        ("python", "python:slim"),
        ("docker.io/library/python:3.12", "docker.io/library/python:3.12-slim"),
        ("public.ecr.aws/docker/library/ruby:3.4", "public.ecr.aws/docker/library/ruby:3.4-slim"),
        ("node:20", "node:20-slim"),
        ("node:20-bullseye", "node:20-bullseye-slim"),
        ("node:lts", "node:lts-slim"),
        ("debian:12", "debian:12-slim"),
        ("debian:bookworm", "debian:bookworm-slim"),
        ("debian", "debian:stable-slim"),
        ("rust:1.97.1-bookworm", "rust:1.97.1-slim-bookworm"),
        ("perl:5.44-threaded", "perl:5.44-slim-threaded"),
        ("eclipse-temurin:21", "eclipse-temurin:21-jre"),
        ("eclipse-temurin:17-jdk-noble", "eclipse-temurin:17-jre-noble"),
    ],
)
def test_slim_variant(reference: str, expected: str | None) -> None:
    assert slim_variant(reference) == expected
    if expected is None:
        return
    before, after = lookup(reference), lookup(expected)
    assert before is not None
    assert after is not None
    # Same version, same release, same C library: what was compiled for one runs on the other.
    assert (before.version, before.distro, before.libc) == (after.version, after.distro, after.libc)
    assert slim_variant(expected) is None


@pytest.mark.parametrize(
    ("reference", "slimmer", "gone", "kept"),
    [
        ("python:3.12-slim", "python:3.12-slim", (), ("ca-certificates",)),
        ("nobody/knows", "python:3.12-slim", (), ()),
        (
            "python:3.12",
            "python:3.12-slim",
            ("git", "curl", "gcc", "libpq-dev"),
            ("ca-certificates", "tzdata"),
        ),
        ("node:20", "node:20-slim", ("git", "python3", "make", "ca-certificates"), ("npm",)),
        ("rust:1.98", "rust:1.98-slim", ("git", "make"), ("gcc", "libc6-dev")),
        ("debian:12", "debian:12-slim", ("manual-pages",), ("apt",)),
        ("eclipse-temurin:21", "eclipse-temurin:21-jre", ("javac",), ("fontconfig",)),
    ],
)
def test_lost(reference: str, slimmer: str, gone: tuple[str, ...], kept: tuple[str, ...]) -> None:
    missing = lost(reference, slimmer)
    assert set(gone) <= set(missing)
    assert not set(kept) & set(missing)
    assert len(missing) == len(set(missing))


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("postgres:16", []),  # its data belongs to it
        ("mcr.microsoft.com/windows/nanoserver:ltsc2022", []),
        (f"python:3.13@{SHA}", []),
        ("nobody/knows", []),
        ("scratch", []),
        ("ubuntu:26.04", []),  # its glibc is newer than any distroless one
        (
            "python:3.13",
            [
                "python:3.13-slim",
                "gcr.io/distroless/python3-debian13:nonroot",
                "dhi.io/python:3.13",
                "python:3.13-alpine",
            ],
        ),
        ("python:3.12-slim", ["dhi.io/python:3.12", "python:3.12-alpine"]),  # distroless has 3.13 only
        ("python:3.8", ["python:3.8-slim"]),  # no alpine that is still built
        ("node:20", ["node:20-slim"]),
        (
            "node:24",
            [
                "node:24-slim",
                "gcr.io/distroless/nodejs24-debian13:nonroot",
                "dhi.io/node:24",
                "node:24-alpine",
            ],
        ),
        ("debian:12", ["debian:12-slim"]),  # distroless of Debian 12 is past its end
        ("nginx:1.30-alpine-slim", ["nginxinc/nginx-unprivileged:1.30-alpine-slim"]),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", ["mcr.microsoft.com/dotnet/aspnet:8.0-alpine"]),
        ("php:8.3-apache", ["php:8.3-fpm-alpine"]),
    ],
)
def test_alternatives(reference: str, expected: list[str]) -> None:
    found = alternatives(reference)
    assert [step.reference for step in found] == expected
    assert [step.rank for step in found] == list(range(1, len(expected) + 1))


def test_only_leaving_the_manuals_out_is_safe() -> None:
    ladders = sorted((data.ROOT / "ladders").glob("*.yaml"))
    steps = [(path.stem, step) for path in ladders for step in read_ladder(path)]
    safe = {(family, step["to"]) for family, step in steps if step["safe"] == "true"}
    assert safe == {("debian", "@slim")}


@pytest.mark.parametrize("path", sorted((data.ROOT / "ladders").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_ladder_belongs_to_a_family(path: object) -> None:
    assert hasattr(path, "stem")
    assert data.family(path.stem) is not None


@pytest.mark.parametrize("minor", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_every_step_leads_to_a_known_image(minor: str) -> None:
    for step in alternatives(f"python:{minor}"):
        image = lookup(step.reference)
        assert image is not None, step.reference
        assert image.status in ("supported", "rolling", "end-of-life")
        assert step.size_mb == image.compressed_mb
        assert step.constraint
