"""Nothing stays behind, however the program ends; and what a killed one left is found by the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from minify.verify.engine import BuildOptions, EngineError, Start, silent
from minify.verify.engines import choose
from minify.verify.engines.client import OUTPUT_LIMIT, Client, programs
from minify.verify.engines.owner import is_gone, started, this_process
from minify.verify.engines.session import Session
from tests.verify.clients import FakeClient, docker, podman
from tests.verify.conftest import Choose

MACHINE, PROCESS, START = this_process().split("-")


def alive(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state != b"Z"


def soon(what: object, seconds: float = 10) -> bool:
    """Whether something comes to be true."""
    assert callable(what)
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


# -- at the end ------------------------------------------------------------------------------------------


def test_closing_removes_what_was_made_and_nothing_else(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path)
    engine = chosen()
    engine.build(b"FROM a\n", tmp_path, BuildOptions(), path="D", original=True, progress=silent)
    engine.start("image", Start())
    tag = fake.calls("build")[0].value("--tag")
    name = fake.calls("create")[0].value("--name")
    other = f"dockminify-verify-{MACHINE}-{PROCESS}-{START}-00000000-1"
    fake.answers("ps", stdout=f"{name}\n{other}\ndatabase\n").answers("network", "ls", stdout=f"{other}\nbridge\n")
    fake.answers("images", stdout=f"{tag}\ndockminify-verify:{MACHINE}-{PROCESS}-{START}-00000000-1\npython:3.12\n")
    asked = len(fake.calls())
    engine.close()
    said = [call.argv for call in fake.calls()[asked:]]
    assert [argv for argv in said if argv[0] == "rm"] == [("rm", "--force", "--volumes", name)]
    assert [argv for argv in said if argv[0] == "rmi"] == [("rmi", tag)]
    assert not fake.calls("network", "rm"), "another object's of this very process"
    assert not [argv for argv in said if "prune" in argv]
    asked = len(fake.calls())
    engine.close()
    assert len(fake.calls()) == asked, "once"


def test_podman_does_not_wait_for_containers_to_stop(tmp_path: Path, chosen: Choose) -> None:
    fake = podman(tmp_path)
    chosen().start("image", Start()).remove()
    assert fake.calls("rm")[0].argv[:5] == ("rm", "--force", "--time", "0", "--volumes")


def test_what_is_kept_is_named_and_does_not_run(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path)
    engine = chosen(keep=True)
    image = engine.build(b"FROM a\n", tmp_path, BuildOptions(), path="D", original=True, progress=silent)
    container = engine.start("image", Start())
    removed = engine.start("image", Start())
    removed.remove()
    engine.close()
    tag = fake.calls("build")[0].value("--tag")
    assert engine.kept == (tag, container.id, removed.id)  # type: ignore[attr-defined]
    assert {call.argv[1] for call in fake.calls("kill")} == {container.id, removed.id}
    assert not fake.calls("rm")
    assert not fake.calls("rmi")
    assert not is_gone(tag.partition(":")[2]), "no later program sweeps it away"
    assert image.log is not None
    assert image.log.exists()


def test_nothing_is_kept_unless_asked(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path)
    engine = chosen()
    engine.start("image", Start())
    assert engine.kept == ()  # type: ignore[attr-defined]


def test_a_forked_child_removes_nothing_of_its_parents() -> None:
    cleaned: list[int] = []
    session = Session()
    session.begin(lambda: cleaned.append(1))
    session._process += 1
    session.close()
    assert not cleaned
    session._process -= 1
    session.close()
    assert cleaned == [1]


# -- signals ---------------------------------------------------------------------------------------------

PROGRAM = """\
import sys, time
from contextlib import closing
from pathlib import Path
from minify.verify.engine import BuildOptions, Start, silent
from minify.verify.engines import choose
if "background" in sys.argv:
    signal = __import__("signal")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
if "crash" in sys.argv:
    engine = choose(None)
    engine.start("image", Start())
    raise ZeroDivisionError
with closing(choose(None)) as engine:
    if "build" in sys.argv:
        engine.build(b"FROM a", Path("."), BuildOptions(), path="D", original=True, progress=silent)
    if "run" in sys.argv:
        engine.run("image", Start())
    if "wait" in sys.argv:
        engine.start("image", Start()).wait(60)
    if "export" in sys.argv:
        with engine.export("image") as stream:
            stream.read()
"""


def program(tmp_path: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PATH": str(tmp_path / "bin"), "TMPDIR": str(tmp_path)}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment,
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


ENDS = [
    pytest.param(signal.SIGINT, -signal.SIGINT, id="Ctrl-C"),
    pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
    pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
]


@pytest.mark.parametrize("what", ["build", "run", "wait", "export"])
@pytest.mark.parametrize(("number", "status"), ENDS)
def test_a_program_that_is_ended(tmp_path: Path, what: str, number: int, status: int) -> None:
    """The signal goes to the whole group, as a terminal sends it; clients are in groups of their own."""
    command = {"build": "build", "run": "start", "wait": "wait", "export": "export"}[what]
    fake = docker(tmp_path).answers(command, seconds=60)
    begun = program(tmp_path, what)
    assert soon(lambda: fake.calls(command))
    made = [call.value("--name") for call in fake.calls("create")]
    fake.answers("ps", stdout="\n".join(made))
    os.killpg(begun.pid, number)
    _, said = begun.communicate(timeout=20)
    assert begun.returncode == status, said
    (client,) = fake.calls(command)
    assert not alive(client.process)
    assert not [call for call in fake.calls() if alive(call.process)]
    assert fake.calls("ps")[1:], "what is there was asked for at the end"
    assert {call.argv[-1] for call in fake.calls("rm")} == set(made)
    assert not list(tmp_path.glob("dockminify-verify-*")), "no folder stays"


def test_ctrl_c_twice(tmp_path: Path) -> None:
    """Once cleaning up has begun it is not broken off."""
    fake = docker(tmp_path).answers("wait", seconds=60).answers("rm", seconds=0.5)
    begun = program(tmp_path, "wait")
    assert soon(lambda: fake.calls("wait"))
    name = fake.calls("create")[0].value("--name")
    fake.answers("ps", stdout=f"{name}\n", seconds=0.5)
    os.killpg(begun.pid, signal.SIGINT)
    assert soon(lambda: len(fake.calls("ps")) > 1)
    os.killpg(begun.pid, signal.SIGINT)
    os.killpg(begun.pid, signal.SIGTERM)
    begun.communicate(timeout=20)
    assert begun.returncode == -signal.SIGINT
    assert fake.calls("rm")[0].argv[-1] == name


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    fake = docker(tmp_path).answers("wait", seconds=1)
    begun = program(tmp_path, "wait", "background")
    assert soon(lambda: fake.calls("wait"))
    os.killpg(begun.pid, signal.SIGHUP)
    begun.communicate(timeout=20)
    assert begun.returncode == 0


def test_a_crash(tmp_path: Path) -> None:
    fake = docker(tmp_path)
    crashed = program(tmp_path, "crash")
    _, said = crashed.communicate(timeout=20)
    assert b"ZeroDivisionError" in said
    assert len(fake.calls("ps")) == 2


def test_handlers_are_there_only_while_an_engine_is_open(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    first, second = chosen(), chosen()
    assert signal.getsignal(signal.SIGTERM) is not before[1]
    first.close()
    assert signal.getsignal(signal.SIGTERM) is not before[1]
    second.close()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_in_another_thread_no_handler_is_set(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    during: list[object] = []

    def work() -> None:
        engine = choose(None)
        during.append(signal.getsignal(signal.SIGTERM))
        engine.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert during == [before]


# -- what a killed program left --------------------------------------------------------------------------

GONE = f"{MACHINE}-{PROCESS}-{int(START, 16) - 1:x}-0123abcd"
LIVES = f"{MACHINE}-{PROCESS}-{START}-0123abcd"
ELSEWHERE = f"{'0' * 8}-{PROCESS}-1-0123abcd"


def test_the_next_program_sweeps(tmp_path: Path, chosen: Choose) -> None:
    names = [f"dockminify-verify-{session}-1" for session in (GONE, LIVES, ELSEWHERE, "kept-0123abcd")]
    tags = [name.replace("verify-", "verify:", 1) for name in names]
    fake = docker(tmp_path).answers("ps", stdout="\n".join(names)).answers("network", "ls", stdout="\n".join(names))
    fake.answers("images", stdout="\n".join(["localhost/" + tags[0], *tags]))
    folders = [tmp_path / "temporary" / f"{name[:-2]}-xyz" for name in names]
    for folder in folders:
        folder.mkdir()
    chosen()
    assert [call.argv for call in fake.calls("rm")] == [("rm", "--force", "--volumes", names[0])]
    assert [call.argv for call in fake.calls("network", "rm")] == [("network", "rm", names[0])]
    assert [call.argv for call in fake.calls("rmi")] == [("rmi", "localhost/" + tags[0], tags[0])]
    assert [folder.exists() for folder in folders] == [False, True, True, True]


def test_a_killed_program_is_swept_up_by_the_next(tmp_path: Path) -> None:
    fake = docker(tmp_path).answers("wait", seconds=3)
    begun = program(tmp_path, "wait")
    assert soon(lambda: fake.calls("wait"))
    begun.kill()
    begun.communicate(timeout=20)
    name = fake.calls("create")[0].value("--name")
    assert is_gone(name.removeprefix("dockminify-verify-"))
    assert not fake.calls("rm")
    fake.answers("ps", stdout=f"{name}\n")
    program(tmp_path).communicate(timeout=20)
    assert fake.calls("rm")[0].argv[-1] == name


def test_a_process_by_its_number_and_its_start() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    begun = started(child.pid)
    assert begun not in ("0", started(os.getpid()))
    assert started(child.pid) == begun
    name = f"{MACHINE}-{child.pid}-{begun}-0123abcd"
    assert not is_gone(name)
    child.communicate(b"\n")
    assert started(child.pid) == "0"
    assert is_gone(name)


@pytest.mark.parametrize(
    "name",
    ["latest", "", "kept-0123abcd", ELSEWHERE, f"{MACHINE}-x-1-0123abcd"],
    ids=["tag", "empty", "short", "elsewhere", "no-process"],
)
def test_names_that_are_not_of_a_process_of_this_machine(name: str) -> None:
    assert not is_gone(name)


# -- clients ---------------------------------------------------------------------------------------------


@pytest.fixture
def session() -> Session:
    return Session()


def test_a_client_that_does_not_end_when_asked_is_killed(tmp_path: Path, session: Session) -> None:
    fake = FakeClient(tmp_path, "tool").answers(seconds=60, stubborn=True)
    done = Client(str(fake.program), session).run("x", timeout=0.3, check=False)
    assert done.timed_out
    assert not done.ok
    assert not alive(fake.calls()[0].process)


def test_a_command_that_fails_is_an_error_in_one_line(tmp_path: Path, session: Session) -> None:
    fake = FakeClient(tmp_path, "tool").answers(status=3, stderr="first\nError: the reason\nSee 'tool --help'.\n")
    client = Client(str(fake.program), session)
    with pytest.raises(EngineError, match=r"^`tool rm` failed: the reason$"):
        client.run("rm", "x")
    fake.answers("rm", status=3)
    with pytest.raises(EngineError, match=r"^`tool rm` failed: exit status 3$"):
        client.run("rm", "x")


def test_output_without_end_does_not_take_our_memory(tmp_path: Path, session: Session) -> None:
    program = tmp_path / "tool"
    program.write_text(f"#!/bin/sh\n/usr/bin/head -c {OUTPUT_LIMIT + 1_000_000} /dev/zero\necho end >&2\n")
    program.chmod(0o755)
    done = Client(str(program), session).run("x")
    assert (len(done.stdout), done.stderr, done.ok) == (OUTPUT_LIMIT, "end\n", True)


def test_an_interrupt_while_lines_are_read_ends_the_client(tmp_path: Path, session: Session) -> None:
    fake = FakeClient(tmp_path, "tool").answers(stdout="a\nb\n", seconds=60)
    opened = Client(str(fake.program), session).lines("x", timeout=60)
    with pytest.raises(KeyboardInterrupt), opened as lines:
        assert next(lines) == "a"
        raise KeyboardInterrupt
    assert not alive(fake.calls()[0].process)


def test_programs_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = FakeClient(tmp_path, "tool", "one"), FakeClient(tmp_path, "tool", "two")
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "tool").symlink_to(first.program)
    (tmp_path / "four").mkdir()
    (tmp_path / "four" / "tool").write_text("not a program")
    monkeypatch.setenv("PATH", ":".join(str(tmp_path / name) for name in ("one", "two", "three", "four", "none")))
    assert list(programs("tool")) == [str(first.program), str(second.program)]
