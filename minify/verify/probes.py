"""Asking a server: HTTP, HTTPS whoever signed it, and for all else whether it takes a connection and what it says first."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from minify.verify.ask import Question

ANSWER_SECONDS: Final = 20.0
_BODY_LIMIT: Final = 5 << 20
_BANNER_SECONDS: Final = 1.0
_BANNER_LIMIT: Final = 512
_AGENT: Final = "dockminify"
# A proxy whose application is not up yet
_NOT_YET: Final = (502, 503, 504)
_ROOT: Final = Question("GET", "/")

HTTP, HTTPS, OTHER = "http", "https", "tcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `problem` says why nothing did; `cut` when the body went on."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    problem: str = ""

    def header(self, name: str) -> str:
        """All values of a header, in one line: `answer.header("content-type")`."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A port of a container, and where this machine reaches it; `protocol` is one of HTTP, HTTPS, OTHER."""

    address: tuple[str, int]
    port: int
    protocol: str = HTTP

    def ask(self, question: Question, timeout: float = ANSWER_SECONDS) -> Answer:
        """Send one request of no content; a redirect is an answer like any other."""
        headers = {
            # The same for every container: an answer may repeat it
            "Host": f"localhost:{self.port}",
            "User-Agent": _AGENT,
            "Accept": "*/*",
            "Connection": "close",
        }
        path = quote(question.path, safe="/%?&=+:;,@!$'()*~[]-._")
        try:
            with closing(self._connection(timeout)) as connection:
                connection.request(question.method, path, headers=headers)
                with closing(connection.getresponse()) as response:
                    body, cut = _body(response, time.monotonic() + timeout)
                    return Answer(status=response.status, headers=tuple(response.getheaders()), body=body, cut=cut)
        except (OSError, http.client.HTTPException) as error:
            return Answer(problem=_problem(error, timeout))

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        host, number = self.address
        if self.protocol != HTTPS:
            return http.client.HTTPConnection(host, number, timeout=timeout)
        context = ssl.create_default_context()
        # Who signed it is not what is compared, and nothing secret is sent
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, number, timeout=timeout, context=context)

    def banner(self) -> Answer:
        """What it says to who connects and says nothing."""
        said = b""
        try:
            with closing(socket.create_connection(self.address, timeout=ANSWER_SECONDS)) as connection:
                connection.settimeout(_BANNER_SECONDS)
                try:
                    while len(said) < _BANNER_LIMIT and (part := connection.recv(_BANNER_LIMIT)):
                        said += part
                    if not said:
                        # An engine's forwarder takes every connection, and closes those that lead nowhere
                        return Answer(problem=_CLOSED)
                except TimeoutError:
                    pass
        except OSError as error:
            return Answer(problem=_problem(error, ANSWER_SECONDS), body=said)
        return Answer(body=said[:_BANNER_LIMIT])


def meet(address: tuple[str, int], port: int, patience: float) -> tuple[Server, Answer]:
    """Find out what a port speaks, and its answer to `GET /`: one that is not ready yet is asked again.

    A port of another protocol gives its banner.
    """
    deadline = time.monotonic() + patience
    while True:
        server, answer = _greet(address, port)
        late = time.monotonic() >= deadline
        if answer.status and (answer.status not in _NOT_YET or late):
            return server, answer
        if not answer.status and (answer.problem == _NOT_HTTP or late):
            other = Server(address=address, port=port, protocol=OTHER)
            return other, other.banner()
        time.sleep(0.25)


def _greet(address: tuple[str, int], port: int) -> tuple[Server, Answer]:
    """`GET /` in plain and, where that is no good, through TLS."""
    plain = Server(address=address, port=port)
    answer = plain.ask(_ROOT)
    if not answer.status or _wants_tls(answer):
        secure = Server(address=address, port=port, protocol=HTTPS)
        encrypted = secure.ask(_ROOT)
        if encrypted.status:
            return secure, encrypted
    return plain, answer


def _wants_tls(answer: Answer) -> bool:
    """A server of HTTPS that was asked in plain says so, in plain."""
    return answer.status == 400 and any(word in answer.body.upper() for word in (b"HTTPS", b"TLS", b"SSL"))


def _body(response: http.client.HTTPResponse, deadline: float) -> tuple[bytes, bool]:
    """The body up to a size and a time; whether it went on: a stream of events does not end."""
    parts: list[bytes] = []
    size = 0
    try:
        while part := response.read1(1 << 16):
            parts.append(part)
            size += len(part)
            if size >= _BODY_LIMIT or time.monotonic() >= deadline:
                return b"".join(parts)[:_BODY_LIMIT], True
    except (TimeoutError, http.client.IncompleteRead):
        return b"".join(parts), True
    return b"".join(parts), False


_NOT_HTTP: Final = "the answer is not HTTP"
_CLOSED: Final = "the connection was closed without an answer"


def _problem(error: Exception, timeout: float) -> str:
    match error:
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return _CLOSED
        case http.client.HTTPException():
            return _NOT_HTTP
        case ConnectionRefusedError():
            return "the connection was refused"
        case TimeoutError():
            return f"no answer within {timeout:.0f} s"
        case ssl.SSLError():
            return "no TLS"
        case _:
            return f"no connection: {error}"
