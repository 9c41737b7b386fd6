"""Images that lack one thing each, built and run by a real engine: every one is told from the original, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from minify.context.tree import Context
from minify.verify import behaviour, loading
from minify.verify.ask import Ask
from minify.verify.engine import BuildOptions, Engine, Image, silent
from minify.verify.engines import choose
from minify.verify.filesystem import Filesystem, read
from minify.verify.verdict import Finding, Section, Verdict

pytestmark = pytest.mark.e2e

PYTHON = """\
FROM python:3.12-slim
ENV GREETING=hello TZ=Europe/Paris
RUN mkdir /notes && chown 1000 /notes
WORKDIR /app
COPY . .
USER 1000
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://localhost:8000/greeting')"
CMD ["python", "server.py"]
"""
SERVER = """\
import http.server, json, os, signal, sys, time

def notes():
    with open("/notes/one", "a") as file:
        file.write("x")
    return os.path.getsize("/notes/one")

def rows():
    import sqlite3
    return sqlite3.connect(":memory:").execute("SELECT 7").fetchone()[0]

def certificates():
    import ssl
    return len(ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt").get_ca_certs()) > 50

PAGES = {
    "/": lambda: {"user": os.getuid(), "host": os.uname().nodename, "pid": os.getpid()},
    "/greeting": lambda: os.environ["GREETING"],
    "/zone": lambda: time.strftime("%H:%M %Z", time.localtime(1_751_364_000)),
    "/data": lambda: open("/app/data.csv").read(),
    "/notes": notes,
    "/rows": rows,
    "/certificates": certificates,
    "/now": lambda: time.strftime("%Y-%m-%dT%H:%M:%S%z"),
}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(PAGES[self.path]()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
NODE = """\
FROM node:22-slim
WORKDIR /app
COPY . .
EXPOSE 3000
CMD ["node", "server.js"]
"""
NODE_SERVER = """\
const greet = require("greet");
process.on("SIGTERM", () => process.exit(0));
require("http").createServer((request, response) => {
  response.end(request.url === "/lazy" ? require("./lib/lazy") : greet);
}).listen(3000);
"""
PROGRAM = """\
FROM debian:12-slim
RUN echo 'echo started by $0; exit 3' > /run.sh
CMD sh /run.sh
"""


@dataclass(frozen=True)
class Built:
    image: Image
    filesystem: Filesystem


@pytest.fixture(scope="module")
def builder(need: Callable[[str], None]) -> Iterator[Engine]:
    for base in ("python:3.12-slim", "node:22-slim", "debian:12-slim"):
        need(base)
    with closing(choose(None)) as engine:
        yield engine


def build(engine: Engine, dockerfile: str, context: Path) -> Built:
    options = BuildOptions(network="host")
    image = engine.build(dockerfile.encode(), context, options, path="Dockerfile", original=True, progress=silent)
    with engine.export(image.id) as stream:
        return Built(image, read(stream, elf=False, progress=silent))


def as_root(command: str) -> Callable[[str], str]:
    """What the new image has done to it in the end."""
    return lambda dockerfile: f"{dockerfile}USER root\nRUN {command}\nUSER 1000\n"


def instead(old: str, new: str) -> Callable[[str], str]:
    """One text in place of another."""
    return lambda dockerfile: dockerfile.replace(old, new)


def not_the_same(section: Section) -> list[Finding]:
    return [one for one in section.findings if not one.verdict.passes]


# -- Python -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    (folder / "server.py").write_text(SERVER)
    (folder / "data.csv").write_text("a,b\n1,2\n")
    return folder


@pytest.fixture(scope="module")
def original(builder: Engine, context: Path) -> Built:
    return build(builder, PYTHON, context)


ASK = Ask(probes=("/greeting", "/zone", "/data", "/notes", "/rows", "/certificates", "/now"), seconds=60)


def test_an_image_is_the_same_as_itself_under_another_name(builder: Engine, context: Path, original: Built) -> None:
    new = build(builder, PYTHON + 'LABEL a="b"\n', context)
    section = behaviour.compare(builder, original, new, ASK)
    assert section.verdict is Verdict.SAME, section
    assert {one.what: one.before for one in section.findings} == {
        "listens on": "8000/tcp",
        "GET / on 8000": "200 application/json",
        **{f"GET {probe} on 8000": "200 application/json" for probe in ASK.probes},
        "after the questions": "runs",
        "health check": "healthy",
        "end at SIGTERM": "exit status 0",
    }
    assert section.notes == ("normalised where both differ: times, host names of containers, process ids",)
    loaded = loading.compare(builder, original, new, loading.modules(Context(context)), ASK)
    assert (loaded.verdict, loaded.summary) == (Verdict.SAME, "8 python modules load as before")


@pytest.mark.parametrize(
    ("change", "what", "reason", "repair"),
    [
        pytest.param(
            as_root("find / -xdev -name 'libsqlite3.so*' -delete"),
            "GET /rows on 8000",
            "the library libsqlite3.so.0",
            "libsqlite3.so.0",
            id="library",
        ),
        pytest.param(
            as_root("rm -r /usr/local/lib/python3.12/sqlite3"),
            "GET /rows on 8000",
            "No module named 'sqlite3'",
            "/usr/local/lib/python3.12/sqlite3",
            id="module",
        ),
        pytest.param(
            as_root("rm data.csv"), "GET /data on 8000", "the file /app/data.csv", "/app/data.csv", id="data file"
        ),
        pytest.param(
            as_root("chown root /notes"), "GET /notes on 8000", "the permission to use /notes/one", "", id="permission"
        ),
        pytest.param(
            as_root("rm /etc/ssl/certs/ca-certificates.crt"), "GET /certificates on 8000", "FileNotFoundError", "", id="certificates"
        ),
        pytest.param(as_root("rm -r /usr/share/zoneinfo"), "GET /zone on 8000", "differs: body", "", id="time zones"),
        pytest.param(
            instead("GREETING=hello ", ""), "GET / on 8000", "", "", id="environment"
        ),
        pytest.param(instead("USER 1000\nEXPOSE", "EXPOSE"), "GET / on 8000", "differs: body", "", id="user"),
        pytest.param(as_root("rm server.py"), "start", "the file /app/server.py", "/app/server.py", id="the program itself"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_told(
    builder: Engine, context: Path, original: Built, change: Callable[[str], str], what: str, reason: str, repair: str
) -> None:
    dockerfile = change(PYTHON)
    assert dockerfile != PYTHON
    section = behaviour.compare(builder, original, build(builder, dockerfile, context), ASK)
    assert section.verdict is Verdict.DIFFERENT
    found = next((one for one in not_the_same(section) if one.what == what), None)
    if "GREETING" not in dockerfile:
        found = next(one for one in not_the_same(section) if "the environment variable GREETING" in one.detail)
        assert found.what == "GET /greeting on 8000"
        return
    assert found is not None, section
    assert reason in found.detail
    assert any(path.endswith(repair) for path in found.repair) if repair else True


def test_a_module_that_does_not_load_is_found_without_a_question(
    builder: Engine, context: Path, original: Built
) -> None:
    new = build(builder, as_root("find / -xdev -name 'libsqlite3.so*' -delete")(PYTHON), context)
    section = loading.compare(builder, original, new, loading.modules(Context(context)), Ask())
    (found,) = not_the_same(section)
    assert (found.what, found.verdict) == ("sqlite3", Verdict.DIFFERENT)
    assert any(path.endswith("/libsqlite3.so.0") for path in found.repair)


# -- Node -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    for name, text in {
        "server.js": NODE_SERVER,
        "lib/lazy.js": "module.exports = 'lazy'",
        "node_modules/greet/index.js": "module.exports = 'hello'",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def node_original(builder: Engine, node_context: Path) -> Built:
    return build(builder, NODE, node_context)


@pytest.mark.parametrize(
    ("removed", "what", "after"),
    [
        ("/app/node_modules/greet", "start", "ends with exit status 1"),
        ("/app/lib/lazy.js", "GET /lazy on 3000", "the connection was closed without an answer"),
    ],
)
def test_a_node_package_or_file_that_is_gone(
    builder: Engine, node_context: Path, node_original: Built, removed: str, what: str, after: str
) -> None:
    new = build(builder, f"{NODE}RUN rm -r {removed}\n", node_context)
    section = behaviour.compare(builder, node_original, new, Ask(probes=("/lazy",), seconds=60))
    found = not_the_same(section)[0]
    assert (found.what, found.after, found.repair) == (what, after, (removed,))
    loaded = loading.compare(builder, node_original, new, loading.modules(Context(node_context)), Ask())
    assert loaded.verdict is (Verdict.DIFFERENT if "greet" in removed else Verdict.SAME)


# -- programs ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def program(builder: Engine, context: Path) -> Built:
    return build(builder, PROGRAM, context)


def test_a_program_that_ends_as_expected(builder: Engine, context: Path, program: Built) -> None:
    new = build(builder, PROGRAM + 'LABEL a="b"\n', context)
    assert behaviour.compare(builder, program, new, Ask(expect_exit=3)).verdict is Verdict.SAME
    assert behaviour.compare(builder, program, new, Ask()).verdict is Verdict.INCONCLUSIVE
    loaded = loading.compare(builder, program, new, loading.modules(Context(context)), Ask())
    assert loaded.verdict is Verdict.SAME


def test_a_shell_that_is_gone(builder: Engine, context: Path, program: Built) -> None:
    new = build(builder, f"{PROGRAM}RUN rm /bin/sh\n", context)
    section = behaviour.compare(builder, program, new, Ask(expect_exit=3))
    found = not_the_same(section)[0]
    assert (found.what, found.after) == ("exit status", "exit status 127")
    assert found.repair[0] == "/bin/sh"


# -- what proves nothing ----------------------------------------------------------------------------

DYING = """\
import http.server, os, sys, threading, time

def ask_the_database():
    time.sleep(float(os.environ["LIFE"]))
    print("OperationalError: could not connect to db", file=sys.stderr, flush=True)
    os._exit(3)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        {answer}

threading.Thread(target=ask_the_database).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


@pytest.mark.parametrize(
    ("answer", "life", "reason"),
    [
        pytest.param("time.sleep(60)", "3", "OperationalError", id="it dies while it is asked"),
        pytest.param("time.sleep(60)", "0.7", "OperationalError", id="it dies as soon as it listens"),
        pytest.param("self.send_error(500)", "600", "status 500", id="it answers with errors only"),
        pytest.param("self.connection.close()", "600", "says nothing", id="it closes every connection"),
    ],
)
def test_a_server_that_does_not_work_in_either_proves_nothing(
    builder: Engine, tmp_path: Path, answer: str, life: str, reason: str
) -> None:
    (tmp_path / "server.py").write_text(DYING.format(answer=answer))
    dockerfile = (
        f'FROM python:3.12-slim\nENV LIFE={life}\nCOPY server.py /\nEXPOSE 8000\nCMD ["python", "/server.py"]\n'
    )
    before, after = (build(builder, text, tmp_path) for text in (dockerfile, dockerfile + "LABEL a=b\n"))
    section = behaviour.compare(builder, before, after, Ask(seconds=30))
    assert section.verdict is Verdict.INCONCLUSIVE, section
    assert any(reason in f"{one.detail} {one.before}" for one in not_the_same(section)), section
