"""A signal is raised where nothing breaks, and is never lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from minify.verify.engines import signals

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def installed() -> Iterator[None]:
    signals.install()
    yield
    signals.restore()


def ended_by(number: int) -> type[BaseException]:
    return KeyboardInterrupt if number == signal.SIGINT else SystemExit


@pytest.mark.parametrize("number", NUMBERS)
def test_at_once(installed: None, number: int) -> None:
    with pytest.raises(ended_by(number)) as caught:
        os.kill(os.getpid(), number)
    assert number == signal.SIGINT or caught.value.args == (128 + number,)


@pytest.mark.parametrize("number", NUMBERS)
def test_held_back_until_the_end(installed: None, number: int) -> None:
    reached: list[str] = []
    with pytest.raises(ended_by(number)), signals.held():
        with signals.held():
            os.kill(os.getpid(), number)
            reached.append("inner")
        reached.append("outer")
    assert reached == ["inner", "outer"]
    signals.check()


def test_raised_where_it_is_asked_for(installed: None) -> None:
    with signals.held():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(SystemExit):
            signals.check()
        signals.check()


def test_an_exception_on_its_way_stays_in_sight(installed: None) -> None:
    with pytest.raises(KeyboardInterrupt) as caught, signals.held():
        os.kill(os.getpid(), signal.SIGINT)
        raise ZeroDivisionError
    assert isinstance(caught.value.__context__, ZeroDivisionError)


def test_cleaning_up_is_not_broken_off(installed: None) -> None:
    with signals.undisturbed():
        for number in NUMBERS:
            os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_what_was_there_before_comes_back() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    signals.install()
    with signals.undisturbed():
        signals.restore()
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_another_handler_is_left_alone() -> None:
    came: list[int] = []

    def note(number: int, frame: object) -> None:
        came.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        signals.install()
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is note
        signals.restore()
        assert (signal.getsignal(signal.SIGTERM), came) == (note, [signal.SIGTERM])
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_holds_nothing_back(installed: None) -> None:
    holds, done = threading.Event(), threading.Event()

    def work() -> None:
        with signals.held():
            holds.set()
            done.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    assert holds.wait(20)
    with pytest.raises(SystemExit):
        os.kill(os.getpid(), signal.SIGTERM)
    done.set()
    thread.join(20)
