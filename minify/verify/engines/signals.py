"""Ctrl-C and the signals that end a program, while something is there that has to be removed.

Each becomes an exception, so that every `finally` runs. It is raised where nothing breaks: not while a client program is
being started or waited for, since `subprocess` keeps a lock for ever when it is interrupted at the wrong moment.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

_ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_saved: dict[int, Any] = {}
_depth = 0
_came: list[int] = []


def install() -> None:
    """Handle them from now on; in another thread than the first nothing can be done."""
    if _in_main_thread() and not _saved:
        for number in _ENDING:
            # Who ignores a signal (nohup) or handles it has his reasons
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                _saved[number] = signal.signal(number, _handle)


def restore() -> None:
    """Put back what was there before."""
    if _in_main_thread():
        while _saved:
            number, handler = _saved.popitem()
            signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Inside of it nothing is raised but by `check`; what came is raised at its end."""
    global _depth
    if not _in_main_thread():
        yield
        return
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            check()


def check() -> None:
    """Raise what came while it was held back."""
    if _came and _in_main_thread():
        number = _came[0]
        _came.clear()
        _raise(number)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Cleaning up takes a second: neither a second Ctrl-C nor another signal breaks it off half-way."""
    if not _in_main_thread():
        yield
        return
    ours = tuple(_saved)
    # Not SIG_IGN: the clients that clean up would inherit it, and could not be ended
    before = {number: signal.signal(number, _stay) for number in {signal.SIGINT, *ours}}
    try:
        yield
    finally:
        for number, handler in before.items():
            # Unless `restore` put back what was there before us
            if number in _saved or number not in ours:
                signal.signal(number, handler)


def _handle(number: int, frame: FrameType | None) -> None:
    if _depth:
        _came.append(number)
    else:
        _raise(number)


def _raise(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _stay(number: int, frame: FrameType | None) -> None:
    """What is under way goes on."""


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
