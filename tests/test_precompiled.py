"""What is compiled when the package is built says what the texts say, and an older one is never used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hatch_build import compile_into
from minify import precompiled
from minify.rewrite import render
from tests.samples import SAMPLES, Sample

PACKAGE = Path(precompiled.__file__).parent
TABLES = sorted(PACKAGE.rglob("*.yaml"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compiled")
    compile_into(folder)
    return folder


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Templates that a test loads are not those that another one has loaded."""
    render.environment.cache_clear()
    yield monkeypatch
    render.environment.cache_clear()


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_table_says_what_its_text_says(path: Path, compiled: Path, tmp_path: Path, use: pytest.MonkeyPatch) -> None:
    use.setattr(precompiled, "_directory", lambda: tmp_path)
    read = precompiled.table(path)
    use.setattr(precompiled, "_directory", lambda: compiled)
    use.setattr(precompiled, "_parsed", lambda text: pytest.fail("the text was read"))
    assert precompiled.table(path) == read


def test_templates_render_the_same(compiled: Path, tmp_path: Path, use: pytest.MonkeyPatch) -> None:
    sample = Sample(SAMPLES / "python-flask-postgres")
    use.setattr(precompiled, "_directory", lambda: tmp_path)
    made = sample.made()["Dockerfile"]
    render.environment.cache_clear()
    use.setattr(precompiled, "_directory", lambda: compiled)
    use.setattr(render.environment(), "compile", lambda *_: pytest.fail("a template was compiled"))
    assert sample.made()["Dockerfile"] == made


def test_another_text_is_read_itself(compiled: Path, tmp_path: Path, use: pytest.MonkeyPatch) -> None:
    use.setattr(precompiled, "_directory", lambda: compiled)
    shipped = PACKAGE / "image" / "data" / "index.yaml"
    changed = tmp_path / shipped.name
    changed.write_text(shipped.read_text("utf-8") + "more: 3.10\n", "utf-8")
    assert precompiled.table(changed) == {**precompiled.table(shipped), "more": "3.10"}
    templates = tmp_path / "templates"
    templates.mkdir()
    text = (render.templates_directory() / "go.Dockerfile.j2").read_text("utf-8")
    (templates / "go.Dockerfile.j2").write_text("{# mine #}" + text, "utf-8")
    own, shipped_template = (
        render.environment(folder).get_template("go.Dockerfile.j2") for folder in (templates, None)
    )
    assert own.filename == str(templates / "go.Dockerfile.j2")
    assert shipped_template.filename is not None
    assert Path(shipped_template.filename).parent == compiled


def test_code_of_older_texts_goes(tmp_path: Path) -> None:
    (tmp_path / "gone.yaml-00000000.py").write_text("TABLE = {}\n", "utf-8")
    compile_into(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(TABLES) + len(render.environment().list_templates())
    assert not (tmp_path / "gone.yaml-00000000.py").exists()
