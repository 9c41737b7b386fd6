"""A plan as `node -e`, for Node.js 12 and later, with nothing but its own modules.

The exit code is 1 until a check has succeeded: an answer cut short ends the program without an event.
A name is asked by its IPv4 address and, when nothing listens there, by its IPv6 address: before Node.js 20 only the
first address of a name is tried, and from 17 on that of localhost is ::1.
"""

from __future__ import annotations

import re

from minify.health.plan import Check, Contains, FileCheck, HealthPlan, HttpCheck, TcpCheck
from minify.health.renderers.statuses import unhealthy
from minify.health.text import Environment, Text

_ADDRESS = re.compile(r"[\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*")
_REDIRECTS = "[301, 302, 303, 307, 308]"
# A failure to connect or to find the name; after a connection no other address is tried
_NEXT = "if (family > 4 || !/connect|getaddrinfo/.test(e.syscall)) throw e; ask(6)"
_DONE = "process.exit(0)"


def node(plan: HealthPlan) -> tuple[str, ...]:
    """What follows the interpreter in an exec form.

    >>> from minify.health.read import read
    >>> print(node(read("curl -f http://127.0.0.1:3000/ || exit 1"))[1])
    process.exitCode = 1; require('http').get('http://127.0.0.1:3000/', r => { if (r.statusCode >= 400) process.exit(1); r.resume().on('end', () => { if (r.complete) process.exit(0) }) })
    """
    code = _DONE
    for check in reversed(plan.checks):
        total = None if isinstance(check, FileCheck) else check.total
        if total is None:
            code = _check(check, code)
            continue
        # A check that follows has its own time
        timer = f"setTimeout(process.exit, {round(total * 1000)}, 1); "
        if code == _DONE:
            code = timer + _check(check, code)
        else:
            code = f"const timer = {timer}{_check(check, f'clearTimeout(timer); {code}')}"
    return ("-e", f"process.exitCode = 1; {code}")


def _check(check: Check, then: str) -> str:
    match check:
        case HttpCheck(redirects=0):
            return _request(check, then)
        case HttpCheck():
            return _following(check, then)
        case TcpCheck():
            return _connection(check, then)
        case FileCheck():
            return _file(check, then)


def _request(check: HttpCheck, then: str) -> str:
    named = not _is_address(check.host)
    options = [*(["family"] if named else []), *_options(check)]
    given = f", {{ {', '.join(options)} }}" if options else ""
    module = f"require('{check.scheme}')"
    answered = f"r => {{ {_answer(check, then)} }}"
    plain = check.method == "GET" and check.body is None
    request = f"{module}.{'get' if plain else 'request'}({_text(check.url)}{given}, {answered})"
    request += _idle(check)
    end = "" if plain else f".end({'' if check.body is None else _text(check.body)})"
    if not named:
        return request + end
    return f"const ask = family => {request}.on('error', e => {{ {_NEXT} }}){end}; ask(4)"


def _following(check: HttpCheck, then: str) -> str:
    # The method is one of its arguments where it may change
    method = ", method" if check.get_on else ""
    options = ["family", *([] if not method else ["method"]), *_options(check)]
    if method:
        options.remove(f"method: '{check.method}'")
    answered = (
        f"const to = r.headers.location; if ({_REDIRECTS}.includes(r.statusCode) && to) "
        f"return left ? ask(4, new URL(to, url), left - 1{method}) : process.exit(1); "
    )
    if check.get_on:
        codes = ", ".join(map(str, check.get_on))
        answered += f"if (method === 'HEAD' && [{codes}].includes(r.statusCode)) return ask(4, url, left, 'GET'); "
    answered += _answer(check, then)
    retry = _NEXT.replace("ask(6)", f"ask(6, url, left{method})")
    first = f", '{check.method}'" if method else ""
    return (
        f"const ask = (family, url, left{method}) => require(url.protocol.slice(0, -1))"
        f".request(url, {{ {', '.join(options)} }}, r => {{ {answered} }}){_idle(check)}"
        f".on('error', e => {{ {retry} }}).end(); "
        f"ask(4, new URL({_text(check.url)}), {check.redirects}{first})"
    )


def _answer(check: HttpCheck, then: str) -> str:
    """The body of the function that is given the answer `r`."""
    wrong = unhealthy(check.statuses, "r.statusCode")
    ends = f"if ({wrong}) process.exit(1); " if wrong else ""
    if not check.reads_body and check.contains is None:
        return f"{ends}{then}"
    if check.contains is None:
        return f"{ends}r.resume().on('end', () => {{ if (r.complete) {_block(then)} }})"
    found = _found(check.contains)
    return (
        f"{ends}let b = ''; r.setEncoding('latin1').on('data', d => b += d)"
        f".on('end', () => {{ if (r.complete && {found}) {_block(then)} }})"
    )


def _block(code: str) -> str:
    return code if code == _DONE else f"{{ {code} }}"


def _connection(check: TcpCheck, then: str) -> str:
    port, host = _text(check.port), _text(check.host)
    connected = f"() => {{ {then} }}"
    if _is_address(check.host):
        return f"require('net').connect({{ host: {host}, port: {port} }}, {connected})"
    return (
        f"const ask = family => require('net').connect({{ host: {host}, port: {port}, family }}, {connected})"
        f".on('error', e => {{ {_NEXT} }}); ask(4)"
    )


def _file(check: FileCheck, then: str) -> str:
    path = _text(check.path)
    stat = f"require('fs').statSync({path})"
    found = {
        "e": f"require('fs').existsSync({path})",
        "f": f"require('fs').existsSync({path}) && {stat}.isFile()",
        "d": f"require('fs').existsSync({path}) && {stat}.isDirectory()",
        "s": f"require('fs').existsSync({path}) && {stat}.size > 0",
        "newer": f"require('fs').existsSync({path}) && Date.now() - {stat}.mtimeMs < {round(check.seconds * 1000)}",
    }.get(check.kind)
    if found is None:
        fs = "require('fs')"
        access = f"{fs}.accessSync({path}, {fs}.constants.{check.kind.upper()}_OK)"
        found = f"(() => {{ try {{ {access}; return true }} catch (e) {{ return false }} }})()"
    return f"if ({found}) process.exit(1); {then}" if check.negated else f"if (!({found})) process.exit(1); {then}"


def _options(check: HttpCheck) -> list[str]:
    options: list[str] = []
    if check.method != "GET" or check.body is not None:
        options.append(f"method: '{check.method}'")
    headers = [f"{_string(name)}: {_text(value)}" for name, value in check.headers]
    if check.body is not None and check.method not in ("POST", "PUT", "PATCH"):
        headers.append(f"'Content-Length': Buffer.byteLength({_text(check.body)})")
    if headers:
        options.append(f"headers: {{ {', '.join(headers)} }}")
    if check.scheme == "https" and not check.verifies:
        options.append("rejectUnauthorized: false")
    return options


def _idle(check: HttpCheck) -> str:
    return "" if check.idle is None else f".setTimeout({round(check.idle * 1000)}, () => process.exit(1))"


def _found(contains: Contains) -> str:
    texts = [_string(text.lower() if contains.ignore_case else text) for text in contains.texts]
    body = "b.toLowerCase()" if contains.ignore_case else "b"
    if contains.whole:
        return f"b.replace(/\\n+$/, '') === {texts[0]}"
    if len(texts) == 1:
        return f"{body}.includes({texts[0]})"
    return f"[{', '.join(texts)}].some(t => {body}.includes(t))"


def _is_address(host: Text) -> bool:
    return host.static is not None and _ADDRESS.fullmatch(host.static) is not None


def _text(text: Text) -> str:
    if text.static is not None:
        return _string(text.static)
    if len(text.parts) == 1 and isinstance(part := text.parts[0], Environment):
        return _variable(part)
    return "`" + "".join(_template(part) for part in text.parts) + "`"


def _template(part: str | Environment) -> str:
    if isinstance(part, str):
        return part.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"${{{_variable(part)}}}"


def _variable(part: Environment) -> str:
    value = f"process.env.{part.name}"
    if part.when_empty or not part.fallback:
        return f"{value} || {_string(part.fallback)}"
    return f"{value} === undefined ? {_string(part.fallback)} : {value}"


def _string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
