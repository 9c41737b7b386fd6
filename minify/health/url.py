"""URLs as curl and wget take them: `localhost:8080/health` is one."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.health.plan import Obstacle
from minify.health.text import Text

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
# What would be sent as it is, and which other programs refuse to send
_UNSENDABLE = re.compile(r"[^!-~]|[<>\"\\^`]")
_HOST = re.compile(r"[A-Za-z0-9._-]*")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){1,3}|::1|0\.0\.0\.0|::|0")


class Url(NamedTuple):
    """A URL in parts; `port` is empty for the scheme's own, `user` is `name:password`."""

    scheme: str
    host: Text
    port: Text
    path: Text
    user: Text | None


def read_url(text: Text) -> Url | Obstacle:
    """The parts of a URL.

    >>> url = read_url(Text.join("localhost:8080/health"))
    >>> url.scheme, url.host.static, url.port.static, url.path.static
    ('http', 'localhost', '8080', '/health')
    """
    if _UNSENDABLE.search(text.literals):
        return Obstacle("this is not a URL", str(text))
    matched = _SCHEME.match(text.leading)
    scheme = matched[1].lower() if matched else "http"
    if scheme not in ("http", "https"):
        return Obstacle(f"it asks over {scheme}", str(text))
    rest = text.without(matched.end()) if matched else text
    if not matched and not text.leading:
        # `$URL/health`: which scheme, which host, which port
        return Obstacle("the URL is in a variable", str(text))
    authority, mark, path = rest.partition("/?#")
    # `localhost?x=1` asks for /?x=1
    path = Text.join("/", "" if mark == "/" else mark, path)
    path, _, _ = path.partition("#")
    user, at, host_port = authority.partition("@")
    if not at:
        user, host_port = Text(), authority
    split = _host_and_port(host_port, text)
    if isinstance(split, Obstacle):
        return split
    return Url(scheme, split[0], split[1], path, user if at else None)


def _host_and_port(authority: Text, url: Text) -> tuple[Text, Text] | Obstacle:
    if authority.leading.startswith("["):
        host, bracket, rest = authority.without(1).partition("]")
        if not bracket or host.static is None or not re.fullmatch(r"[0-9a-fA-F:.]+", host.static):
            return Obstacle("this is not a URL", str(url))
        colon, port = rest.leading[:1], rest.without(1)
        if rest.parts and colon != ":":
            return Obstacle("this is not a URL", str(url))
    else:
        host, colon, port = authority.partition(":")
    if len(port.parts) > 1 or (host.variables and not colon):
        # `http://localhost$PORT/`, `http://$ADDRESS/`: a variable that may hold a port, or a path
        return Obstacle("where its host ends is in a variable", str(url))
    if not host.parts or not (":" in (host.static or "") or _HOST.fullmatch(host.literals)):
        return Obstacle("this is not a URL", str(url))
    if any(variable.fallback and not variable.fallback.isdecimal() for variable in port.variables):
        return Obstacle("its port is no number", str(url))
    if port.literals and not (port.literals.isdecimal() and int(port.literals) < 65536):
        return Obstacle("this is not a URL", str(url))
    return host, port


def is_loopback(host: Text) -> bool:
    """Whether a host is the container itself, whatever the environment.

    >>> is_loopback(Text.join("localhost"))
    True
    """
    return host.static is not None and _LOOPBACK.fullmatch(host.static.lower()) is not None
