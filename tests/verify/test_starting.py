"""When it is clear what containers are: scripted ones, so that every way to start is there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from minify.verify import starting
from minify.verify.engine import Container, Ended, Listening
from minify.verify.starting import Port, State, settle


@dataclass
class Scripted:
    """Each look takes the next step: the sockets, or an exit status for the end; the last step stays."""

    steps: Sequence[tuple[Listening, ...] | int]
    id: str = "scripted"
    looks: int = field(default=0)

    @property
    def _now(self) -> tuple[Listening, ...] | int:
        return self.steps[min(self.looks, len(self.steps)) - 1]

    def running(self) -> bool:
        self.looks += 1
        return not isinstance(self._now, int)

    def listening(self) -> tuple[Listening, ...] | None:
        return self._now if not isinstance(self._now, int) else None

    def wait(self, timeout: float) -> Ended | None:
        return Ended(status=self._now, stdout="", stderr="", seconds=0) if isinstance(self._now, int) else None

    def output(self) -> tuple[str, str]:
        return "", ""

    def reach(self, port: int) -> tuple[str, int] | None:
        return None

    def execute(self, argv: Sequence[str], *, timeout: float) -> Ended:
        raise AssertionError("nothing is run while they start")

    def signal(self, name: str) -> None:
        raise AssertionError("nobody is told to end while they start")

    def remove(self) -> None:
        raise AssertionError("nothing is removed while they start")


def at(*ports: int, address: str = "0.0.0.0", protocol: str = "tcp") -> tuple[Listening, ...]:
    return tuple(Listening(port=port, address=address, protocol=protocol) for port in ports)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(starting, "_SETTLED_SECONDS", 0.05)
    monkeypatch.setattr(starting, "_PATIENCE_SECONDS", 0.3)


def started(
    *steps: Sequence[tuple[Listening, ...] | int], expected: tuple[int, ...] = (), seconds: float = 1.0
) -> tuple[State, ...]:
    containers: list[Container] = [Scripted(one) for one in steps]
    return settle(containers, frozenset(expected), seconds)


def ports(state: State) -> list[str]:
    return [str(port) for port in state.ports]


def test_both_end() -> None:
    first, second = started([(), 3], [(), (), 0])
    assert (first.ended and first.ended.status, second.ended and second.ended.status) == (3, 0)


def test_the_slower_one_is_waited_for() -> None:
    first, second = started([at(80)], [(), (), (), (), (), (), (), (), (), (), at(80)])
    assert ports(first) == ports(second) == ["80/tcp"]


def test_more_ports_that_come_at_once_are_waited_for() -> None:
    states = started([at(80), at(80), at(80, 443)], [at(80), at(80, 443)])
    assert [ports(state) for state in states] == [["80/tcp", "443/tcp"]] * 2


def test_an_exposed_port_is_waited_for_longer() -> None:
    late = [*[at(9000)] * 10, at(8000, 9000)]
    begun = time.monotonic()
    states = started(late, late, expected=(8000,), seconds=5)
    assert [ports(state) for state in states] == [["8000/tcp", "9000/tcp"]] * 2
    assert time.monotonic() - begun < 2


def test_an_exposed_port_that_never_comes_is_not_waited_for_to_the_end() -> None:
    begun = time.monotonic()
    states = started([at(9000)], [at(9000)], expected=(8000,), seconds=30)
    assert [ports(state) for state in states] == [["9000/tcp"]] * 2
    assert time.monotonic() - begun < 5


def test_other_ports_are_waited_for_to_the_end() -> None:
    begun = time.monotonic()
    first, second = started([at(80)], [at(81)], seconds=0.4)
    assert (ports(first), ports(second)) == (["80/tcp"], ["81/tcp"])
    assert time.monotonic() - begun >= 0.4


def test_on_a_busy_machine_the_slower_one_has_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "SLOWER", 1000)
    states = started([(), (), at(80)], [*[()] * 80, at(80)], seconds=0.5)
    assert [ports(state) for state in states] == [["80/tcp"]] * 2


def test_one_that_ends_while_the_other_listens_is_enough() -> None:
    begun = time.monotonic()
    first, second = started([at(80)], [1], seconds=30)
    assert first.listens
    assert second.ended
    assert time.monotonic() - begun < 5


def test_what_does_neither_is_watched_to_the_end() -> None:
    states = started([()], [()], seconds=0.2)
    assert states == (State(), State())


def test_ports_that_the_system_chose_do_not_count() -> None:
    first, second = started([at(80, 40001)], [at(80, 40002)])
    assert ports(first) == ports(second) == ["80/tcp"]


def test_high_ports_count_where_both_have_them_or_they_are_exposed() -> None:
    first, second = started([at(50051)], [at(50051)])
    assert ports(first) == ports(second) == ["50051/tcp"]
    (alone,) = started([at(50051)], expected=(50051,))
    assert ports(alone) == ["50051/tcp"]


def test_a_port_on_the_loopback_is_another_one() -> None:
    first, second = started([at(80)], [at(80, address="127.0.0.1")], seconds=0.2)
    assert (ports(first), ports(second)) == (["80/tcp"], ["80/tcp on its loopback"])
    both = at(80, address="127.0.0.1") + at(80, address="::")
    (state,) = started([both])
    assert state.ports == (Port(80),)


def test_datagrams_count_only_where_they_are_announced() -> None:
    (state,) = started([at(53, 68, protocol="udp")], expected=(53,))
    assert ports(state) == ["53/udp"]
