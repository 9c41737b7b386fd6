"""What is read from the commands of health checks, as Dockerfiles have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from minify.health import (
    Contains,
    Environment,
    FileCheck,
    HealthPlan,
    HttpCheck,
    Obstacle,
    Statuses,
    TcpCheck,
    Text,
    read,
)

BELOW_400 = Statuses(((0, 399),))
SUCCESS = Statuses(((200, 299),))

# Nothing to translate: the program is one that the image brings itself
NOTHING = [
    ["node", "healthcheck.js"],
    ["python3", "-c", "import urllib.request"],
    ["/app/server", "--health"],
    ["pg_isready", "-U", "postgres"],
    "python -c \"import urllib.request; urllib.request.urlopen('http://localhost:8000/')\" || exit 1",
    "node -e \"fetch('http://127.0.0.1:3000/').then(r => process.exit(r.ok ? 0 : 1))\"",
    "redis-cli ping",
    "/healthcheck.sh || exit 1",
    "bash -lc 'node x.js'",
    ["CMD", "mysqladmin", "ping"],
    ["NONE"],
]


@pytest.mark.parametrize("command", NOTHING, ids=str)
def test_a_program_of_the_image_is_left_alone(command: str | list[str]) -> None:
    assert read(command) is None


def http(path: str = "/", port: str = "", host: str = "localhost", **more: Any) -> HttpCheck:
    """A request to localhost; `more` are the fields that are not as usual."""
    given: dict[str, Any] = {
        "scheme": "http",
        "host": Text.join(host),
        "port": Text.join(port),
        "path": Text.join(path),
        **more,
    }
    return HttpCheck(**given)


WGET: dict[str, Any] = {"statuses": SUCCESS, "redirects": 20}
CHECKS: list[tuple[str | Sequence[str], HttpCheck | TcpCheck | FileCheck]] = [
    ("curl http://localhost", http()),
    ("curl -f http://localhost:8080/health || exit 1", http("/health", "8080", statuses=BELOW_400)),
    ("/usr/bin/curl -fsS localhost:81/a?b=c#d >/dev/null 2>&1 || exit 1;", http("/a?b=c", "81", statuses=BELOW_400)),
    (["curl", "-f", "http://localhost:3000/"], http("/", "3000", statuses=BELOW_400)),
    (["CMD-SHELL", "curl -f http://localhost || exit 1"], http(statuses=BELOW_400)),
    (["sh", "-c", "curl --fail http://localhost"], http(statuses=BELOW_400)),
    ("sh -c 'curl -f http://localhost || exit 1'", http(statuses=BELOW_400)),
    ("curl --fail -s -o /dev/null -m 3 http://localhost/", http(statuses=BELOW_400, total=3.0)),
    ("curl -sfm2.5 http://localhost", http(statuses=BELOW_400, total=2.5)),
    ("timeout 5s curl -f -m 9 http://localhost || exit 1", http(statuses=BELOW_400, total=5.0)),
    ("timeout 0 curl -f http://localhost", http(statuses=BELOW_400)),
    ("timeout 1m sh -c 'curl -f http://localhost'", http(statuses=BELOW_400, total=60.0)),
    ("curl -fLk https://localhost:8443", http("/", "8443", scheme="https", statuses=BELOW_400, redirects=50, verifies=False)),
    ("curl -I http://[::1]:80/x", http("/x", "80", host="::1", method="HEAD")),
    ("curl -XOPTIONS http://localhost", http(method="OPTIONS")),
    (
        "curl -u a:b -A x -H 'Accept: text/plain' http://localhost",
        http(
            headers=(
                ("Accept", Text.join("text/plain")),
                ("User-Agent", Text.join("x")),
                ("Authorization", Text.join("Basic YTpi")),
            )
        ),
    ),
    (
        "curl -d a=b -d c http://localhost",
        http(
            method="POST",
            body=Text.join("a=b&c"),
            headers=(("Content-Type", Text.join("application/x-www-form-urlencoded")),),
        ),
    ),
    ("curl -f localhost && exit 0 || exit 1", http(statuses=BELOW_400)),
    ("curl -f localhost || (echo down; exit 1)", http(statuses=BELOW_400)),
    ("curl -f localhost || { echo down >&2; exit 1; }", http(statuses=BELOW_400)),
    ("if curl -f localhost; then exit 0; else exit 1; fi", http(statuses=BELOW_400)),
    ("if ! curl -f localhost; then exit 1; fi", http(statuses=BELOW_400)),
    ("curl -s localhost; curl -f localhost:81", http("/", "81", statuses=BELOW_400)),
    ("curl -f localhost; exit $?", http(statuses=BELOW_400)),
    ("curl -s localhost | grep -q ok", http(contains=Contains(texts=("ok",)))),
    ("curl -sf localhost | grep -iE 'up|\"ok\"' >/dev/null", http(statuses=BELOW_400, contains=Contains(texts=("up", '"ok"'), ignore_case=True))),
    ("curl -s localhost 2>/dev/null | grep -e a -e 'b\\|c'", http(contains=Contains(texts=("a", "b", "c")))),
    ("curl -s localhost | grep -F 'v1.0'", http(contains=Contains(texts=("v1.0",)))),
    ("curl -s localhost | grep '{\"status\":\"UP\"}'", http(contains=Contains(texts=('{"status":"UP"}',)))),
    ('[ "$(curl -s localhost)" = "OK" ]', http(contains=Contains(texts=("OK",), whole=True))),
    ("[ \"$(curl -so /dev/null -w '%{http_code}' localhost)\" -eq 200 ]", http(statuses=Statuses(((200, 200),)), reads_body=False)),
    ("test `curl -so /dev/null -w '%{http_code}' localhost` -ge 200", http(statuses=Statuses(((200, 999),)), reads_body=False)),
    ("curl -so /dev/null -w '%{http_code}\\n' localhost | grep -qE '^(200|30[12])$'", http(statuses=Statuses(((200, 200), (301, 302))), reads_body=False)),
    ("wget -qO- http://localhost || exit 1", http(**WGET)),
    ("wget --no-verbose --tries=1 --spider http://localhost/ || exit 1", http(**WGET, method="HEAD")),
    ("wget -nv -t1 --spider 'http://localhost:7777/'", http("/", "7777", **WGET, method="HEAD")),
    ("wget -q --spider http://localhost", http(**WGET, method="HEAD", get_on=(500, 501))),
    ("wget -q -T 3 -O /dev/null http://localhost", http(**WGET, idle=3.0)),
    ("wget -Y off -q --spider http://localhost -t 1", http(**WGET, method="HEAD")),
    ("wget -qO- --max-redirect=0 localhost", http(statuses=SUCCESS)),
    ("busybox wget --spider -q http://localhost", http(statuses=SUCCESS, redirects=15, reads_body=False)),
    (["wget", "http://127.0.0.1:7001/ping", "-q", "-O", "-"], http("/ping", "7001", host="127.0.0.1", **WGET)),
    ("nc -z localhost 5432 || exit 1", TcpCheck(host=Text.join("localhost"), port=Text.join("5432"))),
    ("nc -zvw3 localhost 22", TcpCheck(host=Text.join("localhost"), port=Text.join("22"), total=3.0)),
    ("bash -c '</dev/tcp/localhost/80'", TcpCheck(host=Text.join("localhost"), port=Text.join("80"))),
    ("timeout 1 bash -c ': > /dev/tcp/127.0.0.1/80' || exit 1", TcpCheck(host=Text.join("127.0.0.1"), port=Text.join("80"), total=1.0)),
    ("test -f /tmp/healthy", FileCheck(path=Text.join("/tmp/healthy"), kind="f")),
    ('[ ! -e "/tmp/broken" ]', FileCheck(path=Text.join("/tmp/broken"), kind="e", negated=True)),
    ("! test -e /tmp/broken", FileCheck(path=Text.join("/tmp/broken"), kind="e", negated=True)),
    (["test", "-f", "/tmp/healthy"], FileCheck(path=Text.join("/tmp/healthy"), kind="f")),
    (["[", "-d", "/data", "]"], FileCheck(path=Text.join("/data"), kind="d")),
    ("cat /tmp/healthy", FileCheck(path=Text.join("/tmp/healthy"), kind="r")),
    ('test "$(find /tmp/alive -mmin -30)" || exit 1', FileCheck(path=Text.join("/tmp/alive"), kind="newer", seconds=1800.0)),
    ("find /tmp/alive -mmin -1 | grep -q .", FileCheck(path=Text.join("/tmp/alive"), kind="newer", seconds=60.0)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "check"), CHECKS, ids=str)
def test_one_check(command: str | Sequence[str], check: HttpCheck | TcpCheck | FileCheck) -> None:
    plan = read(command)
    assert isinstance(plan, HealthPlan), plan
    assert plan.checks == (check,)


@pytest.mark.parametrize(
    ("port", "text"),
    [
        ("$PORT", Environment("PORT")),
        ("${PORT}", Environment("PORT")),
        ("${PORT:-80}", Environment("PORT", "80", when_empty=True)),
        ("${PORT-80}", Environment("PORT", "80")),
    ],
)
def test_variables_are_read_when_it_runs(port: str, text: Environment) -> None:
    plan = read(f'curl -f "http://localhost:{port}/health" || exit 1')
    assert isinstance(plan, HealthPlan)
    assert plan.checks == (
        HttpCheck(
            scheme="http",
            host=Text.join("localhost"),
            port=Text.join(text),
            path=Text.join("/health"),
            statuses=BELOW_400,
        ),
    )


def test_all_of_several_must_succeed() -> None:
    plan = read("test -f /ready && curl -sf localhost:1 && wget -q localhost:2 || exit 1")
    assert isinstance(plan, HealthPlan)
    assert [type(check).__name__ for check in plan.checks] == ["FileCheck", "HttpCheck", "HttpCheck"]


OBSTACLES = [
    # Healthy, or not, whatever happens
    ("true", "it is healthy whatever happens"),
    ("curl -f localhost || exit 0", "it is healthy whatever happens"),
    ("curl -f localhost || true", "it is healthy whatever happens"),
    ("exit 1", "it can never be healthy"),
    # `a || b && c` is `(a || b) && c`: it fails when curl succeeds
    ("curl -f localhost || echo down && exit 1", "it can never be healthy"),
    # More than "all of these"
    ("curl -f localhost:1 || curl -f localhost:2", "depends on the others"),
    ('if [ "$ROLE" = worker ]; then exit 0; fi; curl -f localhost', "depends on the others"),
    ("curl -f localhost || kill 1", "depends on the others"),
    ("curl -f localhost || (kill 1; exit 1)", "does more than ask"),
    ("set -e; curl -f localhost", "does more than ask"),
    ("! curl -f localhost", "healthy when this fails"),
    ("node check.js && curl -f localhost", "one of several commands"),
    # What only a shell does
    ("for i in 1 2; do curl localhost; done", "only a shell can run this"),
    ("curl -f http://$(hostname):8080/", "only a shell can expand this"),
    ("curl -f http://localhost:${PORT%x}/", "only a shell can expand this"),
    ("curl -f http://localhost:80$?/", "only a shell can expand this"),
    ("code=$(curl localhost); [ $code = 1 ]", "sets a variable"),
    ("curl -f localhost/?a=1&b=2", "sets a variable"),
    ("curl -f localhost &", "in the background"),
    # dash takes `&>` for `&` and `>`
    ("curl -f localhost &> /dev/null", "writes a file"),
    ("curl -f localhost > /tmp/answer", "writes a file"),
    ("curl -f -o answer localhost", "writes a file"),
    ("bash /check.sh", "script of the shell"),
    ("test -f *.pid", "which file"),
    ("test -f a -a -f b", "what this test asks"),
    # What curl and wget can do besides
    ("curl --unix-socket /run/x.sock http://localhost/", "Unix socket"),
    ("curl -F a=b localhost", "a file or a form"),
    ("curl -d @data localhost", "sends a file"),
    ("curl -x http://proxy localhost", "proxy"),
    ("curl --no-such-option localhost", "what this option of curl"),
    # curl has no `--name=value`: it fails
    ("curl --max-time=5 localhost", "what this option of curl"),
    ("curl -X HEAD localhost", "never comes"),
    ("curl localhost:1 localhost:2", "more than one URL"),
    (["curl", "-f", "http://localhost", "||", "exit", "1"], "more than one URL"),
    ("curl -f", "names no URL"),
    ("curl -f 'http://localhost:${PORT}/'", "not a URL"),
    (["curl", "-f", "http://localhost:$PORT/"], "not a URL"),
    ("curl -f $HEALTH_URL", "the URL is in a variable"),
    ("curl -f http://$ADDRESS/", "in a variable"),
    ("curl -u elastic:$PASSWORD localhost", "password is in a variable"),
    ("curl ftp://localhost", "over ftp"),
    ("curl 'http://localhost/[1-3]'", "several URLs"),
    ("curl -fLd a=b localhost", "follows redirects"),
    ("wget -r localhost", "follows the links"),
    ("wget -O answer localhost", "writes a file"),
    ("wget --spider --post-data a localhost", "a method of its own"),
    ("busybox wget --ca-certificate=x localhost", "what this option of the wget of busybox"),
    # Pipes
    ("curl -s localhost | jq -e .ok", "pipes one command into another"),
    ("curl -s localhost | grep -v down", "what is not there"),
    ("curl -s localhost | grep 'v1.0'", "a pattern"),
    ("curl -s localhost | grep -qx true", "whole words or lines"),
    ("curl -sI localhost | grep -q 200", "more than the body"),
    ("curl -si localhost | grep -q 200", "more than the body"),
    ("wget -S -O- localhost 2>&1 | grep -q 200", "more than the answer"),
    ("curl -so /dev/null -w '%{http_code}' localhost | grep -v 500", "what is not there"),
    # 000 is no answer at all, and is below 400
    ("[ $(curl -so /dev/null -w '%{http_code}' localhost) -lt 400 ]", "what this compares"),
    ("[ $(curl -so /dev/null -w '%{http_code}' localhost) != 500 ]", "what this compares"),
    ("echo ruok | nc localhost 2181 | grep imok", "pipes one command into another"),
    # Connections
    ("nc localhost 80", "in its own words"),
    ("nc -zu localhost 53", "datagrams"),
    ("nc -z localhost 80-90", "more than one port"),
    ("echo > /dev/tcp/localhost/80", "only bash knows /dev/tcp"),
    # Programs of a whole system
    ("pgrep nginx", "the processes"),
    ("ps aux | grep '[n]ginx'", "the processes"),
    ("netstat -ltn | grep -q 80", "the sockets"),
    ("dig @127.0.0.1 example.com", "another protocol"),
    ("sudo curl localhost", "another program"),
    ("", "only a shell"),
]


@pytest.mark.parametrize(("command", "reason"), OBSTACLES, ids=str)
def test_what_stands_in_the_way(command: str | list[str], reason: str) -> None:
    found = read(command)
    assert isinstance(found, tuple)
    assert all(isinstance(obstacle, Obstacle) for obstacle in found)
    assert reason in " ".join(map(str, found))


def test_every_obstacle_is_said() -> None:
    found = read("curl -F a=b localhost && pgrep nginx")
    assert isinstance(found, tuple)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("curl -f --retry 3 localhost", "asks again up to 3 times"),
        ("curl -f -4 localhost", "one family of addresses"),
        ("curl -f http://db:8080/", "http_proxy"),
        ("wget localhost", "leaves a file"),
        ("wget -qO- localhost", "cut short"),
        ("[[ -f /tmp/healthy ]]", "Debian's sh"),
        ("[[ $(curl -so /dev/null -w '%{http_code}' localhost) == 200 ]]", "Debian's sh"),
    ],
)
def test_what_is_otherwise_is_said(command: str, note: str) -> None:
    plan = read(command)
    assert isinstance(plan, HealthPlan)
    assert note in " ".join(plan.notes)


@pytest.mark.parametrize(
    "command", ["curl -fsS http://localhost:8080/ || exit 1", "wget -qO- -t1 localhost", "nc -z ::1 1"]
)
def test_what_is_the_same_has_no_notes(command: str) -> None:
    plan = read(command)
    assert isinstance(plan, HealthPlan)
    assert plan.notes == ()


def test_the_shell_is_the_one_that_shell_says() -> None:
    assert isinstance(read("curl -f localhost &> /dev/null", shell=("/bin/bash", "-c")), HealthPlan)
    assert isinstance(read("curl -s localhost | grep ok", shell=("/bin/bash", "-o", "pipefail", "-c")), HealthPlan)
    found = read("curl.exe localhost", shell=("cmd", "/S", "/C"))
    assert found == (Obstacle("it is a command for another shell", "cmd"),)


def test_whose_wget_it_is() -> None:
    gnu, busybox = (read("wget -q --spider localhost", busybox=busybox) for busybox in (False, True))
    assert isinstance(gnu, HealthPlan)
    assert isinstance(busybox, HealthPlan)
    assert isinstance(first := gnu.checks[0], HttpCheck)
    assert isinstance(second := busybox.checks[0], HttpCheck)
    assert (first.method, second.method) == ("HEAD", "GET")
