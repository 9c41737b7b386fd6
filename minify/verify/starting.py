"""Watching containers start until it is clear what each one is: one that ended, one that listens, one that does neither."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minify.verify.engine import Container, Ended, Listening

_LOOK_SECONDS: Final = 0.08
# Sockets are opened one after another
_SETTLED_SECONDS: Final = 0.6
# How long is waited for a port that EXPOSE names when others listen already
_PATIENCE_SECONDS: Final = 10.0
SLOWER: Final = 4
"""How many times as long as the first one another container may take."""

# From here on the system gives out numbers by itself
_EPHEMERAL: Final = 32768
_LOCAL: Final = ("127.", "::1")


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """A port that something listens on; `local` when only the container itself reaches it.

    >>> str(Port(8000)), str(Port(5432, local=True))
    ('8000/tcp', '5432/tcp on its loopback')
    """

    number: int
    protocol: str = "tcp"
    local: bool = False

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}{' on its loopback' if self.local else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a container stands: its end, or the ports it listens on; `seen` is False where sockets cannot be listed."""

    ended: Ended | None = None
    ports: tuple[Port, ...] = ()
    seen: bool = True

    @property
    def listens(self) -> bool:
        """Whether it is a server."""
        return self.ended is None and bool(self.ports)


def settle(containers: Sequence[Container], expected: frozenset[int], seconds: float) -> tuple[State, ...]:
    """Watch until nothing more is to be expected of any of them, for at most `seconds`.

    `expected` are the ports that an image is said to listen on. On a machine that is so busy that one of them took long
    to start the others get several times as long.
    """
    begun = since = time.monotonic()
    states: tuple[State, ...] = ()
    until = begun + seconds
    while True:
        found = _stable(tuple(_look(container, expected) for container in containers), expected)
        now = time.monotonic()
        if found != states:
            if not any(map(_clear, states)) and any(map(_clear, found)):
                until = max(until, begun + SLOWER * min(now - begun, seconds))
            states, since = found, now
        if now >= until or _settled(states, expected, now - since):
            return states
        time.sleep(_LOOK_SECONDS)


def _clear(state: State) -> bool:
    return state.ended is not None or bool(state.ports)


def _settled(states: tuple[State, ...], expected: frozenset[int], quiet: float) -> bool:
    if not all(map(_clear, states)):
        return False
    listening = [state.ports for state in states if state.ended is None]
    if not listening:
        return True
    # Different ones: the slower one may be about to open the rest
    if len(set(listening)) > 1:
        return False
    missing = expected - {port.number for port in listening[0]}
    return quiet >= (_PATIENCE_SECONDS if missing else _SETTLED_SECONDS)


def _look(container: Container, expected: frozenset[int]) -> State:
    if container.running():
        sockets = container.listening()
        if sockets is not None:
            return State(ports=_ports(sockets, expected))
        if container.running():
            return State(ports=_accepting(container, expected), seen=False)
    ended = container.wait(10)
    # Still there after all: it ended and was started again by the engine, or the engine is slow
    return State(ended=ended)


def _ports(sockets: Sequence[Listening], expected: frozenset[int]) -> tuple[Port, ...]:
    """A port is not local when any of its addresses is not; a datagram socket counts only where it was announced."""
    found: dict[tuple[int, str], bool] = {}
    for one in sockets:
        if one.protocol == "tcp" or one.port in expected:
            key = (one.port, one.protocol)
            found[key] = found.get(key, True) and one.address.startswith(_LOCAL)
    return tuple(sorted(Port(number, protocol, local) for (number, protocol), local in found.items()))


def _accepting(container: Container, expected: frozenset[int]) -> tuple[Port, ...]:
    """Where sockets cannot be listed: the expected ports that take a connection."""
    return tuple(Port(number) for number in sorted(expected) if _accepts(container.reach(number)))


def _accepts(address: tuple[str, int] | None) -> bool:
    """Whether a connection is taken, and kept: an engine's forwarder takes all, and closes those that lead nowhere."""
    if address is None:
        return False
    try:
        with socket.create_connection(address, timeout=1) as connection:
            connection.settimeout(0.3)
            try:
                return connection.recv(1) != b""
            except TimeoutError:
                return True
    except OSError:
        return False


def _stable(states: tuple[State, ...], expected: frozenset[int]) -> tuple[State, ...]:
    """Without the ports whose numbers the system chose, which are others in each run."""
    running = [frozenset(state.ports) for state in states if state.ended is None]
    everywhere = frozenset.intersection(*running) if len(running) > 1 else frozenset()

    def kept(port: Port) -> bool:
        return port.number < _EPHEMERAL or port.number in expected or port in everywhere

    return tuple(State(ended=state.ended, ports=tuple(filter(kept, state.ports)), seen=state.seen) for state in states)
