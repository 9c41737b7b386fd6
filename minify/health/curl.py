"""curl: what its options ask for, and what its exit code and its output say.

Without --fail any answer is a success. See https://curl.se/docs/manpage.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from minify.health.headers import FORM, JSON, Headers, authorization, is_line, read_headers, with_type
from minify.health.options import Parsed, Table, parse, same
from minify.health.plan import ANY_STATUS, BELOW_400, HttpCheck, Obstacle
from minify.health.text import Text, digits
from minify.health.url import is_loopback, read_url

TABLE: Final = Table(
    program="curl",
    equals=False,
    switches={
        **same("", "-S --show-error -N --no-buffer -# --progress-bar --no-progress-meter"),
        **same("", "-q --disable --compressed --http1.1 -0 --http1.0 --http2 --tcp-nodelay --no-keepalive"),
        **same("", "--basic --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 -1 --raw --no-sessionid --styled-output"),
        **same("quiet", "-s --silent"),
        **same("verbose", "-v --verbose"),
        **same("fail", "-f --fail --fail-with-body"),
        **same("follow", "-L --location --location-trusted"),
        **same("head", "-I --head"),
        **same("headers", "-i --include"),
        **same("insecure", "-k --insecure"),
        **same("family", "-4 --ipv4 -6 --ipv6"),
        **same("literal", "-g --globoff"),
        **same("query", "-G --get"),
        **same("retried", "--retry-connrefused --retry-all-errors"),
    },
    valued={
        **same("", "--limit-rate --keepalive-time --noproxy --retry-delay --retry-max-time --ciphers --stderr"),
        # A slow connection to the container itself is a full queue of connections: it ends with the check
        **same("", "--connect-timeout --happy-eyeballs-timeout-ms --expect100-timeout"),
        **same("url", "--url"),
        **same("method", "-X --request"),
        **same("header", "-H --header"),
        **same("data", "-d --data --data-ascii --data-binary"),
        **same("raw data", "--data-raw"),
        **same("json", "--json"),
        **same("agent", "-A --user-agent"),
        **same("referer", "-e --referer"),
        **same("cookie", "-b --cookie"),
        **same("user", "-u --user"),
        **same("bearer", "--oauth2-bearer"),
        **same("total", "-m --max-time"),
        **same("retries", "--retry"),
        **same("redirects", "--max-redirs"),
        **same("output", "-o --output"),
        **same("format", "-w --write-out"),
    },
    obstacles={
        **same("it asks through a Unix socket", "--unix-socket --abstract-unix-socket"),
        **same("it asks through a proxy", "-x --proxy --socks5 --socks5-hostname --socks4 --socks4a --preproxy -U"),
        **same("it says which address a name has", "--resolve --connect-to --interface --dns-servers --doh-url"),
        **same("it has certificates of its own", "-E --cert --key --cacert --capath --pinnedpubkey --cert-type --pass"),
        **same("it signs on in more than one step", "--digest --ntlm --negotiate --anyauth -n --netrc --aws-sigv4"),
        **same("it writes a file", "-O --remote-name -J -c --cookie-jar -D --dump-header --trace --trace-ascii -R"),
        **same("it sends a file or a form", "-T --upload-file -F --form --form-string --data-urlencode"),
        **same("it reads a file of options", "-K --config"),
        **same("it asks for a part of the answer", "-r --range -C --continue-at -z --time-cond --max-filesize"),
        **same("it measures the speed", "-y --speed-time -Y --speed-limit"),
        **same("it makes several requests", "-: --next -Z --parallel --fail-early"),
        **same("it speaks another protocol", "--http2-prior-knowledge --http3 --http3-only --http0.9 --proto"),
    },
)  # fmt: skip
_GLOB = re.compile(r"[{}]|\[[^]]*-[^]]*\]")
_CODE: Final = ("%{http_code}", "%{response_code}")


class Answer(NamedTuple):
    """A check, and what goes to the output of the command.

    `body`; `code`, the status code alone; `nothing`; `file` when wget makes one; None for anything else.
    """

    check: HttpCheck
    writes: str | None
    notes: tuple[str, ...] = ()


def read_curl(words: Sequence[Text]) -> Answer | Obstacle:
    """What `curl words` asks.

    >>> answer = read_curl([Text.join("-fsS"), Text.join("localhost:8080/health")])
    >>> answer.check.path.static, 404 in answer.check.statuses
    ('/health', False)
    """
    parsed = parse(words, TABLE)
    if isinstance(parsed, Obstacle):
        return parsed
    urls = (*parsed.values("url"), *parsed.operands)
    if len(urls) != 1:
        return Obstacle("it asks for more than one URL" if urls else "it names no URL", " ".join(map(str, urls)))
    url = read_url(urls[0])
    if isinstance(url, Obstacle):
        return url
    if not parsed.has("literal") and _GLOB.search(url.path.literals):
        return Obstacle("curl makes several URLs of this", str(urls[0]))
    headers = _headers(parsed, url.user)
    if isinstance(headers, Obstacle):
        return headers
    request = _request(parsed, headers)
    if isinstance(request, Obstacle):
        return request
    method, headers, body = request
    total = parsed.value("total")
    if total is not None and not _seconds(total):
        return Obstacle("how long it may take is not known", str(total))
    redirects = parsed.value("redirects")
    limit = 50 if redirects is None else digits(redirects)
    follows = parsed.has("follow")
    if limit is None or (follows and method not in ("GET", "HEAD")):
        return Obstacle("how it follows redirects is not known", method)
    check = HttpCheck(
        scheme=url.scheme,
        host=url.host,
        port=url.port,
        path=url.path,
        method=method,
        headers=headers,
        body=body,
        statuses=BELOW_400 if parsed.has("fail") else ANY_STATUS,
        redirects=limit if follows else 0,
        verifies=not parsed.has("insecure"),
        total=None if total is None else _seconds(total),
    )
    writes = _writes(parsed, method)
    if isinstance(writes, Obstacle):
        return writes
    return Answer(check, writes or None, _notes(parsed, url.host))


def _headers(parsed: Parsed, user: Text | None) -> Headers | Obstacle:
    headers = read_headers(parsed, {"agent": "User-Agent", "referer": "Referer", "cookie": "Cookie"})
    if isinstance(headers, Obstacle):
        return headers
    cookie = parsed.value("cookie")
    if cookie is not None and "=" not in cookie.literals:
        return Obstacle("it reads its cookies from a file", str(cookie))
    bearer = parsed.value("bearer")
    if bearer is not None:
        headers = (*headers, ("Authorization", Text.join("Bearer ", bearer)))
    credentials = parsed.value("user") or user
    if credentials is None:
        return headers
    basic = authorization(credentials)
    return basic if isinstance(basic, Obstacle) else (*headers, ("Authorization", basic))


def _request(parsed: Parsed, headers: Headers) -> tuple[str, Headers, Text | None] | Obstacle:
    """The method, the headers and the body of the request."""
    asked = parsed.value("method")
    if asked is not None and (asked.static is None or not asked.static.isalpha()):
        return Obstacle("which method it asks with is not known", str(asked))
    method = asked.static if asked is not None else None
    bodies = [
        (given.meaning, given.value)
        for given in parsed.given
        if given.meaning in ("data", "raw data", "json") and given.value is not None
    ]
    if parsed.has("query"):
        return Obstacle("it puts its data into the URL", "-G")
    if parsed.has("head"):
        if bodies or method not in (None, "HEAD"):
            return Obstacle("it waits for no body", f"-I -X {method}")
        return "HEAD", headers, None
    if method == "HEAD":
        return Obstacle("it waits for a body that never comes", "-X HEAD")
    if not bodies:
        return method or "GET", headers, None
    for meaning, value in bodies:
        if meaning != "raw data" and (value.leading.startswith("@") or not value.parts):
            return Obstacle("it sends a file", str(value))
        if not is_line(value):
            return Obstacle("its data is more than a line of ASCII", str(value))
    json = any(meaning == "json" for meaning, _ in bodies)
    body = bodies[0][1]
    for _, value in bodies[1:]:
        body = Text.join(body, "" if json else "&", value)
    headers = with_type(headers, "Content-Type", JSON if json else FORM)
    if json:
        headers = with_type(headers, "Accept", JSON)
    return method or "POST", headers, body


def _writes(parsed: Parsed, method: str) -> str | Obstacle:
    """What goes to its output, "" for what is none of the kinds of Answer."""
    output, form = parsed.value("output"), parsed.value("format")
    if output is not None and output.static not in ("/dev/null", "-", "/dev/stdout"):
        return Obstacle("it writes a file", str(output))
    silent = output is not None and output.static == "/dev/null"
    if parsed.has("headers", "verbose") and not silent:
        return ""
    if form is None:
        return "nothing" if silent else "body" if method != "HEAD" else ""
    code = re.sub(r"(?:\\n)+$|\n+$", "", form.static or "")
    return "code" if silent and code in _CODE else ""


def _seconds(text: Text) -> float:
    """`5`, `2.5`; 0, which is no limit to curl, for what is no number."""
    static = text.static or ""
    return float(static) if re.fullmatch(r"\d+(?:\.\d+)?", static, re.ASCII) else 0


def _notes(parsed: Parsed, host: Text) -> tuple[str, ...]:
    notes: list[str] = []
    retries = parsed.value("retries")
    if retries is not None and retries.static != "0":
        notes.append(f"curl asks again up to {retries} times after a passing failure; this asks once, --retries again")
    if parsed.has("family"):
        notes.append("curl asks one family of addresses only; this asks the one that answers")
    if not is_loopback(host):
        notes.append("curl asks through a proxy when http_proxy is set; this asks directly")
    return tuple(notes)
