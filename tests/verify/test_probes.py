"""The client's side: what servers of all kinds answer, and what is compared of it."""

from __future__ import annotations

import http.server
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minify.errors import UsageError
from minify.verify import health
from minify.verify.answers import observed
from minify.verify.ask import Ask, Question
from minify.verify.engine import Configuration, Healthcheck
from minify.verify.probes import HTTP, HTTPS, OTHER, Answer, Server, meet

Address = tuple[str, int]


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers by path; the class is the state."""

    unready = 0

    def do_GET(self) -> None:
        if self.path == "/" and Pages.unready:
            Pages.unready -= 1
            self._send(503, b"")
        elif self.path == "/slow":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            while True:
                try:
                    self.wfile.write(b"data: 1\n\n")
                    time.sleep(0.05)
                except OSError:
                    return
        elif self.path == "/moved":
            self._send(302, b"", ("Location", f"http://{self.headers['Host']}/there"))
        elif self.path == "/cookie":
            self._send(200, b"", ("Set-Cookie", "id=r4nd0m; Path=/; Expires=Wed, 01 Jan 2031 00:00:00 GMT; HttpOnly"))
        elif self.path == "/json":
            self._send(200, b'{"b": 1, "a": [2]}', ("Content-Type", "application/json"))
        elif self.path == "/bytes":
            self._send(200, b"\xff\xfe\x00", ("Content-Type", "image/png"))
        else:
            self._send(200, f"{self.command} {self.path} for {self.headers['Host']}\n".encode())

    do_POST = do_GET  # noqa: N815

    def _send(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Threaded(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no error here."""


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[Address]:
    with Threaded(("127.0.0.1", 0), handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield "127.0.0.1", int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def ready() -> None:
    Pages.unready = 0


@pytest.fixture
def pages() -> Iterator[Address]:
    with serving(Pages) as address:
        yield address


def ask(address: Address, path: str, method: str = "GET", timeout: float = 5) -> Answer:
    return Server(address=address, port=8000).ask(Question(method, path), timeout)


def test_an_answer(pages: Address) -> None:
    answer = ask(pages, "/x?a=1")
    assert (answer.status, answer.body, answer.problem) == (200, b"GET /x?a=1 for localhost:8000\n", "")


def test_a_method_and_a_path_that_must_be_quoted(pages: Address) -> None:
    assert ask(pages, "/grüezi", "POST").body == b"POST /gr%C3%BCezi for localhost:8000\n"


def test_a_redirect_is_not_followed(pages: Address) -> None:
    answer = ask(pages, "/moved")
    assert (answer.status, answer.header("location")) == (302, "http://localhost:8000/there")


def test_a_stream_is_left_after_the_time(pages: Address) -> None:
    begun = time.monotonic()
    answer = ask(pages, "/slow", timeout=0.5)
    assert answer.status == 200
    assert answer.cut
    assert time.monotonic() - begun < 3
    assert dict(observed(Server(address=pages, port=1), Question("GET", "/slow"), answer).parts)["body"] == "(goes on)"


def test_nobody_there() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = ("127.0.0.1", one.getsockname()[1])
    answer = ask(address, "/")
    assert (answer.status, answer.problem) == (0, "the connection was refused")


def test_one_that_is_not_ready_is_asked_again(pages: Address) -> None:
    Pages.unready = 2
    server, answer = meet(pages, 8000, patience=5)
    assert (server.protocol, answer.status, Pages.unready) == (HTTP, 200, 0)


def test_one_that_is_never_ready_gives_its_answer(pages: Address) -> None:
    Pages.unready = 1000
    assert meet(pages, 8000, patience=0.3)[1].status == 503


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, signed = tmp_path / "key.pem", tmp_path / "cert.pem"
    arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nobody"]
    subprocess.run([openssl, *arguments, "-keyout", key, "-out", signed], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    return context


def test_https_whoever_signed_it(certificate: ssl.SSLContext) -> None:
    with serving(Pages, certificate) as address:
        server, answer = meet(address, 8443, patience=5)
    assert (server.protocol, answer.status, answer.body) == (HTTPS, 200, b"GET / for localhost:8443\n")


class Greets(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"220 mail.example.org ESMTP\r\n")
        time.sleep(0.1)


def test_another_protocol_gives_its_first_bytes() -> None:
    with serving(Greets) as address:
        server, answer = meet(address, 25, patience=5)
    assert (server.protocol, answer.body) == (OTHER, b"220 mail.example.org ESMTP\r\n")
    seen = observed(server, Question("GET", "/"), answer)
    assert seen.what == "first bytes on 25"
    assert dict(seen.parts)["first bytes"] == "220 mail.example.org ESMTP\r\n"


class Closes(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(1000)


def test_one_that_only_takes_connections() -> None:
    with serving(Closes) as address:
        server, answer = meet(address, 9000, patience=0.3)
    assert (server.protocol, answer.body, answer.problem) == (OTHER, b"", "")
    assert observed(server, Question("GET", "/"), answer).shown == "takes a connection"


def parts_of(address: Address, path: str) -> dict[str, str]:
    server = Server(address=address, port=8000)
    question = Question("GET", path)
    return dict(observed(server, question, server.ask(question)).parts)


def test_what_is_compared(pages: Address) -> None:
    assert parts_of(pages, "/moved")["location"] == "http://localhost:8000/there"
    assert parts_of(pages, "/cookie")["cookies"] == "id; Path=/; HttpOnly"
    assert parts_of(pages, "/json")["body"] == '{\n "a": [\n  2\n ],\n "b": 1\n}'
    assert parts_of(pages, "/bytes")["body"].startswith("sha256:")
    assert "date" not in parts_of(pages, "/json")
    assert "server" not in parts_of(pages, "/json")


@pytest.mark.parametrize(
    ("test", "env", "expected"),
    [
        (("CMD-SHELL", "curl -f http://localhost:8000/health || exit 1"), {}, [(8000, "/health")]),
        (("CMD-SHELL", "wget -qO- 127.0.0.1:3000/ping"), {}, [(3000, "/ping")]),
        (("CMD-SHELL", "curl -fs localhost"), {}, []),
        (("CMD", "curl", "http://localhost/"), {}, [(80, "/")]),
        (("CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:20101/')"), {}, [(20101, "/")]),
        (("CMD", "node", "-e", "require('http').get('http://localhost:3000/a?b=1', r => 0)"), {}, [(3000, "/a?b=1")]),
        (("CMD-SHELL", "curl http://localhost:${PORT}/x"), {"PORT": "81"}, [(81, "/x")]),
        (("CMD-SHELL", "curl http://localhost:${PORT:-82}/x"), {}, [(82, "/x")]),
        (("CMD-SHELL", "curl http://$HOSTNAME:83/x"), {}, [(83, "/x")]),
        (("CMD-SHELL", "curl http://localhost:$PORT/x"), {}, []),
        (("CMD-SHELL", "curl https://example.org/x"), {}, []),
        (("CMD-SHELL", "pg_isready -h localhost -p 5432"), {}, []),
        (("NONE",), {}, []),
    ],
)  # fmt: skip
def test_the_addresses_in_a_health_check(
    test: tuple[str, ...], env: dict[str, str], expected: list[tuple[int, str]]
) -> None:
    configuration = Configuration(healthcheck=Healthcheck(test=test), env=env)
    assert [(port, question.path) for port, question in health.questions(configuration)] == expected


def test_no_health_check() -> None:
    assert health.questions(Configuration()) == ()


@pytest.mark.parametrize("probe", ["health", "", "GET", "get /x", "/a b", "GET /a /b", "http://localhost/"])
def test_what_is_no_probe(probe: str) -> None:
    with pytest.raises(UsageError, match="not a probe"):
        _ = Ask(probes=(probe,)).questions


def test_probes() -> None:
    assert Ask(probes=("/", "POST /jobs?now=1")).questions == (Question("GET", "/"), Question("POST", "/jobs?now=1"))
