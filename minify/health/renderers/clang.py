"""The plain checks as a short C program: one request to this machine, its status, and that the answer is whole."""

from __future__ import annotations

from minify.health.plan import Contains, HealthPlan, HttpCheck, TcpCheck
from minify.health.renderers.statuses import unhealthy

_HEAD = """\
/* {what} */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
"""
_CONNECT = """
int main(void)
{{
	struct sockaddr_in v4 = {{.sin_family = AF_INET, .sin_port = htons({port}), .sin_addr = {{htonl({address})}}}};
{v6}	int server = socket(AF_INET, SOCK_STREAM, 0);
{alarm}
	if (connect(server, (struct sockaddr *)&v4, sizeof v4) != 0) {{
{again}	}}
"""
_V6 = """\
	struct sockaddr_in6 v6 = {{.sin6_family = AF_INET6, .sin6_port = htons({port}), .sin6_addr = IN6ADDR_LOOPBACK_INIT}};
"""
_AGAIN = """\
		close(server);
		server = socket(AF_INET6, SOCK_STREAM, 0);
		if (connect(server, (struct sockaddr *)&v6, sizeof v6) != 0)
			return 1;
"""
_WHOLE = """
static char answer[4 << 20];

/* Whether an answer of this length is all of it: servers tell by Content-Length, by a last chunk, or by closing. */
static int whole(size_t length, int closed)
{
	char *body = strstr(answer, "\\r\\n\\r\\n"), *size = strcasestr(answer, "\\r\\nContent-Length:");
	char *chunks = strcasestr(answer, "\\r\\nTransfer-Encoding:");

	if (body == NULL)
		return 0;
	if (strncmp(answer + strcspn(answer, " "), " 204", 4) == 0 || strncmp(answer + strcspn(answer, " "), " 304", 4) == 0)
		return 1;
	if (chunks != NULL && chunks < body)
		return memcmp(answer + length - 5, "0\\r\\n\\r\\n", 5) == 0;
	if (size != NULL && size < body)
		return length >= (size_t)(body + 4 - answer) + strtoul(size + 17, NULL, 10);
	return closed;
}
"""
_ASK = """\
	if (send(server, request, strlen(request), MSG_NOSIGNAL) < 0)
		return 1;
	while (!whole(length, 0) && (got = recv(server, answer + length, sizeof answer - 1 - length, 0)) > 0)
		length += (size_t)got;
	if (got < 0 || !whole(length, 1) || sscanf(answer, "HTTP/%*d.%*d %d", &status) != 1)
		return 1;
"""


def short(plan: HealthPlan) -> str | None:
    """The source of a program without arguments whose exit code is 0 when the check succeeds; None for what takes more.

    >>> from minify.health.read import read
    >>> len(short(read("nc -z localhost 5432")).splitlines())
    22
    >>> short(read("curl -fL http://localhost/")) is None
    True
    """
    check = plan.checks[0]
    if len(plan.checks) != 1 or not isinstance(check, HttpCheck | TcpCheck):
        return None
    host, port, total = check.host.static, check.port.static, check.total
    if host not in ("localhost", "127.0.0.1") or port is None or (total is not None and (total < 1 or total % 1)):
        return None
    if isinstance(check, HttpCheck):
        path = check.path.static
        if path is None or not _plain(check):
            return None
        what = f"HEALTHCHECK: {check.method} http://{check.authority.static}{path}"
        return _source(what, host, port or "80", total, _request(check, path), _verdict(check))
    return (
        None if not port else _source(f"HEALTHCHECK: {host} accepts connections to {port}", host, port, total, "", "")
    )


def _plain(check: HttpCheck) -> bool:
    contains = check.contains
    simple = contains is None or not (contains.ignore_case or contains.whole)
    sent = check.headers or check.body is not None or check.redirects or check.get_on
    return (
        check.scheme == "http"
        and check.method == "GET"
        and not sent
        and check.idle is None
        and simple
        and check.reads_body
    )


def _request(check: HttpCheck, path: str) -> str:
    return f"GET {path} HTTP/1.0\\r\\nHost: {check.authority.static}\\r\\nConnection: close\\r\\n\\r\\n"


def _verdict(check: HttpCheck) -> str:
    wrong = [w for w in (unhealthy(check.statuses, "status"), _lacks(check.contains)) if w]
    return " || ".join(f"({one})" if len(wrong) > 1 else one for one in wrong) or "0"


def _lacks(contains: Contains | None) -> str | None:
    if contains is None:
        return None
    return " && ".join(
        f'strstr(strstr(answer, "\\r\\n\\r\\n") + 4, {_string(text)}) == NULL' for text in contains.texts
    )


def _source(what: str, host: str, port: str, total: float | None, request: str, verdict: str) -> str:
    local = host == "localhost"
    source = _HEAD.format(what=what.replace("*/", "* /"))
    if request:
        source += f"\nstatic const char request[] = {_quoted(request)};" + _WHOLE
    source += _CONNECT.format(
        port=port,
        address="INADDR_LOOPBACK",
        v6=_V6.format(port=port) if local else "",
        alarm=(f"\talarm({total:g});\n" if total is not None else ""),
        again=_AGAIN if local else "\t\treturn 1;\n",
    )
    if not request:
        return source + "\treturn 0;\n}\n"
    declared = "\tint server = socket(AF_INET, SOCK_STREAM, 0);\n"
    source = source.replace(
        declared, declared.replace(";\n", ", status = 0;\n") + "\tsize_t length = 0;\n\tssize_t got = 0;\n"
    )
    return source + _ASK + f"\treturn {verdict};\n}}\n"


def _quoted(text: str) -> str:
    escaped = text.replace('"', '\\"').replace("??", '?""?')
    return f'"{escaped}"'


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    return '"' + escaped.replace("??", '?""?') + '"'
