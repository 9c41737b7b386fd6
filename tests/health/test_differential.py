"""What the real curl, wget and nc say of a server, and what the translation says: they must agree.

The path is in a variable, so that each command is translated and compiled once for all answers.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from minify.health import Obstacle
from tests.health.programs import RUNTIMES, healthy, missing, outcomes, plan_of, program
from tests.health.server import refused, serve

STATUSES = tuple(f"status/{code}" for code in (200, 201, 204, 301, 302, 304, 400, 401, 404, 405, 500, 501, 503, 504))
REDIRECTS = (
    *("redirect/301/status/200", "redirect/302/status/503", "redirect/307/redirect/308/status/200"),
    *("redirect/303/status/404", "redirect/302/head/405/get/200", "beside/302", "whole-url", "lonely-redirect"),
)
METHODS = ("head/404/get/200", "head/405/get/200", "head/500/get/200", "head/501/get/200", "head/200/get/500")
BODIES = ("http10", "no-length", "no-reason", "chunked", "with-location", "upper", "two-lines")
BROKEN = ("empty", "garbage", "cut-length", "cut-chunk", "cut-head", "drip/0.3", "after/0.3")
SOME = (*STATUSES, *METHODS, "redirect/302/status/503", "empty", "cut-length")
EVERY = (*STATUSES, *REDIRECTS, *METHODS, *BODIES, *BROKEN, "loop")
SLOW = ("status/200", "status/404", "after/0.1", "after/4", "drip/0.1", "drip/4")

CURL = {
    "curl -s http://127.0.0.1:$PORT/$WHAT": EVERY,
    "curl -f http://127.0.0.1:$PORT/$WHAT || exit 1": EVERY,
    "curl -fsSL -o /dev/null http://127.0.0.1:$PORT/$WHAT": EVERY,
    "curl -sL --max-redirs 1 http://127.0.0.1:$PORT/$WHAT": REDIRECTS,
    "curl -fI http://127.0.0.1:$PORT/$WHAT": (*STATUSES, *METHODS, *REDIRECTS),
    "curl -fsIL http://127.0.0.1:$PORT/$WHAT": (*METHODS, *REDIRECTS),
    "curl --fail -s -m 2 http://127.0.0.1:${PORT:-1}/$WHAT": SLOW,
    "curl -fsL -m 2.5 http://127.0.0.1:${PORT:-1}/$WHAT": SLOW,
    "timeout 2 curl -f http://127.0.0.1:$PORT/$WHAT": SLOW,
    "curl -s http://127.0.0.1:$PORT/$WHAT | grep -q ok": (*STATUSES, *BODIES, "empty"),
    'curl -fs http://127.0.0.1:$PORT/$WHAT | grep -qi \'"STATUS": "ok"\'': (*STATUSES, *BODIES),
    "curl -s http://127.0.0.1:$PORT/$WHAT | grep -E 'ready|OK' > /dev/null": (*STATUSES, *BODIES),
    '[ "$(curl -s http://127.0.0.1:$PORT/$WHAT)" = OK ]': (*STATUSES, *BODIES, "empty"),
    "test \"$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:$PORT/$WHAT)\" = 200": SOME,
    "curl -so /dev/null -w '%{http_code}\\n' http://127.0.0.1:$PORT/$WHAT | grep -qE '^(200|30[12])$'": SOME,
    "curl -fs http://127.0.0.1:$PORT/$WHAT && curl -fs http://127.0.0.1:$PORT/status/204 || exit 1": STATUSES,
    "curl -H 'Host: app.example' -H 'X-Token: a b' -A probe/1 -u user:pass -f '127.0.0.1:'$PORT/$WHAT?full=1": (
        *("host", "header", "agent", "credentials", "query", "post"),
    ),
    "curl -f -d a=b http://127.0.0.1:$PORT/$WHAT": ("post", "json", "status/200"),
    "curl -f -X PUT -H 'Content-Type: application/json' -d '{\"a\": 1}' http://127.0.0.1:$PORT/$WHAT": ("post", "json"),
    "curl -f -H 'X: \"a\\b`$'\"'\"'{c}%s' -d '{\"k\": \"\\n${x}`%\"}' http://127.0.0.1:$PORT/$WHAT": (
        "awkward",
        "post",
    ),
    "curl -fX DELETE http://127.0.0.1:$PORT/$WHAT": ("delete", "post"),
}
WGET = {
    "wget -q -O /dev/null --tries=1 http://127.0.0.1:$PORT/$WHAT": EVERY,
    "wget --no-verbose --tries=1 --spider http://127.0.0.1:$PORT/$WHAT || exit 1": EVERY,
    "wget -q --spider http://127.0.0.1:$PORT/$WHAT || exit 1": (*METHODS, *REDIRECTS, "status/200", "status/503", "empty"),
    "wget -qO- -t1 http://127.0.0.1:$PORT/$WHAT | grep ok": (*STATUSES, *REDIRECTS, *BODIES),
    "wget -q -t 1 -T 2 -O /dev/null http://127.0.0.1:$PORT/$WHAT": SLOW,
    "wget -q -t 1 --spider -T 2 http://127.0.0.1:$PORT/$WHAT": SLOW,
    "wget -q -t 1 --max-redirect=0 -O- http://127.0.0.1:$PORT/$WHAT": (*STATUSES, *REDIRECTS),
    "wget -qO- -t1 --header 'X-Token: a b' -U probe/1 127.0.0.1:$PORT/$WHAT?full=1": ("header", "agent", "query", "host"),
    "wget -qO- -t1 --post-data a=b http://127.0.0.1:$PORT/$WHAT": ("post", "json"),
    "busybox wget -q -O /dev/null http://127.0.0.1:$PORT/$WHAT": EVERY,
    "busybox wget -q --spider http://127.0.0.1:$PORT/$WHAT || exit 1": EVERY,
    "busybox wget -qO- http://127.0.0.1:$PORT/$WHAT | grep ok": (*STATUSES, *REDIRECTS, *BODIES),
    "busybox wget -q -T 2 -O /dev/null http://127.0.0.1:$PORT/$WHAT": SLOW,
}  # fmt: skip
# Where a program may say otherwise than the tool of that name, and why: none is an answer of a server that works
EXCEPTIONS = {
    ("curl", "cut-head"): "curl and http.client do without the end of the headers",
    ("wget", "cut-head"): "GNU Wget and http.client do without the end of the headers",
    ("busybox", "cut-head"): "http.client does without the end of the headers",
    ("wget", "garbage"): "GNU Wget takes what has no status line for HTTP/0.9",
    ("wget", "cut-chunk"): "GNU Wget does not see that the chunks end too early",
    ("busybox", "lonely-redirect"): "to busybox a redirect to nowhere is a success",
    ("busybox", "status/301"): "to busybox a redirect to nowhere is a success",
    ("busybox", "status/302"): "to busybox a redirect to nowhere is a success",
    ("busybox", "beside/302"): "busybox asks for /beside/../status/200 as it is written",
}
TOOLS = {"curl": "curl", "wget": "wget", "nc": "nc", "ncat": "ncat", "busybox": "busybox"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve() as port:
        yield port


def _need(command: str, runtime: str) -> None:
    for word, tool in TOOLS.items():
        if word in command.split() and not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if "busybox wget" in command and " -T" in command and "-T SEC" not in _busybox_help():
        pytest.skip("this busybox has no wget -T")
    reason = missing(runtime)
    if reason is not None:
        pytest.skip(reason)


@cache
def _busybox_help() -> str:
    return subprocess.run(("busybox", "wget", "--help"), capture_output=True, text=True, check=False).stderr


_real: dict[str, dict[str, bool]] = {}


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("command", CURL | WGET)
def test_every_answer(command: str, runtime: str, port: int, tmp_path: Path) -> None:
    _need(command, runtime)
    environments = {what: {"PORT": str(port), "WHAT": what} for what in (CURL | WGET)[command]}
    environments["refused"] = {"PORT": str(refused()), "WHAT": "status/200"}
    if command not in _real:
        _real[command] = outcomes(("sh", "-c", command), environments, tmp_path)
    argv = program(plan_of(command), runtime, tmp_path)
    assert not isinstance(argv, Obstacle)
    ours = outcomes(argv, environments, tmp_path)
    wrong = {
        what: f"{'healthy' if real else 'unhealthy'} by the tool"
        for what, real in _real[command].items()
        if ours[what] != real and (_tool(command), what) not in EXCEPTIONS
    }
    assert not wrong


def _tool(command: str) -> str:
    return next(tool for tool in ("busybox", "wget", "curl") if tool in command)


# Which addresses a server listens at, and how a health check names them
ADDRESSES = {
    "curl -f http://localhost:$PORT/status/200": ("127.0.0.1", "::1"),
    "curl -fsL http://localhost:$PORT/status/200": ("127.0.0.1", "::1"),
    "curl -f http://[::1]:$PORT/status/200": ("127.0.0.1", "::1"),
    "curl -f http://0.0.0.0:$PORT/status/200": ("127.0.0.1", "::1"),
    "wget -q -t1 --spider http://localhost:$PORT/status/200": ("127.0.0.1", "::1"),
    "nc -z localhost $PORT": ("127.0.0.1", "::1"),
    "nc -zv -w 2 127.0.0.1 $PORT || exit 1": ("127.0.0.1", "::1"),
    "nc -z ::1 $PORT": ("127.0.0.1", "::1"),
    "ncat -z localhost ${PORT}": ("127.0.0.1", "::1"),
    "bash -c '</dev/tcp/localhost/$PORT'": ("127.0.0.1", "::1"),
    "timeout 2 bash -c 'echo > /dev/tcp/127.0.0.1/$PORT'": ("127.0.0.1", "::1"),
}


def _with_both_addresses(argv: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """The command where localhost is 127.0.0.1 and ::1, as in a container."""
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n::1 localhost\n")
    return ("unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "-", *argv)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("command", ADDRESSES)
def test_one_family_of_addresses(command: str, runtime: str, tmp_path: Path) -> None:
    _need(command, runtime)
    if not healthy(_with_both_addresses(("true",), tmp_path), {}, tmp_path):
        pytest.skip("no mount namespace can be made here")
    argv = program(plan_of(command), runtime, tmp_path)
    assert not isinstance(argv, Obstacle)
    seen = {}
    for address in ADDRESSES[command]:
        with serve(address) as port:
            environment = {"PORT": str(port)}
            for name, tried in (("tool", ("sh", "-c", command)), (runtime, argv)):
                seen[address, name] = healthy(_with_both_addresses(tried, tmp_path), environment, tmp_path)
    assert {(address, seen[address, "tool"]) for address in ADDRESSES[command]} == {
        (address, seen[address, runtime]) for address in ADDRESSES[command]
    }
    assert any(seen.values())
    assert not healthy(argv, {"PORT": str(refused())}, tmp_path)


@pytest.fixture(scope="module")
def secure_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ),
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serve(context=context) as port:
        yield port


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["python", "node", "go", "java"])
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("curl -fk https://127.0.0.1:$PORT/status/200", True),
        ("curl -fk https://localhost:$PORT/status/503", False),
        ("curl -fkL https://127.0.0.1:$PORT/redirect/302/status/200", True),
        ("curl -f https://127.0.0.1:$PORT/status/200", False),
        ("curl -f http://127.0.0.1:$PORT/status/200", False),
        ("wget -q -t1 --no-check-certificate --spider https://127.0.0.1:$PORT/status/200", True),
        ("wget -q -t1 --spider https://127.0.0.1:$PORT/status/200", False),
    ],
)
def test_certificates(command: str, expected: bool, runtime: str, secure_port: int, tmp_path: Path) -> None:
    _need(command, runtime)
    environment = {"PORT": str(secure_port)}
    argv = program(plan_of(command), runtime, tmp_path)
    if runtime == "java" and isinstance(argv, Obstacle):
        # Its certificates are its own: what must be trusted is not translated
        assert "https" in command
        assert "-k" not in command and "no-check" not in command
        return
    assert not isinstance(argv, Obstacle)
    assert healthy(("sh", "-c", command), environment, tmp_path) is expected
    assert healthy(argv, environment, tmp_path) is expected


FILES = (
    "test -f $WHAT",
    "test -e file || exit 1",
    '[ -d "$WHAT" ]',
    "test -s $WHAT",
    "test ! -e $WHAT",
    "! test -f $WHAT",
    "[ -x $WHAT ]",
    "test -r ${WHAT:-nothing}",
    "cat $WHAT > /dev/null",
    "ls -la $WHAT",
    "stat $WHAT",
    'test "$(find file -mmin -5)"',
    "find old -mmin -5 | grep -q .",
    'if [ -f "file" ]; then exit 0; else exit 1; fi',
    "test -f file && test -f $WHAT",
)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("command", FILES)
def test_files(command: str, runtime: str, tmp_path: Path) -> None:
    _need(command, runtime)
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "run").write_text("x")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "old").write_text("x")
    os.utime(tmp_path / "old", (0, 0))
    argv = program(plan_of(command), runtime, tmp_path)
    assert not isinstance(argv, Obstacle)
    environments = {what: {"WHAT": what} for what in ("file", "empty", "folder", "run", "missing")}
    if command.startswith("cat"):
        # A folder can be opened and not read
        del environments["folder"]
    assert outcomes(argv, environments, tmp_path) == outcomes(("sh", "-c", command), environments, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_several_checks_each_with_its_time(runtime: str, port: int, tmp_path: Path) -> None:
    command = (
        "test -f ready && curl -fs -m 3 http://127.0.0.1:$PORT/after/0.1 && nc -z 127.0.0.1 $PORT"
        " && curl -fs -m 2 http://127.0.0.1:$PORT/$WHAT || exit 1"
    )
    _need(command, runtime)
    (tmp_path / "ready").touch()
    argv = program(plan_of(command), runtime, tmp_path)
    assert not isinstance(argv, Obstacle)
    environments = {what: {"PORT": str(port), "WHAT": what} for what in ("status/200", "status/500", "after/4")}
    found = outcomes(argv, environments, tmp_path)
    assert found == {"status/200": True, "status/500": False, "after/4": False}
    assert found == outcomes(("sh", "-c", command), environments, tmp_path)
    (tmp_path / "ready").unlink()
    assert not healthy(argv, environments["status/200"], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_proxy_is_not_asked(runtime: str, port: int, tmp_path: Path) -> None:
    """The container itself is never behind a proxy; what curl does with http_proxy set is a mistake of the setting."""
    if reason := missing(runtime):
        pytest.skip(reason)
    for command in ("curl -f http://127.0.0.1:$PORT/status/200", "wget -qO- http://127.0.0.1:$PORT/status/200"):
        argv = program(plan_of(command), runtime, tmp_path)
        assert not isinstance(argv, Obstacle)
        proxy = f"http://127.0.0.1:{refused()}"
        assert healthy(argv, {"PORT": str(port), "http_proxy": proxy, "HTTP_PROXY": proxy}, tmp_path)


@pytest.mark.parametrize("value", [None, "", "80x"])
def test_a_port_that_is_none(value: str | None, tmp_path: Path) -> None:
    """Without a value the port is 80, where nothing listens; what is no number is no port to anyone."""
    command = "curl -sf http://127.0.0.1:$PORT/status/200"
    environment = {} if value is None else {"PORT": value}
    argv = program(plan_of(command), "python", tmp_path)
    assert not isinstance(argv, Obstacle)
    assert not healthy(argv, environment, tmp_path)
