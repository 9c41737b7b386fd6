"""wget: GNU Wget and the one of busybox, which differ in what --spider asks and in what is an error.

GNU Wget follows redirects and fails on everything that is no success; --spider asks with HEAD and, unless it may try
but once, again with GET after 500 and 501. The wget of busybox asks with GET for --spider too and reads no body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from minify.health.curl import Answer
from minify.health.headers import FORM, Headers, authorization, is_line, read_headers, with_type
from minify.health.options import Parsed, Table, parse, same
from minify.health.plan import SUCCESS, HttpCheck, Obstacle
from minify.health.text import Text, digits
from minify.health.url import is_loopback, read_url

GNU: Final = Table(
    program="wget",
    switches={
        **same("", "-v --verbose -d --debug --no-cache --no-cookies --no-dns-cache --no-hsts --no-glob --delete-after"),
        **same("", "--show-progress --no-http-keep-alive --no-config --ignore-length --no-parent --no-iri --no-clobber"),
        **same("quiet", "-q --quiet"),
        **same("spider", "--spider"),
        **same("headers", "-S --server-response"),
        **same("save headers", "--save-headers"),
        **same("insecure", "--no-check-certificate"),
        **same("direct", "--no-proxy"),
        **same("family", "-4 --inet4-only -6 --inet6-only"),
        **same("error body", "--content-on-error"),
        **same("ask again", "--retry-connrefused --retry-on-host-error"),
        **same("send credentials", "--auth-no-challenge"),
        **same("verbose", "--no-verbose"),
    },
    valued={
        # -nv, -nc, -nd, -nH, -np
        **same("", "-n --progress --secure-protocol --limit-rate -w --wait --waitretry --random-wait --compression"),
        **same("", "--prefer-family --restrict-file-names --local-encoding --dns-timeout"),
        **same("ask again", "--retry-on-http-error"),
        **same("output", "-O --output-document"),
        **same("log", "-o --output-file"),
        **same("directory", "-P --directory-prefix"),
        **same("idle", "-T --timeout"),
        **same("read", "--read-timeout"),
        **same("connect", "--connect-timeout"),
        **same("tries", "-t --tries"),
        **same("redirects", "--max-redirect"),
        **same("header", "--header"),
        **same("agent", "-U --user-agent"),
        **same("referer", "--referer"),
        **same("method", "--method"),
        **same("data", "--post-data --body-data"),
        **same("user", "--user --http-user"),
        **same("password", "--password --http-password"),
        **same("proxy", "-Y --proxy"),
        **same("command", "-e --execute"),
    },
    obstacles={
        **same("it runs in the background", "-b --background"),
        **same("it follows the links of a page", "-r --recursive -m --mirror -p --page-requisites"),
        **same("it has certificates of its own", "--ca-certificate --ca-directory --certificate --private-key --pinnedpubkey"),
        **same("it sends a file", "--post-file --body-file"),
        **same("it asks for a part of the answer", "-c --continue -N --timestamping --start-pos"),
        **same("it reads its URLs from a file", "-i --input-file"),
        **same("it keeps cookies in a file", "--load-cookies --save-cookies"),
        **same("it asks for a password", "--ask-password --use-askpass"),
    },
)  # fmt: skip
BUSYBOX: Final = Table(
    program="the wget of busybox",
    switches={
        **same("", "--no-cache --no-clobber --no-parent --no-host-directories --passive-ftp -c --continue"),
        **same("", "--no-verbose"),
        **same("quiet", "-q --quiet"),
        **same("spider", "--spider"),
        **same("headers", "-S --server-response"),
        **same("insecure", "--no-check-certificate"),
    },
    valued={
        **same("", "-n"),
        **same("output", "-O --output-document"),
        **same("log", "-o --output-file"),
        **same("directory", "-P --directory-prefix"),
        **same("idle", "-T --timeout"),
        # Read and ignored
        **same("", "-t --tries"),
        **same("header", "--header"),
        **same("agent", "-U --user-agent"),
        **same("data", "--post-data"),
        **same("proxy", "-Y --proxy"),
    },
    obstacles=same("it sends a file", "--post-file"),
)
_HARMLESS_COMMANDS: Final = re.compile(r"(?:use_proxy|robots|verbose)\s*=.*", re.IGNORECASE)


def read_wget(words: Sequence[Text], *, busybox: bool = False) -> Answer | Obstacle:
    """What `wget words` asks.

    >>> answer = read_wget([Text.join("-q"), Text.join("--spider"), Text.join("http://localhost/")])
    >>> answer.check.method, answer.check.get_on
    ('HEAD', (500, 501))
    """
    parsed = parse(words, BUSYBOX if busybox else GNU)
    if isinstance(parsed, Obstacle):
        return parsed
    if len(parsed.operands) != 1:
        reason = "it asks for more than one URL" if parsed.operands else "it names no URL"
        return Obstacle(reason, " ".join(map(str, parsed.operands)))
    url = read_url(parsed.operands[0])
    if isinstance(url, Obstacle):
        return url
    for command in parsed.values("command"):
        if not _HARMLESS_COMMANDS.fullmatch(command.static or ""):
            return Obstacle("what this setting of wget does is not known", str(command))
    headers = _headers(parsed, url.user)
    if isinstance(headers, Obstacle):
        return headers
    request = _request(parsed, busybox=busybox)
    if isinstance(request, Obstacle):
        return request
    method, body = request
    if body is not None:
        headers = with_type(headers, "Content-Type", FORM)
    idle = _idle(parsed)
    redirects = parsed.value("redirects")
    most = 15 if busybox else 20 if redirects is None else digits(redirects)
    if isinstance(idle, Obstacle) or most is None:
        return idle if isinstance(idle, Obstacle) else Obstacle("how it follows redirects is not known", str(redirects))
    spider = parsed.has("spider")
    once = parsed.has("tries") and (parsed.value("tries") or Text()).static == "1"
    check = HttpCheck(
        scheme=url.scheme,
        host=url.host,
        port=url.port,
        path=url.path,
        method=method,
        headers=headers,
        body=body,
        statuses=SUCCESS,
        redirects=0 if body is not None else most,
        get_on=(500, 501) if method == "HEAD" and not once else (),
        reads_body=not (spider and busybox),
        verifies=not parsed.has("insecure"),
        idle=idle,
    )
    writes = _writes(parsed, spider=spider)
    if isinstance(writes, Obstacle):
        return writes
    return Answer(check, writes or None, _notes(parsed, check, once=once or busybox))


def _headers(parsed: Parsed, user: Text | None) -> Headers | Obstacle:
    headers = read_headers(parsed, {"agent": "User-Agent", "referer": "Referer"})
    if isinstance(headers, Obstacle):
        return headers
    name_of, password = parsed.value("user"), parsed.value("password")
    credentials = Text.join(name_of, ":", password) if name_of is not None and password is not None else user
    if credentials is not None:
        # GNU Wget sends them when it is asked to sign on: an answer that needs none is the same with them
        basic = authorization(credentials)
        if isinstance(basic, Obstacle):
            return basic
        return (*headers, ("Authorization", basic))
    if name_of is not None or password is not None:
        return Obstacle("it asks for a password", "")
    return headers


def _request(parsed: Parsed, *, busybox: bool) -> tuple[str, Text | None] | Obstacle:
    asked, body = parsed.value("method"), parsed.value("data")
    if asked is not None and (asked.static is None or not asked.static.isalpha()):
        return Obstacle("which method it asks with is not known", str(asked))
    if body is not None and not is_line(body):
        return Obstacle("its data is more than a line of ASCII", str(body))
    if parsed.has("spider") and not busybox:
        if asked is not None or body is not None:
            return Obstacle("--spider asks with a method of its own", "")
        return "HEAD", None
    if asked is not None and asked.static is not None:
        method = asked.static.upper()
        if method not in ("GET", "HEAD") and body is None:
            # A redirect would be asked with another method
            return method, Text()
        return method, body
    return "GET" if body is None else "POST", body


def _idle(parsed: Parsed) -> float | Obstacle | None:
    """The seconds of -T; 0 is no limit."""
    for meaning in ("idle", "read"):
        value = parsed.value(meaning)
        if value is None:
            continue
        if not re.fullmatch(r"\d+(?:\.\d+)?", value.static or "", re.ASCII):
            return Obstacle("how long it may take is not known", str(value))
        return float(value.static or 0) or None
    return None


def _writes(parsed: Parsed, *, spider: bool) -> str | Obstacle:
    output, log = parsed.value("output"), parsed.value("log")
    if log is not None and log.static != "/dev/null":
        return Obstacle("it writes a file", str(log))
    if spider or parsed.has("save headers", "error body"):
        return ""
    if output is None:
        return "file"
    if output.static in ("-", "/dev/stdout"):
        return "body"
    return "nothing" if output.static == "/dev/null" else Obstacle("it writes a file", str(output))


def _notes(parsed: Parsed, check: HttpCheck, *, once: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if not parsed.has("spider") and parsed.value("output") is None:
        notes.append("wget leaves a file with the answer in the working directory each time; this leaves none")
    if not once:
        notes.append("wget asks again after an answer cut short or too late; this asks once, --retries again")
    if parsed.has("ask again"):
        notes.append("wget asks again after a refusal; this asks once, --retries again")
    if parsed.has("family"):
        notes.append("wget asks one family of addresses only; this asks the one that answers")
    if check.body is not None:
        notes.append("wget follows redirects; this does not follow one with data")
    if not is_loopback(check.host):
        notes.append("wget asks through a proxy when http_proxy is set; this may ask directly")
    return tuple(notes)
