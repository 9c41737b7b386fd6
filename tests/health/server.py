"""A server whose answers are said by the path: `/status/503`, `/head/500/get/200`, `/redirect/302/status/200`.

It writes what it says byte for byte, right or wrong, which no HTTP library would.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator

_BODY = b'{"status": "ok"}\n'
# Answers that are no status with a body, whole
_RAW = {
    "/empty": b"",
    "/garbage": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/cut-length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok",
    "/cut-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nok",
    "/cut-head": b"HTTP/1.1 200 OK\r\nContent-",
    "/http10": b"HTTP/1.0 200 OK\r\n\r\n" + _BODY,
    "/no-length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + _BODY,
    "/no-reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{ok}\r\n0\r\n\r\n",
    "/with-location": b"HTTP/1.1 201 Created\r\nLocation: /status/500\r\nContent-Length: 0\r\n\r\n",
    "/lonely-redirect": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "/upper": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n",
    "/two-lines": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nnot\nready\n",
}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while self._one():
                pass

    def _one(self) -> bool:
        """One request of the connection; whether another may follow."""
        line = self.rfile.readline().decode("latin-1").split()
        headers: dict[str, str] = {}
        while header := self.rfile.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        if len(line) != 3:
            return False
        method, path, version = line
        data = self.rfile.read(int(headers.get("content-length", "0")))
        keeps = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return self._answer(method, path, headers, data) and keeps

    def _answer(self, method: str, path: str, headers: dict[str, str], data: bytes) -> bool:
        path, _, query = path.partition("?")
        raw = _RAW.get(path)
        if raw is not None:
            self.wfile.write(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" and raw else raw)
            return False
        if matched := re.fullmatch(r"/status/(\d+)", path):
            return self._send(method, int(matched[1]))
        if matched := re.fullmatch(r"/head/(\d+)/get/(\d+)", path):
            return self._send(method, int(matched[1] if method == "HEAD" else matched[2]))
        if matched := re.fullmatch(r"/redirect/(\d+)(/.*)", path):
            return self._send(method, int(matched[1]), f"Location: {matched[2]}\r\n")
        if matched := re.fullmatch(r"/beside/(\d+)", path):
            return self._send(method, int(matched[1]), "Location: ../status/200\r\n")
        if path == "/loop":
            return self._send(method, 302, "Location: /loop\r\n")
        if path == "/whole-url":
            return self._send(method, 301, f"Location: http://{headers['host']}/status/200\r\n")
        if matched := re.fullmatch(r"/after/([\d.]+)", path):
            time.sleep(float(matched[1]))
            return self._send(method, 200)
        if matched := re.fullmatch(r"/drip/([\d.]+)", path):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
            if method != "HEAD":
                self.wfile.write(b"o")
                time.sleep(float(matched[1]))
                self.wfile.write(b"k\n")
            return False
        asked = {
            "/host": headers.get("host", "").startswith("app.example"),
            "/header": headers.get("x-token") == "a b",
            "/agent": headers.get("user-agent") == "probe/1",
            "/credentials": headers.get("authorization") == "Basic dXNlcjpwYXNz",
            "/query": query == "full=1",
            "/post": method == "POST" and data == b"a=b" and "urlencoded" in headers.get("content-type", ""),
            "/json": method == "PUT" and data == b'{"a": 1}' and headers.get("content-type") == "application/json",
            "/delete": method == "DELETE",
            "/awkward": headers.get("x") == "\"a\\b`$'{c}%s" and data == b'{"k": "\\n${x}`%"}',
        }
        return self._send(method, 200 if asked.get(path) else 404)

    def _send(self, method: str, status: int, headers: str = "") -> bool:
        body = b"" if status in (204, 304) else _BODY
        length = f"Content-Length: {len(body)}\r\n" if status not in (204, 304) else ""
        head = f"HTTP/1.1 {status} Status\r\n{headers}{length}\r\n".encode()
        self.wfile.write(head + (b"" if method == "HEAD" else body))
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    context: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        # Keep-alive connections are not waited for longer than a test takes
        connection.settimeout(20)
        return connection, address

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with contextlib.suppress(OSError):
            if self.context is None:
                super().finish_request(request, client_address)
                return
            with self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as secure:
                secure.do_handshake()
                super().finish_request(secure, client_address)


class _Server6(_Server):
    address_family = socket.AF_INET6


@contextlib.contextmanager
def serve(address: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server at an address, until the block ends."""
    server = (_Server6 if ":" in address else _Server)((address, 0), _Handler)
    server.context = context
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def refused() -> int:
    """A port at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
