"""`--verify`: what cannot be built, or is not proven, is not written, and its reason is kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from minify.batch.prove import Proving, measured, on_disk, prove
from minify.batch.records import Found, Kind, Repository, Settings, State
from minify.batch.survey import opened, survey
from minify.cli.shared import Asked
from minify.verify.ask import Ask
from minify.verify.engine import BuildError, BuildOptions, Engine, EngineError
from minify.verify.verdict import Finding, Section, Verdict, Verification
from tests.batch.generate import repository, sample_files


class Broken:
    """An engine that builds the original, or not even that."""

    def __init__(self, seen: list[Path]) -> None:
        self.seen = seen

    def build(self, _text: bytes, context: Path, _options: BuildOptions, *, path: str, **_: Any) -> None:
        self.seen.append(context)
        assert (context / "package.json").is_file()
        raise BuildError("no such package", log="", original=True, path=path, line=4)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def place(tmp_path: Path) -> Repository:
    """A bare repository whose application lies in a folder, and its Dockerfile in another."""
    files = sample_files("node-express-uploads", "app/")
    files["docker/Dockerfile"] = files.pop("app/Dockerfile")
    files["compose.yaml"] = b"services:\n  a:\n    build: {context: app, dockerfile: ../docker/Dockerfile}\n"
    return Repository("r", "r", Kind.BARE, repository(tmp_path / "r", files, bare=True))


def proven(place: Repository, engine: Callable[[], Engine]) -> Any:
    settings = Settings(Asked().wish, "", prove=True)
    found = survey(place, settings)
    proving = Proving(engine, BuildOptions(), Ask())
    return prove(place, found.commit, found.found, settings, proving)[0]


def test_an_original_that_does_not_build(place: Repository) -> None:
    seen: list[Path] = []
    result = proven(place, lambda: cast("Engine", Broken(seen)))
    assert (result.state, result.text) == (State.REJECTED, None)
    assert result.message == "the original does not build: docker/Dockerfile:4: no such package"
    assert json.loads(result.document)["rung"] == "distroless"
    # What was written out for it is gone
    assert not seen[0].exists()


def test_no_engine(place: Repository) -> None:
    def none() -> Engine:
        raise EngineError("no container engine is installed", hint="install one")

    result = proven(place, none)
    assert (result.state, result.message) == (State.ERROR, "no container engine is installed\ninstall one")


def test_what_is_built_has_its_dockerfile_and_ignore_file(place: Repository) -> None:
    settings = Settings(Asked().wish, "")
    with opened(place, settings, "") as tree, on_disk(tree, Found("docker/Dockerfile", "app", (), "", "")) as context:
        assert context.root is not None
        assert context.dockerfile is not None
        assert context.root.is_relative_to(tempfile.gettempdir())
        assert context.dockerfile.is_file()
        assert (context.root / "server.js").is_file()


def test_megabytes_that_were_measured() -> None:
    size = Finding(what="uncompressed", verdict=Verdict.BETTER, before="1,130 MB", after="79.4 MB")
    section = Section.of("size", "", [size])
    assert measured(Verification(engine="e", sections=(section,))) == 1050.6
    assert measured(None) is None
