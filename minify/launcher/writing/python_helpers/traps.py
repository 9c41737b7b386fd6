"""Helpers of a launcher in Python: what signals call, and signals to others."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from minify.launcher.writing.python_helpers.running import complain, ended
from minify.launcher.writing.python_helpers.state import children, pending, traps, wake


def trap(function: Callable[[], object], *numbers: int) -> None:
    """Let signals call a function, when the command at hand has ended; a byte in `wake` ends a wait."""
    if not traps:
        os.set_blocking(wake[1], False)
        signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in numbers:
        traps[number] = function
        signal.signal(number, lambda number, _: pending.add(number))


def trapped() -> None:
    """Do what the signals that came are for."""
    for child in children:
        child.poll()
    while pending:
        number = min(pending)
        pending.discard(number)
        traps[number]()


def heard(status: int) -> int:
    """The status of the command that has ended, and then what the signals that came meanwhile are for."""
    trapped()
    return status


def awaited(*processes: str) -> int:
    """The status of the last of some programs in the background, 0 for all; 128 and the number of a signal that ends the wait."""
    trapped()
    status = 0
    for process in processes or [str(child.pid) for child in children]:
        child = next((child for child in children if str(child.pid) == process), None)
        while child is not None and child.poll() is None:
            if pending:
                number = min(pending)
                trapped()
                return 128 + number
            os.read(wake[0], 512)
        status = 127 if child is None else ended(child.returncode)
    return status if processes else 0


def kill(number: int, *processes: str, every: bool = False, quiet: bool = False) -> int:
    """Send a signal: 0 where it could be sent to one of them, or to every one."""
    sent = 0
    for process in processes:
        try:
            os.kill(int(process), number)
            sent += 1
        except (OSError, ValueError) as error:
            if not quiet:
                complain(f"kill: {error}")
            if every and not process.isdecimal():
                return 2
    return 2 if not processes else 0 if sent == len(processes) or (sent and not every) else 1
