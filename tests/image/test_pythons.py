"""Python as distributions package it: what pip of each installs below, and what is not known."""

from __future__ import annotations

import pytest

from minify.image.catalog import lookup
from minify.image.pythons import brings_python, pip_prefix, version_of


@pytest.mark.parametrize(
    ("image", "prefix"),
    [
        ("debian:13", "/usr/local"),
        ("ubuntu:24.04", "/usr/local"),
        ("fedora:42", "/usr/local"),
        ("amazonlinux:2023", "/usr/local"),
        ("redhat/ubi9", "/usr/local"),
        ("centos:6", None),
        ("alpine:3.22", "/usr"),
        ("archlinux", "/usr"),
        ("mcr.microsoft.com/azurelinux/base/core:3.0", "/usr"),
        ("photon:5.0", "/usr"),
    ],
)
def test_where_pip_installs(image: str, prefix: str | None) -> None:
    base = lookup(image)
    assert base is not None
    assert pip_prefix(base.distro, base.package_manager) == prefix


@pytest.mark.parametrize(
    ("distro", "manager", "prefix"),
    [
        (None, "pacman", "/usr"),
        (None, "dnf", None),
        (None, "zypper", None),
        (None, None, None),
        # A release that has no row is not guessed at by its package manager
        ("nobara42", "apt", None),
    ],
)
def test_a_release_that_is_not_known(distro: str | None, manager: str | None, prefix: str | None) -> None:
    assert pip_prefix(distro, manager) == prefix


def test_names() -> None:
    assert version_of("debian12") == "3.11"
    assert version_of("debian99") is None
    assert brings_python("python3-flask")
    assert not brings_python("python2")
