"""What follows an image at its end of life."""

from __future__ import annotations

import pytest

from minify.image.catalog import lookup
from minify.image.succession import ended, successor

ROWS = [
    ("python:3.8", "python:3.11"),
    ("python:3.8-slim-buster", "python:3.11-slim"),
    ("python:3.6.8-alpine3.9", "python:3.11-alpine"),
    ("docker.io/library/node:12", "docker.io/library/node:22"),
    ("node:20-bookworm-slim", "node:22-bookworm-slim"),
    ("node:14.17.0-alpine3.13", "node:22-alpine"),
    ("golang:1.19-buster", "golang:1.26"),
    ("php:7.2-apache-stretch", "php:8.2-apache"),
    ("debian:stretch", "debian:trixie"),
    ("debian:9.5", "debian:13"),
    ("debian:10-slim", "debian:13-slim"),
    ("alpine:3.12", "alpine:3.22"),
    ("ubuntu:xenial", "ubuntu:jammy"),
    ("ubuntu:23.10", "ubuntu:24.04"),
    ("mcr.microsoft.com/dotnet/core/aspnet:3.1-buster-slim", "mcr.microsoft.com/dotnet/aspnet:10.0"),
]

NONE = [
    pytest.param("python:3.13", id="kept up"),
    pytest.param("debian:12", id="extended support is left"),
    pytest.param("python:latest", id="no version"),
    pytest.param("python:3.8@sha256:" + "a" * 64, id="a digest"),
    pytest.param("centos:7", id="nothing follows it under its name"),
    pytest.param("nobody/knows:1", id="not known"),
    pytest.param("scratch", id="scratch"),
]


@pytest.mark.parametrize(("image", "expected"), ROWS)
def test_successor(image: str, expected: str) -> None:
    assert successor(image) == expected
    assert not ended(lookup(expected))
    assert successor(expected) is None


@pytest.mark.parametrize("image", NONE)
def test_no_successor(image: str) -> None:
    assert successor(image) is None
