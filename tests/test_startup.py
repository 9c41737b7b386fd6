"""`fix` takes a tenth of a second, most of it for imports: what one file does not need is not imported.

Times differ from run to run; which modules are there does not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hatch_build import compile_into
from tests.samples import SAMPLES

ROOT = Path(__file__).parents[1]

NOT_NEEDED = (
    # Ours, for other commands
    *("minify.batch", "minify.proof", "minify.report", "minify.verify", "minify.cli.bases", "minify.cli.verify"),
    # Theirs: each of these takes 5 to 100 ms
    *(
        "asyncio",
        "concurrent",
        "ctypes",
        "doctest",
        "elftools",
        "email",
        "http",
        "libcst",
        "multiprocessing",
        "pathspec",
    ),
    *(
        "pydantic",
        "pygments",
        "rich",
        "socket",
        "sqlite3",
        "ssl",
        "tarfile",
        "tomllib",
        "unittest",
        "xml",
        "yaml",
        "zipfile",
    ),
)
MOST_MODULES = 362
"""Of all: 319 when this was written, 150 of them for Typer and Jinja."""

LAUNCHED = ("python-entrypoint-migrate", "node-entrypoint-config")
"""What only a shell script takes: reading it, and writing it down in another language."""
MORE_MODULES = 50

WRITTEN = {"python-entrypoint-migrate": ("libcst",)}
"""What a launcher in Python is written with: some 80 ms, for files that get one alone."""

FIX = """
import sys
from pathlib import Path
from minify import precompiled
precompiled._directory = lambda: Path(sys.argv[1])
from minify.cli.run import run
code = run(sys.argv[2:])
sys.stdout.flush()
print("\\n#", code, *sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As in an installed package, whatever has been installed here."""
    folder = tmp_path_factory.mktemp("compiled")
    compile_into(folder)
    return folder


@pytest.mark.parametrize("name", ["python-flask-postgres", "node-express-uploads", "go-web-templates", *LAUNCHED])
def test_fix_imports_what_it_needs(name: str, compiled: Path) -> None:
    dockerfile = SAMPLES / name / "context" / "Dockerfile"
    command = [sys.executable, "-c", FIX, str(compiled), "fix", str(dockerfile), "--stdout"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    code, *modules = answer.splitlines()[-1].removeprefix("# ").split()
    assert code == "0"
    assert "minify.rewrite.multistage" in modules
    needless = [top for top in NOT_NEEDED if top not in WRITTEN.get(name, ())]
    assert [
        module for module in modules if module.startswith(tuple(f"{m}." for m in needless)) or module in needless
    ] == []
    ours = [module for module in modules if not module.startswith(WRITTEN.get(name, "-"))]
    assert len(ours) <= MOST_MODULES + (MORE_MODULES if name in LAUNCHED else 0)


def test_the_version_needs_no_other_module() -> None:
    code = (
        "import sys; sys.argv = ['dockminify', '--version']; from minify.cli import main; main(); print(*sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    modules = answer.splitlines()[-1].split()
    assert [module for module in modules if module.startswith("minify")] == ["minify", "minify.cli"]
    assert "typer" not in modules
