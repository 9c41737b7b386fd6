"""The sockets that a container listens on, read from the tables of its first process's network."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minify.verify.engine import Listening

# The state of a socket that accepts: TCP_LISTEN; for UDP, where nothing is accepted, one without a peer: TCP_CLOSE
_STATES: Final = {"tcp": "0A", "udp": "07"}

_ENGINE_DNS: Final = "127.0.0.11"
"""docker answers name look-ups here, inside of each container on a network of its own."""


def listening(process: int, proc: Path = Path("/proc")) -> tuple[Listening, ...] | None:
    """What the network of a process listens on, sorted; None when its tables cannot be read."""
    found: set[Listening] = set()
    for protocol, state in _STATES.items():
        for table in (protocol, f"{protocol}6"):
            try:
                text = (proc / str(process) / "net" / table).read_text("ascii")
            except FileNotFoundError:
                # No IPv6 in this kernel; no such process any more
                if table == "tcp":
                    return None
                continue
            except (OSError, UnicodeDecodeError):
                return None
            found.update(_read(text, protocol, state))
    return tuple(sorted(found, key=lambda one: (one.port, one.protocol, one.address)))


def _read(text: str, protocol: str, state: str) -> Iterator[Listening]:
    for row in text.splitlines()[1:]:
        fields = row.split()
        if len(fields) < 4 or fields[3] != state:
            continue
        written, _, port = fields[1].partition(":")
        address = _address(written)
        if address != _ENGINE_DNS and int(port, 16):
            yield Listening(port=int(port, 16), protocol=protocol, address=address)


def _address(written: str) -> str:
    """`0100007F` is 127.0.0.1: words of 32 bits in the machine's own order."""
    words = [bytes.fromhex(written[at : at + 8]) for at in range(0, len(written), 8)]
    raw = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    address = ipaddress.ip_address(raw)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
