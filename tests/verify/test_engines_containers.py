"""How containers are made, what is known of them, and that they are gone at the end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from minify.verify.engine import Ended, Engine, EngineError, Limits, Listening, Start
from minify.verify.engines import containers, docker, sockets
from minify.verify.engines.reasons import is_the_images
from tests.verify.clients import FakeClient, container
from tests.verify.clients import docker as docker_client
from tests.verify.clients import podman as podman_client
from tests.verify.conftest import Choose

NEVER = "0001-01-01T00:00:00Z"
NO_PROGRAM = 'OCI runtime create failed: runc create failed: unable to start container process: exec: "x": executable file not found in $PATH'


# -- how they are made -----------------------------------------------------------------------------------


def test_a_container_is_like_one_of_docker_run_but_limited(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path)
    how = Start(
        command=("serve", "--port", "8000"),
        entrypoint="/bin/app",
        env=("A=1", "B=2"),
        arguments=("--volume", "/a:/b"),
        limits=Limits(memory_mb=64, processes=9),
    )
    chosen().start("image", how)
    (call,) = fake.calls("create")
    assert call.argv[-6:] == ("--volume", "/a:/b", "image", "serve", "--port", "8000")
    assert (call.value("--memory"), call.value("--memory-swap"), call.value("--pids-limit")) == ("64m", "64m", "9")
    assert (call.value("--network"), call.value("--entrypoint")) == ("none", "/bin/app")
    assert call.values("--env") == ["A=1", "B=2"]
    assert call.value("--label").startswith("org.dockminify.session=")
    assert not {"--cap-drop", "--security-opt", "--init", "--tty", "--interactive"} & set(call.argv)
    assert fake.calls("start")[0].argv == ("start", call.value("--name"))


def test_the_users_network_takes_the_place_of_ours(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path)
    engine = chosen()
    for argument in ("--network=mine", "--net"):
        engine.start("image", Start(arguments=(argument,), network="none"))
    assert all(call.argv.count("--network") == 0 for call in fake.calls("create"))


@pytest.mark.parametrize("argument", ["--rm", "-d", "--name=x", "--restart=always", "-it"])
def test_arguments_that_would_take_a_container_from_us(tmp_path: Path, chosen: Choose, argument: str) -> None:
    fake = docker_client(tmp_path)
    with pytest.raises(EngineError, match=f"{argument.partition('=')[0]} cannot be given"):
        chosen().start("image", Start(arguments=(argument,)))
    assert not fake.calls("create")


@pytest.mark.parametrize(
    ("controllers", "options"),
    [("memory pids", {"--memory", "--pids-limit"}), ("cpu", set()), ("pids", {"--pids-limit"})],
)
def test_podman_is_asked_for_the_limits_that_it_has(
    tmp_path: Path, chosen: Choose, controllers: str, options: set[str]
) -> None:
    fake = podman_client(tmp_path, controllers=controllers)
    chosen().start("image", Start())
    assert set(fake.calls("create")[0].argv) & {"--memory", "--pids-limit"} == options


def test_a_container_that_cannot_be_made(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers(
        "create", status=125, stderr="unknown flag: --foo\nSee 'docker create --help'.\n"
    )
    with pytest.raises(EngineError, match="the container cannot be made: unknown flag: --foo"):
        chosen().start("image", Start(arguments=("--foo",)))
    assert fake.calls("rm")


# -- how they end ----------------------------------------------------------------------------------------


def test_a_run(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("start", stdout="out\n", stderr="err\n")
    done = chosen().run("image", Start())
    assert (done.status, done.stdout, done.stderr, done.started) == (0, "out\n", "err\n", True)
    assert 0 < done.seconds < 30
    (start,) = fake.calls("start")
    assert start.argv[:2] == ("start", "--attach")
    assert fake.calls("rm")[0].argv == ("rm", "--force", "--volumes", start.argv[2])


def test_a_run_that_fails(tmp_path: Path, chosen: Choose) -> None:
    """The status is what the engine says: the client's own may be another."""
    docker_client(tmp_path).answers("start", stdout="out\n", status=1).answers(
        "container", "inspect", stdout=[container(ExitCode=42)]
    )
    assert chosen().run("image", Start()).status == 42


def test_a_run_out_of_memory(tmp_path: Path, chosen: Choose) -> None:
    docker_client(tmp_path).answers("start", status=137).answers(
        "container", "inspect", stdout=[container(ExitCode=137, OOMKilled=True)]
    )
    done = chosen().run("image", Start())
    assert (done.status, done.out_of_memory, done.timed_out) == (137, True, False)


def test_a_run_that_takes_too_long_is_killed(tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minify.verify.engines.client.SECONDS", 0.2)
    fake = docker_client(tmp_path).answers("start", stdout="begun\n", seconds=60, stubborn=True)
    fake.answers("container", "inspect", stdout=[container(ExitCode=137)])
    done = chosen().run("image", Start(limits=Limits(seconds=0.3)))
    assert (done.status, done.stdout, done.timed_out) == (137, "begun\n", True)
    assert fake.calls("kill")
    assert not Path(f"/proc/{fake.calls('start')[0].process}/stat").exists()


def test_one_that_writes_too_much_is_killed(tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "DISK_SECONDS", 0.05)
    fake = docker_client(tmp_path).answers("start", seconds=1.5)
    fake.answers("container", "inspect", "--size", stdout=f"{3 << 20}\n")
    engine = chosen()
    assert not engine.run("image", Start(limits=Limits(disk_mb=3))).out_of_disk
    assert engine.run("image", Start(limits=Limits(disk_mb=2))).out_of_disk


def test_a_container_in_the_background(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("logs", stdout="out\n", stderr="err\n").answers("wait", stdout="3\n")
    started = chosen().start("image", Start())
    fake.answers("container", "inspect", stdout=[container(ExitCode=3)])
    assert started.output() == ("out\n", "err\n")
    done = started.wait(5)
    assert done == Ended(status=3, stdout="out\n", stderr="err\n", seconds=2.5)
    assert started.wait(0) is done
    assert not started.running()
    started.remove()
    started.remove()
    assert len(fake.calls("rm")) == 1


def test_one_that_runs_on(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("wait", seconds=60)
    fake.answers("container", "inspect", "--format", stdout="true\n")
    started = chosen().start("image", Start())
    assert started.wait(0.2) is None
    assert started.running()
    started.signal("TERM")
    assert fake.calls("kill")[0].argv == ("kill", "--signal", "TERM", started.id)
    assert not Path(f"/proc/{fake.calls('wait')[0].process}/stat").exists()


def test_the_time_limit_of_one_in_the_background(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path)
    started = chosen().start("image", Start(limits=Limits(seconds=0.2)))
    deadline = time.monotonic() + 10
    while not fake.calls("kill") and time.monotonic() < deadline:
        time.sleep(0.02)
    done = started.wait(5)
    assert done is not None
    assert done.timed_out


@pytest.mark.parametrize("how", ["start", "run"])
def test_an_image_whose_program_is_not_there(tmp_path: Path, chosen: Choose, how: str) -> None:
    """The image's own answer, and no error: `docker start` says so with another status than the engine."""
    state = container(ExitCode=127, StartedAt=NEVER, Error=NO_PROGRAM)
    docker_client(tmp_path).answers("start", status=1, stderr=f"Error response from daemon: {NO_PROGRAM}\n").answers(
        "container", "inspect", stdout=[state]
    )
    engine = chosen()
    done = engine.run("image", Start()) if how == "run" else engine.start("image", Start()).wait(0)
    assert done is not None
    assert (done.status, done.stdout, done.stderr, done.started) == (127, "", f"{NO_PROGRAM}\n", False)


def test_podmans_names_for_containers_stay_out_of_the_reason(tmp_path: Path, chosen: Choose) -> None:
    said = f'Error: unable to start container "{"0a" * 32}": runc: exec: "x": executable file not found in $PATH\n'
    podman_client(tmp_path).answers("start", status=127, stderr=said).answers(
        "container", "inspect", stdout=[container(StartedAt=NEVER)]
    )
    done = chosen().run("image", Start())
    assert (done.status, done.stderr) == (127, 'runc: exec: "x": executable file not found in $PATH\n')


@pytest.mark.parametrize("how", ["start", "run"])
def test_a_machine_that_cannot_start_containers_is_no_answer_of_the_image(
    tmp_path: Path, chosen: Choose, how: str
) -> None:
    docker_client(tmp_path).answers(
        "start", status=1, stderr="Error: crun: cgroups in hybrid mode not supported\n"
    ).answers("container", "inspect", stdout=[container(StartedAt=NEVER)])
    engine = chosen()
    begin: Callable[[str, Start], object] = engine.run if how == "run" else engine.start
    with pytest.raises(EngineError, match="containers cannot be started: crun: cgroups in hybrid mode not supported"):
        begin("image", Start())


@pytest.mark.parametrize(
    "said",
    [
        "Error response from daemon: No command specified",
        "Error: no command or entrypoint provided, and no CMD or ENTRYPOINT from image",
    ],
)
def test_an_image_without_a_command(tmp_path: Path, chosen: Choose, said: str) -> None:
    fake = docker_client(tmp_path).answers("create", status=125, stderr=f"{said}\n")
    done = chosen().run("image", Start())
    assert (done.status, done.started) == (125, False)
    assert "command" in done.stderr
    assert not fake.calls("start")


@pytest.mark.parametrize(
    ("reason", "images"),
    [
        (NO_PROGRAM, True),
        ("crun: executable file `x` not found in $PATH: No such file or directory", True),
        ("unable to find user nobody: no matching entries in passwd file", True),
        ('chdir to cwd ("/srv") set in config.json failed: permission denied', True),
        ("exec /app: exec format error", True),
        ("crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied", False),
        ("nsexec-1[1]: failed to unshare namespaces: operation not permitted", False),
        ("driver failed programming external connectivity: port is already allocated", False),
    ],
)
def test_whose_fault_it_is(reason: str, images: bool) -> None:
    assert is_the_images(reason) is images


# -- inside ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ({"stdout": "a", "stderr": "b", "status": 4}, (4, "a", "b", True)),
        (
            {"stdout": 'OCI runtime exec failed: exec: "x": not found\r\n', "status": 126},
            (126, "", 'OCI runtime exec failed: exec: "x": not found\r\n', False),
        ),
        (
            {"stderr": 'Error: runc: exec: "x": not found: OCI runtime attempted to invoke a command\n', "status": 127},
            (127, "", 'Error: runc: exec: "x": not found: OCI runtime attempted to invoke a command\n', False),
        ),
        (
            {"stderr": "Error response from daemon: Container c is not running\n", "status": 1},
            (1, "", "Error response from daemon: Container c is not running\n", False),
        ),
        ({"stdout": "Error: the file is not running\n"}, (0, "Error: the file is not running\n", "", True)),
    ],
)
def test_a_command_inside(
    tmp_path: Path, chosen: Choose, answer: dict[str, object], done: tuple[int, str, str, bool]
) -> None:
    fake = docker_client(tmp_path).answers("exec", **answer)  # type: ignore[arg-type]
    started = chosen().start("image", Start())
    ran = started.execute(["x", "--flag"], timeout=5)
    assert (ran.status, ran.stdout, ran.stderr, ran.started) == done
    assert fake.calls("exec")[0].argv == ("exec", started.id, "x", "--flag")


def test_a_command_inside_that_takes_too_long(tmp_path: Path, chosen: Choose) -> None:
    docker_client(tmp_path).answers("exec", stdout="begun", seconds=60)
    ran = chosen().start("image", Start()).execute(["x"], timeout=0.3)
    assert (ran.status, ran.stdout, ran.timed_out) == (137, "begun", True)


# -- networks --------------------------------------------------------------------------------------------


def on_network(**settings: object) -> dict[str, object]:
    return {**container(Running=True), "NetworkSettings": settings}


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Whether this machine has the network's interface."""

    def there(yes: bool) -> None:
        monkeypatch.setattr(docker, "has_interface", lambda name: yes and name == "br-0123456789ab")

    return there


def test_a_network_of_this_machine(tmp_path: Path, chosen: Choose, bridge: Callable[[bool], None]) -> None:
    bridge(True)
    fake = docker_client(tmp_path).answers("network", "create", stdout="0123456789abcdef\n")
    engine = chosen()
    name = engine.network()
    assert "--internal" in fake.calls("network", "create")[0].argv
    fake.answers("container", "inspect", stdout=[on_network(Networks={name: {"IPAddress": "172.18.0.2"}})])
    started = engine.start("image", Start(network=name))
    assert "--publish" not in fake.calls("create")[0].argv
    assert started.reach(8080) == ("172.18.0.2", 8080)


def test_a_network_behind_a_virtual_machine(tmp_path: Path, chosen: Choose, bridge: Callable[[bool], None]) -> None:
    """Ports are published on the loopback interface then, and what is inside has no way out all the same."""
    bridge(False)
    fake = docker_client(tmp_path).answers("network", "create", stdout="0123456789abcdef\n")
    engine = chosen()
    name = engine.network()
    internal, unmasked = fake.calls("network", "create")
    assert ("--internal" in internal.argv, "--internal" in unmasked.argv) == (True, False)
    assert unmasked.value("--opt") == "com.docker.network.bridge.enable_ip_masquerade=false"
    assert fake.calls("network", "rm")
    ports = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}], "443/tcp": None}
    fake.answers("container", "inspect", stdout=[on_network(Ports=ports)])
    started = engine.start("image", Start(network=name, ports=(9000,)))
    published = fake.calls("create")[0].values("--publish")
    assert published == ["127.0.0.1::443", "127.0.0.1::8080", "127.0.0.1::9000"], "EXPOSE, and what was asked for"
    assert (started.reach(8080), started.reach(443), started.reach(1)) == (("127.0.0.1", 32768), None, None)


def test_no_network_at_all(tmp_path: Path, chosen: Choose) -> None:
    docker_client(tmp_path).answers("network", "create", status=1, stderr="no pools\n")
    engine = chosen()
    assert engine.network() == "none"
    assert engine.start("image", Start()).reach(80) is None


def test_a_network_is_used_again_when_its_container_is_gone(
    tmp_path: Path, chosen: Choose, bridge: Callable[[bool], None]
) -> None:
    bridge(True)
    docker_client(tmp_path).answers("network", "create", stdout="0123456789abcdef\n")
    engine = chosen()
    first, second = engine.network(), engine.network()
    assert first != second
    container_ = engine.start("image", Start(network=first))
    assert engine.network() not in (first, second)
    container_.remove()
    assert engine.network() == first
    assert engine.network() != first


def engine_ports(fake: FakeClient, engine: Engine, network: str) -> list[str]:
    """What is published of a container."""
    engine.start("image", Start(network=network)).remove()
    return fake.calls("create")[0].values("--publish")


@pytest.mark.parametrize(
    ("rootless", "remote", "gateway", "reached"),
    [
        (False, False, "10.89.0.1", ("10.89.0.2", 8080)),
        (False, False, None, None),
        (True, False, "10.89.0.1", ("127.0.0.1", 40000)),
        (True, True, None, ("127.0.0.1", 40000)),
        (False, True, None, ("127.0.0.1", 40000)),
    ],
)
def test_podmans_networks(
    tmp_path: Path,
    chosen: Choose,
    monkeypatch: pytest.MonkeyPatch,
    rootless: bool,
    remote: bool,
    gateway: str | None,
    reached: tuple[str, int] | None,
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    fake = podman_client(tmp_path, rootless=rootless, remote=remote)
    fake.answers("network", "inspect", stdout=[{"subnets": [{"gateway": gateway} if gateway else {}]}])
    engine = chosen()
    name = engine.network()
    assert ("--internal" in fake.calls("network", "create")[0].argv) == (rootless or not remote)
    published = "127.0.0.1::8080" in engine_ports(fake, engine, name)
    settings = {
        "Networks": {name: {"IPAddress": "10.89.0.2"}},
        "Ports": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "40000"}]} if published else {},
    }
    fake.answers("container", "inspect", stdout=[on_network(**settings)])
    assert engine.start("image", Start(network=name)).reach(8080) == reached


def test_the_machines_own_network(tmp_path: Path, chosen: Choose) -> None:
    """The user asked for it: its sockets are everybody's, and only loopback is sure to lead there."""
    inspected = {**container(Running=True, Pid=os.getpid()), "HostConfig": {"NetworkMode": "host"}}
    docker_client(tmp_path).answers("container", "inspect", stdout=[inspected])
    started = chosen().start("image", Start(arguments=("--network=host",)))
    assert started.reach(80) == ("127.0.0.1", 80)
    assert started.listening() is None


# -- sockets ---------------------------------------------------------------------------------------------

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TCP = (
    HEAD
    + "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71822 1\n"
    + "   1: 0200590A:1F90 0100590A:96F2 06 00000000:00000000 03:00001764 00000000     0        0 0 3\n"
    + "   2: 0B00007F:A0C8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71823 1\n"
    + "   3: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71824 1\n"
)
TCP6 = HEAD + (
    "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0 0 0 0 0\n"
    "   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0 0 0 0 0\n"
    "   2: 00000000000000000000000001000000:0052 00000000000000000000000000000000:0000 0A 0 0 0 0 0\n"
)
UDP = HEAD + (
    "  10: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2\n"
    "  11: 0B00007F:8FB2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2\n"
    "  12: 0200590A:D431 0100590A:0035 01 00000000:00000000 00:00000000 00000000     0        0 1 2\n"
)


def tables(folder: Path, **text: str) -> Path:
    net = folder / "proc" / "7" / "net"
    net.mkdir(parents=True)
    for name, rows in text.items():
        (net / name).write_text(rows)
    return folder / "proc"


@pytest.mark.skipif(sys.byteorder != "little", reason="the tables are those of a little-endian machine")
def test_what_listens(tmp_path: Path) -> None:
    assert sockets.listening(7, tables(tmp_path, tcp=TCP, tcp6=TCP6, udp=UDP)) == (
        Listening(port=53, protocol="udp"),
        Listening(port=80),
        Listening(port=81, address="127.0.0.1"),
        Listening(port=82, address="::1"),
        Listening(port=443, address="::"),
        Listening(port=8080, address="127.0.0.1"),
    )


def test_nothing_listens(tmp_path: Path) -> None:
    assert sockets.listening(7, tables(tmp_path, tcp=HEAD)) == ()


def test_no_tables(tmp_path: Path) -> None:
    assert sockets.listening(7, tmp_path) is None
    (tmp_path / "7" / "net" / "tcp").mkdir(parents=True)
    assert sockets.listening(7, tmp_path) is None


@pytest.mark.skipif(not Path("/proc/self/cgroup").exists(), reason="not Linux")
def test_a_number_that_is_another_process_of_this_machine(tmp_path: Path, chosen: Choose) -> None:
    """A daemon on another machine tells numbers of its own: here they belong to somebody else."""
    fake = docker_client(tmp_path).answers("container", "inspect", stdout=[container(Running=True, Pid=os.getpid())])
    fake.answers("container", "inspect", "--format", stdout="true\n")
    started = chosen().start("image", Start())
    assert started.listening() is None
    assert started.running(), "asked of the engine"


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="not Linux")
def test_podman_on_this_machine_tells_its_own_numbers(tmp_path: Path, chosen: Choose) -> None:
    fake = podman_client(tmp_path).answers("container", "inspect", stdout=[container(Running=True, Pid=os.getpid())])
    started = chosen().start("image", Start())
    asked = len(fake.calls("container", "inspect"))
    assert started.listening() is not None
    assert started.running()
    assert len(fake.calls("container", "inspect")) == asked, "read from the machine's own tables"


# -- files -----------------------------------------------------------------------------------------------


def test_an_export(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("export", stdout="the files")
    engine = chosen()
    with engine.export("image") as stream:
        assert stream.read() == b"the files"
    name = fake.calls("create")[0].value("--name")
    assert fake.calls("create")[0].argv[-2:] == ("image", "/none"), "an image without a command needs one"
    assert fake.calls("rm")[0].argv[-1] == name


def test_an_export_that_is_left_early(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("export", stdout="x" * 200_000, seconds=60)
    with chosen().export("image") as stream:
        assert stream.read(3) == b"xxx"
    assert fake.calls("rm")
    assert not Path(f"/proc/{fake.calls('export')[0].process}/stat").exists()


def test_an_export_whose_reader_fails(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path).answers("export", stdout="x" * 200_000, seconds=60)
    with pytest.raises(ZeroDivisionError), chosen().export("image"):
        raise ZeroDivisionError
    assert fake.calls("rm")


def test_an_export_that_fails(tmp_path: Path, chosen: Choose) -> None:
    docker_client(tmp_path).answers("export", stdout="half", stderr="no space left\n", status=1)
    with (
        pytest.raises(EngineError, match="the image's files cannot be read: no space left"),
        chosen().export("image") as stream,
    ):
        stream.read()
