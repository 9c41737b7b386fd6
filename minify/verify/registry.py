"""The configuration of an image in a registry, over its HTTP API: two or three small answers, no layer.

https://distribution.github.io/distribution/spec/api/ and https://github.com/opencontainers/distribution-spec
"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from minify import __version__
from minify.image.catalog import BaseImage
from minify.image.reference import ImageReference
from minify.verify.bases import described_as
from minify.verify.engine import EngineError
from minify.verify.engines.inspection import configuration

_SECONDS: Final = 20
_LIMIT: Final = 4 << 20
_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_HOSTS: Final[Mapping[str, str]] = {"docker.io": "registry-1.docker.io"}
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')
_PLATFORM: Final = ("linux", "amd64")
# A command that made a layer tells the package manager; the first one that is named is the image's own
_MANAGERS: Final = re.compile(
    r"\b(apt-get|apt|apk|microdnf|tdnf|dnf|yum|zypper|pacman)\b(?= )|\b(alpine)-minirootfs|\b(debian)\.sh\b"
)
_SHELL: Final = re.compile(r"(?:^|\s)/bin/(?:ba)?sh -\w*c\b")


def described(reference: ImageReference) -> BaseImage | str:
    """What the registry says of an image; a text when it says nothing."""
    client = _Registry(reference)
    manifest = client.manifest(reference.digest or reference.tag or "latest")
    listed = manifest.get("manifests")
    if isinstance(listed, list):
        chosen = next((one["digest"] for one in listed if _is_here(one.get("platform") or {})), None)
        if chosen is None:
            return f"{client.host} has no image of {reference.familiar} for {'/'.join(_PLATFORM)}"
        manifest = client.manifest(chosen)
    config = manifest.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("digest"), str):
        return f"{client.host} has no image of {reference.familiar}, but something else of that name"
    image = client.blob(config["digest"])
    made = [str(step.get("created_by") or "") for step in image.get("history") or () if isinstance(step, dict)]
    manager = next((_name(match) for text in made if (match := _MANAGERS.search(text))), None)
    return described_as(
        reference,
        configuration({"Config": image.get("config"), "Architecture": image.get("architecture")}),
        asked=client.host,
        distro=None,
        libc="musl" if manager == "apk" else "glibc" if manager else None,
        shell="/bin/sh" if any(_SHELL.search(text) for text in made) else None,
        manager=manager,
    )


def _name(match: re.Match[str]) -> str:
    word = match[1] or match[2] or match[3]
    return {"apt-get": "apt", "debian": "apt", "alpine": "apk"}.get(word, word)


def _is_here(platform: Mapping[str, Any]) -> bool:
    return (platform.get("os"), platform.get("architecture")) == _PLATFORM


class _Registry:
    """One repository of a registry. On this machine itself it is asked without TLS, as engines do."""

    def __init__(self, reference: ImageReference) -> None:
        domain = reference.domain
        self.host = _HOSTS.get(domain, domain)
        name = self.host.rpartition(":")[0] or self.host
        scheme = "http" if name in ("localhost", "127.0.0.1", "[::1]") else "https"
        self._base = f"{scheme}://{self.host}/v2/{reference.path}"
        self._written = reference.familiar
        self._token = ""

    def manifest(self, name: str) -> dict[str, Any]:
        """A manifest or an index, by tag or digest."""
        return self._json(f"manifests/{name}", (*_INDEXES, *_MANIFESTS), name if name.startswith("sha256:") else "")

    def blob(self, digest: str) -> dict[str, Any]:
        """A small document by its digest."""
        return self._json(f"blobs/{digest}", ("*/*",), digest)

    def _json(self, path: str, accept: tuple[str, ...], digest: str) -> dict[str, Any]:
        body = self._get(path, accept)
        if digest.startswith("sha256:") and hashlib.sha256(body).hexdigest() != digest.removeprefix("sha256:"):
            raise EngineError(f"{self.host} gave something else than {digest}")
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise EngineError(f"{self.host} gave an answer that is none of a registry")
        return found

    def _get(self, path: str, accept: tuple[str, ...]) -> bytes:
        url = f"{self._base}/{path}"
        try:
            return self._open(url, {"Accept": ", ".join(accept)})
        except urllib.error.HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "") if error.code == 401 else ""
            if not challenge.lower().startswith("bearer ") or self._token:
                raise self._refused(error.code) from None
            self._token = self._ask_token(dict(_CHALLENGE.findall(challenge)))
        try:
            return self._open(url, {"Accept": ", ".join(accept)})
        except urllib.error.HTTPError as error:
            raise self._refused(error.code) from None

    def _ask_token(self, asked: Mapping[str, str]) -> str:
        realm = asked.get("realm", "")
        if urllib.parse.urlsplit(realm).scheme not in ("https", urllib.parse.urlsplit(self._base).scheme):
            raise EngineError(f"{self.host} asks for a token at {realm!r}, which is no address")
        query = urllib.parse.urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
        try:
            answer = json.loads(self._open(f"{realm}?{query}", {}))
        except (urllib.error.HTTPError, ValueError):
            raise self._refused(401) from None
        token = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise self._refused(401)
        return token

    def _open(self, url: str, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(url, headers={"User-Agent": f"dockminify/{__version__}", **headers})
        if self._token and url.startswith(self._base):
            # Not sent on to the storage that a blob's address may lead to
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                body: bytes = answer.read(_LIMIT + 1)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise EngineError(f"{self.host} does not answer: {why}") from error
        if len(body) > _LIMIT:
            raise EngineError(f"{self.host} gave more than {_LIMIT >> 20} MiB for a small document")
        return body

    def _refused(self, code: int) -> EngineError:
        if code in (401, 403):
            return EngineError(
                f"{self.host} shows {self._written} only to those who log in",
                hint="pull it, and ask the engine: --inspect engine",
            )
        if code == 404:
            return EngineError(f"{self.host} has no image {self._written}")
        return EngineError(f"{self.host} answers with status {code}")
