"""The programs as text: the short ones as they are, all of them as something that their language reads."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from minify.health import HealthPlan, read
from minify.health.renderers.golang import go
from minify.health.renderers.node import node
from minify.health.renderers.python import python
from minify.syntax import Healthcheck, Source, parse
from tests.health.test_read import CHECKS


def plan_of(command: str) -> HealthPlan:
    plan = read(command)
    assert isinstance(plan, HealthPlan), plan
    return plan


PYTHON = {
    # Any answer is healthy
    "curl http://localhost": (
        "import http.client as h; c = h.HTTPConnection('localhost'); c.request('GET', '/'); c.getresponse().read()"
    ),
    "curl -f -m 3 http://localhost:${PORT:-80}/health": (
        "import http.client as h, os, signal, sys; signal.alarm(3); "
        "c = h.HTTPConnection('localhost:' + (os.environ.get('PORT') or '80')); "
        "c.request('GET', '/health'); r = c.getresponse(); r.read(); sys.exit(r.status >= 400)"
    ),
    "curl -fs http://localhost:${PORT}/ | grep -q ok": (
        "import http.client as h, os, sys; c = h.HTTPConnection('localhost:' + os.environ.get('PORT', '')); "
        "c.request('GET', '/'); r = c.getresponse(); sys.exit(r.status >= 400 or b'ok' not in r.read())"
    ),
    # urllib follows redirects and raises for what is no success
    "wget -qO- http://localhost:3000/": (
        "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://localhost:3000/').read()"
    ),
    "wget -q --spider http://localhost/": (
        "import urllib.request as r\n"
        "def ask(method):\n"
        " r.Request.get_method = lambda request: method\n"
        " r.build_opener(r.ProxyHandler({})).open('http://localhost/').read()\n"
        "try: ask('HEAD')\n"
        "except r.HTTPError as e:\n"
        " if e.code not in (500, 501): raise\n"
        " ask('GET')"
    ),
    "nc -z localhost 5432": "import socket; socket.create_connection(('localhost', '5432'))",
    "test -f /tmp/healthy": "import os, sys; sys.exit(not os.path.isfile('/tmp/healthy'))",
    "test -f /a && curl localhost": (
        "import http.client as h, os, sys\n"
        "if not os.path.isfile('/a'): sys.exit(1)\n"
        "c = h.HTTPConnection('localhost')\n"
        "c.request('GET', '/')\n"
        "c.getresponse().read()"
    ),
}
NODE = {
    "curl -f -m 2 http://127.0.0.1:3000/": (
        "process.exitCode = 1; setTimeout(process.exit, 2000, 1); require('http').get('http://127.0.0.1:3000/', "
        "r => { if (r.statusCode >= 400) process.exit(1); "
        "r.resume().on('end', () => { if (r.complete) process.exit(0) }) })"
    ),
    "curl http://localhost:${PORT:-3000}/": (
        "process.exitCode = 1; const ask = family => require('http')"
        ".get(`http://localhost:${process.env.PORT || '3000'}/`, { family }, "
        "r => { r.resume().on('end', () => { if (r.complete) process.exit(0) }) })"
        ".on('error', e => { if (family > 4 || !/connect|getaddrinfo/.test(e.syscall)) throw e; ask(6) }); ask(4)"
    ),
    "test -e /tmp/healthy": (
        "process.exitCode = 1; if (!(require('fs').existsSync('/tmp/healthy'))) process.exit(1); process.exit(0)"
    ),
}


@pytest.mark.parametrize(("command", "code"), PYTHON.items())
def test_python(command: str, code: str) -> None:
    assert python(plan_of(command)) == ("-c", code)


@pytest.mark.parametrize(("command", "code"), NODE.items())
def test_node(command: str, code: str) -> None:
    assert node(plan_of(command)) == ("-e", code)


AWKWARD = [
    "curl -H 'X: \"a\\b`$'\"'\"'{c}' -d '{\"k\": \"\\n${x}`\"}' http://localhost/",
    "curl -s localhost | grep -F '`${a}\\'",
    'test -f "/tmp/it\'s"',
    "curl http://localhost:${PORT-80}/${A:-x}/$B",
]
PLANS = [read(command) for command, _ in CHECKS] + [read(command) for command in AWKWARD]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: "")
def test_every_plan_is_a_program(plan: HealthPlan) -> None:
    assert isinstance(plan, HealthPlan)
    compile(python(plan)[1], "health", "exec")
    if shutil.which("node"):
        code = node(plan)[1]
        checked = subprocess.run(("node", "--check", "-"), input=code, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("command", [*PYTHON, *AWKWARD])
def test_an_exec_form_holds_it(command: str) -> None:
    """New lines and quotes are JSON's; Docker replaces nothing in a HEALTHCHECK."""
    for argv in (["/usr/bin/python3", *python(plan_of(command))], ["/nodejs/bin/node", *node(plan_of(command))]):
        dockerfile = parse(Source(f"FROM x\nHEALTHCHECK CMD {json.dumps(argv)}\n"))
        instruction = dockerfile.stages[0].instructions[0]
        assert isinstance(instruction, Healthcheck)
        assert instruction.exec_form == tuple(argv)


def test_parts_that_are_not_needed_are_left_out() -> None:
    assert "net/http" not in go(plan_of("nc -z localhost 1"))
