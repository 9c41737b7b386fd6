"""The wheel and the editable install both run, with their templates and data, in an environment of their own.

No network is used: the wheel is built with the hatchling that is here, and a `.pth` file lends the new environment the
packages of this one. The project itself is found first in the environment's own folder, which the test asserts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from hatch_build import compile_into
from minify import __version__
from tests.samples import SAMPLES, Sample

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SAMPLE = Sample(SAMPLES / "python-flask-postgres")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as `python -m build` makes it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("dockminify-*.whl")
    return path


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A new environment that sees the dependencies of this one, but not its dockminify."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A .pth adds a folder of this environment to the path; .pth files in there, as that of an editable install, stay unread.
    (packages / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder


def install(environment: Path, *arguments: str) -> None:
    """Install with the pip of this environment into the other, without dependencies and without an index."""
    python = environment / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--ignore-installed"]
    subprocess.run([*command, *arguments], check=True, env=clean())


def clean() -> dict[str, str]:
    """The environment's variables without those that lead Python elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "PIP_"))}


def fixes_the_sample(environment: Path, folder: Path) -> None:
    """The installed command makes of a sample what the checkout makes of it."""
    command = [str(environment / "bin" / "dockminify"), "fix", str(SAMPLE.dockerfile), "--stdout"]
    answer = subprocess.run(command, check=True, capture_output=True, cwd=folder, env=clean())
    assert answer.stdout == SAMPLE.made()["Dockerfile"]
    assert answer.stdout != SAMPLE.dockerfile.read_bytes()
    version = subprocess.run([command[0], "--version"], check=True, capture_output=True, cwd=folder, env=clean())
    assert version.stdout.decode() == f"dockminify {__version__}\n"


def where(environment: Path, folder: Path) -> Path:
    """The folder that `import minify` finds there."""
    command = [str(environment / "bin" / "python"), "-c", "import minify; print(minify.__file__)"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=clean())
    return Path(answer.stdout.strip()).parent


def test_the_wheel_runs(wheel: Path, environment: Path, tmp_path: Path) -> None:
    install(environment, str(wheel))
    package = where(environment, tmp_path)
    assert package.is_relative_to(environment)
    assert (package / "templates" / "python.Dockerfile.j2").is_file()
    fixes_the_sample(environment, tmp_path)


def test_the_editable_install_runs(environment: Path, tmp_path: Path) -> None:
    install(environment, "--no-build-isolation", "--editable", str(ROOT))
    package = where(environment, tmp_path)
    assert package == ROOT / "minify"
    assert not (package / "templates").exists(), "the templates stand beside the package in a checkout"
    fixes_the_sample(environment, tmp_path)


def test_what_the_wheel_holds(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"minify", f"dockminify-{__version__}.dist-info"}
    assert "minify/py.typed" in names
    for folder, pattern in (("minify", "*.py"), ("minify", "*.yaml"), ("templates", "*.j2")):
        for path in (ROOT / folder).rglob(pattern):
            name = path.relative_to(ROOT).as_posix()
            assert (name if folder == "minify" else f"minify/{name}") in names
    compile_into(tmp_path)
    assert {f"minify/compiled/{path.name}" for path in tmp_path.iterdir()} == {
        name for name in names if name.startswith("minify/compiled/")
    }
