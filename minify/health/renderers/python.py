"""A plan as `python -c`: http.client for one request, urllib where redirects are followed.

An exception is an exit code of 1; its traceback is in the log of the health check. SIGALRM ends what takes too long.
It runs on Python 3.6 and later; urllib follows a redirect with 308 from 3.11 on, and ten redirects at most.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from minify.health.plan import SUCCESS, Check, Contains, FileCheck, HealthPlan, HttpCheck, TcpCheck
from minify.health.renderers.statuses import unhealthy
from minify.health.text import Environment, Text


class _Piece(NamedTuple):
    """The part of a script that makes one check; `failure` is true when it fails."""

    imports: tuple[str, ...]
    lines: tuple[str, ...]
    failure: str | None = None


def python(plan: HealthPlan) -> tuple[str, ...]:
    """What follows the interpreter in an exec form.

    >>> from minify.health.read import read
    >>> print(python(read("curl -f http://localhost:8080/health || exit 1"))[1])
    import http.client as h, sys; c = h.HTTPConnection('localhost:8080'); c.request('GET', '/health'); r = c.getresponse(); r.read(); sys.exit(r.status >= 400)
    """
    pieces = [_timed(check, before) for before, check in pairwise((None, *plan.checks)) if check is not None]
    imports = sorted({name for piece in pieces for name in piece.imports})
    single = len(pieces) == 1
    if any(piece.failure is not None for piece in pieces) and "sys" not in imports:
        imports.append("sys")
    lines = [f"import {', '.join(imports)}"]
    for piece in pieces:
        lines += piece.lines
        if piece.failure is not None:
            lines.append(f"sys.exit({piece.failure})" if single else f"if {piece.failure}: sys.exit(1)")
    compound = any(line.startswith((" ", "try:", "except ", "def ", "if ")) for line in lines)
    return ("-c", ("\n" if compound else "; ").join(lines))


def _timed(check: Check, before: Check | None) -> _Piece:
    """The check within its time; the alarm of the check before it is stopped."""
    piece = _piece(check)
    seconds = _total(check)
    if seconds is None and (before is None or _total(before) is None):
        return piece
    if seconds is None or seconds == int(seconds):
        alarm = f"signal.alarm({int(seconds or 0)})"
    else:
        alarm = f"signal.setitimer(signal.ITIMER_REAL, {seconds})"
    return _Piece((*piece.imports, "signal"), (alarm, *piece.lines), piece.failure)


def _total(check: Check) -> float | None:
    return None if isinstance(check, FileCheck) else check.total


def _piece(check: Check) -> _Piece:
    match check:
        case HttpCheck(redirects=0):
            return _request(check)
        case HttpCheck():
            return _following(check)
        case TcpCheck():
            names = _names(check.host, check.port)
            return _Piece(
                ("socket", *names), (f"socket.create_connection(({_text(check.host)}, {_text(check.port)}))",)
            )
        case FileCheck():
            return _file(check)


def _request(check: HttpCheck) -> _Piece:
    imports = ["http.client as h", *_names(*_texts(check))]
    secure = check.scheme == "https"
    arguments = _text(check.authority)
    if check.idle is not None:
        arguments += f", timeout={_number(check.idle)}"
    if secure and not check.verifies:
        imports.append("ssl")
        arguments += ", context=ssl._create_unverified_context()"
    asked = [repr(check.method), _text(check.path)]
    if check.body is not None or check.headers:
        asked.append("None" if check.body is None else _text(check.body))
    if check.headers:
        asked.append(_headers(check))
    lines = [
        f"c = h.{'HTTPSConnection' if secure else 'HTTPConnection'}({arguments})",
        f"c.request({', '.join(asked)})",
    ]
    failure = unhealthy(check.statuses, "r.status", both="and", either="or")
    if check.contains is not None:
        lines.append("r = c.getresponse()")
        return _Piece(tuple(imports), tuple(lines), _either(failure, _misses(check.contains, "r.read()")))
    if failure is None:
        return _Piece(tuple(imports), (*lines, "c.getresponse().read()" if check.reads_body else "c.getresponse()"))
    lines += ["r = c.getresponse()", "r.read()"] if check.reads_body else ["r = c.getresponse()"]
    return _Piece(tuple(imports), tuple(lines), failure)


def _following(check: HttpCheck) -> _Piece:
    imports = ["urllib.request as r", *_names(*_texts(check))]
    handlers = "r.ProxyHandler({})"
    if check.scheme == "https" and not check.verifies:
        imports.append("ssl")
        handlers += ", r.HTTPSHandler(context=ssl._create_unverified_context())"
    request = _text(check.url)
    if check.headers:
        request = f"r.Request({request}, headers={_headers(check)})"
    if check.idle is not None:
        request += f", timeout={_number(check.idle)}"
    opened = f"r.build_opener({handlers}).open({request})"
    # urllib follows ten of its own accord: longer ways than that lead nowhere
    limit = [f"r.HTTPRedirectHandler.max_redirections = {check.redirects}"] if check.redirects < 10 else []
    if check.get_on:
        statuses = ", ".join(map(str, check.get_on))
        asked = (
            *limit,
            "def ask(method):",
            # A redirect is asked with the same method: Request(method=…) would turn it into GET before Python 3.13
            " r.Request.get_method = lambda request: method",
            f" {opened}.read()",
            "try: ask('HEAD')",
            "except r.HTTPError as e:",
            f" if e.code not in ({statuses}): raise",
            " ask('GET')",
        )
        return _Piece(tuple(imports), asked)
    lines = limit
    if check.method == "HEAD":
        lines.append("r.Request.get_method = lambda request: 'HEAD'")
    misses = None if check.contains is None else _misses(check.contains, "a.read()")
    if check.statuses == SUCCESS:
        # urllib raises for everything else
        if misses is not None:
            return _Piece(tuple(imports), (*lines, f"a = {opened}"), misses)
        return _Piece(tuple(imports), (*lines, f"{opened}.read()" if check.reads_body else opened))
    lines += [f"try: a = {opened}", "except r.HTTPError as e: a = e"]
    if check.reads_body and misses is None:
        lines.append("a.read()")
    failure = unhealthy(check.statuses, "a.code", both="and", either="or")
    lost = "a.code // 100 == 3 and 'Location' in a.headers"
    return _Piece(tuple(imports), tuple(lines), _either(failure, lost, misses))


def _file(check: FileCheck) -> _Piece:
    path = _text(check.path)
    names = {"e": "exists", "f": "isfile", "d": "isdir"}
    imports = ["os"]
    if check.kind in names:
        found = f"os.path.{names[check.kind]}({path})"
    elif check.kind == "s":
        found = f"os.path.exists({path}) and os.path.getsize({path})"
    elif check.kind == "newer":
        imports.append("time")
        found = f"os.path.exists({path}) and time.time() - os.path.getmtime({path}) < {_number(check.seconds)}"
    else:
        found = f"os.access({path}, os.{check.kind.upper()}_OK)"
    if check.negated:
        return _Piece(tuple(imports), (), f"bool({found})" if " and " in found else found)
    return _Piece(tuple(imports), (), f"not ({found})" if " and " in found else f"not {found}")


def _misses(contains: Contains, body: str) -> str:
    texts = [text.encode("ascii") for text in contains.texts]
    if contains.whole:
        return f"{body}.rstrip(b'\\n') != {texts[0]!r}"
    if contains.ignore_case:
        texts = [text.lower() for text in texts]
        body += ".lower()"
    if len(texts) == 1:
        return f"{texts[0]!r} not in {body}"
    # One reading for all of them
    return f"not (lambda b: any(t in b for t in {texts!r}))({body})"


def _either(*failures: str | None) -> str:
    parts = [failure for failure in failures if failure is not None]
    return " or ".join(parts)


def _headers(check: HttpCheck) -> str:
    return "{" + ", ".join(f"{name!r}: {_text(value)}" for name, value in check.headers) + "}"


def _texts(check: HttpCheck) -> tuple[Text, ...]:
    body = () if check.body is None else (check.body,)
    return (check.host, check.port, check.path, *body, *(value for _, value in check.headers))


def _names(*texts: Text) -> tuple[str, ...]:
    return ("os",) if any(text.variables for text in texts) else ()


def _text(text: Text) -> str:
    return " + ".join(_part(part, alone=len(text.parts) == 1) for part in text.parts) or "''"


def _part(part: str | Environment, *, alone: bool) -> str:
    if isinstance(part, str):
        return repr(part)
    if not part.when_empty:
        return f"os.environ.get({part.name!r}, {part.fallback!r})"
    found = f"os.environ.get({part.name!r}) or {part.fallback!r}"
    return found if alone else f"({found})"


def _number(value: float) -> str:
    return str(int(value) if value == int(value) else value)
