"""Which engine and which client is taken, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from minify.verify.engine import EngineError
from minify.verify.engines import choose, docker
from tests.verify.clients import FakeClient, docker_version
from tests.verify.clients import docker as docker_client
from tests.verify.clients import podman as podman_client
from tests.verify.conftest import Choose

Places = Callable[[str], None]
NO_BUILDX = {
    "status": 1,
    "stderr": "docker: unknown command: docker buildx\n\nRun 'docker --help' for more information\n",
}


def buildah_client(folder: Path) -> FakeClient:
    return FakeClient(folder, "buildah").answers("--version", stdout="buildah version 1.28.2 (image-spec 1.1.0-rc2)\n")


def test_docker_comes_first(tmp_path: Path, chosen: Choose) -> None:
    docker_client(tmp_path)
    fake = podman_client(tmp_path)
    buildah_client(tmp_path)
    assert chosen().name == "docker 20.10.24"
    assert not fake.calls()


def test_podman_comes_second(tmp_path: Path, chosen: Choose) -> None:
    FakeClient(tmp_path, "docker").answers(
        "version", stdout={"Client": {"Version": "28.0.0"}, "Server": None}, status=1, stderr="Cannot connect\n"
    )
    podman_client(tmp_path)
    buildah_client(tmp_path)
    assert chosen().name == "podman 4.3.1"


def test_buildah_comes_last_and_says_what_it_lacks(
    tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    buildah_client(tmp_path)
    assert chosen().name == "buildah 1.28.2 (no network, no limit of pids, disk)"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert chosen().name == "buildah 1.28.2 (no network, no limit of memory, pids, disk)"


def test_an_engine_is_taken_by_name(tmp_path: Path, chosen: Choose) -> None:
    fake = docker_client(tmp_path)
    podman_client(tmp_path)
    assert chosen("podman").name == "podman 4.3.1"
    assert not fake.calls()


def test_a_client_without_buildx_gives_way_to_the_next(tmp_path: Path, path: Places, chosen: Choose) -> None:
    path("first second")
    first = FakeClient(tmp_path, "docker", "first").answers("version", stdout=docker_version("28.2.2"))
    first.answers("buildx", **NO_BUILDX)
    second = docker_client(tmp_path, "second")
    assert chosen().name == "docker 20.10.24"
    assert [call.argv[0] for call in first.calls()] == ["version", "buildx"], "found out without building"
    assert second.calls("ps")


def test_a_program_is_asked_once_by_whatever_path(tmp_path: Path, path: Places) -> None:
    path("bin other")
    fake = docker_client(tmp_path).answers("version", status=1, stderr="no daemon\n")
    (tmp_path / "other").symlink_to(tmp_path / "bin")
    with pytest.raises(EngineError):
        choose("docker")
    assert len(fake.calls("version")) == 1


def test_no_client_with_buildx(tmp_path: Path, path: Places) -> None:
    FakeClient(tmp_path, "docker").answers("version", stdout=docker_version("28.2.2")).answers("buildx", **NO_BUILDX)
    with pytest.raises(
        EngineError, match=r"docker 28\.2\.2 \(.*/docker\) cannot build with BuildKit: its buildx plugin is missing"
    ):
        choose(None)


@pytest.mark.parametrize("version", ["23.0.1", "28.2.2", "master-dockerproject"])
def test_buildx_is_used_where_it_is(tmp_path: Path, chosen: Choose, version: str) -> None:
    fake = docker_client(tmp_path).answers("version", stdout=docker_version(version)).answers("buildx", "version")
    engine = chosen()
    assert isinstance(engine, docker.DockerEngine)
    assert engine._build_command(tmp_path)[:2] == ("buildx", "build")
    assert fake.calls("buildx", "version")


def test_a_daemon_that_does_not_answer(tmp_path: Path, path: Places) -> None:
    said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    FakeClient(tmp_path, "docker").answers("version", stdout={"Client": {}}, stderr=f"{said}\n", status=1)
    with pytest.raises(EngineError) as caught:
        choose(None)
    assert caught.value.message == f"docker is installed but its daemon does not answer: {said}"
    assert caught.value.hint == "start it, or name another engine with --engine"
    assert caught.value.exit_code == 2


def test_a_client_that_hangs(tmp_path: Path, path: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "_ANSWER_SECONDS", 0.3)
    fake = FakeClient(tmp_path, "docker").answers("version", seconds=60)
    with pytest.raises(EngineError, match="did not answer within"):
        choose("docker")
    (call,) = fake.calls("version")
    assert not Path(f"/proc/{call.process}/stat").exists()


def test_windows_containers(tmp_path: Path, path: Places) -> None:
    FakeClient(tmp_path, "docker").answers("version", stdout=docker_version(system="windows"))
    with pytest.raises(EngineError, match="runs windows containers"):
        choose(None)


def test_podmans_imitation_of_docker_is_podman(tmp_path: Path, chosen: Choose) -> None:
    FakeClient(tmp_path, "docker").answers(
        "version", stderr="Emulate Docker CLI using podman.\n", stdout={"Client": {}}
    )
    podman_client(tmp_path)
    assert chosen().name == "podman 4.3.1"


def test_a_podman_that_does_not_work(tmp_path: Path, path: Places) -> None:
    FakeClient(tmp_path, "podman").answers("info", status=125, stderr="Error: cannot connect to Podman\n")
    with pytest.raises(EngineError, match="podman is installed but does not work: cannot connect to Podman"):
        choose(None)


def test_podman_without_limits_says_so(tmp_path: Path, chosen: Choose) -> None:
    podman_client(tmp_path, rootless=True, controllers="pids")
    assert chosen("podman").name == "podman 4.3.1 (no limit of memory)"


@pytest.mark.parametrize("name", ["docker", "podman", "buildah"])
def test_one_that_is_not_installed(path: Places, name: str) -> None:
    with pytest.raises(EngineError, match=f"{name} is not installed"):
        choose(name)


def test_nothing_is_installed(path: Places) -> None:
    with pytest.raises(EngineError, match="no container engine is installed") as caught:
        choose(None)
    assert caught.value.hint == "install one of docker, podman, buildah"


def test_an_unknown_name(path: Places) -> None:
    with pytest.raises(EngineError, match="unknown container engine: containerd"):
        choose("containerd")
