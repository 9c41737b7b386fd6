"""The fixtures of the command line's tests."""

from tests.cli.conftest import dockerfile, dockminify

__all__ = ["dockerfile", "dockminify"]
