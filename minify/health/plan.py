"""What a health check asks, as data: the programs that ask it are rendered from this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from minify.health.text import Text


class Obstacle(NamedTuple):
    """Why a command cannot be translated, and the part of it that stands in the way."""

    reason: str
    text: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.text}" if self.text else self.reason


class Statuses(NamedTuple):
    """The status codes that are healthy, as inclusive ranges; no ranges: any answer is."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __contains__(self, status: object) -> bool:
        """Whether a status is healthy.

        >>> 304 in Statuses(((100, 399),)), 404 in Statuses()
        (True, True)
        """
        return not self.ranges or (
            isinstance(status, int) and any(first <= status <= last for first, last in self.ranges)
        )


ANY_STATUS: Final = Statuses()
BELOW_400: Final = Statuses(((0, 399),))
SUCCESS: Final = Statuses(((200, 299),))


class Contains(NamedTuple):
    """`| grep -q ok`: the body holds one of these texts (ASCII); `whole` when it is the text, less final newlines."""

    texts: tuple[str, ...]
    ignore_case: bool = False
    whole: bool = False


class HttpCheck(NamedTuple):
    """One request and the answers that are healthy; an answer cut short never is."""

    scheme: str
    host: Text
    """Without the brackets of an IPv6 address."""
    port: Text
    """Empty for the port of the scheme."""
    path: Text
    """With the query: `/health?full=1`."""
    method: str = "GET"
    headers: tuple[tuple[str, Text], ...] = ()
    body: Text | None = None
    statuses: Statuses = ANY_STATUS
    contains: Contains | None = None
    redirects: int = 0
    """How many are followed at most."""
    get_on: tuple[int, ...] = ()
    """The answers to HEAD after which it is asked again with GET."""
    reads_body: bool = True
    """Whether the end of the body is waited for."""
    verifies: bool = True
    """Whether the server's certificate must be trusted."""
    total: float | None = None
    """The seconds all of it may take."""
    idle: float | None = None
    """The seconds that connecting, and each wait for more, may take."""

    @property
    def authority(self) -> Text:
        """`localhost:8080`, as a URL has it."""
        static = self.host.static
        host = Text.join("[", self.host, "]") if static is not None and ":" in static else self.host
        return Text.join(host, ":", self.port) if self.port.parts else host

    @property
    def url(self) -> Text:
        """The whole URL."""
        return Text.join(self.scheme, "://", self.authority, self.path)


class TcpCheck(NamedTuple):
    """`nc -z localhost 5432`: something accepts the connection."""

    host: Text
    port: Text
    total: float | None = None


class FileCheck(NamedTuple):
    """`test -f /tmp/healthy`: `kind` is the letter of test(1), or `newer` for `find -mmin -5` with `seconds`."""

    path: Text
    kind: str
    negated: bool = False
    seconds: float = 0


Check = HttpCheck | TcpCheck | FileCheck


@dataclass(frozen=True, slots=True)
class HealthPlan:
    """Checks that must all succeed, in order, and what the translation does otherwise than the command did."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
