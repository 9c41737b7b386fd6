"""A registry on the loopback interface: what it says of an image, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from minify.image.catalog import BaseImage
from minify.image.reference import ImageReference
from minify.verify.bases import BasesAsked
from minify.verify.engine import EngineError
from minify.verify.registry import described

OCI = "application/vnd.oci.image."
CONFIG: Mapping[str, Any] = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"User": "team", "Env": ["PATH=/usr/bin", "A=b=c"], "Cmd": ["worker"], "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}},
    "history": [{"created_by": "ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit"}, {"created_by": "RUN /bin/sh -c apk add git # buildkit"}],
}  # fmt: skip


class Registry(ThreadingHTTPServer):
    """What is there by its path, and the token that is asked for; None where nobody has to log in."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.found: dict[str, tuple[str, bytes]] = {}
        self.token: str | None = None
        self.known = True
        """Whether whoever asks for a token is given one."""
        self.asked: list[tuple[str, str]] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def put(self, kind: str, document: Mapping[str, Any], *names: str, folder: str = "manifests") -> str:
        body = json.dumps(document).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        for name in (digest, *names):
            self.found[f"/v2/team/base/{folder}/{name}"] = (kind, body)
        return digest

    def image(self, config: Mapping[str, Any] = CONFIG) -> str:
        """A manifest with its configuration; its digest."""
        digest = self.put("application/json", config, folder="blobs")
        return self.put(f"{OCI}manifest.v1+json", {"config": {"digest": digest}, "layers": []}, "plain")


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        registry = self.server
        path, _, query = self.path.partition("?")
        given = self.headers.get("Authorization", "")
        registry.asked.append((path, given))
        if path == "/token" and not registry.known:
            self._answer(403, "application/json", b"{}")
        elif path == "/token":
            body = json.dumps({"token": f"for {query}"}).encode()
            if registry.token is not None:
                registry.token = f"for {query}"
            self._answer(200, "application/json", body)
        elif registry.token is not None and given != f"Bearer {registry.token}":
            challenge = f'Bearer realm="http://{registry.host}/token",service="here",scope="repository:team/base:pull"'
            self.send_response(401)
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path in registry.found:
            self._answer(200, *registry.found[path])
        else:
            self._answer(404, "application/json", b"{}")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nobody reads it."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def reference(registry: Registry, name: str = ":plain") -> ImageReference:
    return ImageReference.parse(f"{registry.host}/team/base{name}")


def test_the_configuration_and_how_it_was_made(registry: Registry) -> None:
    registry.image()
    base = described(reference(registry))
    assert isinstance(base, BaseImage)
    assert (base.user, base.env, base.cmd) == ("team", (("PATH", "/usr/bin"), ("A", "b=c")), ("worker",))
    assert (base.exposed, base.labels, base.asked) == (("80/tcp",), (("a", "b"),), registry.host)
    assert (base.package_manager, base.libc, base.shell) == ("apk", "musl", "/bin/sh")


def test_the_image_of_this_platform_is_chosen_and_checked_by_its_digest(registry: Registry) -> None:
    digest = registry.image()
    other = {"digest": f"sha256:{'0' * 64}", "platform": {"os": "linux", "architecture": "arm64"}}
    here = {"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}}
    registry.put(f"{OCI}index.v1+json", {"manifests": [other, here]}, "both")
    registry.put(f"{OCI}index.v1+json", {"manifests": [other]}, "arm")
    base = described(reference(registry, ":both"))
    assert isinstance(base, BaseImage) and base.user == "team"
    by_digest = described(reference(registry, f"@{digest}"))
    assert isinstance(by_digest, BaseImage) and by_digest.env == base.env
    assert "has no image of" in str(described(reference(registry, ":arm")))
    path = f"/v2/team/base/manifests/{digest}"
    registry.found[path] = (registry.found[path][0], b'{"config": {}}')
    with pytest.raises(EngineError, match="gave something else than sha256:"):
        described(reference(registry, ":both"))


def test_a_token_is_fetched_where_one_is_asked_for(registry: Registry) -> None:
    registry.image()
    registry.token = "unguessed"
    assert isinstance(described(reference(registry)), BaseImage)
    token = next(given for path, given in registry.asked if given)
    assert token == "Bearer for service=here&scope=repository%3Ateam%2Fbase%3Apull"


# What a registry has; what is said of it
WRONG = [
    pytest.param("missing", None, "has no image", id="nothing"),
    pytest.param("broken", b"<html>", "is none of a registry", id="something else that answers"),
    pytest.param("large", b"[" + b" " * (5 << 20) + b"]", "for a small document", id="an endless answer"),
]


@pytest.mark.parametrize(("name", "body", "reason"), WRONG)
def test_what_goes_wrong_is_said(registry: Registry, name: str, body: bytes | None, reason: str) -> None:
    if body is not None:
        registry.found[f"/v2/team/base/manifests/{name}"] = ("application/json", body)
    answer = BasesAsked("registry")(reference(registry, f":{name}"))
    assert isinstance(answer, str) and reason in answer and registry.host in answer


def test_nobody_answers(registry: Registry) -> None:
    gone = ImageReference.parse("127.0.0.1:9/team/base:1")
    answer = BasesAsked("registry")(gone)
    assert isinstance(answer, str) and answer.startswith("127.0.0.1:9 does not answer: ")


def test_what_is_for_others_is_said(registry: Registry) -> None:
    registry.image()
    registry.token, registry.known = "never", False
    answer = BasesAsked("registry")(reference(registry))
    assert (
        isinstance(answer, str) and "only to those who log in (pull it, and ask the engine: --inspect engine)" in answer
    )


def test_one_question_is_asked_once(registry: Registry) -> None:
    registry.image()
    ask = BasesAsked("registry")
    first = ask(reference(registry))
    asked = len(registry.asked)
    assert ask(reference(registry)) is first and len(registry.asked) == asked
