"""The door to the engine, tried on an image of a few bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bases.archive import ImageConfig, Tree, write_archive
from tests.e2e.engine import Engine, EngineError

pytestmark = pytest.mark.e2e

# Each worker has its own: who is done takes its image away
IMAGE = f"localhost/engine-test:tiny-{os.getpid()}"


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("engine")
    tree = Tree(merged_usr=False)
    tree.directory("data", 0o1777)
    tree.directory("etc")  # The engine makes it for its own mounts if an image has none.
    tree.file("data/hello", b"hello\n", 0o640)
    tree.symlink("data/link", "hello")
    config = ImageConfig(env=("A=b",), user="65532", workdir="/data")
    write_archive(folder / "image.tar", [tree.write(folder / "layer.tar", "test")], config, [IMAGE])
    engine.load(folder / "image.tar")
    yield IMAGE
    engine.remove(IMAGE)


def test_an_image_is_described(engine: Engine, image: str) -> None:
    config = engine.inspect(image)["Config"]
    assert (config["User"], config["WorkingDir"], config["Env"]) == ("65532", "/data", ["A=b"])
    assert engine.size(image) == len("hello\n") + len("hello"), "a file and the target of a link"
    assert engine.image_id(image) == engine.inspect(image)["Id"]
    assert engine.image_id("localhost/engine-test:none") is None


def test_an_image_is_listed(engine: Engine, image: str) -> None:
    listed = [(entry.path, entry.kind, entry.mode, entry.size, entry.link) for entry in engine.listing(image)]
    assert listed == [
        ("/data", "directory", 0o1777, 0, ""),
        ("/data/hello", "file", 0o640, 6, ""),
        ("/data/link", "symlink", 0o777, 0, "hello"),
        ("/etc", "directory", 0o755, 0, ""),
    ]


@pytest.mark.parametrize(
    ("path", "data"),
    [("/none", None), ("/data", None), ("/data/hello", b"hello\n"), ("/data/link", b"hello\n")],
)
def test_a_file_is_read(engine: Engine, image: str, path: str, data: bytes | None) -> None:
    assert engine.read(image, path) == data


def test_a_build_that_fails_says_why(engine: Engine, image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nCOPY nothing /\n")
    with pytest.raises(EngineError, match="nothing"):
        engine.build(tmp_path, tag="localhost/engine-test:fails")
    assert not engine.build(tmp_path, tag="localhost/engine-test:fails", check=False).ok


def test_a_build_makes_an_image(engine: Engine, image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"ARG A=c\nFROM {image} AS one\nARG A\nENV A=$A\nFROM one\nUSER 0\n")
    tag = f"{IMAGE}-built"
    engine.build(tmp_path, tag=tag, target="one", build_args={"A": "d"})
    try:
        config = engine.inspect(tag)["Config"]
        assert config["User"] == "65532"
        assert "A=d" in config["Env"]
    finally:
        engine.remove(tag)


def test_a_command_that_cannot_run_is_an_error(engine: Engine, image: str) -> None:
    with pytest.raises(EngineError):
        engine.run(image, "/bin/sh", "-c", "true", network="none")
    assert engine.run(image, "/bin/sh", network="none", check=False).status == 127
