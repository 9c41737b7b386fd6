"""What a build is given, what the user is told of it, and what is known of its image."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from minify.errors import UsageError
from minify.verify.engine import (
    BuildError,
    BuildOptions,
    Configuration,
    Engine,
    EngineError,
    Healthcheck,
    Image,
    silent,
)
from minify.verify.engines.builds import build_arguments, without_syntax_line
from tests.verify.clients import IMAGE, docker, docker_version, podman
from tests.verify.conftest import Choose

TEXT = b"FROM scratch\nCOPY a /a\n"


def build(
    engine: Engine, folder: Path, text: bytes = TEXT, options: BuildOptions | None = None, *, original: bool = True
) -> Image:
    context = folder / "context"
    context.mkdir(exist_ok=True)
    path = str(folder / "App.Dockerfile")
    return engine.build(text, context, options or BuildOptions(), path=path, original=original, progress=silent)


def test_everything_is_passed_on() -> None:
    options = BuildOptions(
        build_args=("A=1", "B"),
        target="app",
        platform="linux/arm64",
        secrets=("id=token,src=t",),
        build_contexts=("src=../src",),
        network="host",
        ssh=("default",),
    )
    given = "--build-arg A=1 --build-arg B --target app --platform linux/arm64 --network host --secret id=token,src=t"
    assert build_arguments(options) == [*given.split(), "--build-context", "src=../src", "--ssh", "default"]
    assert build_arguments(BuildOptions()) == []


def test_a_build(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path)
    image = build(chosen(), tmp_path, options=BuildOptions(target="app"))
    (call,) = fake.calls("build")
    assert call.value("--target") == "app"
    assert call.argv[-1] == str(tmp_path / "context")
    tag = call.value("--tag")
    assert tag.startswith("dockminify-verify:")
    assert fake.calls("image", "inspect")[0].argv[-1] == tag
    assert (image.id, image.size, image.layers, image.notes) == (IMAGE["Id"], 1077, 2, ())
    assert not list((tmp_path / "context").iterdir()), "the context is never touched"


def test_the_configuration(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path)
    assert build(chosen(), tmp_path).configuration == Configuration(
        user="app",
        workdir="/srv",
        env={"PATH": "/bin", "OPTIONS": "a=b"},
        entrypoint=("/app",),
        exposed=("443/tcp", "53/udp", "8080/tcp"),
        volumes=("/data",),
        labels={"a": "b"},
        healthcheck=Healthcheck(test=("CMD-SHELL", "true"), interval=5.0, retries=3),
        stop_signal="SIGQUIT",
        shell=("/bin/bash", "-c"),
        onbuild=("RUN true",),
        architecture="amd64",
    )


@pytest.mark.parametrize("check", [None, {}, {"Test": ["NONE"]}])
def test_no_health_check(tmp_path: Path, chosen: Choose, check: object) -> None:
    docker(tmp_path).answers("image", "inspect", stdout=[{"Id": "i", "Config": {"Healthcheck": check}}])
    assert chosen().image("i").configuration.healthcheck is None


def test_podman_tells_of_the_health_check_elsewhere_and_of_some_things_not_at_all(
    tmp_path: Path, chosen: Choose
) -> None:
    told = {
        "Id": "i",
        "Config": {"Cmd": ["a"]},
        "Healthcheck": {"Test": ["CMD", "b"]},
        "History": [
            {"created_by": '/bin/sh -c #(nop) SHELL ["/bin/bash", "-c"]'},
            {"created_by": "/bin/sh -c ONBUILD"},
        ],
    }
    podman(tmp_path).answers("image", "inspect", stdout=[told])
    image = chosen().image("i")
    assert image.configuration.healthcheck == Healthcheck(test=("CMD", "b"))
    assert image.notes == ("podman does not tell the SHELL of an image: it was not compared",)


def test_the_size_where_layers_are_not_told(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path).answers("image", "history", stdout="<missing>\n12MB\n")
    assert chosen().image("i").size == 123


@pytest.mark.parametrize("said", ["", "no JSON", "[]", '"text"'])
def test_an_inspection_that_is_none(tmp_path: Path, chosen: Choose, said: str) -> None:
    docker(tmp_path).answers("image", "inspect", stdout=said)
    with pytest.raises(EngineError, match="the container engine gave an answer that is not"):
        chosen().image("i")


def test_an_image_that_is_not_there(tmp_path: Path, chosen: Choose) -> None:
    docker(tmp_path).answers("image", "inspect", status=1, stderr="Error: No such image: i\n")
    with pytest.raises(EngineError, match="`docker image` failed: No such image: i"):
        chosen().image("i")


def test_the_private_copy(tmp_path: Path, chosen: Choose) -> None:
    """The Dockerfile's bytes, and what is ignored for it, in a folder that only we can read."""
    fake = docker(tmp_path)
    (tmp_path / "App.Dockerfile.dockerignore").write_text("*.md\n")
    engine = chosen()
    image = build(engine, tmp_path, b"FROM scratch\r\n\xff\n")
    folder = Path(fake.calls("build")[0].value("--file")).parent
    assert (folder / "Dockerfile").read_bytes() == b"FROM scratch\r\n\xff\n"
    assert (folder / "Dockerfile.dockerignore").read_text() == "*.md\n"
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert image.log is not None
    assert image.log.parent == folder
    engine.close()
    assert not folder.exists()


def test_podman_is_told_what_is_ignored(tmp_path: Path, chosen: Choose) -> None:
    fake = podman(tmp_path)
    engine = chosen()
    build(engine, tmp_path)
    (tmp_path / "App.Dockerfile.dockerignore").write_text("*.md\n")
    build(engine, tmp_path)
    first, second = fake.calls("build")
    assert "--ignorefile" not in first.argv
    assert second.value("--ignorefile").endswith("/Dockerfile.dockerignore")
    assert second.value("--format") == "docker", "the other format has no HEALTHCHECK"


def test_an_ignore_file_that_cannot_be_read(tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*paths: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    docker(tmp_path)
    (tmp_path / "App.Dockerfile.dockerignore").touch()
    monkeypatch.setattr("shutil.copyfile", refuse)
    with pytest.raises(UsageError, match=r"App\.Dockerfile\.dockerignore: cannot be read: Permission denied"):
        build(chosen(), tmp_path)


def test_what_the_user_is_told_and_the_log(tmp_path: Path, chosen: Choose) -> None:
    output = "#1 [internal] load build definition\n#2 [build 1/2] FROM debian\n#2 CACHED\n#3 [build 2/2] RUN make\n#3 0.1 cc\n"
    docker(tmp_path).answers("build", stdout="#4 [build 2/2] on another stream\n", stderr=output)
    told: list[str] = []
    context = tmp_path
    image = chosen().build(TEXT, context, BuildOptions(), path="Dockerfile", original=True, progress=told.append)
    assert {"[build 1/2] FROM debian", "[build 2/2] RUN make"} <= set(told)
    assert len(told) == 3
    assert image.log is not None
    assert image.log.read_text().count("\n") == 6


@pytest.mark.parametrize("original", [True, False])
def test_a_build_that_fails(tmp_path: Path, chosen: Choose, original: bool) -> None:
    output = '#3 [1/1] COPY a /a\n#3 ERROR: "/a" not found\nERROR: failed to solve: "/a" not found\n'
    docker(tmp_path).answers("build", status=1, stderr=output)
    with pytest.raises(BuildError) as caught:
        build(chosen(), tmp_path, original=original)
    error = caught.value
    assert (error.path, error.line, error.original) == (str(tmp_path / "App.Dockerfile"), 2, original)
    assert error.message == 'the build failed: [1/1] COPY a /a: "/a" not found'
    assert error.log == output
    assert error.exit_code == 4


def test_an_option_that_the_client_does_not_know(tmp_path: Path, chosen: Choose) -> None:
    said = "unknown flag: --build-context\nSee 'docker build --help'.\n"
    docker(tmp_path).answers("build", status=125, stderr=said)
    with pytest.raises(EngineError, match=r"docker 20\.10\.24 cannot build with --build-context") as caught:
        build(chosen(), tmp_path, options=BuildOptions(build_contexts=("a=b",)))
    assert caught.value.hint


def test_a_build_that_takes_too_long(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path).answers("build", stdout="#3 [1/1] RUN sleep\n", seconds=60)
    with pytest.raises(BuildError, match="it took more than 0 s"):
        build(chosen(), tmp_path, options=BuildOptions(timeout=0.4))
    assert not Path(f"/proc/{fake.calls('build')[0].process}/stat").exists()


SYNTAX = b"# syntax=docker/dockerfile:1\n# escape=`\nFROM scratch\n"
NO_FRONTEND = """\
#2 resolve image config for docker-image://docker.io/docker/dockerfile:1
#2 ERROR: failed to do request: no such host
ERROR: failed to solve: failed to do request: no such host
"""


def test_a_frontend_that_cannot_be_had(tmp_path: Path, chosen: Choose) -> None:
    """Built again without that line: the second build is of another text, and all that the user knows is a note."""
    fake = docker(tmp_path).answers("build", status=1, stderr=NO_FRONTEND)
    engine = chosen()
    with pytest.raises(BuildError):
        build(engine, tmp_path, SYNTAX)
    assert len(fake.calls("build")) == 2
    text = Path(fake.calls("build")[1].value("--file")).read_bytes()
    assert text == b"# escape=`\n#\nFROM scratch\n"
    with pytest.raises(BuildError, match="no such host"):
        build(engine, tmp_path, TEXT)
    assert len(fake.calls("build")) == 3, "there is no such line: nothing else to try"


def test_a_frontend_that_cannot_be_had_is_noted(
    tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = docker(tmp_path)
    # A client that fails at the text with the line, and builds the one without
    fake.program.rename(fake.program.with_name("docker-answers"))
    fake.program.write_text(
        "#!/bin/sh\n"
        f'case "$1" in build) if grep -q syntax= "$3"; then printf %s "{NO_FRONTEND}"; exit 1; fi;; esac\n'
        f'exec "{fake.program}-answers" "$@"\n'
    )
    fake.program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    image = build(chosen("docker"), tmp_path, SYNTAX)
    assert image.notes == ("built without its `# syntax=docker/dockerfile:1` line: that image could not be had",)
    assert image.log is not None
    assert "no such host" in image.log.read_text(), "the log has both builds"


LOST_LAYER = (
    "#9 exporting layers done\n#9 ERROR: layer does not exist\nfailed to solve: rpc error: layer does not exist\n"
)


def test_a_cache_that_lost_a_layer_is_not_used(tmp_path: Path, chosen: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = docker(tmp_path)
    fake.program.rename(fake.program.with_name("docker-answers"))
    fake.program.write_text(
        "#!/bin/sh\n"
        f'case "$1 $*" in "build "*--no-cache*) ;; "build "*) printf %s "{LOST_LAYER}"; exit 1;; esac\n'
        f'exec "{fake.program}-answers" "$@"\n'
    )
    fake.program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    image = build(chosen("docker"), tmp_path, TEXT)
    assert image.notes == ("built without the engine's cache: it names a layer that is not there any more",)


def test_a_lost_layer_is_asked_for_once(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path).answers("build", status=1, stderr=LOST_LAYER)
    with pytest.raises(BuildError, match="layer does not exist"):
        build(chosen(), tmp_path, TEXT)
    assert len(fake.calls("build")) == 2
    # A program of the build may say the same: it fails for another reason then
    said = "#5 [2/2] RUN make\n#5 0.1 layer does not exist\n#5 0.2 a\n#5 0.3 b\n#5 ERROR: exit code: 2\nfailed: exit code: 2\n"
    fake.answers("build", status=1, stderr=said)
    with pytest.raises(BuildError, match="exit code: 2"):
        build(chosen(), tmp_path, TEXT)
    assert len(fake.calls("build")) == 3


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (b"# syntax=docker/dockerfile:1\nFROM a\n", b"#\nFROM a\n"),
        (b"#SYNTAX = docker/dockerfile:1.7-labs\r\nFROM a\r\n", b"#\r\nFROM a\r\n"),
        (b"# escape=`\n# syntax=x\nFROM a\n", b"# escape=`\n#\nFROM a\n"),
        (b"\xef\xbb\xbf# syntax=x\n# check=skip=all\nFROM a", b"\xef\xbb\xbf# check=skip=all\n#\nFROM a"),
        (b"# syntax=x", b"#"),
        (b"FROM a\n# syntax=x\n", None),
        (b"# a comment\n# syntax=x\nFROM a\n", None),
        (b"", None),
    ],
)
def test_the_syntax_line(text: bytes, rest: bytes | None) -> None:
    found = without_syntax_line(text)
    assert (found and found[0]) == rest
    assert rest is None or rest.count(b"\n") == text.count(b"\n"), "every instruction keeps its line"


def test_what_buildx_is_given(tmp_path: Path, chosen: Choose) -> None:
    fake = docker(tmp_path).answers("version", stdout=docker_version("28.0.0")).answers("buildx", "version")
    fake.answers("buildx", "build", stderr="#3 [1/1] RUN make\n")
    build(chosen(), tmp_path)
    (call,) = fake.calls("buildx", "build")
    assert "--load" in call.argv
