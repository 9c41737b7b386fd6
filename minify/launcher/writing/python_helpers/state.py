"""Where a launcher keeps its variables; a launcher says it in its own first lines."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

env = os.environ
private: set[str] = set()
traps: dict[int, Callable[[], object]] = {}
pending: set[int] = set()
wake = (0, 1)
children: list[subprocess.Popen[bytes]] = []
# What these are is known when a helper is copied
FAILURE = 2
UNOPENED = 2
OPTIONS = False
FUNCTIONS = True
EMPTY = True
