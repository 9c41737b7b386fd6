"""Whether a configuration of nginx serves one plain static site, and what it says of it: port, root, index files, error pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_TOKEN = re.compile(
    r"""\s+|#[^\n]*|(?P<mark>[;{}])|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<word>[^\s;{}"']+)"""
)
# What changes nothing about which file is the answer
_PLAIN: Final = (
    "access_log", "aio", "charset", "client_max_body_size", "directio", "error_log", "etag", "gzip", "gzip_buffers", "gzip_comp_level",
    "gzip_disable", "gzip_http_version", "gzip_min_length", "gzip_proxied", "gzip_static", "gzip_types", "gzip_vary", "keepalive_requests",
    "keepalive_timeout", "log_format", "log_not_found", "multi_accept", "pid", "reset_timedout_connection", "sendfile", "sendfile_max_chunk",
    "send_timeout", "server_name", "server_names_hash_bucket_size", "server_tokens", "tcp_nodelay", "tcp_nopush", "types_hash_bucket_size",
    "types_hash_max_size", "user", "use", "worker_connections", "worker_processes", "worker_rlimit_nofile", "worker_shutdown_timeout",
)  # fmt: skip
_CONFIGURED: Final = "conf.d/*.conf"


class Directive(NamedTuple):
    """`listen 80;`, or a block with what is in it."""

    name: str
    words: tuple[str, ...]
    line: int
    block: tuple[Directive, ...] | None


class NotPlain(NamedTuple):
    """The first directive that a plain static site has not, or a text that is no configuration (line 1)."""

    what: str
    line: int


class Said(NamedTuple):
    """What one server block says; empty where it says nothing."""

    ports: tuple[int, ...] = ()
    root: str = ""
    names: tuple[str, ...] = ()
    fallback: str = ""
    missing: str = ""
    pages: tuple[tuple[str, int], ...] = ()
    """Roots of single pages, each with its line."""


def read_site(text: str) -> Said | NotPlain | None:
    """The one server of a configuration; None where it has none (a main configuration that includes others).

    >>> read_site("server { listen 80; root /site; location / { try_files $uri $uri/ /index.html; } }")
    Said(ports=(80,), root='/site', names=(), fallback='/index.html', missing='', pages=())
    """
    tree = _parse(text)
    if isinstance(tree, NotPlain):
        return tree
    found: list[Said] = []
    for one in _servers(tree):
        if isinstance(one, NotPlain):
            return one
        found.append(one)
    if len(found) > 1:
        return NotPlain("a second server", 1)
    return found[0] if found else None


def _parse(text: str) -> tuple[Directive, ...] | NotPlain:
    stack: list[list[Directive]] = [[]]
    heads: list[tuple[tuple[str, ...], int]] = []
    words: list[str] = []
    line, position = 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return NotPlain("text that is no configuration", line)
        position = match.end()
        mark = match["mark"]
        if mark == ";" and words:
            stack[-1].append(Directive(words[0], tuple(words[1:]), line, None))
            words = []
        elif mark == "{" and words:
            heads.append((tuple(words), line))
            stack.append([])
            words = []
        elif mark == "}" and heads and not words:
            inside = tuple(stack.pop())
            (name, *rest), at = heads.pop()
            stack[-1].append(Directive(name, tuple(rest), at, inside))
        elif mark:
            return NotPlain("text that is no configuration", line)
        else:
            words += [word for word in (match["double"], match["single"], match["word"]) if word is not None]
        line += match[0].count("\n")
    return NotPlain("text that is no configuration", line) if words or heads else tuple(stack[0])


def _servers(tree: Sequence[Directive]) -> Iterator[Said | NotPlain]:
    for one in tree:
        if one.name == "http" and one.block is not None:
            yield from _servers(one.block)
        elif one.name == "server" and one.block is not None:
            yield _server(one.block)
        elif one.name == "events" or _harmless(one):
            continue
        else:
            yield NotPlain(" ".join((one.name, *one.words[:1])), one.line)


def _harmless(one: Directive) -> bool:
    if one.name == "default_type":
        # What another server takes for bytes, too
        return one.words == ("application/octet-stream",)
    included = one.words[0] if one.name == "include" and one.words else ""
    return (one.name in _PLAIN and one.block is None) or included.endswith(("mime.types", _CONFIGURED))


def _server(block: Sequence[Directive]) -> Said | NotPlain:
    said = Said()
    # What a location says counts, wherever it stands
    for one in sorted(block, key=lambda one: one.name == "location"):
        answer = _directive(one, said)
        if isinstance(answer, NotPlain):
            return answer
        said = answer
    other = next(((root, line) for root, line in said.pages if said.root and root != said.root), None)
    return NotPlain(f"root {other[0]}", other[1]) if other is not None else said


def _directive(one: Directive, said: Said) -> Said | NotPlain:
    wrong = NotPlain(" ".join((one.name, *one.words[:2])), one.line)
    match one.name, one.words:
        case "listen", (address, *rest) if set(rest) <= {"default_server", "ipv6only=on", "ipv6only=off", "reuseport"}:
            number = re.fullmatch(r"(?:\*:|0\.0\.0\.0:|\[::\]:)?(\d+)", address)
            return said._replace(ports=(*said.ports, int(number[1]))) if number else wrong
        case "root", (path,) if path.startswith("/") and "$" not in path:
            return said._replace(root=path.rstrip("/") or "/")
        case "index", (_, *_) if all("$" not in name and not name.startswith("/") for name in one.words):
            return said._replace(names=one.words)
        case "try_files", _:
            return _tried(one, said)
        case "error_page", ("404", page) if page.startswith("/"):
            return said._replace(missing=page)
        case "error_page", (*codes, page) if page.startswith("/") and all(code.startswith("5") for code in codes):
            return said
        case "location", ("/",) if one.block is not None:
            inner = _server(one.block)
            if isinstance(inner, NotPlain) or inner.ports:
                return inner if isinstance(inner, NotPlain) else wrong
            return Said(
                ports=said.ports,
                root=inner.root or said.root,
                names=inner.names or said.names,
                # That of the server is for what no location answers
                fallback=inner.fallback,
                missing=inner.missing or said.missing,
                pages=said.pages,
            )
        case "location", ("=", page) if one.block is not None and page.endswith(".html"):
            roots = tuple((i.words[0].rstrip("/"), i.line) for i in one.block if i.name == "root" and i.words)
            plain = all(i.name in ("root", "internal") for i in one.block)
            return said._replace(pages=(*said.pages, *roots)) if plain else wrong
        case _:
            return said if _harmless(one) else wrong


def _tried(one: Directive, said: Said) -> Said | NotPlain:
    last = one.words[-1] if one.words else ""
    # Without $uri/ a directory's own index file is not the answer
    if one.words[:-1] != ("$uri", "$uri/"):
        return NotPlain(" ".join((one.name, *one.words)), one.line)
    if last == "=404":
        return said
    if re.fullmatch(r"/[\w./-]+\.html?(\?\$(args|query_string))?", last):
        return said._replace(fallback=last.partition("?")[0])
    return NotPlain(" ".join((one.name, *one.words)), one.line)
