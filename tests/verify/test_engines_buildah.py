"""buildah starts no images: what it runs is computed, and what it says of it is told apart from what the program says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minify.verify.engine import EngineError, Limits, Start
from minify.verify.engines.processes import ended
from tests.verify.clients import IMAGE, FakeClient
from tests.verify.conftest import Choose

NO_PROGRAM = """\
error running container: from /usr/bin/runc creating container for [x]: time="2026-11-24T00:01:40Z" level=error \
msg="unable to get oom kill count" error="no directory specified"
time="2026-11-24T00:01:40Z" level=error msg="runc create failed: exec: \\"x\\": executable file not found in $PATH"
: exit status 1
Error: while running runtime: exit status 1
"""


@pytest.fixture
def buildah(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    fake = FakeClient(tmp_path, "buildah").answers("--version", stdout="buildah version 1.28.2 (image-spec 1)\n")
    manifest = {"layers": [{"size": 1000}, {"size": 77}]}
    docker = {"config": {**dict(IMAGE["Config"]), "Cmd": ["--all"]}, "architecture": "amd64"}  # type: ignore[call-overload]
    return fake.answers("inspect", stdout={"FromImageID": "i", "Docker": docker, "Manifest": json.dumps(manifest)})


@pytest.mark.parametrize(
    ("how", "argv"),
    [
        (Start(), ("/app", "--all")),
        (Start(command=("--one",)), ("/app", "--one")),
        (Start(entrypoint="/bin/sh"), ("/bin/sh",)),
        (Start(entrypoint="/bin/sh", command=("-c", "true")), ("/bin/sh", "-c", "true")),
    ],
)
def test_what_the_image_would_start(buildah: FakeClient, chosen: Choose, how: Start, argv: tuple[str, ...]) -> None:
    chosen("buildah").run("image", how)
    (run,) = buildah.calls("run")
    assert run.argv[run.argv.index("--") + 1 :] == argv
    assert (run.value("--network"), run.value("--isolation")) == ("none", "oci")
    (made,) = buildah.calls("from")
    assert made.value("--memory") == "1024m"
    assert run.argv[run.argv.index("--") - 1] == made.value("--name") == buildah.calls("rm")[0].argv[-1]


def test_an_image_without_a_command(buildah: FakeClient, chosen: Choose) -> None:
    buildah.answers("inspect", stdout={"FromImageID": "i", "Docker": {"config": {}}})
    with pytest.raises(EngineError, match="image has no command"):
        chosen("buildah").run("image", Start())


def test_an_image(buildah: FakeClient, chosen: Choose) -> None:
    image = chosen("buildah").image("image")
    assert (image.id, image.size, image.layers) == ("i", 1077, 2)
    assert image.configuration.shell == ("/bin/bash", "-c")
    assert image.configuration.onbuild == ("RUN true",)


def test_a_run(buildah: FakeClient, chosen: Choose) -> None:
    buildah.answers("run", stdout="out\n", stderr="err\nError: while running runtime: exit status 7\n", status=7)
    done = chosen("buildah").run("image", Start())
    assert (done.status, done.stdout, done.stderr, done.started) == (7, "out\n", "err\n", True)


def test_a_run_that_takes_too_long(buildah: FakeClient, chosen: Choose) -> None:
    buildah.answers("run", stdout="begun\n", seconds=60)
    done = chosen("buildah").run("image", Start(limits=Limits(seconds=0.3)))
    assert (done.stdout, done.timed_out) == ("begun\n", True)
    assert not Path(f"/proc/{buildah.calls('run')[0].process}/stat").exists()


def test_no_networks(buildah: FakeClient, chosen: Choose) -> None:
    engine = chosen("buildah")
    assert engine.network() == "none"
    assert engine.start("image", Start()).reach(80) is None
    assert not buildah.calls("network")


def test_nothing_is_entered_that_does_not_run(buildah: FakeClient, chosen: Choose) -> None:
    container = chosen("buildah").start("image", Start())
    assert container.wait(20) is not None
    done = container.execute(["true"], timeout=5)
    assert (done.started, done.stderr) == (False, "the container is not running\n")
    assert container.listening() is None


@pytest.mark.parametrize(
    ("status", "stderr", "told"),
    [
        (0, "", (0, "", True)),
        (3, "a\nError: while running runtime: exit status 3\n", (3, "a\n", True)),
        (7, "subprocess exited with status 7\nsubprocess exited with status 7\nError: exit status 7\n", (7, "", True)),
        (1, "a\ncontainer exited on killed\nError: while running runtime: exit status 1\n", (137, "a\n", True)),
        (1, "container exited on terminated\nError: while running runtime: exit status 1\n", (143, "", True)),
        (1, "Error: mine\n", (1, "Error: mine\n", True)),
        (1, NO_PROGRAM, (127, 'runc create failed: exec: "x": executable file not found in $PATH\n', False)),
    ],
)
def test_what_is_buildahs_own(status: int, stderr: str, told: tuple[int, str, bool]) -> None:
    done = ended(status, "", stderr, seconds=0)
    assert (done.status, done.stderr, done.started) == told


def test_a_machine_on_which_it_runs_nothing() -> None:
    said = "error running container: from /usr/bin/crun creating container for [/app]: cgroups in hybrid mode not supported\n"
    with pytest.raises(EngineError, match="buildah cannot run containers here: cgroups in hybrid mode not supported"):
        ended(1, "", said, seconds=0)


def test_the_files_of_an_image(buildah: FakeClient, chosen: Choose, tmp_path: Path) -> None:
    tar = FakeClient(tmp_path, "tar").answers(stdout="the files")
    buildah.answers("mount", stdout="/storage/merged\n")
    with chosen("buildah").export("image") as stream:
        assert stream.read() == b"the files"
    assert tar.calls()[0].value("--directory") == "/storage/merged"
    assert buildah.calls("rm")


def test_without_root_its_own_namespace_is_entered(
    buildah: FakeClient, chosen: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    engine = chosen("buildah")
    with engine.export("image") as stream:
        stream.read()
    assert buildah.calls("unshare")
    assert not buildah.calls("mount")
    engine.run("image", Start())
    assert buildah.calls("run")[0].value("--isolation") == "rootless"
    assert "--memory" not in buildah.calls("from")[-1].argv
