"""The engines of a verification with real containers: docker, and podman and buildah where they are installed and work.

In CI all three are installed, and none may be missing.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minify.verify.engine import (
    BuildError,
    BuildOptions,
    Container,
    Engine,
    EngineError,
    Healthcheck,
    Image,
    Limits,
    Listening,
    Start,
    silent,
)
from minify.verify.engines import choose
from tests.e2e.engine import Engine as Docker

pytestmark = pytest.mark.e2e

BASE = "debian:bookworm-slim"
NO_NETWORK = BuildOptions(network="none")
SERVER = """$s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
$| = 1; print "serving\\n"; while ($c = $s->accept) { print $c "hello"; close $c }"""
DOCKERFILE = f"""\
FROM {BASE} AS build
WORKDIR /work
COPY . .
RUN echo made > made && ls > listing

FROM {BASE}
ARG GREETING=hello
ENV GREETING=$GREETING OPTIONS="a=b c"
COPY --from=build /work/ /srv/
WORKDIR /srv
EXPOSE 8080 53/udp
VOLUME /data
LABEL org.example.test=yes
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --retries=2 CMD ["true"]
USER 65534
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["cat made"]
"""


@pytest.fixture(scope="module", params=["docker", "podman", "buildah"])
def verifier(
    request: pytest.FixtureRequest,
    engine: Docker,
    need: Callable[[str], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Engine]:
    need(BASE)
    name = request.param
    with pytest.MonkeyPatch.context() as patch:
        if name != "docker":
            settings = tmp_path_factory.mktemp("engine") / "containers.conf"
            settings.write_text(container_settings())
            patch.setenv("CONTAINERS_CONF", str(settings))
            loaded = loads(name, engine)
        opened = choose(name)
        yield opened
        opened.close()
        if name != "docker" and loaded:
            subprocess.run([name, "rmi", BASE], check=False, capture_output=True)


def container_settings() -> str:
    """What podman and buildah need in a container or virtual machine that may not raise its own limits.

    Their own wish, a million of open files and of processes, is refused there, and crun starts nothing on an old cgroup hierarchy of another's.
    """
    lines = ["[containers]", 'default_ulimits=["nofile=1024:1024", "nproc=4096:4096"]', "[engine]"]
    if shutil.which("runc") or Path("/usr/sbin/runc").exists():
        lines.append('runtime="runc"')
    return "\n".join([*lines, ""])


def reaches(engine: Engine) -> bool:
    """Whether this machine can connect to its containers: not with docker where it has no bridge, nor with podman's older networks."""
    if "no network" in engine.name:
        return False
    if not engine.name.startswith("podman"):
        return True
    asked = ["podman", "info", "--format", "{{.Host.NetworkBackend}}"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip() == "netavark"


def loads(name: str, docker: Docker) -> bool:
    """The base image from docker's store in that of podman and buildah; whether it was not there before."""
    if shutil.which(name) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed: .ci/engine does it")
        pytest.skip(f"{name} is not installed")
    known = subprocess.run([name, "inspect", "--type", "image", BASE], check=False, capture_output=True)
    if known.returncode:
        saved = subprocess.run(
            [docker.client, "--host", f"unix://{docker.socket}", "save", BASE], check=True, capture_output=True
        )
        archive = Path(os.environ.get("TMPDIR", "/tmp")) / f"t-engines-{os.getpid()}.tar"
        archive.write_bytes(saved.stdout)
        try:
            into = ["podman", "load", "--input", str(archive)]
            if name == "buildah":
                into = ["buildah", "pull", f"docker-archive:{archive}"]
            subprocess.run(into, check=True, capture_output=True)
        finally:
            archive.unlink()
    try:
        tried = choose(name)
    except EngineError as error:
        pytest.skip(error.message)
    try:
        tried.run(BASE, Start(command=("true",)))
    except EngineError as error:
        pytest.skip(f"{name} runs no containers on this machine: {error.message}")
    finally:
        tried.close()
    return bool(known.returncode)


def build(engine: Engine, folder: Path, text: str, options: BuildOptions = NO_NETWORK) -> Image:
    return engine.build(text.encode(), folder, options, path=str(folder / "Dockerfile"), original=True, progress=silent)


@pytest.fixture(scope="module")
def image(verifier: Engine, tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("context")
    (folder / "kept.txt").write_text("kept")
    (folder / "ignored.txt").write_text("ignored")
    (folder / "Dockerfile.dockerignore").write_text("ignored.txt\n*ignore\n")
    return build(verifier, folder, DOCKERFILE)


@pytest.fixture
def served(verifier: Engine) -> Iterator[Container]:
    network = verifier.network()
    how = Start(command=("perl", "-MIO::Socket", "-e", SERVER), network=network, ports=(8080,))
    container = verifier.start(BASE, how)
    deadline = time.monotonic() + 30
    while "serving" not in container.output()[0] and time.monotonic() < deadline:
        time.sleep(0.1)
    yield container
    container.remove()


# -- images ----------------------------------------------------------------------------------------------


def test_the_configuration(verifier: Engine, image: Image) -> None:
    known = image.configuration
    assert (known.user, known.workdir, known.entrypoint, known.cmd) == (
        "65534",
        "/srv",
        ("/bin/sh", "-c"),
        ("cat made",),
    )
    assert (known.env["GREETING"], known.env["OPTIONS"]) == ("hello", "a=b c")
    assert (known.exposed, known.volumes, known.stop_signal) == (("53/udp", "8080/tcp"), ("/data",), "SIGQUIT")
    assert known.labels["org.example.test"] == "yes"
    assert not [name for name in known.labels if "dockminify" in name]
    assert known.healthcheck == Healthcheck(test=("CMD", "true"), interval=5.0, retries=2)
    assert known.architecture
    assert image.layers >= 2
    assert image.size > 20_000_000


def test_options_reach_the_build(verifier: Engine, tmp_path: Path) -> None:
    options = BuildOptions(network="none", build_args=("GREETING=hi",), target="first")
    text = f"FROM {BASE} AS first\nARG GREETING\nENV GREETING=$GREETING\nFROM {BASE}\nRUN false\n"
    assert build(verifier, tmp_path, text, options).configuration.env["GREETING"] == "hi"


def test_the_files(verifier: Engine, image: Image) -> None:
    with verifier.export(image.id) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        found: dict[str, bytes] = {}
        for member in archive:
            name = member.name.removeprefix("./")
            opened = archive.extractfile(member) if name.startswith("srv/") and member.isfile() else None
            found[name] = opened.read() if opened else b""
    assert found["srv/made"] == b"made\n"
    assert found["srv/listing"].split() == [b"kept.txt", b"listing", b"made"], "what is ignored beside the Dockerfile"
    assert "etc/passwd" in found


def test_the_files_are_read_as_far_as_wanted(verifier: Engine, image: Image) -> None:
    with verifier.export(image.id) as stream:
        assert stream.read(1)


def test_an_image_without_a_command(verifier: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    empty = build(verifier, tmp_path, "FROM scratch\nCOPY file /file\n")
    with verifier.export(empty.id) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        assert "file" in {member.name.removeprefix("./") for member in archive}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"FROM {BASE} AS a\nRUN true\n\nFROM {BASE}\nENV A=1\nRUN echo before; \\\n  exit 3\nRUN true\n", 6, "before"),
        (f"FROM {BASE}\nENV A=1\nCOPY nothere /x\n", 3, "nothere"),
        ("FROM localhost:1/none:none\n", 1, ""),
    ],
    ids=["RUN", "COPY", "FROM"],
)
def test_a_build_that_fails(verifier: Engine, tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(BuildError) as caught:
        build(verifier, tmp_path, text)
    error = caught.value
    assert (error.path, error.line) == (str(tmp_path / "Dockerfile"), line)
    assert said in error.message
    assert said in error.log
    assert error.message.count("\n") <= 13


def test_a_build_that_takes_too_long(verifier: Engine, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="it took more than 3 s"):
        build(
            verifier,
            tmp_path,
            f"FROM {BASE}\nRUN echo {time.time()}; sleep 60\n",
            BuildOptions(network="none", timeout=3),
        )


def test_a_frontend_that_cannot_be_had(engine: Docker, need: Callable[[str], None], tmp_path: Path) -> None:
    need(BASE)
    opened = choose("docker")
    try:
        made = build(
            opened, tmp_path, f"# syntax=localhost:1/dockerfile:none\n# escape=`\nFROM {BASE}\nRUN echo `\n a\n"
        )
        assert made.notes == (
            "built without its `# syntax=localhost:1/dockerfile:none` line: that image could not be had",
        )
        with pytest.raises(BuildError) as caught:
            build(opened, tmp_path, f"# syntax=localhost:1/dockerfile:none\n# escape=`\nFROM {BASE}\nRUN false `\n a\n")
        assert caught.value.line == 4
    finally:
        opened.close()


# -- containers ------------------------------------------------------------------------------------------


def test_a_run(verifier: Engine, image: Image) -> None:
    done = verifier.run(image.id, Start())
    assert (done.status, done.stdout, done.stderr, done.started) == (0, "made\n", "", True)
    done = verifier.run(image.id, Start(command=("echo $A; pwd; id -u; echo err >&2; exit 7",), env=("A=b",)))
    assert (done.status, done.stdout, done.stderr) == (7, "b\n/srv\n65534\n", "err\n")
    done = verifier.run(image.id, Start(entrypoint="/bin/echo", command=("a", "b")))
    assert (done.status, done.stdout) == (0, "a b\n")


def test_standard_input_is_closed_and_there_is_no_terminal(verifier: Engine) -> None:
    done = verifier.run(BASE, Start(command=("sh", "-c", "cat; test -t 1 || echo none"), limits=Limits(seconds=30)))
    assert (done.status, done.stdout, done.timed_out) == (0, "none\n", False)


def test_a_program_that_is_not_there(verifier: Engine) -> None:
    for how in (Start(command=("/nothere",)), Start(entrypoint="nothere")):
        done = verifier.run(BASE, how)
        assert (done.started, done.stdout) == (False, "")
        assert done.status
        assert "nothere" in done.stderr
        container = verifier.start(BASE, how)
        ended = container.wait(30)
        assert ended is not None
        assert not ended.started
        assert not container.running()
        container.remove()


def test_limits(verifier: Engine) -> None:
    done = verifier.run(BASE, Start(command=("sh", "-c", "echo begun; sleep 60"), limits=Limits(seconds=2)))
    assert (done.status, done.stdout, done.timed_out) == (137, "begun\n", True)
    assert done.seconds < 30
    if "memory" not in verifier.name:
        eater = ("perl", "-e", "$a .= 'x' x 1000000 while 1")
        done = verifier.run(BASE, Start(command=eater, limits=Limits(memory_mb=32, seconds=60)))
        assert done.status == 137
        assert not done.timed_out
        assert not Path("oom").exists(), "what podman's monitor notes"
    if "disk" not in verifier.name:
        writer = ("sh", "-c", "head -c 40000000 /dev/zero > /file; sleep 60")
        done = verifier.run(BASE, Start(command=writer, limits=Limits(disk_mb=20, seconds=60)))
        assert (done.status, done.out_of_disk, done.timed_out) == (137, True, False)


def test_the_time_limit_of_a_container_in_the_background(verifier: Engine) -> None:
    container = verifier.start(BASE, Start(command=("sleep", "60"), limits=Limits(seconds=1)))
    done = container.wait(30)
    assert done is not None
    assert done.timed_out
    container.remove()


def test_a_server(verifier: Engine, served: Container) -> None:
    assert served.running()
    assert served.listening() in ((Listening(port=8080),), None)
    address = served.reach(8080)
    if not reaches(verifier):
        assert address is None
    else:
        assert address is not None
        with socket.create_connection(address, timeout=10) as connection:
            assert connection.recv(100) == b"hello"
    assert served.output() == ("serving\n", "")
    assert served.wait(0.3) is None
    served.signal("KILL")
    ended = served.wait(30)
    assert ended is not None
    assert (ended.status, ended.stdout, ended.timed_out) == (137, "serving\n", False)
    assert not served.running()
    served.remove()
    served.remove()


def test_commands_inside(verifier: Engine, served: Container) -> None:
    done = served.execute(["sh", "-c", "echo out; echo err >&2; exit 5"], timeout=30)
    assert (done.status, done.stdout, done.stderr, done.started) == (5, "out\n", "err\n", True)
    client = "print IO::Socket::INET->new('127.0.0.1:8080')->getline"
    assert served.execute(["perl", "-MIO::Socket", "-e", client], timeout=30).stdout == "hello"
    done = served.execute(["nothere"], timeout=30)
    assert not done.started
    assert done.status in (126, 127)
    assert served.execute(["sleep", "60"], timeout=0.5).timed_out
    assert served.running()


def test_no_way_out(served: Container) -> None:
    """Some engines give no route, others let nothing pass that takes it."""
    client = "print IO::Socket::INET->new(PeerAddr => '1.1.1.1:53', Timeout => 3) ? 'out' : 'none'"
    assert served.execute(["perl", "-MIO::Socket", "-e", client], timeout=30).stdout == "none"


def test_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch, verifier: Engine) -> None:
    if verifier.name.startswith("docker"):
        monkeypatch.setenv("DOCKER_HOST", "unix:///nothere.sock")
        with pytest.raises(EngineError, match=r"docker is installed but its daemon does not answer: .*nothere"):
            choose("docker")


# -- the end ---------------------------------------------------------------------------------------------

PROGRAM = """\
import sys
from contextlib import closing
from pathlib import Path
from minify.verify.engine import BuildOptions, Start
from minify.verify.engines import choose
with closing(choose(sys.argv[1])) as engine:
    if sys.argv[2] == "build":
        text = f"FROM {sys.argv[3]}\\nRUN echo {sys.argv[4]}; sleep 100\\n".encode()
        told = lambda line: print(line, flush=True)
        engine.build(text, Path(sys.argv[4]), BuildOptions(network="none"), path="D", original=True, progress=told)
    container = engine.start(sys.argv[3], Start(command=("sleep", "100"), network=engine.network()))
    print("RUN", flush=True)
    container.wait(100)
"""


@pytest.mark.parametrize("what", ["build", "start"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays(verifier: Engine, tmp_path: Path, what: str, number: int) -> None:
    """Neither after Ctrl-C and SIGTERM; what SIGKILL leaves is swept away by the next program."""
    name = verifier.name.partition(" ")[0]
    begun = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, name, what, BASE, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    assert begun.stdout is not None
    assert any("RUN" in line for line in begun.stdout)
    time.sleep(1)
    os.killpg(begun.pid, number)
    begun.communicate(timeout=60)
    if number == signal.SIGKILL:
        choose(name).close()
    assert not [made for made in listed(name) if f"-{begun.pid}-" in made]


def listed(name: str) -> list[str]:
    """Every container, network and image by its name."""
    commands = [["ps", "--all", "--format", "{{.Names}}"], ["images", "--format", "{{.Repository}}:{{.Tag}}"]]
    if name == "buildah":
        commands = [["containers", "--format", "{{.ContainerName}}"], ["images", "--format", "{{.Name}}:{{.Tag}}"]]
    else:
        commands.append(["network", "ls", "--format", "{{.Name}}"])
    done = [subprocess.run([name, *command], check=True, capture_output=True, text=True) for command in commands]
    return [word for one in done for word in one.stdout.split()]
