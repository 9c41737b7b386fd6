"""Programs, servers and workers of every kind, as processes of this machine, compared pair by pair."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

import pytest

from minify.errors import UsageError
from minify.verify import behaviour, stopping, workers
from minify.verify.ask import Ask
from minify.verify.engine import Configuration, Healthcheck, silent
from minify.verify.probes import Server
from minify.verify.trial import Trial
from minify.verify.verdict import Finding, Section, Verdict
from tests.verify.fakes import FakeContainer, FakeEngine, FakeFiles, FakeSubject

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads the sockets of a process from /proc"
)

QUICK = 2.0


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine(ports=(8000, 8001))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 1.0)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", textwrap.dedent(code))


def shell(code: str) -> tuple[str, ...]:
    """Quicker than an interpreter, for programs that only end."""
    return ("/bin/sh", "-c", code)


def compare(
    engine: FakeEngine,
    before: tuple[str, ...],
    after: tuple[str, ...],
    ask: Ask | None = None,
    configuration: Configuration | None = None,
    files: FakeFiles | None = None,
    **env: str,
) -> Section:
    """Compare two commands; `env` is what the new image has besides."""
    old = engine.image_of(before, configuration)
    new = engine.image_of(after, configuration, **env)
    subjects = FakeSubject(image=old, filesystem=files or FakeFiles()), FakeSubject(image=new)
    section = behaviour.compare(engine, *subjects, ask or Ask(seconds=QUICK))
    assert all(container.removed for container in engine.started), "nothing is left behind"
    return section


def finding(section: Section, what: str) -> Finding:
    return next(one for one in section.findings if one.what == what)


# -- programs that end ------------------------------------------------------------------------------


def test_a_program_that_does_the_same(engine: FakeEngine) -> None:
    section = compare(engine, shell("echo one; echo two >&2"), shell("echo one; echo two >&2"))
    assert (section.verdict, section.notes) == (Verdict.SAME, ())
    assert [one.what for one in section.findings] == ["exit status", "standard output", "standard error"]
    assert finding(section, "standard output").before == "1 line"
    assert len(engine.started) == 2, "what is the same needs no second look"


@pytest.mark.parametrize(
    ("after", "what"),
    [
        ("echo one; exit 0; true", None),
        ("echo two", "standard output"),
        ("echo one >&2; echo one", "standard error"),
        ("echo one; exit 3", "exit status"),
        ("kill -SEGV $$", "exit status"),
    ],
)
def test_a_program_that_does_something_else(engine: FakeEngine, after: str, what: str | None) -> None:
    section = compare(engine, shell("echo one"), shell(after))
    assert section.verdict is (Verdict.DIFFERENT if what else Verdict.SAME)
    if what:
        assert finding(section, what).verdict is Verdict.DIFFERENT


def test_times_and_ids_are_no_difference_and_are_named(engine: FakeEngine) -> None:
    code = "echo pid $$; date -u +%Y-%m-%dT%H:%M:%S.%NZ"
    section = compare(engine, shell(code), shell(code))
    assert section.verdict is Verdict.SAME
    assert section.notes == ("normalised where both differ: times, process ids",)
    assert len(engine.started) == 2


def test_what_is_random_is_told_by_a_second_run_of_the_original(engine: FakeEngine) -> None:
    code = "echo token $(od -An -N4 -tx1 /dev/urandom | tr -d ' ') end"
    section = compare(engine, shell(code), shell(code))
    assert section.verdict is Verdict.SAME
    assert len(engine.started) == 3
    assert any("two runs of the original differ" in note and "standard output" in note for note in section.notes)


def test_two_runs_that_agree_by_chance_are_not_the_last_word(engine: FakeEngine) -> None:
    """A word out of a few: the original's first two runs draw the same, and only a third one shows that it is drawn."""
    code = 'if [ "$RUN" -lt 3 ]; then echo "red, drawn in run $RUN"; else echo "green, drawn in run $RUN"; fi'
    section = compare(engine, shell(code), shell("echo blue, drawn in run 9"))
    assert section.verdict is Verdict.SAME
    fixed = compare(engine, shell('echo "red, drawn in run $RUN"'), shell("echo blue, drawn in run 9"))
    assert finding(fixed, "standard output").verdict is Verdict.DIFFERENT


def test_what_is_random_hides_nothing_else(engine: FakeEngine) -> None:
    token = "$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')"
    section = compare(engine, shell(f"echo token {token} ok"), shell(f"echo token {token} lost"))
    assert finding(section, "standard output").verdict is Verdict.DIFFERENT


def test_an_original_that_ends_now_so_now_so(engine: FakeEngine) -> None:
    """The first run ends with 0, the second with 1, the third with 0."""
    section = compare(engine, shell("exit $((RUN / 2))"), shell("exit 1"))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "two runs of the original" in finding(section, "exit status").detail
    assert section.summary == "a program: not to be compared: exit status"


def test_nothing_written_is_said(engine: FakeEngine) -> None:
    section = compare(engine, shell("true"), shell("true"))
    assert section.verdict is Verdict.SAME
    assert "little was exercised" in section.notes[0]


def test_a_shell_that_has_nothing_to_run_proves_nothing(engine: FakeEngine) -> None:
    section = compare(engine, ("/bin/sh",), ("/bin/sh",))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "--cmd" in finding(section, "command").detail
    ask = Ask(seconds=QUICK, command=shell("echo fine"))
    assert compare(engine, ("/bin/sh",), ("/bin/sh",), ask).verdict is Verdict.SAME


def test_what_fails_alike_says_little(engine: FakeEngine) -> None:
    code = "echo 'error: no database' >&2; exit 4"
    section = compare(engine, shell(code), shell(code))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "error: no database" in section.summary
    assert "--env" in section.notes[-1]


def test_what_fails_as_expected_is_the_same(engine: FakeEngine) -> None:
    code = "echo usage >&2; exit 4"
    assert compare(engine, shell(code), shell(code), Ask(seconds=QUICK, expect_exit=4)).verdict is Verdict.SAME


def test_another_end_than_expected(engine: FakeEngine) -> None:
    section = compare(engine, shell("echo x"), shell("echo x"), Ask(seconds=QUICK, expect_exit=4))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "4 was expected" in finding(section, "exit status").detail


def test_what_fails_in_another_way(engine: FakeEngine) -> None:
    section = compare(
        engine, shell("echo 'error: no database' >&2; exit 1"), shell("echo 'error: no config' >&2; exit 1")
    )
    assert section.verdict is Verdict.DIFFERENT


def test_what_fails_alike_by_another_way(engine: FakeEngine) -> None:
    section = compare(
        engine,
        shell("echo 'loading a' >&2; echo 'ValueError: x' >&2; exit 1"),
        shell("echo 'loading b' >&2; echo 'ValueError: x' >&2; exit 1"),
    )
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "the messages differ on the way to the same failure" in section.notes


def test_an_original_that_fails_where_the_new_image_works(engine: FakeEngine) -> None:
    section = compare(engine, shell("exit 1"), shell("echo fine"))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert section.summary == "the original fails (exit status 1), the new image does not"


def test_the_users_command_takes_the_place_of_cmd(engine: FakeEngine) -> None:
    ask = Ask(seconds=QUICK, command=shell('echo "$GREETING"'), env=("GREETING=hello",), run_args=("--tmpfs", "/x"))
    section = compare(engine, shell("exit 1"), shell("exit 2"), ask)
    assert section.verdict is Verdict.SAME
    assert all(how.env == ("GREETING=hello",) and how.arguments == ("--tmpfs", "/x") for how in engine.hows)


def test_a_command_line_by_another_path_is_the_same_program(engine: FakeEngine) -> None:
    """The new image names its program by the whole path, and a usage text repeats that."""
    before, after = ("./bin/app", "-x"), ("/srv/bin/app", "-x")
    old, new = engine.image_of(before), engine.image_of(after)
    ask = Ask(seconds=QUICK)
    trial = Trial(engine=engine, before=FakeSubject(image=old), after=FakeSubject(image=new), ask=ask, progress=silent)
    one, other = trial.normalisers
    assert one("usage: ./bin/app FILE").text == other("usage: /srv/bin/app FILE").text == "usage: app FILE"


# -- evidence ---------------------------------------------------------------------------------------


def test_what_is_lacking_is_named_with_its_path_in_the_original(engine: FakeEngine) -> None:
    files = FakeFiles({"/usr/lib/libpq.so.5.16": ""}, {"/usr/lib/libpq.so.5": "/usr/lib/libpq.so.5.16"})
    failing = shell("echo 'ImportError: libpq.so.5: cannot open shared object file: No such file' >&2; exit 1")
    section = compare(engine, shell("echo fine"), failing, files=files)
    found = finding(section, "exit status")
    assert found.repair == ("/usr/lib/libpq.so.5", "/usr/lib/libpq.so.5.16")
    assert "lacks the library libpq.so.5" in found.detail


def test_a_program_that_is_not_there(engine: FakeEngine) -> None:
    files = FakeFiles({"/usr/bin/dash": ""}, {"/bin/tool": "/usr/bin/dash"})
    section = compare(engine, shell("echo fine"), ("tool", "x"), files=files)
    assert section.verdict is Verdict.DIFFERENT
    assert finding(section, "exit status").repair == ("/bin/tool", "/usr/bin/dash")


def test_a_variable_that_is_gone(engine: FakeEngine) -> None:
    old = engine.image_of(shell("echo fine"), Configuration(env={"APP_ENV": "test"}))
    new = engine.image_of(shell("echo \"KeyError: 'APP_ENV'\" >&2; exit 1"))
    section = behaviour.compare(engine, FakeSubject(image=old), FakeSubject(image=new), Ask(seconds=QUICK))
    assert "the environment variable APP_ENV" in finding(section, "exit status").detail


# -- servers ----------------------------------------------------------------------------------------

SERVER = """
    import http.server, os, signal, sys, time
    ANSWER = os.environ.get("ANSWER", "hello")
    class Handler(http.server.BaseHTTPRequestHandler):
        count = 0
        def do_GET(self):
            Handler.count += 1
            if self.path == "/crash":
                os._exit(9)
            if self.path == "/missing":
                sys.stderr.write("FileNotFoundError: [Errno 2] No such file or directory: '/srv/page.html'\\n")
            status = int(os.environ.get("STATUS", "200")) if self.path == "/health" else 200
            body = f"{ANSWER} {self.path} {Handler.count}".encode()
            self.send_response(status)
            self.send_header("Content-Type", os.environ.get("TYPE", "text/plain"))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *args):
            pass
    if "LOG" in os.environ:
        print(os.environ["LOG"], file=sys.stderr, flush=True)
    time.sleep(float(os.environ.get("DELAY", "0")))
    if os.environ.get("DEAF"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(int(os.environ.get("END", "0"))))
    servers = [http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT_" + port])), Handler)
               for port in os.environ.get("LISTEN", "8000").split()]
    servers[0].serve_forever(poll_interval=0.02)
"""
EXPOSED = Configuration(exposed=("8000/tcp",))


def serve(engine: FakeEngine, ask: Ask | None = None, configuration: Configuration = EXPOSED, **env: str) -> Section:
    ask = ask or Ask(seconds=10, probes=("/health",))
    return compare(engine, python(SERVER), python(SERVER), ask, configuration, None, **env)


def test_a_server_that_does_the_same(engine: FakeEngine) -> None:
    section = serve(engine)
    assert (section.verdict, section.notes) == (Verdict.SAME, ()), section
    assert [(one.what, one.before) for one in section.findings] == [
        ("listens on", "8000/tcp"),
        ("GET / on 8000", "200 text/plain"),
        ("GET /health on 8000", "200 text/plain"),
        ("after the questions", "runs"),
        ("end at SIGTERM", "exit status 0"),
    ]
    assert len(engine.started) == 2


def test_one_that_starts_later_is_waited_for(engine: FakeEngine) -> None:
    assert serve(engine, DELAY="1.5").verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("env", "what", "after"),
    [
        ({"ANSWER": "bye"}, "GET / on 8000", "bye / 1"),
        ({"STATUS": "500"}, "GET /health on 8000", "500 text/plain"),
        ({"TYPE": "text/html"}, "GET / on 8000", "200 text/html"),
        ({"DEAF": "1"}, "end at SIGTERM", "killed after 1 s"),
        ({"END": "3"}, "end at SIGTERM", "exit status 3"),
        ({"LOG": "ERROR no settings, using defaults"}, "log", "ERROR no settings, using defaults"),
    ],
)
def test_a_server_that_does_something_else(engine: FakeEngine, env: dict[str, str], what: str, after: str) -> None:
    section = serve(engine, **env)
    found = finding(section, what)
    assert (found.verdict, found.after) == (Verdict.DIFFERENT, after)
    assert [one.what for one in section.findings if not one.verdict.passes] == (
        [what] if "ANSWER" not in env and "TYPE" not in env else [what, "GET /health on 8000"]
    )


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ({"END": "1"}, {"DEAF": "1"}, Verdict.CHANGED),
        ({"END": "1"}, {"END": "0"}, Verdict.BETTER),
        ({"DEAF": "1"}, {"END": "0"}, Verdict.BETTER),
        ({"END": "1"}, {"END": "143"}, Verdict.SAME),
        ({"END": "1"}, {"END": "139"}, Verdict.DIFFERENT),
    ],
)
def test_how_they_end(engine: FakeEngine, old: dict[str, str], new: dict[str, str], verdict: Verdict) -> None:
    before, after = (FakeSubject(image=engine.image_of(python(SERVER), EXPOSED, **env)) for env in (old, new))
    section = behaviour.compare(engine, before, after, Ask(seconds=10))
    assert finding(section, "end at SIGTERM").verdict is verdict


def test_another_log_that_tells_of_no_trouble_is_no_difference(engine: FakeEngine) -> None:
    assert serve(engine, LOG="starting in production mode").verdict is Verdict.SAME


def test_other_ports(engine: FakeEngine) -> None:
    section = serve(engine, Ask(seconds=3), LISTEN="8001")
    assert (finding(section, "listens on").before, finding(section, "listens on").after) == ("8000/tcp", "8001/tcp")
    assert section.verdict is Verdict.DIFFERENT


def test_one_that_only_the_original_listens_on(engine: FakeEngine) -> None:
    before = engine.image_of(python(SERVER), EXPOSED, LISTEN="8000 8001")
    after = engine.image_of(python(SERVER), EXPOSED)
    section = behaviour.compare(engine, FakeSubject(image=before), FakeSubject(image=after), Ask(seconds=3))
    assert finding(section, "listens on").before == "8000/tcp, 8001/tcp"
    assert finding(section, "GET / on 8000").verdict is Verdict.SAME
    assert section.verdict is Verdict.DIFFERENT


def test_one_that_does_not_survive_a_question(engine: FakeEngine) -> None:
    section = compare(
        engine,
        python(SERVER.replace('"/crash"', '"/never"')),
        python(SERVER),
        Ask(seconds=10, probes=("/crash",)),
        EXPOSED,
    )
    assert finding(section, "GET /crash on 8000").verdict is Verdict.DIFFERENT
    assert finding(section, "after the questions").after == "ended: exit status 9"


def test_one_that_does_not_start(engine: FakeEngine) -> None:
    files = FakeFiles({"/srv/page.html": ""})
    failing = shell("echo \"FileNotFoundError: [Errno 2] No such file or directory: '/srv/page.html'\" >&2; exit 1")
    section = compare(engine, python(SERVER), failing, Ask(seconds=10), EXPOSED, files)
    found = finding(section, "start")
    assert (found.verdict, found.before, found.after) == (
        Verdict.DIFFERENT,
        "listens on 8000/tcp",
        "ends with exit status 1",
    )
    assert found.repair == ("/srv/page.html",)


def test_one_that_only_the_new_image_starts(engine: FakeEngine) -> None:
    section = compare(engine, shell("echo 'error: no database'; exit 1"), python(SERVER), Ask(seconds=10), EXPOSED)
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "the original does not start" in section.summary


@pytest.mark.parametrize(
    ("test", "env", "verdict"),
    [
        ("true", {}, Verdict.SAME),
        ('test "$BROKEN" != 1', {"BROKEN": "1"}, Verdict.DIFFERENT),
        ('test "$BROKEN" = 1', {"BROKEN": "1"}, Verdict.BETTER),
        ("exit 1", {}, Verdict.INCONCLUSIVE),
        ("exit 127", {}, Verdict.SAME),
    ],
)
def test_the_health_check_is_run_inside(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, test: str, env: dict[str, str], verdict: Verdict
) -> None:
    monkeypatch.setattr("minify.verify.health._TRIES", 1)
    configuration = Configuration(exposed=("8000/tcp",), healthcheck=Healthcheck(test=("CMD-SHELL", test)))
    section = serve(engine, Ask(seconds=10), configuration, **env)
    assert finding(section, "health check").verdict is verdict


def test_the_address_of_the_health_check_is_asked(engine: FakeEngine) -> None:
    check = Healthcheck(test=("CMD-SHELL", "true # http://localhost:8000/health"))
    section = serve(engine, Ask(seconds=10), Configuration(exposed=("8000/tcp",), healthcheck=check), STATUS="503")
    assert finding(section, "GET /health on 8000").verdict is Verdict.DIFFERENT


def test_a_port_of_another_protocol_is_said(engine: FakeEngine) -> None:
    code = """
        import os, socket
        server = socket.create_server(("127.0.0.1", int(os.environ["PORT_8000"])))
        while True:
            connection, _ = server.accept()
            connection.sendall(b"220 " + os.environ.get("NAME", "mail").encode() + b" ready\\r\\n")
            connection.close()
    """
    section = compare(engine, python(code), python(code), Ask(seconds=10), EXPOSED, None, NAME="post")
    assert finding(section, "first bytes on 8000").verdict is Verdict.DIFFERENT
    assert "8000/tcp does not speak HTTP" in section.notes[0]


DYING = """
    import os, socket, sys, threading, time
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT_8000"])))
    def die():
        time.sleep(float(os.environ.get("LIFE", "2")))
        print("OperationalError: no database", file=sys.stderr, flush=True)
        os._exit(3)
    threading.Thread(target=die).start()
"""


def test_one_that_listens_and_dies_in_both_proves_nothing(engine: FakeEngine) -> None:
    section = compare(engine, python(DYING), python(DYING), Ask(seconds=10), EXPOSED)
    assert section.verdict is Verdict.INCONCLUSIVE
    assert finding(section, "after the questions").detail == "OperationalError: no database"
    assert any("--env" in note for note in section.notes)


def test_one_that_dies_a_moment_before_the_other_is_no_difference(engine: FakeEngine) -> None:
    section = compare(engine, python(DYING), python(DYING), Ask(seconds=10), EXPOSED, None, LIFE="0.3")
    assert section.verdict is Verdict.INCONCLUSIVE
    assert section.summary == "both fail alike: exit status 3; OperationalError: no database"


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("server.close(); time.sleep(60)", "the connection was refused"),
        ("while True: server.accept()[0].close()", "the connection was closed without an answer"),
        (
            "kept = []\nwhile True: kept.append(server.accept())",
            "it takes connections, speaks no HTTP and says nothing by itself",
        ),
    ],
)
def test_one_that_nobody_hears_proves_nothing(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, then: str, reason: str
) -> None:
    monkeypatch.setattr("minify.verify.servers._PATIENCE_SECONDS", 0.5)
    # No answer is waited for as long
    monkeypatch.setattr(Server.ask, "__defaults__", (1.0,))
    code = f"""
import os, socket, time
server = socket.create_server(("127.0.0.1", int(os.environ["PORT_8000"])))
time.sleep(1.5)
{then}
"""
    section = compare(engine, python(code), python(code), Ask(seconds=10), EXPOSED)
    assert section.verdict is Verdict.INCONCLUSIVE
    assert finding(section, "answers").detail == reason


def test_one_whose_every_answer_is_an_error_proves_nothing(engine: FakeEngine) -> None:
    failing = SERVER.replace('if self.path == "/health" else 200', "")
    before, after = (FakeSubject(image=engine.image_of(python(failing), EXPOSED, STATUS="500")) for _ in range(2))
    section = behaviour.compare(engine, before, after, Ask(seconds=10, probes=("/health",)))
    assert section.verdict is Verdict.INCONCLUSIVE
    assert finding(section, "answers").detail == "an error of its own: status 500"
    before, after = (FakeSubject(image=engine.image_of(python(SERVER), EXPOSED, STATUS="500")) for _ in range(2))
    section = behaviour.compare(engine, before, after, Ask(seconds=10, probes=("/health",)))
    assert section.verdict is Verdict.SAME, "what answers else is compared"


def test_nothing_but_404_is_said(engine: FakeEngine) -> None:
    missing = SERVER.replace('if self.path == "/health" else 200', "")
    before, after = (FakeSubject(image=engine.image_of(python(missing), EXPOSED, STATUS="404")) for _ in range(2))
    section = behaviour.compare(engine, before, after, Ask(seconds=10))
    assert section.verdict is Verdict.SAME
    assert any("--probe" in note for note in section.notes)


def test_one_that_fails_now_and_then_proves_nothing(engine: FakeEngine) -> None:
    """The second run of the original fails as the new image does."""
    flaky = SERVER.replace('"STATUS", "200"', '"STATUS", "500" if int(os.environ["RUN"]) else "200"')
    section = compare(engine, python(flaky), python(flaky), Ask(seconds=10, probes=("/health",)), EXPOSED)
    found = finding(section, "GET /health on 8000")
    assert (found.verdict, found.before, found.after) == (Verdict.INCONCLUSIVE, "200 text/plain", "500 text/plain")


def test_one_slow_stop_is_no_difference_and_is_said(engine: FakeEngine) -> None:
    """The first container of the new image does not hear the signal, the second one does."""
    deaf = SERVER.replace('os.environ.get("DEAF")', 'os.environ["RUN"] == "1"')
    section = compare(engine, python(deaf), python(deaf), Ask(seconds=10), EXPOSED)
    found = finding(section, "end at SIGTERM")
    assert (found.verdict, found.after) == (Verdict.SAME, "exit status 0")
    assert found.detail == "a first container of it: killed after 1 s, a second one: exit status 0"


def test_one_that_leaves_a_question_unanswered_once_is_asked_in_a_second_run(engine: FakeEngine) -> None:
    silent = SERVER.replace(
        'if self.path == "/crash":',
        'if self.path == "/health" and os.environ["RUN"] == "1":\n                return self.connection.close()\n            if self.path == "/crash":',
    )
    section = compare(engine, python(silent), python(silent), Ask(seconds=10, probes=("/health",)), EXPOSED)
    assert section.verdict is Verdict.SAME
    assert "the new image did not answer in time at first, and did in a second run" in section.notes


def test_one_that_never_answers_a_question_is_different(engine: FakeEngine) -> None:
    silent = SERVER.replace(
        'if self.path == "/crash":',
        'if self.path == "/health":\n                return self.connection.close()\n            if self.path == "/crash":',
    )
    section = compare(engine, python(SERVER), python(silent), Ask(seconds=10, probes=("/health",)), EXPOSED)
    assert section.verdict is Verdict.DIFFERENT


# -- workers ----------------------------------------------------------------------------------------

WORKER = 'trap "exit ${END:-0}" TERM; echo ${LINE:-ready}; while true; do sleep 0.05; done'


def test_a_worker_that_does_the_same(engine: FakeEngine) -> None:
    section = compare(engine, shell(WORKER), shell(WORKER), Ask(seconds=1))
    assert section.verdict is Verdict.SAME
    assert section.summary == "runs on without listening, 1 s long: the same output and the same end"


@pytest.mark.parametrize(("env", "what"), [({"LINE": "other"}, "standard output"), ({"END": "5"}, "end at SIGTERM")])
def test_a_worker_that_does_something_else(engine: FakeEngine, env: dict[str, str], what: str) -> None:
    section = compare(engine, shell(WORKER), shell(WORKER), Ask(seconds=1), None, None, **env)
    assert [one.what for one in section.findings if one.verdict is Verdict.DIFFERENT] == [what]


def test_one_worker_is_always_a_line_ahead(engine: FakeEngine) -> None:
    before, after = (
        shell(f"for i in {lines}; do echo line $i; done; while true; do sleep 0.05; done")
        for lines in ("1 2 3", "1 2 3 4")
    )
    assert compare(engine, before, after, Ask(seconds=1)).verdict is Verdict.SAME


def test_one_that_should_listen_and_does_not(engine: FakeEngine) -> None:
    section = compare(engine, shell(WORKER), shell(WORKER), Ask(seconds=1), EXPOSED)
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "neither listens on 8000" in finding(section, "listens on").detail


def test_one_that_should_listen_is_not_different_for_being_slower(engine: FakeEngine) -> None:
    before, after = (shell(f"{said}; {WORKER}") for said in ("echo a; echo b; echo c; echo d", "true"))
    section = compare(engine, before, after, Ask(seconds=1), EXPOSED, LINE="a")
    assert section.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("longer", "starting", "lines"),
    [(4, False, (2, 2)), (5, False, (2, 5)), (5, True, (2, 2))],
)
def test_how_much_of_two_outputs_is_compared(longer: int, starting: bool, lines: tuple[int, int]) -> None:
    """One has less than half of the other's lines: something is missing, unless both are still starting."""
    one, other = (("line\n" * count, "") for count in (2, longer))
    for swapped in (False, True):
        pair = (other, one) if swapped else (one, other)
        before, after = workers._observed(*pair, starting)
        counts = tuple(side[0].parts[0][1].count("line") for side in (before, after))
        assert counts == (lines[::-1] if swapped else lines)


def test_one_that_ends_where_the_original_runs_on(engine: FakeEngine) -> None:
    section = compare(engine, shell(WORKER), shell("echo ready"), Ask(seconds=1))
    assert finding(section, "start").after == "ends with exit status 0"
    assert section.verdict is Verdict.DIFFERENT


def test_a_bad_probe_is_told_before_anything_starts(engine: FakeEngine) -> None:
    with pytest.raises(UsageError):
        compare(engine, shell("true"), shell("true"), Ask(probes=("health",)))
    assert engine.started == []


def test_a_port_that_both_would_want_is_told_before_anything_starts(engine: FakeEngine) -> None:
    with pytest.raises(UsageError, match="--publish cannot be given"):
        compare(engine, shell("true"), shell("true"), Ask(run_args=("--publish=80:80",)))
    assert engine.started == []


def test_a_port_that_cannot_be_reached_is_said(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeContainer, "reach", lambda container, port: None)
    section = serve(engine)
    assert section.verdict is Verdict.INCONCLUSIVE
    assert "cannot reach" in finding(section, "answers on 8000").detail


def test_where_sockets_cannot_be_listed_the_ports_are_tried(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeContainer, "listening", lambda container: None)
    section = serve(engine)
    assert section.verdict is Verdict.SAME
    assert finding(section, "listens on").before == "8000/tcp"


def test_a_report_is_the_same_on_every_run(engine: FakeEngine) -> None:
    ask = Ask(seconds=10, probes=("/health",))
    assert serve(engine, ask, ANSWER="bye") == serve(engine, ask, ANSWER="bye")
