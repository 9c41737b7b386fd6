"""BuildKit's parser, shared with the syntax tests."""

from __future__ import annotations

from tests.syntax.conftest import buildkit

__all__ = ["buildkit"]
