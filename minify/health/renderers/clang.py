"""A plan as a C program of one file: plain sockets, HTTP/1.0, no TLS and no names but localhost.

A static program cannot look up names surely: getaddrinfo loads libraries of the system that built it.
"""

from __future__ import annotations

import re

from minify.health.plan import Check, FileCheck, HealthPlan, HttpCheck, Obstacle
from minify.health.renderers.clang_parts import ASK, CONNECT, FAIL, FOLLOW, HEAD, IDLE, VARIABLE, WAIT, WITHIN
from minify.health.renderers.statuses import unhealthy
from minify.health.text import Environment, Text

_HOST = re.compile(r"localhost|\d+\.\d+\.\d+\.\d+|[\da-fA-F:.]*:[\da-fA-F:.]*", re.IGNORECASE)


def c(plan: HealthPlan) -> str | Obstacle:
    """The source of a program without arguments whose exit code is 0 when all checks succeed.

    Build it with `gcc -O2 -static -o /health health.c`.

    >>> from minify.health.read import read
    >>> c(read("curl -f https://localhost/"))
    Obstacle(reason='a probe in C has no TLS', text='https://localhost/')
    """
    for check in plan.checks:
        problem = _problem(check)
        if problem is not None:
            return problem
    requests = [check for check in plan.checks if isinstance(check, HttpCheck)]
    connects = any(not isinstance(check, FileCheck) for check in plan.checks)
    lines = [line for check in plan.checks for line in _check(check)]
    source = HEAD + FAIL
    if any("variable(" in line for line in lines):
        source += VARIABLE
    if any("within(" in line for line in lines):
        source += WITHIN
    if connects:
        waits = any(request.idle for request in requests)
        source += CONNECT.replace("/* idle */\n", IDLE if waits else "").replace(
            "\t/* wait */\n", WAIT if waits else ""
        )
    if requests:
        source += ASK
    if any(request.redirects for request in requests):
        source += FOLLOW
    return source + "\nint main(void)\n{\n" + "".join(f"\t{line}\n" for line in lines) + "\treturn 0;\n}\n"


def _problem(check: Check) -> Obstacle | None:
    if isinstance(check, FileCheck):
        return None
    if isinstance(check, HttpCheck) and check.scheme == "https":
        return Obstacle("a probe in C has no TLS", str(check.url))
    host = check.host.static
    return None if host and _HOST.fullmatch(host) else Obstacle("a probe in C looks up no names", str(check.host))


def _check(check: Check) -> list[str]:
    if isinstance(check, FileCheck):
        return _file(check)
    if isinstance(check, HttpCheck):
        lines = _http(check)
    else:
        place = HttpCheck(scheme="http", host=check.host, port=check.port, path=Text())
        lines = [_copy("authority", place.authority), "connection();"]
    if check.total is not None:
        lines = [f"within({check.total:g});", *lines, "within(0);"]
    # Each in a block of its own: names are used again
    return ["{", *(f"\t{line}" for line in lines), "}"]


def _http(check: HttpCheck) -> list[str]:
    lines = [] if check.idle is None else [f"idle = {check.idle:g};"]
    lines.append(_copy("authority", check.authority))
    lines.append(_copy("path", check.path))
    lines.append(
        _copy("headers", Text.join(*(piece for pair in check.headers for piece in (pair[0], ": ", pair[1], "\r\n"))))
    )
    body = '""' if check.body is None else "body"
    if check.body is not None:
        lines += ["char body[4096];", _copy("body", check.body)]
    lines.append(_ask(check, check.method, body))
    if check.get_on:
        again = " || ".join(f"status == {code}" for code in check.get_on)
        lines.append(f"if ({again}) {_ask(check, 'GET', body)}")
    wrong = unhealthy(check.statuses, "status")
    if wrong is not None:
        lines.append(f'if ({wrong}) fail("the status is another");')
    if check.contains is None:
        return lines
    texts = [text.lower() if check.contains.ignore_case else text for text in check.contains.texts]
    if check.contains.ignore_case:
        lines.append("for (size_t i = start; i < length; i++) answer[i] = (char)tolower((unsigned char)answer[i]);")
    if check.contains.whole:
        lines.append("while (length > start && answer[length - 1] == '\\n') length--;")
        text = _string(texts[0])
        lines.append(
            f"if (length - start != strlen({text}) || memcmp(answer + start, {text}, strlen({text})) != 0) "
            'fail("the answer is another");'
        )
        return lines
    found = " && ".join(f"!memmem(answer + start, length - start, {_string(text)}, {len(text)})" for text in texts)
    return [*lines, f'if ({found}) fail("the answer is another");']


def _ask(check: HttpCheck, method: str, body: str) -> str:
    arguments = f'"{method}", {body}, {int(check.reads_body)}'
    return f"follow({arguments}, {check.redirects});" if check.redirects else f"ask({arguments});"


def _file(check: FileCheck) -> list[str]:
    lines = ["struct stat found;", _declare("name", check.path)]
    conditions = {
        "e": "stat(name, &found) == 0",
        "f": "stat(name, &found) == 0 && S_ISREG(found.st_mode)",
        "d": "stat(name, &found) == 0 && S_ISDIR(found.st_mode)",
        "s": "stat(name, &found) == 0 && found.st_size > 0",
        "newer": f"stat(name, &found) == 0 && time(NULL) - found.st_mtime < {check.seconds:g}",
    }
    condition = conditions.get(check.kind)
    if condition is None:
        condition = f"access(name, {check.kind.upper()}_OK) == 0"
        lines = lines[1:]
    negation = condition if check.negated else f"!({condition})"
    return ["{", *(f"\t{line}" for line in lines), f"\tif ({negation}) fail(name);", "}"]


def _copy(buffer: str, text: Text) -> str:
    """The text put into a buffer."""
    return f"put({buffer}, sizeof {buffer}, {_arguments(text)});"


def _declare(name: str, text: Text) -> str:
    return f"char {name}[4096]; put({name}, sizeof {name}, {_arguments(text)});"


def _arguments(text: Text) -> str:
    return ", ".join([*(_part(part) for part in text.parts), "(char *)NULL"])


def _part(part: str | Environment) -> str:
    if isinstance(part, str):
        return _string(part)
    return f"variable({_string(part.name)}, {_string(part.fallback)}, {int(part.when_empty)})"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    # `??=` and its like are other characters to some compilers
    return '"' + escaped.replace("??", '?""?') + '"'
