"""Whose a leftover is: a process of this machine by its number and its start, and whether it still runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Final

_OWNED: Final = re.compile(r"(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]+)-(?P<start>[0-9a-f]+)-")


def this_process() -> str:
    """`<machine>-<process>-<start>`: what the name of a session begins with."""
    return f"{_machine()}-{os.getpid()}-{started(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether a session's name is that of a process of this machine that ended without cleaning up.

    >>> is_gone(f"{this_process()}-0123abcd"), is_gone("kept-0123abcd"), is_gone("latest")
    (False, False, False)
    """
    found = _OWNED.match(name)
    if found is None or found["machine"] != _machine():
        return False
    return started(int(found["process"])) != found["start"]


@functools.cache
def _machine() -> str:
    """Tells machines, and containers on one of them, apart: several may use the same daemon."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError, UnicodeDecodeError):
        parts += [Path("/etc/machine-id").read_text("ascii").strip(), str(Path("/proc/self/ns/pid").readlink())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


def started(process: int) -> str:
    """When a process started, as far as this machine tells; "0" when there is none.

    The number alone is used again by another process.
    """
    try:
        # What follows the last parenthesis are plain fields: the start, in ticks since the boot, is the 22nd of all
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return f"{int(fields[19]):x}"
    except (OSError, IndexError, ValueError):
        pass
    if Path("/proc/self/stat").exists():
        return "0"
    try:
        asked = ["ps", "-o", "lstart=", "-p", str(process)]
        said = subprocess.run(asked, capture_output=True, check=False, timeout=10, stdin=subprocess.DEVNULL).stdout
    except (OSError, subprocess.SubprocessError):
        # Cannot be told: as if it still ran, since both ask in the same way
        return "1"
    return hashlib.sha256(said.strip()).hexdigest()[:8] if said.strip() else "0"
