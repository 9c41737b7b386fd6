"""Every example in a docstring is what happens."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import minify

MODULES = [found.name for found in pkgutil.walk_packages(minify.__path__, "minify.") if found.name != "minify.__main__"]


@pytest.mark.parametrize("name", ["minify", *MODULES])
def test_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert failed == 0
